"""What a lost worker was doing: the stack that it has left in its file, without frames of Slipway.

The format is faulthandler's: for each thread a line "Thread 0x… (most recent call first):" and its frames.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path

from .. import scoring, worker
from ..scoring.dumps import ASKING, dump_path

MOST = 64 * 1024
"""Bytes of a file that are read, from its end."""
_FRAMES = 40
"""Frames that are told, the innermost ones."""
_THREAD = re.compile(r"(Current thread|Thread) 0x.*most recent call first")
_FRAME = re.compile(r'  File "(.*)", line (\S+) in (.*)')
_WORKER = str(Path(worker.__file__).absolute())
_OURS = (_WORKER, f"{Path(scoring.__file__).absolute().parent}{os.sep}")


class Stacks:
    """The files of the workers that connect to one socket."""

    def __init__(self, address: str | None = None) -> None:
        """Without an address there are none."""
        self._address = address

    def ask(self, pid: int) -> None:
        """Has a worker write where it is, in a moment."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.kill(pid, ASKING)

    def told(self, pid: int) -> bool:
        """Whether there is something."""
        try:
            return self._address is not None and os.stat(dump_path(self._address, pid)).st_size > 0  # noqa: PTH116
        except OSError:
            return False

    def forget(self, pid: int) -> None:
        """What it wrote does not matter any more: it has gone on."""
        if self._address is not None:
            with contextlib.suppress(OSError):
                os.truncate(dump_path(self._address, pid), 0)

    def take(self, pid: int) -> str:
        """What a worker has left, as lines for the log; empty where it is nothing of the model's."""
        if self._address is None or not pid:
            return ""
        path = Path(dump_path(self._address, pid))
        try:
            with path.open("rb") as file:
                file.seek(max(0, path.stat().st_size - MOST))
                text = file.read(MOST).decode("utf-8", "replace")
            path.unlink()
        except OSError:
            return ""
        return model_stack(text)

    def clear(self) -> None:
        """Removes what is left."""
        if self._address is not None:
            for path in Path(self._address).parent.glob("stack-*"):
                path.unlink(missing_ok=True)


def model_stack(text: str) -> str:
    """The lines of a traceback, outermost call first, of the thread that scores.

    What is a traceback already stays as it is.
    """
    if text.startswith("Traceback "):
        return text.rstrip("\n")
    threads: list[list[tuple[str, str, str]]] = []
    current: list[tuple[str, str, str]] | None = None
    for line in text.splitlines():
        if head := _THREAD.match(line):
            threads.append([])
            current = threads[-1] if head[1] == "Current thread" else current
        elif threads and (frame := _FRAME.fullmatch(line)):
            threads[-1].append((frame[1], frame[2], frame[3]))
    # One that has recursed too deeply does not show where it began.
    scoring_ones = [thread for thread in threads if any(file == _WORKER for file, _, _ in thread)]
    chosen = scoring_ones[-1] if scoring_ones else current or []
    shown = [frame for frame in chosen if not frame[0].startswith(_OURS)][:_FRAMES]
    return "\n".join(f'  File "{file}", line {line}, in {name}' for file, line, name in reversed(shown))

"""Child processes: each in a process group of its own, none outliving us, all ended as whole trees."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import psutil

GRACE = 3.0
"""Seconds between asking a tree to end and killing it."""

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform.startswith("linux") else None


@dataclass(frozen=True)
class Completed:
    code: int
    stdout: str
    stderr: str


def _end_with_parent() -> None:
    """In the child, before it becomes the program: Linux ends it when the thread that started it is gone."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def start(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdin: int = subprocess.DEVNULL,
    stdout: int = subprocess.PIPE,
    stderr: int = subprocess.PIPE,
) -> subprocess.Popen[bytes]:
    """Starts a child in a session of its own. The caller ends it with `end_tree`."""
    return subprocess.Popen(
        [str(argument) for argument in arguments],
        env=dict(env),
        cwd=cwd,
        stdin=stdin,
        stdout=stdout,
        stderr=stderr,
        start_new_session=True,
        preexec_fn=_end_with_parent if _libc is not None else None,
    )


@contextlib.contextmanager
def child(process: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """Whatever happens in the body, the child's whole tree is gone afterwards."""
    try:
        yield process
    finally:
        end_tree(process)


def run(
    arguments: Sequence[str | Path],
    *,
    env: Mapping[str, str],
    cwd: Path,
    stdin: str | None = None,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Runs a child to its end; `on_line` gets each line of its standard error as it comes.

    Raises TimeoutError; on any exception the child's whole tree is ended.
    """
    stdout: list[bytes] = []
    stderr: list[str] = []
    with child(
        start(arguments, env=env, cwd=cwd, stdin=subprocess.PIPE if stdin is not None else subprocess.DEVNULL)
    ) as process:
        readers = [
            threading.Thread(target=_read_all, args=(process.stdout, stdout), daemon=True),
            threading.Thread(target=_read_lines, args=(process.stderr, stderr, on_line), daemon=True),
        ]
        for reader in readers:
            reader.start()
        if stdin is not None and process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):
                process.stdin.write(stdin.encode())
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        try:
            code = process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{Path(arguments[0]).name} took longer than {timeout:g} s") from None
        for reader in readers:
            reader.join(GRACE)  # a grandchild may hold the pipe open
    return Completed(code, b"".join(stdout).decode("utf-8", "replace"), "".join(stderr))


def _read_all(pipe: object, parts: list[bytes]) -> None:
    while part := pipe.read1(1 << 16):  # type: ignore[attr-defined]
        parts.append(part)


def _read_lines(pipe: object, lines: list[str], on_line: Callable[[str], None] | None) -> None:
    for raw in pipe:  # type: ignore[attr-defined]
        line = raw.decode("utf-8", "replace")
        lines.append(line)
        if on_line is not None:
            on_line(line)


def end_tree(process: subprocess.Popen[bytes], marker: str | None = None) -> None:
    """Ends a child, all below it, its group, and all that carry `marker` (NAME=VALUE) in their environment.

    First by SIGTERM, then by SIGKILL. Safe to call again, and on a child that has ended.
    """
    victims = {victim.pid: victim for victim in _descendants(process)}
    victims.update({victim.pid: victim for victim in marked(marker)})
    _signal_group(process, signal.SIGTERM)
    _send(victims.values(), signal.SIGTERM)
    deadline = time.monotonic() + GRACE
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    while any(_runs(victim) for victim in victims.values()) and time.monotonic() < deadline:
        time.sleep(0.02)
    _signal_group(process, signal.SIGKILL)
    _send([*victims.values(), *marked(marker)], signal.SIGKILL)
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout, process.stderr):
        if pipe is not None:
            with contextlib.suppress(OSError, ValueError):
                pipe.close()


def _runs(process: psutil.Process) -> bool:
    """False also for a zombie, which nobody but its parent can remove."""
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.Error:
        return False


def marked(marker: str | None) -> list[psutil.Process]:
    """Processes that inherited `marker`, wherever they have moved to; but never this one."""
    if marker is None:
        return []
    name, _, value = marker.partition("=")
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(name) == value:
                found.append(process)
    return found


def _descendants(process: subprocess.Popen[bytes]) -> list[psutil.Process]:
    if process.returncode is not None:
        return []
    try:
        return psutil.Process(process.pid).children(recursive=True)
    except psutil.Error:
        return []


def _signal_group(process: subprocess.Popen[bytes], number: int) -> None:
    """The child leads its group, so the group's id stays ours while any member lives."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _send(processes: object, number: int) -> None:
    for process in processes:  # type: ignore[attr-defined]
        with contextlib.suppress(psutil.Error):
            process.send_signal(number)

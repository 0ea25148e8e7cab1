"""Starts and watches the model's parent process, which is run by the model's own interpreter."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

from .endings import CrashCount, ending_words
from .front.oip import Model
from .settings import Settings

log = logging.getLogger("slipway")

_WORKER_FILE = Path(__file__).with_name("worker.py")
_LAST_WORDS = 0.5
"""Seconds for what an ended process may have said."""
_RELEASE = "SLIPWAY_RELEASE"
"""By which the engine finds whatever a release has left behind; `jupyterlab_slipway/processes.py` sets it."""
_OURS = ("SLIPWAY_", "JUPYTER", "JPY_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def _environment() -> dict[str, str]:
    """The service's environment without what concerns our own interpreter, or is secret."""
    kept = {
        name: value for name, value in os.environ.items() if name == _RELEASE or not name.startswith(_OURS)
    }
    return kept | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class ModelProcess:
    """The parent of the workers. It ends when this process closes its standard input, or ends itself."""

    def __init__(
        self,
        python: str,
        bundle: Path,
        socket: Path,
        settings: Settings,
        model: Model,
        ended: Callable[[int, int], None],
        gone: Callable[[], None],
    ) -> None:
        """`ended` is called with the process id and the code of each worker that ended.

        `gone` is called when the parent has ended: no worker is to be used any more.
        """
        self._gone = gone
        self._command = [
            *(python, "-s", str(_WORKER_FILE), "parent", str(bundle), str(socket)),
            *("--workers", str(settings.worker_count), "--threads", str(settings.threads)),
            *("--name", model.name, "--version", model.version),
            *("--max-samples", str(settings.max_samples)),
        ]
        self._ended = ended
        self._process: asyncio.subprocess.Process | None = None
        self._reason: str | None = None
        self._closing = False

    async def run(self, failed: Callable[[str], None]) -> None:
        """Keeps it running until `close`; calls `failed` with the reason where it cannot.

        One that is ended by a signal (a kernel short of memory, say) is started again; one that says why it
        ends, or ends too often, is not.
        """
        deaths = CrashCount()
        while not self._closing:
            code = await self._run_once(failed)
            if self._closing or code is None:
                return
            if self._reason is not None or code >= 0:
                reason = f"the model's process ended with exit code {code}; see the lines above"
                failed(self._reason or reason)
                return
            if deaths.add():
                failed(
                    f"the model's process was ended by {ending_words(code)}, {deaths.words}; it may need "
                    "more memory than this machine has"
                )
                return
            log.error("the model's process was ended by %s; it is started again", ending_words(code))

    async def _run_once(self, failed: Callable[[str], None]) -> int | None:
        """Its exit code (negative: the signal); None where it did not even start."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
                limit=1 << 20,
                start_new_session=True,  # a Ctrl-C on the terminal is ours to handle: requests are in flight
            )
        except OSError as error:
            failed(f"The model's interpreter {self._command[0]} does not start: {error}.")
            return None
        self._process = process
        reports = asyncio.get_running_loop().create_task(self._read(process))
        # Not until its output ends: what a predictor has started may hold that open for ever.
        code = await process.wait()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(reports, _LAST_WORDS)
        self._gone()
        return code

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        try:
            async for line in process.stdout:
                self._take(line)
        except ValueError:  # an endless line: whoever writes that is not the parent
            log.error("the model's process says what is no report; its process is started again")
            with contextlib.suppress(ProcessLookupError):
                process.kill()

    def _take(self, line: bytes) -> None:
        try:
            report = json.loads(line)
        except ValueError:
            return
        event = report.get("event")
        if event == "failed":
            self._reason = str(report["reason"])
        elif event == "worker-ended":
            code = int(report["code"])
            self._ended(int(report["pid"]), code)
            if code != 0:
                log.warning("a worker was ended by %s; it is replaced", ending_words(code))
        elif event == "note":
            log.info("%s", report["message"])
        elif event == "loaded":
            log.info("the model is loaded")

    async def close(self, timeout: float = 2.0) -> None:
        """Ends the process and its workers, in `timeout` seconds at most."""
        self._closing = True
        process = self._process
        if process is None or process.returncode is not None:
            return
        assert process.stdin is not None
        process.stdin.close()
        try:
            async with asyncio.timeout(timeout):
                await process.wait()
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()

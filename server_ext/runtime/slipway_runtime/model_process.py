"""Starts and watches the model's parent process, which is run by the model's own interpreter."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
from collections.abc import Callable
from pathlib import Path

log = logging.getLogger("slipway")

_WORKER_FILE = Path(__file__).with_name("worker.py")
_OURS = ("SLIPWAY_", "PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def _environment() -> dict[str, str]:
    """The service's environment without what concerns our own interpreter, or is secret."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_OURS)} | {
        "PYTHONUNBUFFERED": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


class ModelProcess:
    """The parent of the workers. It ends when this process closes its standard input, or ends itself."""

    def __init__(self, python: str, bundle: Path, socket: Path, workers: int) -> None:
        self._command = [
            *(python, "-s", str(_WORKER_FILE), "parent", str(bundle), str(socket)),
            *("--workers", str(workers)),
        ]
        self._bundle = bundle
        self._process: asyncio.subprocess.Process | None = None
        self._reason: str | None = None

    async def run(self, failed: Callable[[str], None]) -> None:
        """Runs it to its end; calls `failed` with the reason unless it was ended by `close`."""
        try:
            process = await asyncio.create_subprocess_exec(
                *self._command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                env=_environment(),
                limit=1 << 20,
            )
        except OSError as error:
            failed(f"The model's interpreter {self._command[0]} does not start: {error}.")
            return
        self._process = process
        assert process.stdout is not None
        async for line in process.stdout:
            self._take(line)
        code = await process.wait()
        if self._reason is None and code < 0:
            self._reason = f"the model's process was ended by signal {-code} while it loaded"
        failed(self._reason or f"the model's process ended with exit code {code}; see the lines above")

    def _take(self, line: bytes) -> None:
        try:
            report = json.loads(line)
        except ValueError:
            return
        match report.get("event"):
            case "failed":
                self._reason = str(report["reason"])
            case "worker-ended" if report["code"] != 0:
                log.warning("a model process ended (%s); it is replaced", _ending(int(report["code"])))
            case "note":
                log.info("%s", report["message"])
            case "loaded":
                log.info("the model is loaded")

    async def close(self, timeout: float = 5.0) -> None:
        """Ends the process and its workers."""
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


def _ending(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"

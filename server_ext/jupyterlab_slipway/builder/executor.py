"""The process that runs nbclient: one fresh kernel, driven by JSON lines on standard input and output.

In: a job (see `executor_job.py`), then any number of `{"call": path of a job for kernel_side/capture.py}`,
with "limit": seconds where it may take less time than a cell.
Out: `{"event": "up"}`, `{"event": "cell", "position": k}`, `{"event": "output", "text": …}`,
`{"event": "failed", "kind": …, …}`, `{"event": "done"}`, `{"event": "called"}`.
The end of standard input ends the kernel and everything that cells have started.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path
from typing import IO, Any

import nbformat
from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionComplete, CellExecutionError, CellTimeoutError, DeadKernelError

from jupyterlab_slipway.builder.cell_environment import MARKER
from jupyterlab_slipway.builder.children import marked
from jupyterlab_slipway.builder.executor_job import Job
from jupyterlab_slipway.builder.output_cap import OutputCap

STARTUP_TIMEOUT = 120
ALIVE_POLL = 0.5
LONGEST_SOCKET_PATH = 100
"""The system allows a few bytes more, of which jupyter_client uses some."""


class Client(NotebookClient):
    """Passes outputs on instead of keeping them."""

    sink: OutputCap
    traceback = ""
    """Of the last error, as the kernel gave it: nbclient's own puts words and the cell's source before it."""

    def process_message(self, msg: dict[str, Any], cell: Any, cell_index: int) -> None:  # noqa: ARG002
        pass_on(msg, self.sink)
        if msg["msg_type"] == "error":
            self.traceback = "\n".join(msg["content"]["traceback"])
        if msg["msg_type"] == "status" and msg["content"]["execution_state"] == "idle":
            raise CellExecutionComplete


def pass_on(message: dict[str, Any], sink: OutputCap) -> None:
    kind, content = message["msg_type"], message["content"]
    if kind == "stream":
        sink.write(content["text"])
    elif kind in ("execute_result", "display_data"):
        sink.write(f"{content['data'].get('text/plain', '')}\n")
    elif kind == "error":
        sink.write("\n".join(content["traceback"]) + "\n")


class Executor:
    def __init__(self, job: Job, out: IO[str]) -> None:
        self.job = job
        self.out = out
        self.sink = self._new_sink()
        self.manager = self._manager()
        self.client: Client | None = None

    def tell(self, **facts: object) -> None:
        self.out.write(json.dumps(facts) + "\n")
        self.out.flush()

    def _new_sink(self) -> OutputCap:
        return OutputCap(lambda text: self.tell(event="output", text=text))

    def _manager(self) -> AsyncKernelManager:
        scratch = Path(self.job["scratch"])
        manager = AsyncKernelManager(connection_file=str(scratch / "kernel.json"))
        manager._kernel_spec = KernelSpec(
            argv=[*self.job["argv"], "{connection_file}"], language="python", display_name="Slipway"
        )
        sockets = str(scratch / "k")
        if sys.platform != "win32" and len(os.fsencode(sockets)) < LONGEST_SOCKET_PATH:
            # In a private directory: no ports that collide, none that others could reach.
            manager.transport = "ipc"
            manager.ip = sockets
        return manager

    async def start(self) -> bool:
        log = Path(self.job["scratch"]) / "kernel.log"
        with log.open("wb") as file:
            await self.manager.start_kernel(
                cwd=self.job["directory"],
                env=self.job["environment"],
                stdin=-3,  # subprocess.DEVNULL
                stdout=file,
                stderr=file,
            )
        cell: Any = nbformat.v4.new_code_cell
        notebook: Any = nbformat.v4.new_notebook  # neither is typed
        self.client = Client(
            notebook(cells=[cell(source) for source in self.job["cells"]]),
            km=self.manager,
            timeout_func=lambda _: self.job["timeout"],
            startup_timeout=STARTUP_TIMEOUT,
            store_widget_state=False,
            record_timing=False,
            skip_cells_with_tag="",
        )
        try:
            await self.client.async_start_new_kernel_client()
        except Exception as error:  # noqa: BLE001  whatever it was, the kernel's own words explain it best
            words = log.read_text(encoding="utf-8", errors="replace")[-4000:]
            self.tell(event="failed", kind="start", words=words or str(error))
            return False
        return True

    async def run_cells(self) -> bool:
        """Runs all cells; answers whether all went well."""
        assert self.client is not None
        for position, cell in enumerate(self.client.nb.cells):
            self.tell(event="cell", position=position)
            self.sink = self.client.sink = self._new_sink()
            try:
                await self.client.async_execute_cell(cell, position)
                failure = self._refused()
            except CellExecutionError as error:
                failure = {
                    "kind": "raised",
                    "name": error.ename,
                    "value": error.evalue,
                    "traceback": self.client.traceback,
                }
            except CellTimeoutError:
                failure = {"kind": "timeout"}
            except DeadKernelError:
                failure = {"kind": "died", "code": self._exit_code()}
            self.sink.close()
            if failure is not None:
                self.tell(event="failed", position=position, **failure)
                return False
        self.tell(event="done")
        return True

    def _refused(self) -> dict[str, Any] | None:
        if not Path(self.job["refused"]).exists():
            return None
        return {"kind": "refused"}

    def _exit_code(self) -> int | None:
        process = getattr(self.manager.provisioner, "process", None)
        return process.poll() if process is not None else None

    async def call(self, path: str, limit: float | None) -> None:
        """Runs a job of ours in the kernel, in silence; what the predictor prints still goes to the log.

        It may take as long as a cell may, and no longer than `limit` seconds.
        """
        allowed = self.job["timeout"]
        deadline = time.monotonic() + (allowed if limit is None else min(allowed, limit))
        assert self.client is not None
        assert isinstance(self.client.kc, AsyncKernelClient)
        self.sink = self._new_sink()
        code = f"import _slipway_kernel\n_slipway_kernel.run({path!r})"
        request = asyncio.ensure_future(
            self.client.kc.execute_interactive(
                code,
                silent=True,
                store_history=False,
                allow_stdin=False,
                output_hook=lambda message: pass_on(message, self.sink),
            )
        )
        while not request.done():
            await asyncio.wait([request], timeout=ALIVE_POLL)
            if not request.done() and not await self.manager.is_alive():
                request.cancel()
                self.sink.close()
                self.tell(event="failed", kind="died", code=self._exit_code())
                return
            if not request.done() and time.monotonic() > deadline:
                request.cancel()
                self.sink.close()
                self.tell(event="failed", kind="timeout")
                return
        self.sink.close()
        self.tell(event="called")

    def end(self) -> None:
        """Kills the kernel's group and all that carries the marker; nothing of it deserves a goodbye."""
        process = getattr(self.manager.provisioner, "process", None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
        for stray in marked(f"{MARKER}={self.job['environment'][MARKER]}"):
            with contextlib.suppress(Exception):
                stray.kill()


async def serve(first: str, lines: IO[str], out: IO[str]) -> None:
    loop = asyncio.get_running_loop()
    calls: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    executor = Executor(json.loads(first), out)

    def end(*_: object) -> None:
        executor.end()
        os._exit(0)

    def listen() -> None:
        for line in lines:
            loop.call_soon_threadsafe(calls.put_nowait, json.loads(line))
        end()

    signal.signal(signal.SIGTERM, end)
    threading.Thread(target=listen, daemon=True).start()
    if await executor.start():
        executor.tell(event="up")
        await executor.run_cells()
        while True:
            asked = await calls.get()
            await executor.call(asked["call"], asked.get("limit"))


def main() -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what libraries print is no message of ours
    first = sys.stdin.readline()
    if first:
        with contextlib.suppress(BrokenPipeError):
            asyncio.run(serve(first, sys.stdin, out))


if __name__ == "__main__":
    main()

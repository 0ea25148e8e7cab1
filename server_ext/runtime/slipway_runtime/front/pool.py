"""The front's side of the workers: who is free, who waits, and what becomes of one that fails.

A worker scores one request at a time. One that is too slow, closes its connection or answers out of turn is
killed and never used again; the model's parent replaces it.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections import deque
from dataclasses import dataclass

from .. import worker as protocol

MAX_FRAME = 1 << 30


class Busy(Exception):
    """More requests wait than the queue holds, or this one waited too long."""


class NoWorker(Exception):
    """No worker can score now: the model is not loaded, or its processes are being replaced."""


class WorkerLost(Exception):
    """The worker ended while it held this request."""


class TimedOut(Exception):
    """The prediction took too long; its worker was killed."""


@dataclass(eq=False)
class Worker:
    """One connected worker process."""

    pid: int
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


Outcome = tuple[int, bytes]


class WorkerPool:
    """Listens on a Unix socket for workers and hands requests to them, first come, first served."""

    def __init__(self, queue: int) -> None:
        self._queue = queue
        self._idle: deque[Worker] = deque()
        self._all: set[Worker] = set()
        self._waiting: deque[asyncio.Future[Worker]] = deque()
        self._ids = itertools.count(1)
        self._server: asyncio.Server | None = None
        self.arrived = asyncio.Event()
        """Set once a first worker has connected."""

    @property
    def size(self) -> int:
        """Workers that are connected, busy or not."""
        return len(self._all)

    async def listen(self, path: str) -> None:
        self._server = await asyncio.start_unix_server(self._connected, path)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            kind, _, payload = await _read_frame(reader)
            if kind != protocol.HELLO:
                raise ValueError("the first frame is no HELLO")
            worker = Worker(int(json.loads(payload)["pid"]), reader, writer)
        except (OSError, EOFError, ValueError, KeyError, TypeError):
            writer.close()
            return
        self._all.add(worker)
        self._free(worker)
        self.arrived.set()

    def _free(self, worker: Worker) -> None:
        while self._waiting:
            waiter = self._waiting.popleft()
            if not waiter.done():
                waiter.set_result(worker)
                return
        if worker.reader.at_eof():
            self._discard(worker)
            return
        self._idle.append(worker)

    def _discard(self, worker: Worker) -> None:
        if worker not in self._all:
            return
        self._all.discard(worker)
        if not worker.reader.at_eof():
            # It lives, as its connection does, so its process id has not gone to anybody else.
            protocol.kill_group(worker.pid)
        worker.writer.close()

    async def _acquire(self) -> Worker:
        while self._idle:
            worker = self._idle.popleft()
            if not worker.reader.at_eof():
                return worker
            self._discard(worker)
        if len(self._waiting) >= self._queue:
            raise Busy
        waiter: asyncio.Future[Worker] = asyncio.get_running_loop().create_future()
        self._waiting.append(waiter)
        try:
            return await waiter
        except asyncio.CancelledError:
            if waiter.done() and not waiter.cancelled():
                self._free(waiter.result())
            with contextlib.suppress(ValueError):
                self._waiting.remove(waiter)
            raise

    async def score(self, samples: list[bytes], timeout: float) -> list[Outcome]:
        """Scores samples in one worker; `timeout` covers the wait for it, and then again the scoring.

        Raises Busy, NoWorker, WorkerLost, TimedOut.
        """
        try:
            async with asyncio.timeout(timeout):
                worker = await self._acquire()
        except TimeoutError:
            raise (Busy if self._all else NoWorker) from None
        request = next(self._ids)
        sound = False
        try:
            async with asyncio.timeout(timeout):
                frame = protocol.pack_frame(protocol.SCORE, request, protocol.pack_samples(samples))
                worker.writer.write(frame)
                await worker.writer.drain()
                kind, answered, payload = await _read_frame(worker.reader)
            outcomes: list[Outcome] = protocol.unpack_outcomes(payload)
            sound = kind == protocol.RESULT and answered == request and len(outcomes) == len(samples)
            if not sound:
                raise WorkerLost("it answered out of turn")
        except TimeoutError:
            raise TimedOut from None
        except (OSError, EOFError, ValueError) as error:
            raise WorkerLost(str(error)) from None
        finally:
            # Also where the request was cancelled in between: an answer may still be under way.
            if sound:
                self._free(worker)
            else:
                self._discard(worker)
        return outcomes

    def forget_dead(self) -> None:
        """Drops idle workers whose process has closed the connection."""
        for worker in [worker for worker in self._idle if worker.reader.at_eof()]:
            self._idle.remove(worker)
            self._discard(worker)

    def close(self) -> None:
        """Ends listening and closes every connection, whereupon the workers end."""
        if self._server is not None:
            self._server.close()
        for waiter in list(self._waiting):
            waiter.cancel()
        for worker in list(self._all):
            self._discard(worker)
        self._idle.clear()


async def _read_frame(reader: asyncio.StreamReader) -> tuple[int, int, bytes]:
    """Raises EOFError (asyncio.IncompleteReadError) where the connection ends."""
    size, kind, request = protocol.HEADER.unpack(await reader.readexactly(protocol.HEADER.size))
    if size > MAX_FRAME:
        raise ValueError(f"a frame of {size} bytes")
    return kind, request, await reader.readexactly(size)

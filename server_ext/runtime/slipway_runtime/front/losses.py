"""Workers that are lost: how they ended, and what the request they were at is told.

The front sees a connection close; how the process ended is said by the model's parent, a moment later.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine

from ..endings import CrashCount, ending_words
from .failures import TimedOut, WorkerLost
from .link import Job


class Losses:
    """What the pool's workers ended with."""

    def __init__(self, failed: Callable[[str], None] | None) -> None:
        """`failed` is told, in a sentence, where workers end over and over and no request is to blame."""
        self._failed = failed
        self._idle_deaths = CrashCount()
        self._endings: dict[int, asyncio.Future[int]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def expect(self, pid: int) -> None:
        """A worker has connected: it will end some day."""
        self._endings[pid] = asyncio.get_running_loop().create_future()

    def forget(self, pid: int) -> None:
        """How that worker ends does not matter."""
        self._endings.pop(pid, None)

    def ended(self, pid: int, code: int) -> None:
        """The model's parent says how a worker ended; a negative code is a signal."""
        ending = self._endings.get(pid)
        if ending is not None and not ending.done():
            ending.set_result(code)

    def fail(self, job: Job, pid: int, why: str, stack: str) -> None:
        """Has a request fail that the lost worker was at, once it is known how the worker ended."""
        self._start(self._fail(job, pid, why, stack))

    def count_idle(self, pid: int) -> None:
        """A worker was lost that was at no request."""
        self._start(self._count_idle(pid))

    def close(self) -> None:
        for task in self._tasks:
            task.cancel()

    def _start(self, coroutine: Coroutine[None, None, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _ending(self, pid: int) -> int:
        """The code that a lost worker ended with, which the model's parent says in a moment.

        SIGKILL where it does not: it is gone itself, then.
        """
        try:
            return await asyncio.wait_for(self._endings[pid], 1.0)
        except TimeoutError:
            return -signal.SIGKILL
        finally:
            del self._endings[pid]

    async def _count_idle(self, pid: int) -> None:
        """Workers that end without a request to blame, over and over, end the service."""
        if await self._ending(pid) in (0, -signal.SIGKILL, -signal.SIGTERM):
            return  # as it was told, or by somebody else
        if self._idle_deaths.add() and self._failed is not None:
            self._failed(
                f"the model's processes ended {self._idle_deaths.words}, and no request is to blame; see the "
                "lines above"
            )

    async def _fail(self, job: Job, pid: int, why: str, stack: str) -> None:
        error: Exception
        if why == "timeout":
            error = TimedOut(stack)
        elif why == "protocol":
            error = WorkerLost("it answered out of turn", crashed=True)
        else:
            code = await self._ending(pid)
            crashed = code != -signal.SIGKILL
            error = WorkerLost(ending_words(code), crashed=crashed, stack=stack if crashed else "")
        if not job.future.done():
            job.future.set_exception(error)

"""The front's side of the workers: who waits, who scores, and what becomes of a request whose worker is lost.

Requests wait in one queue, first come, first served. Where the model has a batched form, all that waits when
a worker is free goes to it in one frame, and a second worker is only woken when the first one takes longer
than usual. Else each request is a frame of its own; where predictions are quick, the next ones are sent
before the answer is there, so that a worker need not wait for us.

A worker that is too slow, closes its connection or answers out of turn is killed and never used again; the
model's parent replaces it. Requests that shared its frame with the one at fault are scored again, alone.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections import deque
from collections.abc import Callable

from ..scoring import frames
from .failures import Busy, NoWorker
from .link import Job, Link
from .losses import Losses
from .memory import resident_bytes
from .metrics import Metrics
from .stacks import Stacks

log = logging.getLogger("slipway")

MOST_JOBS = 512
"""Requests in one frame."""
MOST_BYTES = 1 << 20
"""Of the contents in one frame; a larger request is a frame of its own."""
QUICK = 0.002
"""Seconds: what takes less is sent ahead, and a worker that takes less is worth waiting for."""
STALLED = 1.0
"""Seconds: when a batch takes so long, and much longer than usual, its requests are scored again, alone."""
MOST_TIMES = 10
"""Of the time limit, for a request with many samples: each of them renews it."""
STACK_PATIENCE = 0.5
"""Seconds that a worker has to say where it hangs, before it is killed."""
MOST_AHEAD = 8
"""Frames under way to one worker."""
_TICK = 0.05
_MEMORY_EVERY = 1.0
_SMOOTHING = 0.2


class WorkerPool:
    """Listens on a Unix socket for workers and hands requests to them."""

    def __init__(
        self,
        queue: int,
        timeout: float,
        metrics: Metrics | None = None,
        *,
        most_answers: int = 0,
        most_memory: int = 0,
        failed: Callable[[str], None] | None = None,
    ) -> None:
        """`timeout` seconds are for the wait in the queue, and again for the prediction.

        A worker is replaced after `most_answers` requests, or above `most_memory` bytes; 0: never.
        """
        self._most_waiting = queue
        self._timeout = timeout
        self._metrics = metrics or Metrics()
        self._most_answers = most_answers
        self._most_memory = most_memory
        self._waiting: deque[Job] = deque()
        self._links: set[Link] = set()
        self._idle: deque[Link] = deque()
        self._usual = 0.0
        """Seconds that a frame takes, smoothed."""
        self.row_seconds = 0.0
        """Seconds that a sample takes, smoothed; 0 where none has been scored."""
        self._singly = False
        self._server: asyncio.Server | None = None
        self._sweeper: asyncio.TimerHandle | None = None
        self._waker: asyncio.TimerHandle | None = None
        self._due: asyncio.Handle | None = None
        self._losses = Losses(failed)
        self._memory_due = 0.0
        self._stacks = Stacks()
        self.arrived = asyncio.Event()
        """Set once a first worker has connected."""

    # -- what others want to know

    @property
    def size(self) -> int:
        """Workers that are connected, busy or not."""
        return len(self._links)

    @property
    def waiting(self) -> int:
        return len(self._waiting)

    @property
    def full(self) -> bool:
        return len(self._waiting) >= self._most_waiting

    @property
    def batched(self) -> bool:
        """Whether requests are scored in batches."""
        return not self._singly and any(link.batched for link in self._links)

    @property
    def pids(self) -> list[int]:
        return [link.pid for link in self._links]

    # -- life

    async def listen(self, path: str) -> None:
        loop = asyncio.get_running_loop()
        self._stacks = Stacks(path)
        self._server = await loop.create_unix_server(
            lambda: Link(self._worker_arrived, self._worker_answered, self._worker_lost), path
        )
        self._sweep()

    def close(self) -> None:
        """Ends listening and closes every connection, whereupon the workers end."""
        if self._server is not None:
            self._server.close()
        for timer in (self._sweeper, self._waker):
            if timer is not None:
                timer.cancel()
        while self._waiting:
            self._waiting.popleft().future.cancel()
        for link in list(self._links):
            link.hang_up()
        self._losses.close()
        self._stacks.clear()

    def worker_ended(self, pid: int, code: int) -> None:
        """The model's parent says how a worker ended; a negative code is a signal."""
        self._losses.ended(pid, code)
        for link in self._links:
            if link.pid == pid:
                # In a moment: its last answer may have arrived and not been read.
                asyncio.get_running_loop().call_later(_TICK, link.ended)

    def parent_ended(self) -> None:
        """The workers' parent is gone, and they with it; processes that they have started may not be."""
        for link in list(self._links):
            link.kill("crash")

    # -- requests

    def submit(
        self, form: int, content: bytes, timeout: float | None = None
    ) -> asyncio.Future[frames.JobOutcome]:
        """The outcome to come; `timeout` seconds instead of the pool's own are for the prediction.

        Raises Busy. The future may fail with Busy, NoWorker, WorkerLost or TimedOut.
        """
        if len(self._waiting) >= self._most_waiting:
            raise Busy
        loop = asyncio.get_running_loop()
        future: asyncio.Future[frames.JobOutcome] = loop.create_future()
        self._waiting.append(Job(form, content, future, loop.time(), timeout or self._timeout))
        if self._due is None:
            # Not at once: what has arrived in the same moment shares a frame.
            self._due = loop.call_soon(self._dispatch_due)
        return future

    def _dispatch_due(self) -> None:
        self._due = None
        self._dispatch()

    # -- from the queue to the workers

    def _dispatch(self) -> None:
        while self._next() is not None:  # else a worker is chosen for nothing
            link = self._choose()
            if link is None:
                return
            jobs = self._take(together=link.batched and not self._singly)
            now = asyncio.get_running_loop().time()
            for job in jobs:
                self._metrics.queue_wait.observe(now - job.since)
            kind = frames.SCORE_SINGLY if self._singly else frames.SCORE
            link.send(kind, jobs, frames.pack_jobs([(job.form, job.content) for job in jobs]), now)

    def _choose(self) -> Link | None:
        """A worker for the next frame; None where it is better to wait for one."""
        while self._idle and (self._idle[0].gone or self._idle[0].retiring):
            self._idle.popleft()
        if self._idle:
            if self._idle[0].batched and self._worth_waiting():
                return None
            return self._idle.popleft()
        if 0 < self._usual < QUICK and not self.batched:
            most = min(MOST_AHEAD, 1 + int(QUICK / self._usual))
            now = asyncio.get_running_loop().time()
            busy = [
                link
                for link in self._links
                if link.pending < most and self._may_get_more(link) and now - link.begun < 10 * QUICK
            ]
            return min(busy, key=lambda link: link.pending, default=None)
        return None

    @staticmethod
    def _may_get_more(link: Link) -> bool:
        first = link.first
        return bool(link.pid) and not link.retiring and first is not None and not first[0].alone

    def _worth_waiting(self) -> bool:
        """Will a busy worker soon be free, so that what waits can share one batch?"""
        if self._singly or not 0 < self._usual < QUICK or len(self._waiting) >= MOST_JOBS:
            return False
        now = asyncio.get_running_loop().time()
        for link in self._links:
            if link.pending and not link.retiring and now - link.begun < 2 * self._usual:
                if self._waker is None:
                    self._waker = asyncio.get_running_loop().call_later(QUICK, self._wake)
                return True
        return False

    def _wake(self) -> None:
        self._waker = None
        self._dispatch()

    def _next(self) -> Job | None:
        """The front of the queue, from which those whose client is gone are dropped."""
        while self._waiting:
            job = self._waiting[0]
            if not job.future.done():
                return job
            self._waiting.popleft()
            self._metrics.queue_wait.observe(asyncio.get_running_loop().time() - job.since)
        return None

    def _take(self, *, together: bool) -> list[Job]:
        """The jobs of the next frame, from the front of the queue."""
        jobs: list[Job] = []
        size = 0
        waiting = self._waiting
        while (job := self._next()) is not None:
            if jobs and (not together or job.alone or size + len(job.content) > MOST_BYTES):
                break
            jobs.append(waiting.popleft())
            size += len(job.content)
            if not together or job.alone or len(jobs) >= MOST_JOBS:
                break
        return jobs

    # -- from the workers

    def _worker_arrived(self, link: Link) -> None:
        self._links.add(link)
        self._losses.expect(link.pid)
        if self._most_answers:
            # Not all at once: they began together.
            link.answers = -random.randrange(1 + self._most_answers // 10)  # noqa: S311
        self._idle.append(link)
        self.arrived.set()
        self._dispatch()

    def _worker_answered(
        self, link: Link, jobs: list[Job], summary: frames.Summary, outcomes: list[frames.JobOutcome]
    ) -> None:
        seconds = summary.nanoseconds / 1e9
        self._usual = _smoothed(self._usual, seconds)
        if summary.rows:
            self.row_seconds = _smoothed(self.row_seconds, seconds / summary.rows)
        self._metrics.scored(summary.rows, summary.rejected, summary.nanoseconds)
        if summary.flags & frames.BATCHING_OFF and not self._singly:
            self._singly = True
            log.error(
                "the batched form of the model is not used any more: %s. Samples are scored one by one from "
                "now on, which is slower and right.",
                summary.note.decode("utf-8", "replace"),
            )
        if self._most_answers and link.answers >= self._most_answers:
            link.retiring = True
        if not link.pending and not link.retiring:
            self._idle.appendleft(link)  # the one that has worked last: its memory is warm
        self._dispatch()  # first: the worker should not wait for us
        for job, outcome in zip(jobs, outcomes, strict=True):
            if not job.future.done():
                job.future.set_result(outcome)

    def _worker_lost(self, link: Link, begun: list[Job] | None, others: list[list[Job]], why: str) -> None:
        self._links.discard(link)
        stack = self._stacks.take(link.pid)
        if link.pid:
            self._metrics.workers_lost[why] += 1
        for jobs in reversed(others):
            self._waiting.extendleft(reversed(jobs))
        if why != "crash" or (begun is not None and len(begun) > 1):
            self._losses.forget(link.pid)  # nobody asks
        if begun is not None and len(begun) > 1:
            now = asyncio.get_running_loop().time()
            for job in reversed(begun):
                job.alone, job.since = True, now
                self._waiting.appendleft(job)
        elif begun is not None:
            self._losses.fail(begun[0], link.pid, why, stack)
            if not begun[0].future.cancelled():  # else nobody is there to tell of it
                stack = ""
        elif link.pid and why == "crash":
            self._losses.count_idle(link.pid)
        if stack:  # of a request that nobody waits for, or of one of several, which are scored again
            log.error("a worker was lost (%s) here:\n%s", why, stack)
        self._dispatch()

    # -- time

    def _sweep(self) -> None:
        """What took too long: once every moment, since a timer for each request costs more."""
        loop = asyncio.get_running_loop()
        now = loop.time()
        late = [
            job
            for job in self._waiting
            if job.future.done() or now - job.since > max(self._timeout, job.timeout)
        ]
        for job in late:
            self._waiting.remove(job)
            self._metrics.queue_wait.observe(now - job.since)
            if not job.future.done():
                job.future.set_exception(Busy() if self._links else NoWorker())
        again = False
        for link in list(self._links):
            first = link.first
            taken = now - link.begun
            if first is not None and (
                taken > first[0].timeout or now - link.started > MOST_TIMES * first[0].timeout
            ):
                self._end_slow(link, now)
                continue
            if link.asked:  # it has answered in the last moment, or goes on
                link.asked = 0.0
                self._stacks.forget(link.pid)
            if first is None:
                continue
            if len(first) > 1 and taken > max(STALLED, 50 * self._usual):
                # One of them hangs, perhaps. The others need not wait for its time to be over.
                link.kill("stalled")
            elif link.pending > 1 and taken > 10 * QUICK:
                for jobs in reversed(link.withdraw()):
                    self._waiting.extendleft(reversed(jobs))
                again = True
        if again:
            self._dispatch()
        if self._most_memory and now >= self._memory_due:
            self._memory_due = now + _MEMORY_EVERY
            for link in list(self._links):
                if resident_bytes(link.pid) > self._most_memory:
                    self._retire(link)
        self._sweeper = loop.call_later(min(_TICK, self._timeout / 4), self._sweep)

    def _end_slow(self, link: Link, now: float) -> None:
        """Kills a worker that takes too long, once it has said where it is."""
        if not link.asked:
            link.asked = now
            self._stacks.ask(link.pid)
        elif now - link.asked > STACK_PATIENCE or self._stacks.told(link.pid):
            link.kill("timeout")

    def _retire(self, link: Link) -> None:
        if not link.retiring:
            log.info("a worker has more than %d bytes of memory; it is replaced", self._most_memory)
            link.retire()


def _smoothed(before: float, now: float) -> float:
    """The first value is taken as it is."""
    return before + _SMOOTHING * (now - before) if before else now

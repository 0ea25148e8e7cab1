"""One connected worker, and the frames that are under way to it.

A worker answers frames in their order. So of all frames in its socket only the first has been begun: where a
worker is lost, the others go to another one as if they had never been sent.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from ..scoring import frames
from ..worker import kill_group

MAX_FRAME = 1 << 30


@dataclass(eq=False, slots=True)
class Job:
    """One request on its way to a worker and back."""

    form: int
    content: bytes
    future: asyncio.Future[frames.JobOutcome]
    since: float
    """When it came into the queue; the loop's time."""
    timeout: float
    """Seconds that its prediction may take."""
    alone: bool = False
    """Whether it must not share a frame: it did, and that frame's worker was lost."""


@dataclass(eq=False, slots=True)
class _Sent:
    """A frame under way."""

    number: int
    jobs: list[Job]


class Link(asyncio.Protocol):
    """`arrived` is called once it has said hello, `answered` for each result, `lost` once when it is over.

    `lost` gets the frame that may have been begun, those that were not, and why.
    """

    def __init__(
        self,
        arrived: Callable[[Link], None],
        answered: Callable[[Link, list[Job], frames.Summary, list[frames.JobOutcome]], None],
        lost: Callable[[Link, list[Job] | None, list[list[Job]], str], None],
    ) -> None:
        self._arrived = arrived
        self._answered = answered
        self._lost = lost
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()
        self._sent: deque[_Sent] = deque()
        self._numbers = 0
        self._withdrawn: set[int] = set()
        self._gone = False
        self._why = "crash"
        self.pid = 0
        self.batched = False
        self.started = 0.0
        """When the first frame under way was begun; the loop's time."""
        self.begun = 0.0
        """When the first frame under way was begun, or last showed a sign of life; the loop's time."""
        self.asked = 0.0
        """When it was asked where it is, since it takes too long; the loop's time, or 0."""
        self.answers = 0
        self.retiring = False
        """It gets no more frames."""

    @property
    def pending(self) -> int:
        """Frames under way."""
        return len(self._sent)

    @property
    def first(self) -> list[Job] | None:
        """The jobs of the frame that is being scored."""
        return self._sent[0].jobs if self._sent else None

    @property
    def gone(self) -> bool:
        return self._gone

    def send(self, kind: int, jobs: list[Job], payload: bytes, now: float) -> None:
        assert self._transport is not None
        self._numbers += 1
        if not self._sent:
            self.begun = self.started = now
        self._sent.append(_Sent(self._numbers, jobs))
        self._transport.write(frames.pack_frame(kind, self._numbers, payload))

    def withdraw(self) -> list[list[Job]]:
        """Takes back the frames that have not been begun; their jobs, in order.

        Where the worker has begun the next one in this very moment, that is scored twice; the first answer
        counts.
        """
        assert self._transport is not None
        taken: list[list[Job]] = []
        while len(self._sent) > 1:
            sent = self._sent.pop()
            self._withdrawn.add(sent.number)
            self._transport.write(frames.pack_frame(frames.WITHDRAW, sent.number, b""))
            taken.insert(0, sent.jobs)
        return taken

    def kill(self, why: str) -> None:
        """Ends the process and whatever it started, and calls `lost`. `why` is a reason of the metrics."""
        if self._gone:
            return
        self._why = why
        if self.pid:
            # It lives, as its connection does, so its process id has not gone to anybody else.
            kill_group(self.pid)
        self._end()

    def retire(self) -> None:
        """Lets it end by itself once it has answered what it has; its parent replaces it."""
        self.retiring = True
        if not self._sent and self._transport is not None and not self._gone:
            self._why = "recycled"
            self._transport.close()

    def ended(self) -> None:
        """The process is gone, whoever may still hold its end of the connection."""
        self._lose()

    def hang_up(self) -> None:
        """Closes the connection, whereupon the process ends by itself."""
        self._why = "recycled"
        self._end()

    def _end(self) -> None:
        if self._gone:
            return
        self._gone = True
        if self._transport is not None:
            self._transport.abort()
        under_way = [sent.jobs for sent in self._sent]
        self._sent.clear()
        begun = None if self._why == "recycled" or not under_way else under_way.pop(0)
        self._lost(self, begun, under_way, self._why)

    # -- asyncio.Protocol

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is no subclass of it

    def connection_lost(self, _: Exception | None) -> None:
        self._lose()

    def _lose(self) -> None:
        if self.asked and self._why == "crash":
            self._why = "timeout"  # it did not survive the question
        self._end()

    def data_received(self, data: bytes) -> None:
        if self._gone:
            return
        buffer = self._buffer
        if not buffer and len(data) >= frames.HEADER.size:
            size, kind, number = frames.HEADER.unpack_from(data)
            if len(data) == frames.HEADER.size + size:  # a whole frame and no more, as nearly always
                self._take(kind, number, data[frames.HEADER.size :])
                return
        buffer += data
        while len(buffer) >= frames.HEADER.size and not self._gone:
            size, kind, number = frames.HEADER.unpack_from(buffer)
            if size > MAX_FRAME:
                self.kill("protocol")
                return
            end = frames.HEADER.size + size
            if len(buffer) < end:
                return
            payload = bytes(buffer[frames.HEADER.size : end])
            del buffer[:end]
            self._take(kind, number, payload)

    def _take(self, kind: int, number: int, payload: bytes) -> None:
        try:
            if kind == frames.RESULT:
                self._take_result(number, payload)
            elif kind == frames.PROGRESS and number in self._withdrawn:
                pass
            elif kind == frames.PROGRESS and self._sent and self._sent[0].number == number:
                self.begun = asyncio.get_running_loop().time()
            elif kind == frames.HELLO and not self.pid:
                hello = json.loads(payload)
                self.batched = bool(hello["batched"])
                self.pid = int(hello["pid"])
                self._arrived(self)
            else:
                raise ValueError("a frame out of turn")
        except (ValueError, KeyError, TypeError):
            self.kill("protocol")

    def _take_result(self, number: int, payload: bytes) -> None:
        summary, outcomes = frames.unpack_result(payload)
        if number in self._withdrawn:
            self._withdrawn.discard(number)  # begun before it heard of that
            return
        if not self._sent or self._sent[0].number != number or len(outcomes) != len(self._sent[0].jobs):
            raise ValueError("an answer out of turn")
        if self._withdrawn:  # those before this one will never be answered
            self._withdrawn = {other for other in self._withdrawn if other > number}
        jobs = self._sent.popleft().jobs
        self.begun = self.started = asyncio.get_running_loop().time()
        self.answers += len(jobs)
        if summary.flags & frames.ENDING:
            self.retiring = True
            self._why = "recycled"  # what else is under way has not been begun
        self._answered(self, jobs, summary, outcomes)
        if self.retiring:
            self.retire()

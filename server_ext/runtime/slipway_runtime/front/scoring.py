"""From a request's body to a worker's answer, and what each outcome of a worker becomes."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass

from ..scoring import frames, jobs
from ..scoring.single import MALFORMED, OK, RAISED, REJECTED, TOO_MANY
from ..scoring.words import counted
from ..settings import Settings
from .failure_log import FailureLog
from .failures import Busy, NoWorker, TimedOut, WorkerLost
from .metrics import Metrics
from .pool import WorkerPool
from .problem import Refusal, unavailable
from .readiness import Readiness


@dataclass(slots=True)
class Asked:
    """What is scored, in the log's terms."""

    request_id: str
    samples: range | None = None
    """Which of the request's samples, counted from 0; None for all there are."""
    may_fail: bool = False
    """A failure is no news."""

    @property
    def place(self) -> str:
        if self.samples is None:
            return ""
        first, last = self.samples[0], self.samples[-1]
        return f"sample {first}: " if first == last else f"samples {first} to {last}: "

    def place_of(self, sample: int) -> str:
        return f"sample {sample + (self.samples[0] if self.samples is not None else 0)}: "


class Scoring:
    """Has the workers score requests."""

    def __init__(self, pool: WorkerPool, readiness: Readiness, settings: Settings, metrics: Metrics) -> None:
        self._failures = FailureLog()
        self._metrics = metrics
        self._pool = pool
        self._readiness = readiness
        self._timeout = settings.prediction_timeout

    def admit(self) -> None:
        """Raises Refusal 503 where there is no use in reading a body."""
        if self._readiness.state in ("starting", "failed"):
            raise unavailable(self._readiness.reason or "The service is not ready.")
        if self._pool.full:
            raise _busy()

    async def outcome(self, form: int, body: bytes, asked: Asked) -> bytes:
        """The content of a job's answer. Raises Refusal for any other outcome than success."""
        try:
            status, words, content = await self._pool.submit(form, body)
        except Busy:
            raise _busy() from None
        except NoWorker:
            raise unavailable("No process of the model is able to score.") from None
        except TimedOut as timed_out:
            self._tell_lost(asked, f"no prediction within {self._timeout:g} s", timed_out.stack)
            raise Refusal(504, f"There was no prediction within {self._timeout:g} s.") from None
        except WorkerLost as lost:
            self._tell_lost(asked, f"the model's process ended while it scored ({lost})", lost.stack)
            raise _lost(lost, asked.request_id) from None
        if words:
            said = words.decode("utf-8", "replace")
            if status == OK:
                self._tell_samples(asked, said)
            else:
                self._tell(status, asked, said, asked.place)
        if status == OK:
            return content
        raise _refusal(status, content.decode("utf-8", "replace"), asked.request_id)

    def failed(self, samples: Sequence[object], refusal: Refusal) -> None:
        """Counts samples of a batch request that get this refusal instead of a prediction."""
        self._metrics.failures[refusal.status] += len(samples)

    def _tell(self, status: int, asked: Asked, said: str, place: str) -> None:
        level = logging.WARNING if status == REJECTED else logging.ERROR
        self._failures.tell(level, asked.request_id, said, place=place, expected=asked.may_fail)

    def _tell_lost(self, asked: Asked, what: str, stack: str) -> None:
        said = f"{what}; it was here, most recent call last:\n{stack}" if stack else what
        self._failures.tell(logging.ERROR, asked.request_id, said, place=asked.place, expected=asked.may_fail)

    def _tell_samples(self, asked: Asked, words: str) -> None:
        """Those of an array that failed: what the worker says is JSON (`scoring/jobs.py`)."""
        told = json.loads(words)
        for sample, status, said in told["samples"]:
            self._tell(status, asked, said, asked.place_of(sample))
        counts: dict[int, int] = {int(status): count for status, count in told["failed"].items()}
        self._metrics.failures.update(counts)
        more = sum(counts.values()) - len(told["samples"])
        if more:
            worst = REJECTED if set(counts) == {jobs.STATUS[REJECTED]} else RAISED
            self._tell(worst, asked, f"and {counted(more, 'further sample')} failed", "")


def _busy() -> Refusal:
    return unavailable("Too many requests are waiting; try again soon.")


def _lost(lost: WorkerLost, request_id: str) -> Refusal:
    detail = f"The model's process ended while it scored. The service's log has more under {request_id}."
    # Killed from outside, by a kernel short of memory, say: the next one may well answer. One that crashes by
    # itself would do so again.
    return Refusal(500, detail) if lost.crashed else unavailable(detail)


def _refusal(status: int, said: str, request_id: str) -> Refusal:
    """`said` is the worker's sentence for the client, where it has one."""
    code = jobs.STATUS[status]
    detail = said or jobs.DETAIL[status]
    if status not in (MALFORMED, REJECTED, TOO_MANY):
        detail += f" The service's log has more under {request_id}."
    return unavailable(detail) if code == 503 else Refusal(code, detail)


def tensors_job(body: bytes, header_length: int | None) -> bytes:
    """The content of a job in the form TENSORS."""
    return frames.pack_tensors(body, header_length)

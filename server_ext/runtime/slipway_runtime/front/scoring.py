"""From a request's body to a worker's answer, and what each outcome of a worker becomes."""

from __future__ import annotations

import logging

from ..scoring import frames, jobs
from ..scoring.single import MALFORMED, OK, REJECTED, TOO_MANY
from ..settings import Settings
from .failures import Busy, NoWorker, TimedOut, WorkerLost
from .pool import WorkerPool
from .problem import Refusal, unavailable
from .readiness import Readiness

log = logging.getLogger("slipway")


class Scoring:
    """Has the workers score requests."""

    def __init__(self, pool: WorkerPool, readiness: Readiness, settings: Settings) -> None:
        self._pool = pool
        self._readiness = readiness
        self._timeout = settings.prediction_timeout

    def admit(self) -> None:
        """Raises Refusal 503 where there is no use in reading a body."""
        if self._readiness.state in ("starting", "failed"):
            raise unavailable(self._readiness.reason or "The service is not ready.")
        if self._pool.full:
            raise _busy()

    async def outcome(self, form: int, body: bytes, request_id: str) -> bytes:
        """The content of a job's answer. Raises Refusal for any other outcome than success."""
        try:
            status, words, content = await self._pool.submit(form, body)
        except Busy:
            raise _busy() from None
        except NoWorker:
            raise unavailable("No process of the model is able to score.") from None
        except TimedOut:
            log.error("request %s: no prediction within %g s", request_id, self._timeout)
            raise Refusal(504, f"There was no prediction within {self._timeout:g} s.") from None
        except WorkerLost as lost:
            raise _lost(lost, request_id) from None
        if words:
            level = logging.WARNING if status in (OK, REJECTED) else logging.ERROR
            log.log(level, "request %s: %s", request_id, words.decode("utf-8", "replace").rstrip("\n"))
        if status == OK:
            return content
        raise _refusal(status, content.decode("utf-8", "replace"), request_id)


def _busy() -> Refusal:
    return unavailable("Too many requests are waiting; try again soon.")


def _lost(lost: WorkerLost, request_id: str) -> Refusal:
    log.error("request %s: the model's process ended while it scored (%s)", request_id, lost)
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

"""What all listeners of one service share."""

from __future__ import annotations

import asyncio
import os

from ..settings import Settings
from .access_log import AccessLog
from .batches import Batches
from .memory import proportional_bytes
from .metrics import Gauges, Metrics
from .pool import WorkerPool
from .readiness import Readiness
from .scoring import Scoring


class State:
    """One service, as its routes see it."""

    def __init__(self, pool: WorkerPool, readiness: Readiness, settings: Settings, metrics: Metrics) -> None:
        self.pool = pool
        self.readiness = readiness
        self.settings = settings
        self.metrics = metrics
        self.scoring = Scoring(pool, readiness, settings, metrics)
        self.batches = Batches(pool, self.scoring, settings.prediction_timeout, settings.max_samples)
        self.access_log = AccessLog() if settings.access_log else None
        self.in_flight = 0
        """Requests that are being answered, on all listeners."""

    def why_not_ready(self) -> str | None:
        """A sentence; None where the service can score."""
        if self.readiness.state != "ready":
            return self.readiness.reason or "The service is not ready."
        return None if self.pool.size else "No process of the model is able to score."

    async def gauges(self, info: dict[str, str]) -> Gauges:
        pids = self.pool.pids
        memory = await asyncio.to_thread(_memory, pids)
        return Gauges(
            ready=self.why_not_ready() is None,
            workers=len(pids),
            waiting=self.pool.waiting,
            in_flight=self.in_flight,
            batching=self.pool.batched,
            memory=memory,
            info=info,
        )


def _memory(workers: list[int]) -> dict[str, int]:
    return {"front": proportional_bytes(os.getpid()), "workers": sum(map(proportional_bytes, workers))}

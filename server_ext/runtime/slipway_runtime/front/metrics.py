"""What a service counts: plain numbers, as it happens on every request. `exposition.py` writes them out."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_SECONDS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 4096, 16384, 65536)


class Histogram:
    """Counts by upper bounds, and a sum."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as the format wants them."""
        found: list[tuple[str, float]] = []
        sum_so_far = 0
        for bound, count in zip([*map(str, self.bounds), "+Inf"], self.counts, strict=True):
            sum_so_far += count
            found.append((bound, sum_so_far))
        return found


class Metrics:
    """The counters of one service, and of all its listeners."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Everything from nothing."""
        self.requests: Counter[tuple[str, int]] = Counter()
        """By route and status."""
        self.durations: dict[str, Histogram] = {}
        """Seconds from the first to the last byte that the application sees of a request, by route."""
        self.queue_wait = Histogram(_SECONDS)
        self.batch_rows = Histogram(_ROWS)
        self.scoring = Histogram(_SECONDS)
        self.rows = 0
        self.rejected = 0
        self.failures: Counter[int] = Counter()
        """Samples of batch requests that got no prediction, by the status in the answer's `errors`."""
        self.workers_lost: Counter[str] = Counter()
        """By reason: crash, timeout, stalled, protocol, recycled."""

    def request(self, route: str, status: int, seconds: float) -> None:
        self.requests[route, status] += 1
        histogram = self.durations.get(route)
        if histogram is None:
            histogram = self.durations[route] = Histogram(_SECONDS)
        histogram.observe(seconds)

    def scored(self, rows: int, rejected: int, nanoseconds: int) -> None:
        """One frame that a worker has answered."""
        self.batch_rows.observe(rows)
        self.scoring.observe(nanoseconds / 1e9)
        self.rows += rows
        self.rejected += rejected


@dataclass(frozen=True, kw_only=True)
class Gauges:
    """What is true at the moment of a scrape."""

    ready: bool
    workers: int
    waiting: int
    in_flight: int
    batching: bool
    memory: dict[str, int]
    """Bytes by kind of process."""
    info: dict[str, str]
    """What the model is."""

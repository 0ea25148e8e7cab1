"""What a service counts, and how Prometheus reads it.

Counting is plain numbers, since it happens on every request; prometheus_client writes the exposition format.
Names: https://prometheus.io/docs/practices/naming/.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence

from prometheus_client import generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

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
        self.requests: Counter[tuple[str, int]] = Counter()
        """By route and status."""
        self.durations: dict[str, Histogram] = {}
        """Seconds from the first to the last byte that the application sees of a request, by route."""
        self.queue_wait = Histogram(_SECONDS)
        self.batch_rows = Histogram(_ROWS)
        self.scoring = Histogram(_SECONDS)
        self.rows = 0
        self.rejected = 0
        self.workers_lost: Counter[str] = Counter()
        """By reason: crash, timeout, protocol, recycled."""

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


class Gauges:
    """What is true at the moment of a scrape."""

    def __init__(
        self,
        *,
        ready: bool,
        workers: int,
        waiting: int,
        in_flight: int,
        batching: bool,
        memory: dict[str, int],
        info: dict[str, str],
    ) -> None:
        """`memory` is bytes by kind of process; `info` what the model is."""
        self.ready = ready
        self.workers = workers
        self.waiting = waiting
        self.in_flight = in_flight
        self.batching = batching
        self.memory = memory
        self.info = info


class _Collector(Collector):
    def __init__(self, metrics: Metrics, gauges: Gauges) -> None:
        self._metrics = metrics
        self._gauges = gauges

    def collect(self) -> Iterator[Metric]:
        yield from self._counters()
        yield from self._state()

    def _counters(self) -> Iterator[Metric]:
        metrics = self._metrics
        requests = CounterMetricFamily(
            "slipway_requests", "Requests that were answered.", labels=["route", "status"]
        )
        for (route, status), count in sorted(metrics.requests.items()):
            requests.add_metric([route, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "slipway_request_duration_seconds",
            "Seconds from a request's head to its answer.",
            labels=["route"],
        )
        for route, histogram in sorted(metrics.durations.items()):
            durations.add_metric([route], histogram.buckets(), histogram.total)
        yield durations
        for name, words, histogram in (
            ("slipway_queue_wait_seconds", "Seconds that requests waited for a worker.", metrics.queue_wait),
            ("slipway_batch_rows", "Samples that a worker scored together.", metrics.batch_rows),
            ("slipway_scoring_seconds", "Seconds that a worker took for a batch.", metrics.scoring),
        ):
            yield HistogramMetricFamily(name, words, buckets=histogram.buckets(), sum_value=histogram.total)
        yield CounterMetricFamily("slipway_samples", "Samples that were scored or refused.", metrics.rows)
        yield CounterMetricFamily(
            "slipway_validator_rejections", "Samples that the validator refused.", metrics.rejected
        )
        restarts = CounterMetricFamily(
            "slipway_worker_restarts", "Workers that ended and were replaced.", labels=["reason"]
        )
        for reason in ("crash", "timeout", "protocol", "recycled"):
            restarts.add_metric([reason], metrics.workers_lost[reason])
        yield restarts

    def _state(self) -> Iterator[Metric]:
        gauges = self._gauges
        for name, words, value in (
            ("slipway_ready", "Whether the service can score.", int(gauges.ready)),
            ("slipway_workers", "Workers that are connected.", gauges.workers),
            ("slipway_queue_length", "Requests that wait for a worker.", gauges.waiting),
            ("slipway_requests_in_flight", "Requests that are being answered.", gauges.in_flight),
            ("slipway_batching", "Whether samples are scored in batches.", int(gauges.batching)),
        ):
            yield GaugeMetricFamily(name, words, value)
        memory = GaugeMetricFamily(
            "slipway_memory_bytes", "Memory by kind of process, shared pages divided.", labels=["process"]
        )
        for process, size in sorted(gauges.memory.items()):
            memory.add_metric([process], size)
        yield memory
        yield InfoMetricFamily("slipway_model", "The model that is served.", value=gauges.info)


def exposition(metrics: Metrics, gauges: Gauges) -> bytes:
    """The text that Prometheus scrapes."""
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(metrics, gauges))
    return generate_latest(registry)

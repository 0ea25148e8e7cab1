"""How Prometheus reads the counters of a service; prometheus_client writes the format.

Names: https://prometheus.io/docs/practices/naming/. Imported at the first scrape, since it takes a while.
"""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client import generate_latest
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector, CollectorRegistry

from .metrics import Gauges, Metrics

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


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
            "slipway_requests",
            "Requests that were answered, or given up by their client (499).",
            labels=["route", "status"],
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
        failures = CounterMetricFamily(
            "slipway_sample_failures",
            "Samples of batch requests that got no prediction, by the status in the answer's errors.",
            labels=["status"],
        )
        for status in sorted({500, 503, 504, *metrics.failures}):
            failures.add_metric([str(status)], metrics.failures[status])
        yield failures
        restarts = CounterMetricFamily(
            "slipway_worker_restarts", "Workers that ended and were replaced.", labels=["reason"]
        )
        for reason in ("crash", "timeout", "stalled", "protocol", "recycled"):
            restarts.add_metric([reason], metrics.workers_lost[reason])
        yield restarts

    def _state(self) -> Iterator[Metric]:
        gauges = self._gauges
        for name, words, value in (
            (
                "slipway_ready",
                "Whether the model is loaded and a worker is connected, busy or not.",
                int(gauges.ready),
            ),
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

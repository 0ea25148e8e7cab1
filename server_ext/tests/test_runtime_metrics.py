"""What Prometheus reads, by its own parser."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client.parser import text_string_to_metric_families
from slipway_runtime.front.exposition import exposition
from slipway_runtime.front.metrics import Gauges, Histogram, Metrics

INFO = {"name": 'a "quoted"\nname\\', "version": "1", "release": "r-1", "python": "3.6.15", "slipway": "0.1"}


def gauges(**others: Any) -> Gauges:
    given: dict[str, Any] = {
        "ready": True,
        "workers": 2,
        "waiting": 3,
        "in_flight": 4,
        "batching": False,
        "memory": {"front": 1024, "workers": 4096},
        "info": INFO,
    }
    return Gauges(**{**given, **others})


Series = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def read(metrics: Metrics, at: Gauges | None = None) -> Series:
    """Values by name and labels; every family is described and there once."""
    text = exposition(metrics, at or gauges()).decode()
    families = list(text_string_to_metric_families(text))
    assert len({family.name for family in families}) == len(families)
    assert all(family.documentation.endswith(".") for family in families)
    assert all(family.type != "unknown" for family in families)
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in families
        for sample in family.samples
    }


def buckets(series: Series, name: str, **labels: str) -> list[tuple[float, float]]:
    found = [
        (float(dict(own)["le"]), value)
        for (sample, own), value in series.items()
        if sample == f"{name}_bucket" and labels.items() <= dict(own).items()
    ]
    return sorted(found)


def test_before_any_request() -> None:
    series = read(Metrics())
    assert series["slipway_samples_total", ()] == 0
    assert series["slipway_validator_rejections_total", ()] == 0
    for reason in ("crash", "timeout", "protocol", "recycled"):
        assert series["slipway_worker_restarts_total", (("reason", reason),)] == 0
    for name in ("slipway_queue_wait_seconds", "slipway_batch_rows", "slipway_scoring_seconds"):
        assert series[f"{name}_count", ()] == series[f"{name}_sum", ()] == 0
        assert buckets(series, name)[-1] == (float("inf"), 0)


def test_counters() -> None:
    metrics = Metrics()
    metrics.request("/predict", 200, 0.003)
    metrics.request("/predict", 200, 0.2)
    metrics.request("/predict", 504, 31.0)
    metrics.request("other", 404, 0.0001)
    metrics.scored(3, 1, 2_000_000)
    metrics.scored(1, 0, 500_000)
    metrics.workers_lost["timeout"] += 2
    series = read(metrics)
    assert series["slipway_requests_total", (("route", "/predict"), ("status", "200"))] == 2
    assert series["slipway_requests_total", (("route", "/predict"), ("status", "504"))] == 1
    assert series["slipway_requests_total", (("route", "other"), ("status", "404"))] == 1
    route = (("route", "/predict"),)
    assert series["slipway_request_duration_seconds_count", route] == 3
    assert series["slipway_request_duration_seconds_sum", route] == pytest.approx(31.203)
    durations = dict(buckets(series, "slipway_request_duration_seconds", route="/predict"))
    assert (durations[0.0025], durations[0.005], durations[0.25], durations[30.0]) == (0, 1, 2, 2)
    assert durations[float("inf")] == 3
    assert series["slipway_samples_total", ()] == 4
    assert series["slipway_validator_rejections_total", ()] == 1
    assert series["slipway_batch_rows_sum", ()] == 4
    assert series["slipway_scoring_seconds_sum", ()] == pytest.approx(0.0025)
    assert series["slipway_worker_restarts_total", (("reason", "timeout"),)] == 2


def test_state() -> None:
    series = read(Metrics(), gauges(ready=False, batching=True))
    assert (series["slipway_ready", ()], series["slipway_batching", ()]) == (0, 1)
    assert series["slipway_workers", ()] == 2
    assert series["slipway_queue_length", ()] == 3
    assert series["slipway_requests_in_flight", ()] == 4
    assert series["slipway_memory_bytes", (("process", "front"),)] == 1024
    assert series["slipway_memory_bytes", (("process", "workers"),)] == 4096
    assert series["slipway_model_info", tuple(sorted(INFO.items()))] == 1


@given(st.lists(st.floats(0, 1e6)))
def test_a_histogram_is_cumulative(values: list[float]) -> None:
    bounds = (0.5, 1.0, 10.0, 1000.0)
    histogram = Histogram(bounds)
    for value in values:
        histogram.observe(value)
    found = histogram.buckets()
    assert [bound for bound, _ in found] == ["0.5", "1.0", "10.0", "1000.0", "+Inf"]
    for bound, count in found:
        assert count == sum(value <= float(bound) for value in values)
    assert histogram.total == pytest.approx(sum(values))


@given(st.lists(st.tuples(st.integers(0, 10**6), st.integers(0, 10**12)), max_size=20))
def test_every_histogram_that_is_read_is_whole(frames: list[tuple[int, int]]) -> None:
    metrics = Metrics()
    for rows, nanoseconds in frames:
        metrics.scored(rows, 0, nanoseconds)
        metrics.queue_wait.observe(nanoseconds / 1e9)
        metrics.request("/predict", 200, nanoseconds / 1e9)
    series = read(metrics)
    names = ["slipway_queue_wait_seconds", "slipway_batch_rows", "slipway_scoring_seconds"]
    names += ["slipway_request_duration_seconds"] if frames else []
    for name in names:
        counts = [count for _, count in buckets(series, name)]
        assert counts == sorted(counts)
        assert counts[-1] == len(frames)

"""What log and metrics of a real service tell of failures: which sample of a request, how often, and of probes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from runtime_fixtures import RunningService, Services, eventually, free_port, open_connection
from slipway_runtime import control
from slipway_runtime.front.batches import PORTION, SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SOURCE = """
import os, time

def validator(x):
    return x.get("do") != "refused"

def predictor(x):
    if x.get("do") == "raise":
        raise RuntimeError(x["why"])
    if x.get("do") == "exit":
        os._exit(7)
    if x.get("do") == "hang":
        time.sleep(3600)
    return x["n"]
"""
BATCHED = f"{SOURCE}\ndef batch_predictor(xs):\n    return [predictor(x) for x in xs]\n"
PAD = "x" * 40


@pytest.fixture(scope="module")
def home(slipway_homes: Path) -> Path:
    path = slipway_homes / "telling"
    path.mkdir(mode=0o700)
    return path


@pytest.fixture(scope="module", params=[SOURCE, BATCHED], ids=["single", "batched"])
def service(home: Path, request: pytest.FixtureRequest) -> Iterator[RunningService]:
    own = home / str(request.param_index)
    own.mkdir(mode=0o700)
    services = Services(own)
    yield services.serve(request.param, "--workers", "2", "--prediction-timeout", "1.5")
    services.close()


def failures(service: RunningService) -> dict[str, float]:
    """Failed samples of batch requests, by status."""
    text = service.get("/metrics").body.decode()
    return {
        sample.labels["status"]: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "slipway_sample_failures_total"
    }


def ask(service: RunningService, samples: list[Any], request: str) -> dict[str, int]:
    """The status of each sample that failed, by its number."""
    headers = {"content-type": "application/json", "x-request-id": request}
    body = json.dumps(samples).encode()
    reply = control.http_request(service.run_dir, "POST", "/predict/batch", body, headers)
    assert reply.status == 200
    return {number: problem["status"] for number, problem in json.loads(reply.body)["errors"].items()}


def told(service: RunningService, request: str) -> list[tuple[str, str]]:
    """Level and text of the log's lines about a request."""
    found = re.findall(rf"^\S+ \S+ ([A-Z]+) request {request}: (.*)$", service.log, re.MULTILINE)
    return [(level, text) for level, text in found]


def large(special: dict[int, dict[str, Any]]) -> list[Any]:
    samples: list[Any] = [{"n": number, "pad": PAD, **special.get(number, {})} for number in range(1500)]
    assert len(json.dumps(samples)) > SMALL > 2 * PORTION
    return samples


def test_the_log_counts_as_the_answer_does(service: RunningService) -> None:
    before = failures(service)
    special = {
        3: {"do": "raise", "why": "first"},
        777: {"do": "refused"},
        1400: {"do": "raise", "why": "last"},
    }
    assert ask(service, large(special), "numbered") == {"3": 500, "777": 422, "1400": 500}
    lines = told(service, "numbered")
    assert ("WARNING", "sample 777: the validator said no") in lines
    assert {text.split(":")[0] for _, text in lines} == {"sample 3", "sample 777", "sample 1400"}
    raised = [(level, text) for level, text in lines if "777" not in text]
    assert {level for level, _ in raised} == {"ERROR"}
    # Which of them was first is up to the workers: one has its traceback, the other refers to that.
    again = [text for _, text in raised if "same traceback" in text]
    assert len(again) == 1
    assert "RuntimeError: " in again[0]
    grown = {status: count - before.get(status, 0) for status, count in failures(service).items()}
    assert (grown["500"], grown["422"], grown["504"]) == (2, 1, 0)


def test_samples_that_cost_their_process_are_told_and_counted(service: RunningService) -> None:
    before = failures(service)
    found = ask(service, large({900: {"do": "exit"}}), "crashing")
    assert found == {"900": 500}
    assert ("ERROR", "sample 900: the model's process ended while it scored (exit code 7)") in told(
        service, "crashing"
    )
    found = ask(service, large({900: {"do": "hang"}}), "hanging")
    assert found["900"] == 504
    text = next(
        text for level, text in told(service, "hanging") if "no prediction" in text and "samples" in text
    )
    first, last = map(int, re.findall(r"samples (\d+) to (\d+): ", text)[0])
    assert first <= 900 <= last
    grown = {status: count - before.get(status, 0) for status, count in failures(service).items()}
    assert grown["500"] == 1
    assert grown["504"] == len(found)


def test_a_client_that_fails_over_and_over_does_not_fill_the_log(service: RunningService) -> None:
    before = len(service.log)
    body = json.dumps({"do": "raise", "why": "x", "n": 1}).encode()
    for _ in range(50):
        assert service.predict(body).status == 500
    more = service.log[before:]
    assert more.count("Traceback") <= 1
    assert more.count(" ERROR request ") == 50


def test_probes_are_no_traffic(services: Services) -> None:
    service = services.serve(SOURCE, samples=[{"n": 1}])

    def probe(name: str, body: bytes) -> int:
        return service.predict(body, x_request_id=f"slipway-probe:{name}").status

    raising = b'{"do": "raise", "why": "nothing"}'
    assert [probe("changed-1", b"[]"), probe("changed-2", raising)] == [422, 500]
    assert "WARNING request slipway" not in service.log
    assert "ERROR" not in service.log
    assert "Traceback" not in service.log
    assert told(service, "slipway-probe:changed-2") == [
        ("INFO", "RuntimeError: nothing (a trial before the release, which may fail)")
    ]
    assert probe("sample-1", raising) == 500
    eventually(lambda: "Traceback" in service.log, "what was recorded should not fail")

    port = service.publish(free_port())
    connection = open_connection(port)
    text = service.get("/metrics").body.decode()
    counted = {
        sample.name: sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name.endswith(("_total", "_count")) and sample.value
    }
    assert counted == {}, "nobody has asked yet"
    # Anybody may call a request so; that hides nothing.
    headers = {"content-type": "application/json", "x-request-id": "slipway-probe:changed-9"}
    connection.request("POST", "/predict", b'{"do": "raise", "why": "of note"}', headers)
    assert connection.getresponse().status == 500
    connection.close()
    assert [level for level, _ in told(service, "slipway-probe:changed-9")] == ["ERROR"]
    assert (
        'slipway_requests_total{route="/predict",status="500"} 1.0' in service.get("/metrics").body.decode()
    )

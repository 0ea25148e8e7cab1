"""POST /predict/batch of real services, without a batched form and with one: each sample stands for itself."""

from __future__ import annotations

import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from runtime_fixtures import RunningService, Services, eventually, problem
from slipway_runtime import control
from slipway_runtime.front.batches import PORTION, SMALL

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SINGLE = """
import os, time

def validator(x):
    return x.get("do") != "refused"

def predictor(x):
    do = x.get("do")
    if do == "exit":
        os._exit(7)
    if do == "hang":
        time.sleep(3600)
    if do == "raise":
        raise RuntimeError("secret")
    if do == "nan":
        return float("nan")
    if do == "null":
        return None
    if do == "pid":
        time.sleep(0.002)
        return os.getpid()
    return x["n"] * 2
"""
BATCHED = (
    SINGLE
    + """
def batch_predictor(xs):
    if len(xs) > 1 and "wrong" in xs[0]:
        return [-1] * len(xs)
    return [predictor(x) for x in xs]
"""
)
PAD = "x" * 40
LARGE = 1500
"""Samples, which together have to be dealt out."""


def serve(home: Path, source: str) -> Services:
    home.mkdir(mode=0o700)
    services = Services(home)
    services.serve(source, "--workers", "2", "--prediction-timeout", "1.5", samples=[{"n": 1}])
    return services


def one_of(services: Services) -> RunningService:
    return services._started[0]


@pytest.fixture(scope="module", params=[SINGLE, BATCHED], ids=["single", "batched"])
def service(slipway_homes: Path, request: pytest.FixtureRequest) -> Iterator[RunningService]:
    services = serve(slipway_homes / f"batch{request.param_index}", request.param)
    found = one_of(services)
    eventually(lambda: metrics(found)["slipway_workers"] == 2, "two workers")
    assert metrics(found)["slipway_batching"] == request.param_index
    yield found
    log = found.log
    services.close()
    assert "fault of the service" not in log


def metrics(service: RunningService) -> dict[str, float]:
    text = service.get("/metrics").body.decode()
    return {
        sample.name + "".join(sample.labels.values()): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def ask(service: RunningService, body: bytes) -> control.Reply:
    headers = {"content-type": "application/json"}
    return control.http_request(service.run_dir, "POST", "/predict/batch", body, headers)


def predict(service: RunningService, samples: list[Any]) -> tuple[list[Any], dict[int, int]]:
    """The predictions, and the status of each sample that failed."""
    reply = ask(service, json.dumps(samples).encode())
    assert reply.status == 200, reply.body[:300]
    answer = json.loads(reply.body)
    assert set(answer) == {"predictions", "errors"}
    assert len(answer["predictions"]) == len(samples)
    for place, found in answer["errors"].items():
        assert answer["predictions"][int(place)] is None
        assert "secret" not in found["detail"]
        assert set(found) == {"type", "title", "status", "detail"}
    return answer["predictions"], {int(place): found["status"] for place, found in answer["errors"].items()}


def large(**special: dict[str, Any]) -> list[Any]:
    """Many samples; `special` ones stand at the places that their names say after an underscore."""
    samples: list[Any] = [{"n": number, "pad": PAD} for number in range(LARGE)]
    for place, more in special.items():
        samples[int(place[1:])] |= more
    assert len(json.dumps(samples)) > SMALL > 2 * PORTION
    return samples


def right(predictions: list[Any], *without: int) -> bool:
    return all(
        found == (None if number in without else number * 2) for number, found in enumerate(predictions)
    )


def test_predictions_have_the_order_of_their_samples(service: RunningService) -> None:
    predictions, errors = predict(service, large())
    assert right(predictions)
    assert errors == {}
    predictions, errors = predict(service, [{"n": 3}, {"n": 1}])
    assert (predictions, errors) == ([6, 2], {})
    assert ask(service, b" [ ] ").body == b'{"predictions":[],"errors":{}}'


def test_samples_fail_alone_each_in_its_way(service: RunningService) -> None:
    samples = large(
        _0={"do": "raise"},
        _7={"do": "null"},
        _700={"do": "refused"},
        _701={"do": "nan"},
        _1499={"do": "raise"},
        _900={"n": "text"},
    )
    predictions, errors = predict(service, samples)
    assert errors == {0: 500, 700: 422, 701: 500, 1499: 500}
    assert predictions[7] is None
    assert predictions[900] == "texttext"
    predictions[900] = 1800
    assert right(predictions, 0, 7, 700, 701, 1499)
    small = [{"n": 1, "do": "raise"}, {"n": 2}, {"n": 3, "do": "null"}, {"do": "refused"}]
    assert predict(service, small) == ([None, 4, None, None], {0: 500, 3: 422})


def test_a_sample_that_crashes_the_process_fails_alone(service: RunningService) -> None:
    predictions, errors = predict(service, large(_777={"do": "exit"}))
    assert errors == {777: 500}
    assert right(predictions, 777)
    assert predict(service, [{"n": 1}, {"n": 2, "do": "exit"}, {"n": 3}]) == ([2, None, 6], {1: 500})
    assert predict(service, [{"n": 2, "do": "exit"}]) == ([None], {0: 500})
    assert service.state() == "ready"


def test_a_sample_that_hangs_takes_its_portion_with_it(service: RunningService) -> None:
    predictions, errors = predict(service, large(_777={"do": "hang"}))
    assert set(errors.values()) == {504}
    assert 777 in errors
    places = sorted(errors)
    assert places == list(range(places[0], places[-1] + 1))
    assert len(places) <= PORTION // len(PAD)
    assert right(predictions, *places)
    assert predict(service, [{"n": 1, "do": "hang"}, {"n": 2}]) == ([None, None], {0: 504, 1: 504})


LONG = json.dumps(large()).encode()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b'"text"',
        b"[1",
        b"[1,]",
        b"[NaN]",
        LONG[:-1],
        LONG[:-1] + b",]",
        LONG + b"]",
        LONG[:-1] + b", NaN]",
        LONG[:-1] + b", 1e999]",
        LONG[:-1] + b", " + b"9" * 5000 + b"]",
        LONG[:-1] + b", " + b"[" * 5000 + b"]" * 5000 + b"]",
        LONG.replace(b"xxx", b"\xff", 1),
        b'{"a": ' + LONG + b"}",
        b" " * SMALL * 2,
    ],
    ids=range(16),
)
def test_what_is_no_array_of_json_is_refused_as_a_whole(service: RunningService, body: bytes) -> None:
    assert problem(ask(service, body))["status"] == 400


def test_other_requests_come_in_between(service: RunningService) -> None:
    """A request of many samples leaves room for others, and mixes nothing with theirs."""
    found: list[tuple[list[Any], dict[int, int]]] = []
    threads = [threading.Thread(target=lambda: found.append(predict(service, large()))) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(50):
        assert service.predict(json.dumps({"n": number}).encode()).body == b"%d" % (2 * number)
    for thread in threads:
        thread.join()
    assert len(found) == 3
    assert all(right(predictions) and not errors for predictions, errors in found)


def test_without_a_batched_form_all_workers_have_a_part(service: RunningService) -> None:
    if metrics(service)["slipway_batching"]:
        return
    predictions, _ = predict(service, [{"do": "pid", "pad": PAD} for _ in range(LARGE)])
    assert set(predictions) == {worker.pid for worker in service.workers()}


def test_a_request_that_was_admitted_needs_no_long_queue(services: Services) -> None:
    service = services.serve(SINGLE, "--workers", "2", "--queue", "2")
    body = json.dumps([{"n": number, "pad": PAD} for number in range(8000)]).encode()
    assert len(body) > 50 * PORTION
    replies: list[control.Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(ask(service, body))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    answers = [json.loads(reply.body) for reply in replies if reply.status == 200]
    assert answers
    assert all(right(answer["predictions"]) and not answer["errors"] for answer in answers)
    assert {reply.status for reply in replies} <= {200, 503}, "one may find the queue full, and do nothing"


def test_a_batched_form_that_is_wrong_is_found_out_and_given_up(slipway_homes: Path) -> None:
    services = serve(slipway_homes / "wrong", BATCHED)
    service = one_of(services)
    try:
        assert metrics(service)["slipway_batching"] == 1
        samples = [{"n": number, "wrong": True} for number in range(50)]
        for _ in range(2):
            predictions, errors = predict(service, samples)
            assert right(predictions)
            assert errors == {}
            assert service.predict(b'{"n": 4, "wrong": true}').body == b"8"
        found = metrics(service)
        assert found["slipway_batching"] == 0
        assert found["slipway_samples_total"] == 103
        said = eventually(lambda: "is not used any more" in service.log and service.log, "the log says so")
        assert said.count("it answers otherwise than predictor alone") == 1
        assert predict(service, large(_777={"do": "exit"}))[1] == {777: 500}
    finally:
        services.close()

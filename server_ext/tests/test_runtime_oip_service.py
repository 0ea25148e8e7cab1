"""The Open Inference Protocol of a real service: statuses, the form of errors, readiness, large tensors, old Pythons."""

from __future__ import annotations

import json
from array import array
from typing import TYPE_CHECKING, Any

import pytest
from runtime_fixtures import RunningService, Services, eventually
from slipway_runtime import control
from tensor_cases import binary, binary_body, body, tensor
from test_runtime_pythons import bundle_for, find_interpreter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

INFER = "/v2/models/model/infer"
SOURCE = """
import sys

def validator(x):
    return x != [0.0]

def predictor(x):
    if x == [1.0]:
        raise RuntimeError("secret")
    return {"sum": sum(x), "python": list(sys.version_info[:2])}
"""
WAITS = """
import time

def predictor(x):
    time.sleep(3600)
"""
JSON = {"content-type": "application/json"}
GOOD = body(tensor([1, 2], [1, 2]))


@pytest.fixture(scope="module")
def service(slipway_homes: Path) -> Iterator[RunningService]:
    home = slipway_homes / "oips"
    home.mkdir()
    services = Services(home)
    yield services.serve(SOURCE, "--max-body", "4000000", samples=[[1.5, 2]])
    services.close()


def ask(
    service: RunningService, path: str, content: bytes = b"", method: str = "POST", **headers: str
) -> control.Reply:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return control.http_request(service.run_dir, method, path, content, sent)


@pytest.mark.parametrize(
    ("path", "content", "headers", "status", "words"),
    [
        (INFER, b"{", JSON, 400, "not JSON"),
        (INFER, body(tensor([1], [2])), JSON, 400, 'Input "x" has 1 element where its shape [2] has 2.'),
        (INFER, GOOD, {"inference-header-content-length": "9999"}, 400, "no length of a part"),
        (INFER, GOOD, {"inference-header-content-length": "-1"}, 400, "no number of bytes"),
        (INFER, body(tensor([1, 2], [1, 2]), outputs=[{"name": "no"}]), JSON, 400, 'this answer has "sum", "python"'),
        (INFER, GOOD, {"content-type": "text/plain"}, 415, "application/octet-stream"),
        (INFER, GOOD, {"content-encoding": "gzip"}, 415, "gzip"),
        (INFER, b" " * 4_000_001, JSON, 413, "4000000"),
        (INFER, body(tensor([2, 0], [2, 1])), JSON, 422, "Sample 1: "),
        (INFER, body(tensor([1, 2], [2, 1])), JSON, 500, "Sample 0: "),
        ("/v2/models/no/infer", GOOD, JSON, 404, "the one model is model."),
        ("/v2/models/model/versions/2/infer", GOOD, JSON, 404, "has version 1."),
        ("/v2/models", GOOD, JSON, 404, "There is nothing here"),
        ("/v2", GOOD, JSON, 405, "GET and HEAD"),
    ],
)  # fmt: skip
def test_errors(
    service: RunningService, path: str, content: bytes, headers: dict[str, str], status: int, words: str
) -> None:
    reply = ask(service, path, content, **headers)
    assert (reply.status, reply.headers["content-type"]) == (status, "application/json")
    found = json.loads(reply.body)
    assert found.keys() == {"error"}
    assert words in found["error"]
    assert "secret" not in found["error"]
    assert reply.headers["x-request-id"]


def test_reads_and_heads(service: RunningService) -> None:
    paths = (
        "/v2",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/model",
        "/v2/models/model/versions/1/ready",
    )
    for path in paths:
        got, head = (ask(service, path, method=method) for method in ("GET", "HEAD"))
        assert (got.status, head.status, head.body) == (200, 200, b"")
        assert json.loads(got.body)
    assert ask(service, INFER, method="GET").headers["allow"] == "POST"


def test_large_tensors(service: RunningService) -> None:
    count = 100_000
    numbers = array("d", [index / 7 for index in range(2 * count)])
    content, length = binary_body(binary([count, 2], "FP64", numbers.tobytes()), outputs=[{"name": "sum", "parameters": {"binary_data": True}}])  # fmt: skip
    reply = ask(service, INFER, content, inference_header_content_length=str(length))
    assert (reply.status, reply.headers["content-type"]) == (200, "application/octet-stream")
    head = int(reply.headers["inference-header-content-length"])
    (output,) = json.loads(reply.body[:head])["outputs"]
    assert (output["name"], output["shape"]) == ("sum", [count])
    expected = [numbers[index] + numbers[index + 1] for index in range(0, 2 * count, 2)]
    assert array("d", reply.body[head:]).tolist() == expected


def test_a_service_that_is_not_ready(services: Services) -> None:
    service = services.start(services.bundle(WAITS, samples=[1]))
    eventually(lambda: service.state() is not None, "the service says something")
    live = ask(service, "/v2/health/live", method="GET")
    assert (live.status, json.loads(live.body)) == (200, {"live": True})
    found: dict[str, Any] = {}
    for path in ("/v2/health/ready", "/v2/models/model/ready"):
        reply = ask(service, path, method="GET")
        found = json.loads(reply.body)
        assert (reply.status, found["ready"], reply.headers["retry-after"]) == (503, False, "1")
    reply = ask(service, INFER, GOOD, **JSON)
    assert (reply.status, json.loads(reply.body)) == (503, {"error": found["error"]})


def test_tensors_of_a_model_of_the_oldest_python(services: Services, slipway_home: Path) -> None:
    interpreter = find_interpreter((3, 6))
    bundle = bundle_for(interpreter, slipway_home / "old", SOURCE)
    service = services.start(bundle, python=str(interpreter.path)).wait_ready()
    content, length = binary_body(
        binary([2, 2], "FP16", bytes.fromhex("003e00c000000000")), parameters={"binary_data_output": True}
    )
    reply = ask(service, INFER, content, inference_header_content_length=str(length))
    head = int(reply.headers["inference-header-content-length"])
    outputs = json.loads(reply.body[:head])["outputs"]
    assert [(output["name"], output["datatype"], output["shape"]) for output in outputs] == [
        ("sum", "FP64", [2]),
        ("python", "INT64", [2, 2]),
    ]
    assert reply.body[head:] == array("d", [-0.5, 0.0]).tobytes() + array("q", [3, 6, 3, 6]).tobytes()

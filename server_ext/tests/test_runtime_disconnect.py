"""Clients that leave before their answer is there: what nobody waits for is not scored."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from runtime_fixtures import RunningService, Services, eventually, open_connection
from slipway_runtime import control
from slipway_runtime.front.departures import STATUS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

NOTES = """
import os, time

def predictor(x):
    with open(x["notes"], "a") as notes:
        notes.write(x["name"] + "\\n")
    if x.get("until"):
        while not os.path.exists(x["until"]):
            time.sleep(0.01)
    time.sleep(x.get("seconds", 0))
    if x.get("raise"):
        raise RuntimeError("nobody hears it")
    return x["name"]
"""
BATCHED = NOTES + "\ndef batch_predictor(xs):\n    return [predictor(x) for x in xs]\n"
JSON = {"content-type": "application/json"}


class Notebook:
    """What its predictor has been asked."""

    def __init__(self, home: Path) -> None:
        self._notes = home / "notes"
        self._notes.touch()
        self.gate = home / "gate"

    @property
    def scored(self) -> list[str]:
        return self._notes.read_text().split()

    def sample(self, name: str, **others: Any) -> dict[str, Any]:
        return {"name": name, "notes": str(self._notes), **others}

    def held(self, name: str) -> dict[str, Any]:
        """One whose prediction goes on until the gate is there."""
        return self.sample(name, until=str(self.gate))


@pytest.fixture
def notebook(slipway_home: Path) -> Notebook:
    return Notebook(slipway_home)


def serve(services: Services, source: str = NOTES) -> tuple[RunningService, int]:
    service = services.serve(source, "--access-log", "json")
    return service, service.publish()


def send(port: int, content: Any, path: str = "/predict", **headers: str) -> http.client.HTTPConnection:
    """A request whose answer nobody has read yet."""
    connection = open_connection(port)
    connection.request("POST", path, json.dumps(content), JSON | headers)
    return connection


def answer(connection: http.client.HTTPConnection) -> Any:
    with closing(connection):
        return json.loads(connection.getresponse().read())


def figures(service: RunningService) -> dict[str, float]:
    """Those without labels, and how many requests of `/predict` and `/predict/batch` were left."""
    families = text_string_to_metric_families(service.get("/metrics").body.decode())
    samples = [sample for family in families for sample in family.samples]
    left = sum(sample.value for sample in samples if sample.labels.get("status") == str(STATUS))
    return {"left": left} | {sample.name: sample.value for sample in samples if not sample.labels}


def eventually_left(service: RunningService, count: int) -> None:
    """That so many requests were given up, and that nothing of them stays."""

    def seen() -> bool:
        found = figures(service)
        return (
            found["left"] == count
            and found["slipway_requests_in_flight"] == 1  # this one
            and found["slipway_queue_length"] == 0
        )

    eventually(seen, f"{count} requests were left, and none is in flight")


def logged(service: RunningService) -> list[dict[str, Any]]:
    """The lines of the access log that are about predictions."""
    lines = [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]
    return [line for line in lines if line["path"].startswith("/predict")]


def test_a_batch_is_not_dealt_out_any_further(services: Services, notebook: Notebook) -> None:
    service, port = serve(services)
    # What a sample takes is known from here on, so that there are some four samples in a portion.
    assert answer(send(port, notebook.sample("before", seconds=0.025))) == "before"
    many = [notebook.sample(f"many-{number}", seconds=0.025) for number in range(400)]
    with closing(send(port, many, "/predict/batch", **{"x-request-id": "the-batch"})):
        eventually(lambda: "many-8" in notebook.scored, "some samples are scored")
        behind = send(port, notebook.sample("behind"))
    assert answer(behind) == "behind"
    eventually_left(service, 1)
    assert answer(send(port, notebook.sample("after"))) == "after"
    scored = notebook.scored
    assert sum(name.startswith("many-") for name in scored) < 100
    (line,) = eventually(
        lambda: [line for line in logged(service) if line["requestId"] == "the-batch"], "the access log"
    )
    assert (line["path"], line["status"], line["bytes"]) == ("/predict/batch", STATUS, 0)
    assert figures(service)["slipway_workers"] == 1
    control.stop(service.run_dir)
    assert service.wait_end() == 0
    assert notebook.scored == scored
    assert "unanswered" not in service.log
    assert "Traceback" not in service.log


@pytest.mark.parametrize("source", [NOTES, BATCHED], ids=["single", "batched"])
def test_what_waits_is_never_scored(services: Services, notebook: Notebook, source: str) -> None:
    service, port = serve(services, source)
    held = send(port, notebook.held("held"))
    eventually(lambda: notebook.scored == ["held"], "the worker is busy")
    waiting = [send(port, notebook.sample(f"waiting-{number}")) for number in range(3)]
    tensors = {
        "inputs": [{"name": "x", "shape": [1], "datatype": "BYTES", "data": [json.dumps({"name": "tensor"})]}]
    }
    waiting.append(send(port, tensors, "/v2/models/model/infer"))
    staying = send(port, notebook.sample("staying"))
    eventually(lambda: figures(service)["slipway_requests_in_flight"] == 7, "all have arrived")
    for connection in waiting:
        connection.close()
    eventually(lambda: figures(service)["left"] == 4, "that they are gone is seen")
    assert figures(service)["slipway_requests_in_flight"] == 3
    notebook.gate.touch()
    assert answer(held) == "held"
    assert answer(staying) == "staying"
    eventually_left(service, 4)
    assert notebook.scored == ["held", "staying"]


def test_what_is_being_scored_ends_in_peace(services: Services, notebook: Notebook) -> None:
    """The worker is not killed; its answer, good or bad, is nobody's; the next one gets its own."""
    service, port = serve(services)
    pids = {worker.pid for worker in service.workers()}
    leavings: list[tuple[Callable[[http.client.HTTPConnection], None], dict[str, Any]]] = [
        (reset, {}),
        (reset, {"raise": True}),
        (shut_down_sending, {}),
    ]
    for number, (leave, others) in enumerate(leavings):
        notebook.gate.unlink(missing_ok=True)
        connection = send(port, notebook.held(f"held-{number}") | others)
        eventually(lambda number=number: f"held-{number}" in notebook.scored, "it is being scored")
        leave(connection)
        eventually_left(service, number + 1)
        behind = send(port, notebook.sample(f"behind-{number}"))
        notebook.gate.touch()
        assert answer(behind) == f"behind-{number}"
    assert {worker.pid for worker in service.workers()} == pids
    assert "Traceback" not in service.log


def reset(connection: http.client.HTTPConnection) -> None:
    """Breaks off as a client that is killed may."""
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


def shut_down_sending(connection: http.client.HTTPConnection) -> None:
    """No leaving by itself, but the HTTP server cannot tell it from one and closes the connection."""
    with closing(connection):
        connection.sock.shutdown(socket.SHUT_WR)
        assert not connection.sock.recv(1)


def test_others_in_the_same_batch_get_their_answers(services: Services, notebook: Notebook) -> None:
    service, port = serve(services, BATCHED)
    first = send(port, notebook.held("first"))
    eventually(lambda: notebook.scored == ["first"], "the worker is busy")
    gate = notebook.gate.with_name("second-gate")
    leaving = send(port, notebook.sample("leaving", until=str(gate)))
    staying = send(port, notebook.sample("staying"))
    eventually(lambda: figures(service)["slipway_queue_length"] == 2, "both wait")
    notebook.gate.touch()
    assert answer(first) == "first"
    eventually(lambda: "leaving" in notebook.scored, "they are being scored")
    leaving.close()
    eventually(lambda: figures(service)["left"] == 1, "that it is gone is seen")
    gate.touch()
    assert answer(staying) == "staying"
    assert figures(service)["slipway_workers"] == 1


def test_a_connection_serves_on_after_slow_answers(services: Services, notebook: Notebook) -> None:
    service, port = serve(services)
    with closing(open_connection(port)) as connection:
        for number in range(3):
            body = json.dumps(notebook.sample(f"slow-{number}", seconds=0.2))
            connection.request("POST", "/predict", body, JSON)
            assert json.loads(connection.getresponse().read()) == f"slow-{number}"
        connection.request("POST", "/predict", json.dumps(notebook.held("left")), JSON)
        eventually(lambda: "left" in notebook.scored, "it is being scored")
    eventually_left(service, 1)
    notebook.gate.touch()
    with closing(socket.create_connection(("127.0.0.1", port))) as raw:
        raw.sendall(2 * raw_request(notebook.sample("pipelined", seconds=0.2)))
        eventually(lambda: notebook.scored.count("pipelined") == 2, "both have been scored")
        raw.settimeout(60)
        read = b""
        while read.count(b'"pipelined"') < 2:
            part = raw.recv(65536)
            assert part, read
            read += part
    assert figures(service)["left"] == 1


def raw_request(content: Any) -> bytes:
    body = json.dumps(content).encode()
    head = (
        f"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}"
    )
    return head.encode() + b"\r\n\r\n" + body


def test_a_service_that_stops_does_not_wait_for_those_that_left(
    services: Services, notebook: Notebook
) -> None:
    service, port = serve(services)
    connections = [send(port, notebook.held(f"held-{number}")) for number in range(20)]
    eventually(lambda: figures(service)["slipway_requests_in_flight"] == 21, "all have arrived")
    stopped = threading.Thread(target=lambda: control.stop(service.run_dir))
    stopped.start()
    eventually(lambda: "stopping: 20 requests in flight" in service.log, "it drains")
    for connection in connections:
        connection.close()
    assert service.wait_end() == 0
    stopped.join()
    assert "unanswered" not in service.log
    assert [line["status"] for line in logged(service)] == 20 * [STATUS]
    assert len(notebook.scored) == 1


def test_what_hung_is_told_though_its_client_has_left(services: Services, notebook: Notebook) -> None:
    service = services.serve(NOTES, "--prediction-timeout", "1")
    with closing(send(service.publish(), notebook.held("hangs"))):
        eventually(lambda: notebook.scored == ["hangs"], "it is being scored")
    eventually_left(service, 1)
    eventually(lambda: "a worker was lost (timeout) here:" in service.log, "the log says where it hung")
    assert "in predictor" in service.log

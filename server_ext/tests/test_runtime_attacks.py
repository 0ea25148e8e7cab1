"""What one caller, one predictor or one command line did to a service, and does no more."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest
from runtime_fixtures import (
    PATIENCE,
    Services,
    eventually,
    open_connection,
)
from slipway_runtime import control

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

ODD = """
import os, subprocess, sys, time

def predictor(x):
    if x == "close":
        sys.stdout.close()
    if x == "none":
        sys.stdout = None
    if x == "stdin":
        return [sys.stdin.read(), os.system("echo hello >&0 2>/dev/null") and None]
    if x == "child":
        subprocess.Popen(["sleep", "300"], close_fds=False)
    if x == "slow":
        time.sleep(1)
    return x
"""


def test_streams_that_a_predictor_closes_cost_nobody_else_a_request(services: Services) -> None:
    service = services.serve(ODD, "--workers", "3")
    with ThreadPoolExecutor(4) as pool:
        slow = [pool.submit(service.predict, b'"slow"') for _ in range(2)]
        time.sleep(0.3)
        odd = [service.predict(f'"{kind}"'.encode()) for kind in ("close", "none")]
        assert {reply.status for reply in odd} <= {200, 500}
        assert [future.result().status for future in slow] == [200, 200]
    assert service.predict(b"1").body == b"1"


def test_standard_input_of_a_predictor_is_empty_and_nobody_elses(services: Services) -> None:
    service = services.serve(ODD)
    assert json.loads(service.predict(b'"stdin"').body) == ["", None]
    assert service.predict(b"1").body == b"1"
    assert service.process.poll() is None


def test_a_killed_parent_is_replaced_whatever_its_predictors_have_started(services: Services) -> None:
    service = services.serve(ODD)
    assert service.predict(b'"child"').status == 200
    parent = psutil.Process(service.process.pid).children()[0]
    left = [child for child in parent.children(recursive=True) if child.name() == "sleep"]
    try:
        parent.kill()
        eventually(lambda: service.get("/readyz").status == 503, "the service is not ready")
        eventually(lambda: service.get("/readyz").status == 200, "the service is ready again")
        assert service.predict(b"2").body == b"2"
    finally:
        for process in left:
            if process.is_running():
                os.kill(process.pid, signal.SIGKILL)


def test_large_bodies_that_never_come_keep_nobody_out(services: Services) -> None:
    service = services.serve(ODD, token="secret")
    port = service.publish()
    connections = []
    for kind in ("content-length: 8388608", "transfer-encoding: chunked"):
        for path in ("/nowhere", "/predict"):
            for _ in range(20):
                connection = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                connection.sendall(f"POST {path} HTTP/1.1\r\nhost: x\r\n{kind}\r\n\r\n".encode())
                connections.append(connection)
    try:
        client = open_connection(port)
        headers = {"authorization": "Bearer secret", "content-type": "application/json"}
        body = json.dumps("a" * 100_000)
        client.request("POST", "/predict", body, headers)
        reply = client.getresponse()
        assert (reply.status, len(reply.read())) == (200, len(body))
    finally:
        for connection in connections:
            connection.close()


def test_more_samples_than_allowed_are_refused(services: Services) -> None:
    service = services.serve(ODD, "--max-samples", "50")
    headers = {"content-type": "application/json"}
    for count in (51, 40_000):  # the latter is dealt out
        body = json.dumps([1] * count).encode()
        reply = control.http_request(service.run_dir, "POST", "/predict/batch", body, headers)
        assert (reply.status, b"more than 50 samples" in reply.body) == (413, True)
    reply = control.http_request(
        service.run_dir, "POST", "/predict/batch", json.dumps([1] * 50).encode(), headers
    )
    assert reply.status == 200


def test_a_batch_of_slow_samples_lets_others_in(services: Services) -> None:
    source = "import time\n\ndef predictor(x):\n    time.sleep(0.02)\n    return x\n"
    service = services.serve(source, samples=[1])
    headers = {"content-type": "application/json"}
    with ThreadPoolExecutor(1) as pool:
        body = json.dumps(list(range(200))).encode()
        batch = pool.submit(control.http_request, service.run_dir, "POST", "/predict/batch", body, headers)
        time.sleep(0.5)
        assert service.predict(b"7").body == b"7"
        assert not batch.done()
        assert json.loads(batch.result().body)["predictions"] == list(range(200))


@pytest.mark.parametrize(
    ("options", "token", "words"),
    [
        ([], "", "holds no token"),
        ([], "t\u00f6k", "holds no token"),
        (["--port", "99999"], None, "'99999' is no port from 1 to 65535"),
        (["--host", "198.51.100.7", "--port", "8999"], None, "cannot be used"),
    ],
)
def test_command_lines_that_cannot_be(
    services: Services, options: list[str], token: str | None, words: str
) -> None:
    service = services.start(services.bundle(), *options, token=token)
    assert service.wait_end() in (1, 2)
    assert words in service.log
    assert "Traceback" not in service.log


def test_a_run_directory_has_one_service(services: Services, slipway_home: Path) -> None:
    first = services.serve()
    second = services.start(services.bundle(), "--run-dir", str(first.run_dir))
    assert second.wait_end() == 2
    assert "Another service runs in" in second.log
    assert first.predict(b"1").body == b"1"


def test_workers_that_end_without_a_request_end_the_service(services: Services) -> None:
    source = """
import os, threading, time

def predictor(x):
    return x

class Ends:
    def __init__(self):
        os.register_at_fork(after_in_child=self.begin)
    def begin(self):
        threading.Thread(target=self.end, daemon=True).start()
    def end(self):
        time.sleep(0.3)
        os._exit(7)
    def __reduce__(self):
        return (Ends, ())

ends = Ends()

def validator(x):
    return ends is not None
"""
    service = services.start(services.bundle(source))
    assert service.wait_end() == 1
    assert "no request is to blame" in service.log.splitlines()[-1]

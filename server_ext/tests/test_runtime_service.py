"""One service as its clients and its engine meet it: HTTP, tokens, ports, control socket."""

from __future__ import annotations

import json
import socket

import psutil
import pytest
from runtime_fixtures import (
    CELL,
    PATIENCE,
    RunningService,
    Services,
    eventually,
    free_port,
    open_connection,
    problem,
)
from slipway_runtime import control

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

CHECKED = """
def validator(x):
    if x == "raise":
        raise KeyError("nothing of the kind")
    return x != "no"

def predictor(x):
    if x == "boom":
        return helper(x)
    return {"doubled": x * 2}

def helper(x):
    raise RuntimeError("secret " + x)
"""


@pytest.fixture
def checked(services: Services) -> RunningService:
    return services.serve(CHECKED, "--max-body", "1000", samples=[1])


def test_predicts_and_says_which_release_it_is(checked: RunningService) -> None:
    reply = checked.predict(b"21", x_request_id="abc-1")
    assert (reply.status, reply.body) == (200, b'{"doubled":42}')
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["slipway-release"] == "release-0"
    assert reply.headers["x-request-id"] == "abc-1"
    assert control.status(checked.run_dir)["identity"] == "release-0"


def test_accepts_other_kinds_of_json(checked: RunningService) -> None:
    for kind in ("application/vnd.api+json", "application/json; charset=utf-8", "Application/JSON"):
        assert checked.predict(b"1", content_type=kind).status == 200


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"", {}, 400),
        (b"{", {}, 400),
        (b"[1,]", {}, 400),
        (b"NaN", {}, 400),
        (b"[Infinity]", {}, 400),
        (b"1e999", {}, 400),
        (b'"\xff"', {}, 400),
        (b"\xef\xbb\xbf1", {}, 400),
        (b"[" * 900, {}, 400),
        (b'{"a":' * 150, {}, 400),
        (b"1 2", {}, 400),
        (b"1", {"content_type": "text/plain"}, 415),
        (b"1", {"content_type": "application/x-www-form-urlencoded"}, 415),
        (b"1", {"content_type": "application/json; charset=latin-1"}, 415),
        (b"1", {"content_encoding": "gzip"}, 415),
        (b"1" * 1001, {}, 413),
        (b"1" * 50_000, {}, 413),
        (b'"no"', {}, 422),
        (b'"raise"', {}, 422),
        (b'"boom"', {}, 500),
    ],
)
def test_refuses_with_a_problem(
    checked: RunningService, body: bytes, headers: dict[str, str], status: int
) -> None:
    reply = checked.predict(body, **headers)
    assert reply.status == status, reply.body
    found = problem(reply)
    assert "secret" not in found["detail"]
    assert checked.predict(b"2").status == 200


def test_depth_bomb_is_a_bad_request(services: Services) -> None:
    service = services.serve()
    for bomb in (b"[" * 200_000, b"[" * 200_000 + b"]" * 200_000, b'{"a":' * 200_000):
        assert service.predict(bomb).status == 400
    assert service.predict(b"[[1]]").body == b"[[1]]"


def test_missing_content_type_is_refused(checked: RunningService) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(checked.run_dir / control.SERVICE_SOCKET))
        connection.sendall(b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\n\r\n1")
        assert connection.recv(4096).startswith(b"HTTP/1.1 415")


def test_counts_a_chunked_body(checked: RunningService) -> None:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(checked.run_dir / control.SERVICE_SOCKET))
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"transfer-encoding: chunked\r\n\r\n"
        )
        for _ in range(3):
            connection.sendall(b"320\r\n" + b"1" * 0x320 + b"\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 413")


def test_a_body_that_never_comes_ends_the_request(services: Services) -> None:
    service = services.serve(CHECKED, "--body-timeout", "0.5")
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(PATIENCE)
        connection.connect(str(service.run_dir / control.SERVICE_SOCKET))
        connection.sendall(
            b"POST /predict HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n"
            b"content-length: 9\r\n\r\n1"
        )
        assert connection.recv(4096).startswith(b"HTTP/1.1 408")


def test_routes_that_are_not_there(checked: RunningService) -> None:
    assert problem(checked.get("/nothing"))["status"] == 404
    wrong = checked.get("/predict")
    assert (problem(wrong)["status"], wrong.headers["allow"]) == (405, "POST")
    wrong = checked.get("/livez", "DELETE")
    assert (problem(wrong)["status"], wrong.headers["allow"]) == (405, "GET, HEAD")


def test_health_needs_no_body(checked: RunningService) -> None:
    for path in ("/livez", "/readyz"):
        assert checked.get(path).status == 200
        head = checked.get(path, "HEAD")
        assert (head.status, head.body) == (200, b"")


def test_log_names_the_cell_and_line_and_no_frame_of_ours(checked: RunningService) -> None:
    reply = checked.predict(b'"boom"')
    log = eventually(lambda: "secret boom" in checked.log and checked.log, "the log has the traceback")
    assert problem(reply)["requestId"] in log
    assert f'File "{CELL}", line 13, in helper' in log
    assert 'raise RuntimeError("secret " + x)' in log
    assert "worker.py" not in log
    checked.predict(b'"raise"')
    eventually(lambda: "nothing of the kind" in checked.log, "the log has what the validator raised")


def test_a_bad_request_id_is_replaced(checked: RunningService) -> None:
    reply = checked.predict(b"1", x_request_id="a b<script>")
    assert len(reply.headers["x-request-id"]) == 32


def test_token(services: Services) -> None:
    service = services.serve(token="s3cret-token")
    port = service.publish()
    for given, status in [
        (None, 401),
        ("Bearer wrong", 401),
        ("Basic s3cret-token", 401),
        ("Bearer \xe9", 401),
        ("Bearer s3cret-token", 200),
        ("bearer s3cret-token", 200),
    ]:
        connection = open_connection(port)
        headers = {"content-type": "application/json"} | ({"authorization": given} if given else {})
        connection.request("POST", "/predict", b"[1]", headers)
        response = connection.getresponse()
        assert response.status == status, given
        assert response.getheader("slipway-release") == "release-0"
        if status == 401:
            assert (response.getheader("www-authenticate") or "").startswith("Bearer")
        connection.close()
    connection = open_connection(port)
    connection.request("GET", "/readyz")
    assert connection.getresponse().status == 200
    connection.close()
    assert service.predict(b"1").status == 200
    assert "s3cret" not in " ".join(psutil.Process(service.process.pid).cmdline())


def test_a_port_is_taken_by_one_only(services: Services) -> None:
    first, second = services.serve(), services.serve()
    port = first.publish()
    with pytest.raises(control.ControlError) as caught:
        second.publish(port)
    assert caught.value.code == "SLP551"
    assert str(port) in str(caught.value)
    third = services.start(services.bundle(), "--port", str(port))
    assert third.wait_end() == 1
    assert str(port) in third.log.splitlines()[-1]
    assert first.state() == "ready"
    other = free_port()
    second.publish(other)
    with pytest.raises(control.ControlError):
        second.publish(free_port())


def test_a_port_given_at_the_start_answers_at_once(services: Services) -> None:
    port = free_port()
    services.start(services.bundle(), "--port", str(port)).wait_ready()
    connection = open_connection(port)
    connection.request("POST", "/predict", b"[3]", {"content-type": "application/json"})
    assert connection.getresponse().read() == b"[3]"
    connection.close()


def test_control_answers_nonsense_with_a_sentence(checked: RunningService) -> None:
    for nonsense in (b"{\n", b"[]\n", b'{"command":"dance"}\n', b'{"command":"publish"}\n'):
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(PATIENCE)
            connection.connect(str(checked.run_dir / control.CONTROL_SOCKET))
            connection.sendall(nonsense)
            answer = json.loads(connection.makefile("rb").readline())
        assert answer["ok"] is False
        assert answer["message"]
    assert checked.state() == "ready"

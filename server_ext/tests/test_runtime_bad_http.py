"""Bad HTTP, byte by byte, to one real service: each piece ends in a status or a closed connection, never a fault."""

from __future__ import annotations

import contextlib
import gzip
import json
import re
import socket
import struct
import threading
import time
import urllib.request
import zlib
from typing import TYPE_CHECKING, Any

import pytest
from raw_http import BODIES, CHUNKED, FRAMING, HEAD, JSON, LIMIT, PATHS, SOURCE, Target, get, post
from runtime_fixtures import PATIENCE, Services, eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture(scope="module")
def target(slipway_homes: Path) -> Iterator[Target]:
    home = slipway_homes / "bad-http"
    home.mkdir(mode=0o700)
    services = Services(home)
    limits = ["--header-timeout", "1", "--body-timeout", "1", "--write-timeout", "2"]
    found = Target(services.serve(SOURCE, *limits, "--max-body", str(LIMIT), "--workers", "2"))
    eventually(lambda: len(found.service.workers()) == 2, "two workers")
    before = {worker.pid for worker in found.service.workers()}
    yield found
    log = found.service.log
    after = {worker.pid for worker in found.service.workers()}
    state = found.service.state()
    services.close()
    assert state == "ready"
    assert "Traceback" not in log
    assert "fault of the service" not in log
    assert after == before, "no worker ended for any of it"


def ends(target: Target, content: bytes, *allowed: int, half_close: bool = False) -> bytes:
    """Each answer has an allowed status (0: the connection may be closed without one); then all is well."""
    statuses, body = target.ask(content, half_close=half_close)
    assert set(statuses or [0]) <= set(allowed), body[-300:]
    assert target.is_well()
    return body


# ---------------------------------------------------------------- bodies


@pytest.mark.parametrize(("body", "allowed"), BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("path", [b"/predict", b"/predict/batch"])
def test_body(target: Target, path: bytes, body: bytes, allowed: tuple[int, ...]) -> None:
    content = post(body, start=HEAD.replace(b"/predict", path))
    found = ends(target, content, *allowed)
    if allowed == (400,):
        assert json.loads(found)["detail"].endswith(".")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"18446744073709551617", 2**64 + 1),
        (b'{"b":1,"b":2}', {"b": 2}),
        (rb'"\ud800"', "\ud800"),
        (rb'"\ud83d\ude00"', "\U0001f600"),
        (b"1e308", 1e308),
        (b"-0", 0),
        (b" \r\n\t7 ", 7),
        (b"9" * 4300, int("9" * 4300)),
        (b'"' + b"a" * (LIMIT - 2) + b'"', "a" * (LIMIT - 2)),
    ],
    ids=[
        "2**64+1",
        "duplicate keys",
        "lone surrogate",
        "pair",
        "1e308",
        "-0",
        "blanks",
        "4300 digits",
        "at the limit",
    ],
)
def test_body_that_is_read(target: Target, body: bytes, expected: Any) -> None:
    assert json.loads(ends(target, post(body), 200)) == expected


@pytest.mark.parametrize(
    "coding", [b"gzip", b"GZIP", b"deflate", b"br", b"zstd", b"gzip, gzip", b"identity, gzip", b"nonsense"]
)
def test_compressed_body(target: Target, coding: bytes) -> None:
    bomb = gzip.compress(b"[" + b"1," * 10_000_000 + b"1]", 1)
    for body in (b"7", zlib.compress(b"7"), bomb[: LIMIT - 1]):
        ends(target, post(body, b"content-encoding: " + coding + b"\r\n"), 415)


@pytest.mark.parametrize(
    "kind",
    [
        b"",
        b"text/plain",
        b"application/x-python-pickle",
        b"multipart/form-data; boundary=x",
        b"application",
        b"\xff",
    ],
)
def test_wrong_content_type(target: Target, kind: bytes) -> None:
    start = HEAD.replace(JSON, b"content-type: " + kind + b"\r\n" if kind else b"")
    ends(target, post(b"7", start=start), 415)


# ---------------------------------------------------------------- framing


@pytest.mark.parametrize(("content", "allowed"), FRAMING.values(), ids=FRAMING.keys())
def test_framing(target: Target, content: bytes, allowed: tuple[int, ...]) -> None:
    body = ends(target, content, *allowed)
    if allowed == (200,) and body:
        assert body in (b"7", b"78")


@pytest.mark.parametrize("end", [b"zz\r\n", b"-1\r\n", b"x", b"5\r\n8", b"1\r\n88\r\n0\r\n\r\n", b""])
def test_chunks_that_break_off_are_never_scored(target: Target, end: bytes) -> None:
    """What came until then is JSON, too, and not what the client meant."""
    for half_close in (False, True):
        ends(target, CHUNKED + b"1\r\n7\r\n" + end, 400, 408, half_close=half_close)
        if not end:
            break


def test_a_second_request_is_not_smuggled_into_the_first(target: Target) -> None:
    inner = get(b"/livez")
    for fields in (
        b"content-length: 5\r\ntransfer-encoding: chunked\r\n\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n",
        b"transfer-encoding: chunked\r\ncontent-length: %d\r\n\r\n" % (5 + len(inner)),
    ):
        statuses, _ = target.ask(HEAD.replace(b"connection: close\r\n", b"") + fields + b"0\r\n\r\n" + inner)
        assert len(statuses) <= 2
        assert statuses[0] == 400
        if len(statuses) == 2:
            assert statuses[1] == 200, "as chunks count, it is a request of its own"


# ---------------------------------------------------------------- methods and paths


@pytest.mark.parametrize(
    "method", [b"HEAD", b"OPTIONS", b"TRACE", b"CONNECT", b"get", b"PUT", b"FOO", b"G\xc3\xa9T"]
)
@pytest.mark.parametrize("path", [b"/predict", b"/predict/batch", b"/livez", b"/v2/models/model/infer", b"*"])
def test_method(target: Target, method: bytes, path: bytes) -> None:
    allowed = (200,) if (method, path) == (b"HEAD", b"/livez") else (404, 405, 400)
    body = ends(target, get(path, method), *allowed)
    if method == b"HEAD":
        assert body == b""


@pytest.mark.parametrize("path", PATHS)
def test_path_that_is_none(target: Target, path: bytes) -> None:
    ends(target, post(b"7", start=HEAD.replace(b"/predict", path)), 400, 404)
    ends(target, get(path), 400, 404)


@pytest.mark.parametrize("path", [b"/predict?a=%ff&b", b"http://elsewhere/predict", b"/pr%65dict"])
def test_path_in_another_form(target: Target, path: bytes) -> None:
    assert ends(target, post(b"7", start=HEAD.replace(b"/predict", path)), 200) == b"7"


# ---------------------------------------------------------------- time and order


def test_pipelined_requests_are_answered_in_their_order(target: Target) -> None:
    kept = HEAD.replace(b"connection: close\r\n", b"")
    content = b"".join(post(b"%d" % number, start=kept) for number in range(20)) + post(b"20")
    with target.connect() as connection:
        connection.sendall(content)
        found = b"".join(iter(lambda: connection.recv(1 << 16), b""))
    assert re.findall(rb"\r\n\r\n(\d+)(?=HTTP/1\.1 200|$)", found) == [b"%d" % number for number in range(21)]
    statuses, _ = target.ask(post(b"1", start=kept) + b"garbage\r\n\r\n" + post(b"2"))
    assert set(statuses) <= {200, 400}
    assert target.is_well()


def test_who_waits_for_a_sign_before_the_body_gets_one(target: Target) -> None:
    with target.connect() as connection:
        connection.sendall(HEAD + b"expect: 100-continue\r\ncontent-length: 2\r\n\r\n")
        assert connection.recv(4096).startswith(b"HTTP/1.1 100")
        connection.sendall(b"42")
        assert b"".join(iter(lambda: connection.recv(4096), b"")).endswith(b"\r\n\r\n42")
    for refused in (b"content-length: 90000000", b"content-type: text/plain\r\ncontent-length: 2"):
        start = HEAD.replace(JSON, b"") if b"text" in refused else HEAD
        with target.connect() as connection:
            connection.sendall(start + b"expect: 100-continue\r\n" + refused + b"\r\n\r\n")
            if connection.recv(4096).startswith(b"HTTP/1.1 100"):
                connection.shutdown(socket.SHUT_WR)
    assert target.is_well()


def test_who_stops_sending_early_is_told(target: Target) -> None:
    ends(target, HEAD + b"content-length: 9\r\n\r\n7", 400, half_close=True)
    ends(target, HEAD, 400, 408, 0, half_close=True)
    ends(target, b"", 0, half_close=True)
    ends(target, post(b"7"), 200, 0, half_close=True)


def test_connections_that_are_torn_down(target: Target) -> None:
    """Reset at any place: in the head, in the body, before the answer, while it comes."""
    reset = struct.pack("ii", 1, 0)
    pieces = [b"", b"POST /pre", HEAD, HEAD + b"content-length: 9\r\n\r\n7", CHUNKED + b"5\r\n7", post(b"7")]
    for piece in [*pieces, post(b'"much"')] * 3:
        with target.connect() as connection:
            connection.sendall(piece)
            if piece.endswith(b'"much"'):
                connection.recv(1000)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, reset)
    assert target.is_well()
    url = f"http://127.0.0.1:{target.port}/metrics"

    def in_flight() -> str:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            found = re.search(r"^slipway_requests_in_flight (\S+)", answer.read().decode(), re.MULTILINE)
        assert found is not None
        return found[1]

    eventually(lambda: in_flight() == "1.0", "no request but this one is left")


def drip(target: Target, start: bytes, byte: bytes, found: dict[str, bytes], name: str) -> None:
    """Sends a byte now and then until the service has had enough."""
    with target.connect() as connection:
        connection.sendall(start)
        connection.settimeout(0.2)
        answer = b""
        deadline = time.monotonic() + PATIENCE
        with contextlib.suppress(ConnectionError):
            while time.monotonic() < deadline:
                try:
                    part = connection.recv(4096)
                except TimeoutError:
                    connection.sendall(byte)
                    continue
                if not part:
                    break
                answer += part
            else:
                return
        found[name] = answer


def test_slow_clients_are_cut(target: Target) -> None:
    starts = {
        "nothing": (b"", b""),
        "request line": (b"POST /pre", b"d"),
        "head": (HEAD + b"x-a: ", b"a"),
        "body": (HEAD + b"content-length: 1000\r\n\r\n", b"1"),
        "chunks": (CHUNKED, b"1\r\n1\r\n"),
        "body that nobody wants": (post(b"").replace(b"/predict", b"/nope").replace(b": 0", b": 1000"), b"1"),
        "after an answer": (get(b"/livez").replace(b"connection: close\r\n", b""), b""),
    }
    found: dict[str, bytes] = {}
    threads = [
        threading.Thread(target=drip, args=(target, start, byte, found, name), daemon=True)
        for name, (start, byte) in starts.items()
    ]
    for thread in threads:
        thread.start()
    assert target.is_well(), "the others do not wait for them"
    for thread in threads:
        thread.join(PATIENCE)
    assert set(found) == set(starts)
    assert found["body"].startswith(b"HTTP/1.1 408")
    assert found["chunks"].startswith(b"HTTP/1.1 408")
    assert found["body that nobody wants"].startswith(b"HTTP/1.1 404")
    assert found["after an answer"].startswith(b"HTTP/1.1 200")
    assert target.is_well()


def test_who_does_not_read_the_answer_is_cut(target: Target) -> None:
    with target.connect(small=True) as connection:
        connection.sendall(post(b'"much"'))
        connection.recv(100)
        assert target.is_well()

        def cut() -> bool:
            try:
                connection.sendall(b"x")
            except OSError:
                return True
            return False

        eventually(cut, "the connection was given up")
    assert target.is_well()

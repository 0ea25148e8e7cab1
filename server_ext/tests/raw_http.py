"""Bad HTTP, and a client that sends it byte by byte."""

from __future__ import annotations

import contextlib
import re
import socket

from runtime_fixtures import PATIENCE, RunningService

SOURCE = """
def predictor(x):
    if x == "much":
        return "x" * 16_000_000
    inner = x[0] if isinstance(x, list) and x else x.get("a") if isinstance(x, dict) else None
    return "deep" if isinstance(inner, (list, dict)) else x
"""
LIMIT = 1_000_000
HOST = b"host: x\r\nconnection: close\r\n"
JSON = b"content-type: application/json\r\n"
HEAD = b"POST /predict HTTP/1.1\r\n" + HOST + JSON
CHUNKED = HEAD + b"transfer-encoding: chunked\r\n\r\n"


def post(body: bytes, *more: bytes, start: bytes = HEAD) -> bytes:
    return start + b"".join(more) + b"content-length: %d\r\n\r\n" % len(body) + body


def get(path: bytes, method: bytes = b"GET") -> bytes:
    return method + b" " + path + b" HTTP/1.1\r\n" + HOST + b"\r\n"


class Target:
    """The service under test."""

    def __init__(self, service: RunningService) -> None:
        self.service = service
        self.port = service.publish()

    def connect(self, small: bool = False) -> socket.socket:
        made = socket.socket()
        made.settimeout(PATIENCE)
        if small:
            made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        made.connect(("127.0.0.1", self.port))
        return made

    def ask(self, content: bytes, *, half_close: bool = False) -> tuple[list[int], bytes]:
        """The statuses that came until the connection ended, and the last answer's body."""
        found = b""
        with self.connect() as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(content)
                if half_close:
                    connection.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ConnectionError):
                while part := connection.recv(1 << 16):
                    found += part
        statuses = [int(status) for status in re.findall(rb"^HTTP/1\.[01] (\d{3})", found, re.MULTILINE)]
        return statuses, found.rpartition(b"\r\n\r\n")[2]

    def is_well(self) -> bool:
        """Does it still answer rightly, with the same worker?"""
        return self.ask(post(b"[21]")) == ([200], b"[21]")


DEPTHS = [10**3, 10**4, 10**5, 10**6]

BODIES: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "empty": (b"", (400,)),
    "NaN": (b"NaN", (400,)),
    "-NaN": (b"-NaN", (400,)),
    "Infinity": (b"[Infinity]", (400,)),
    "-Infinity": (b'{"a": -Infinity}', (400,)),
    "1e999": (b"1e999", (400,)),
    "5000 digits": (b"9" * 5000, (400,)),
    "5000 digits and a fraction": (b"9" * 5000 + b".5", (400,)),
    "invalid UTF-8": (b'"\xff"', (400,)),
    "overlong UTF-8": (b'"\xc0\x80"', (400,)),
    "raw surrogate": (b'"\xed\xa0\x80"', (400,)),
    "byte order mark": (b"\xef\xbb\xbf1", (400,)),
    "UTF-16": ('{"a": 1}'.encode("utf-16"), (400,)),
    "NUL": (b"\x00", (400,)),
    "control character": (b'"\t"', (400,)),
    "two values": (b"1 2", (400,)),
    "comment": (b"[1] // one", (400,)),
    "single quotes": (b"['a']", (400,)),
    "trailing comma": (b"[1,]", (400,)),
    "leading zero": (b"01", (400,)),
    "a pickle": (b"\x80\x04K\x01.", (400,)),
    "form data": (b"a=1&b=2", (400,)),
    **{f"{depth} lists": (b"[" * depth + b"]" * depth, (200, 400, 413, 0)) for depth in DEPTHS},
    **{f"{depth} open lists": (b"[" * depth, (400, 413)) for depth in DEPTHS},
    **{f"{depth} objects": (b'{"a":' * depth + b"1" + b"}" * depth, (200, 400, 413, 0)) for depth in DEPTHS},
    "too large": (b"1" * (LIMIT + 1), (413,)),
    "much too large": (b"1" * 5 * LIMIT, (413, 0)),
}

FRAMING: dict[str, tuple[bytes, tuple[int, ...]]] = {
    "length and chunks": (
        HEAD + b"content-length: 3\r\ntransfer-encoding: chunked\r\n\r\n1\r\n7\r\n0\r\n\r\n",
        (200, 400),
    ),
    "chunks and length": (
        HEAD + b"transfer-encoding: chunked\r\ncontent-length: 3\r\n\r\n1\r\n7\r\n0\r\n\r\n",
        (200, 400),
    ),
    "equal lengths": (HEAD + b"content-length: 1\r\ncontent-length: 1\r\n\r\n7", (200, 400)),
    "two lengths": (HEAD + b"content-length: 1\r\ncontent-length: 2\r\n\r\n77", (400,)),
    "list of lengths": (HEAD + b"content-length: 1, 2\r\n\r\n77", (400,)),
    **{
        f"length {length.decode()}": (HEAD + b"content-length: " + length + b"\r\n\r\n7", (400,))
        for length in (b"-1", b"+1", b"0x1", b"1.0", b"9" * 30, b"one", b"1 1")
    },
    "no length": (HEAD + b"\r\n", (400,)),
    "two hosts": (post(b"7", b"host: y\r\n"), (200, 400)),
    "no host": (post(b"7").replace(b"host: x\r\n", b""), (200, 400)),
    "odd host": (post(b"7").replace(b"host: x", b"host: a b@c/"), (200, 400)),
    "HTTP/1.0": (post(b"7").replace(b"HTTP/1.1", b"HTTP/1.0"), (200,)),
    "HTTP/0.9": (b"GET /livez\r\n\r\n", (400,)),
    "HTTP/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", (400, 0)),
    "HTTP/9.9": (get(b"/livez").replace(b"HTTP/1.1", b"HTTP/9.9"), (400, 505)),
    "TLS": (bytes.fromhex("16030100a5010000a1030300"), (400, 0)),
    "noise": (bytes(range(256)) * 4, (400, 0)),
    "empty lines": (b"\r\n" * 100 + get(b"/livez"), (200, 400)),
    "a million bytes of one field": (post(b"7", b"x-a: " + b"a" * 1_000_000 + b"\r\n"), (431, 400, 0)),
    "64 KiB of one field": (post(b"7", b"x-a: " + b"a" * 65536 + b"\r\n"), (200, 431)),
    "a thousand fields": (post(b"7", *[b"x-%d: a\r\n" % number for number in range(1000)]), (431, 0)),
    "endless path": (get(b"/" + b"a" * 200_000), (404, 414, 431, 400, 0)),
    "folded field": (post(b"7", b"x-a: b\r\n c\r\n"), (400,)),
    "blank before the colon": (post(b"7", b"x-a : b\r\n"), (400,)),
    "no colon": (post(b"7", b"x-a\r\n"), (400,)),
    "NUL in a field": (post(b"7", b"x-a: \x00\r\n"), (400,)),
    "bare carriage returns": (post(b"7").replace(b"\r\n", b"\r"), (400, 0)),
    "bare line feeds": (post(b"7").replace(b"\r\n", b"\n"), (200, 400)),
    "not ASCII": (post(b"7", b"x-request-id: \xff\xfe\r\n", b"authorization: Bearer \xff\r\n"), (200, 400)),
    "line feed in a request id": (post(b"7", b"x-request-id: a%0d%0ax-b: c\r\n"), (200,)),
    "coding identity": (HEAD + b"transfer-encoding: identity\r\n\r\n7", (400, 501)),
    "coding xchunked": (HEAD + b"transfer-encoding: xchunked\r\n\r\n1\r\n7\r\n0\r\n\r\n", (400, 501)),
    "chunked twice": (
        HEAD + b"transfer-encoding: chunked, chunked\r\n\r\n1\r\n7\r\n0\r\n\r\n",
        (200, 400, 501),
    ),
    "chunked not last": (HEAD + b"transfer-encoding: chunked, gzip\r\n\r\n1\r\n7\r\n0\r\n\r\n", (400, 501)),
    "chunks": (CHUNKED + b"1\r\n7\r\n1;a=b\r\n8\r\n0\r\n\r\n", (200,)),
    "trailer fields": (CHUNKED + b"1\r\n7\r\n0\r\nx-a: b\r\n\r\n", (200, 400)),
    "chunks over the limit": (CHUNKED + (b"FFFF\r\n" + b"1" * 0xFFFF + b"\r\n") * 18 + b"0\r\n\r\n", (413,)),
    "chunks far over the limit": (CHUNKED + (b"FFFF\r\n" + b"1" * 0xFFFF + b"\r\n") * 90, (413, 0)),
    "a chunk without end": (CHUNKED + b"FFFFFFFFFFFFFFFFF\r\n7", (400,)),
    "upgrade to a WebSocket": (
        get(b"/livez").replace(b"connection: close", b"connection: upgrade\r\nupgrade: websocket"),
        (200, 400, 426),
    ),
    "upgrade to HTTP/2": (
        get(b"/livez").replace(b"connection: close", b"connection: upgrade\r\nupgrade: h2c"),
        (200, 400, 426),
    ),
    "a body where none belongs": (post(b"hello", start=b"GET /livez HTTP/1.1\r\n" + HOST), (200, 400)),
    "expects nonsense": (post(b"7", b"expect: the-unexpected\r\n"), (200, 417)),
}

PATHS = [
    *(
        b"//v2",
        b"/v2//",
        b"//predict",
        b"/%2Fpredict",
        b"/predict%2F",
        b"/predict/",
        b"/PREDICT",
        b"/predict%00",
    ),
    *(b"/./predict", b"/x/../predict", b"/%", b"/%zz", b"/%ff", b"/\xff", b"/v2/models/\xc3\xbc"),
    *(
        b"/v2/models/%C3%BC/infer",
        b"/v2/models/%FF/infer",
        b"/v2/models//infer",
        b"/v2/models/model/versions//infer",
    ),
    *(b"/v2/models/%2e%2e/infer", b"/docs/%2e%2e/app.py", b"/docs/../app.py", b"/docs/..%2fapp.py"),
    *(b"", b"predict", b"/pre dict", b"/predict\\", b"/metrics/../predict", b"/" + "モデル".encode()),
]

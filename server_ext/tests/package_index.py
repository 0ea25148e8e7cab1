"""A package index on 127.0.0.1: PEP 503 pages for wheels made on the spot, with the faults that indexes have."""

from __future__ import annotations

import base64
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

USER, PASSWORD = "me", "s3cret-of-the-index"
CREDENTIALS = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass
class PackageIndex:
    """What it serves, how it behaves, and what it was asked for."""

    files: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """Files by normalised name of the package, then by their own."""
    port: int = 0
    private: bool = False
    """Answers 401 to who has not the credentials."""
    stalls: threading.Event | None = None
    """Files stop in their middle until this is set."""
    breaks_off: bool = False
    """Files end in their middle."""
    asked: list[str] = field(default_factory=list)

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.host}/simple"

    @property
    def url_with_credentials(self) -> str:
        return f"http://{USER}:{PASSWORD}@{self.host}/simple"

    def add(self, wheel: Path) -> None:
        name = wheel.name.partition("-")[0].replace("_", "-").lower()
        self.files.setdefault(name, {})[wheel.name] = wheel.read_bytes()

    @property
    def downloads(self) -> list[str]:
        return [path for path in self.asked if path.startswith("/files/")]


@contextmanager
def serving() -> Iterator[PackageIndex]:
    index = PackageIndex()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            index.asked.append(self.path)
            if index.private and self.headers.get("Authorization") != f"Basic {CREDENTIALS}":
                self._answer(b"", status=401)
                return
            _, kind, *rest = self.path.split("/")
            found = index.files.get(rest[0]) if rest else None
            if kind == "simple" and found is not None:
                links = [
                    f'<a href="/files/{rest[0]}/{name}#sha256={hashlib.sha256(content).hexdigest()}">{name}</a>'
                    for name, content in found.items()
                ]
                self._answer(b"<!DOCTYPE html>\n" + "\n".join(links).encode(), kind="text/html")
            elif kind == "files" and found is not None:
                self._answer(found[rest[1]], faulty=True)
            else:
                self._answer(b"", status=404)

        do_HEAD = do_GET  # noqa: N815

        def _answer(
            self, body: bytes, status: int = 200, kind: str = "application/octet-stream", faulty: bool = False
        ) -> None:
            self.send_response(status)
            if status == 401:
                self.send_header("WWW-Authenticate", "Basic realm=packages")
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Cache-Control", "no-store")  # another test may get this port
            self.end_headers()
            if self.command == "HEAD":
                return
            if faulty and (index.stalls is not None or index.breaks_off):
                self.wfile.write(body[: len(body) // 2])
                self.wfile.flush()
                if index.stalls is not None:
                    index.stalls.wait(60)
                self.close_connection = True
                return
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    index.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield index
    finally:
        if index.stalls is not None:
            index.stalls.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""A real registry of images in tests, one that wants a password, and a proxy that spoils what goes to one."""

from __future__ import annotations

import contextlib
import http.client
import json
import secrets
import shutil
import socket
import struct
import subprocess
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal

import pytest
from runtime_fixtures import free_port

PROGRAM = "docker-registry"
"""https://github.com/distribution/distribution, as Debian packages it; `.ci/engines` installs it."""
USER, PASSWORD = "carla", "Sesame-Opens-9"
_HTPASSWD = f"{USER}:$2b$05$Slipw4yTestsSaltXXXXXOMUTAtfVV0xMYtSpg5b9FBL.KGaXY.bu\n"
_MANIFESTS = ", ".join(
    f"application/vnd.{kind}+json"
    for kind in ("docker.distribution.manifest.v2", "oci.image.manifest.v1", "oci.image.index.v1")
)
_CONFIG = """\
version: 0.1
log: {{level: warn, accesslog: {{disabled: true}}}}
storage:
  filesystem: {{rootdirectory: "{data}"}}
  delete: {{enabled: true}}
http: {{addr: "127.0.0.1:{port}", secret: "{secret}"}}
{auth}
"""


@dataclass
class Registry:
    """One that runs."""

    port: int
    data: Path

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def digest(self, repository: str, tag: str) -> str:
        """What it says itself of a tag; raises urllib.error.HTTPError where there is none."""
        url = f"http://{self.host}/v2/{repository}/manifests/{tag}"
        request = urllib.request.Request(url, method="HEAD", headers={"Accept": _MANIFESTS})
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(request, timeout=10) as reply:
            return str(reply.headers["Docker-Content-Digest"])


@contextlib.contextmanager
def running_registry(directory: Path, *, wants_password: bool = False) -> Iterator[Registry]:
    """A registry with its data below `directory`. Skips where the program is not installed."""
    program = shutil.which(PROGRAM)
    if program is None:
        pytest.skip(f"{PROGRAM} is not installed (.ci/engines does it)")
    directory.mkdir(parents=True, exist_ok=True)
    found = Registry(free_port(), directory / "data")
    auth = ""
    if wants_password:
        (directory / "htpasswd").write_text(_HTPASSWD)
        auth = f'auth: {{htpasswd: {{realm: slipway, path: "{directory / "htpasswd"}"}}}}'
    config = directory / "config.yml"
    config.write_text(
        _CONFIG.format(data=found.data, port=found.port, secret=secrets.token_hex(16), auth=auth)
    )
    with (directory / "log").open("wb") as log:
        process = subprocess.Popen([program, "serve", str(config)], stdout=log, stderr=log)
    try:
        deadline = time.monotonic() + 20
        while not _listens(found.port):
            assert process.poll() is None, (directory / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        yield found
    finally:
        process.terminate()
        process.wait(10)
        shutil.rmtree(directory, ignore_errors=True)


def _listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    with running_registry(tmp_path_factory.mktemp("registry") / "open") as found:
        yield found


@pytest.fixture(scope="session")
def locked_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """It knows USER and PASSWORD."""
    with running_registry(tmp_path_factory.mktemp("registry") / "locked", wants_password=True) as found:
        yield found


Fault = Literal["full", "broken", "denied", "unknown", "drop"]
_ANSWERS: dict[str, tuple[int, str, str]] = {
    "full": (507, "UNKNOWN", "insufficient storage"),
    "broken": (500, "UNKNOWN", "unknown error"),
    "denied": (403, "DENIED", "nobody may write to team"),
    "unknown": (404, "NAME_UNKNOWN", "there is no project team"),
}


@dataclass
class SpoiledRegistry:
    """A proxy before a registry, which passes on all but what is uploaded."""

    port: int
    fault: Fault = "full"
    spoiled: int = 0
    """Requests that got the fault."""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def spoiled(registry: Registry) -> Iterator[SpoiledRegistry]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def pass_on(self) -> None:
            upstream = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name != "Connection"}
            upstream.request(self.command, self.path, headers=headers)
            reply = upstream.getresponse()
            body = reply.read()
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)
            upstream.close()

        def upload(self) -> None:
            state.spoiled += 1
            if state.fault == "drop":
                self.rfile.read(16)
                # a reset instead of an orderly end
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                self.close_connection = True
                return
            code, name, words = _ANSWERS[state.fault]
            content = json.dumps({"errors": [{"code": name, "message": words}]}).encode()
            self.drain()
            self.send_response(code)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def drain(self) -> None:
            """What was sent, so that the answer is read."""
            if self.headers.get("Transfer-Encoding") == "chunked":
                while size := int(self.rfile.readline().strip() or b"0", 16):
                    self.rfile.read(size + 2)
                self.rfile.readline()
            else:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))

        def post(self) -> None:
            if state.fault in ("denied", "unknown"):
                self.upload()
            else:
                self.pass_on()

        do_GET = do_HEAD = do_DELETE = pass_on  # noqa: N815  what http.server calls
        do_PATCH = do_PUT = upload  # noqa: N815
        do_POST = post  # noqa: N815

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass  # clients that leave are what this is for

    server = Server(("127.0.0.1", 0), Handler)
    state = SpoiledRegistry(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def spoiled_registry(registry: Registry) -> Iterator[Callable[[Fault], SpoiledRegistry]]:
    """`spoiled_registry("full")`: the registry, behind a proxy with that fault."""
    with spoiled(registry) as found:

        def choose(fault: Fault) -> SpoiledRegistry:
            found.fault = fault
            return found

        yield choose

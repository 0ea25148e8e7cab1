"""Asks a running service what it does, and tells it what to do. Standard library only.

A service listens on two Unix sockets in its run directory, which only its owner may enter: `control.sock`
takes one JSON object a line and answers with one, `service.sock` speaks HTTP without a token, for probes.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

CONTROL_SOCKET = "control.sock"
SERVICE_SOCKET = "service.sock"
WORKER_SOCKET = "workers.sock"
FAILURE = "failure.json"
"""What a service that failed leaves in its run directory: its last status."""
PROBE = "slipway-probe:"
"""How ids of requests begin that look whether a release answers as its notebook did."""
PROBE_CHANGED = f"{PROBE}changed-"
"""Those with changed samples, on which the predictor may well fail."""
_MAX_LINE = 1 << 16


class Status(TypedDict):
    """Where a service stands; `reason` is a sentence wherever it is not ready."""

    state: Literal["starting", "ready", "failed", "draining"]
    identity: str
    reason: NotRequired[str | None]
    address: NotRequired[str | None]
    drain_timeout: NotRequired[float]
    """Seconds that requests in flight get when it is told to stop."""


class ControlError(Exception):
    """The service refused, or cannot be reached; `code` is the problem's code where it has one."""

    def __init__(self, message: str, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code


class Unreachable(ControlError):
    """Nobody listens: the service has not started yet, or has ended."""


@dataclass
class Reply:
    """An answer of `http_request`; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def _connect(path: Path, timeout: float) -> socket.socket:
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.settimeout(timeout)
    try:
        connection.connect(str(path))
    except OSError as error:
        connection.close()
        raise Unreachable(f"The service does not answer on {path}: {error}") from None
    return connection


def _parse(line: bytes) -> dict[str, Any]:
    try:
        answer = cast("dict[str, Any]", json.loads(line))
    except ValueError:
        raise ControlError("The service ended while it was asked.") from None
    if not answer.get("ok"):
        raise ControlError(str(answer.get("message", "The service refused.")), answer.get("code"))
    return answer


def _ask(run_dir: Path, question: Mapping[str, Any], timeout: float) -> dict[str, Any]:
    with _connect(run_dir / CONTROL_SOCKET, timeout) as connection:
        try:
            connection.sendall(json.dumps(question).encode() + b"\n")
            with connection.makefile("rb") as lines:
                return _parse(lines.readline(_MAX_LINE))
        except OSError as error:
            raise ControlError(f"The service did not answer: {error}") from None


def status(run_dir: Path, timeout: float = 5.0) -> Status:
    """How the service stands, or how it failed if it did. Raises ControlError where nobody answers."""
    try:
        answer = _ask(run_dir, {"command": "status"}, timeout)
    except Unreachable:
        try:
            answer = json.loads((run_dir / FAILURE).read_bytes())
        except (OSError, ValueError):
            pass
        else:
            return cast("Status", answer)
        raise
    answer.pop("ok")
    return cast("Status", answer)


def leave_failure(run_dir: Path, identity: str, reason: str) -> None:
    """For a service that ends because it failed: `status` goes on saying so."""
    last: Status = {"state": "failed", "identity": identity, "reason": reason}
    temporary = run_dir / f".{FAILURE}"
    temporary.write_text(json.dumps(last), encoding="utf-8")
    temporary.replace(run_dir / FAILURE)


def publish(
    run_dir: Path, host: str, port: int, take_over_from: Path | None = None, timeout: float = 30.0
) -> None:
    """Makes the service answer on a TCP port.

    With `take_over_from`, the run directory of the release that has the port, its listening socket changes
    hands without a lost request, and that release drains and ends. Otherwise, and where that release has
    ended already, the port is bound, exclusively.
    Raises ControlError; its code is SLP551 where somebody else has the port.
    """
    question = {
        "command": "publish",
        "host": host,
        "port": port,
        "from": str(take_over_from) if take_over_from else None,
    }
    _ask(run_dir, question, timeout)


def stop(run_dir: Path, timeout: float = 5.0) -> None:
    """Asks the service to drain and end; returns at once. Raises ControlError."""
    _ask(run_dir, {"command": "stop"}, timeout)


def receive_listener(run_dir: Path, timeout: float = 10.0) -> tuple[socket.socket, socket.socket]:
    """For the release that takes over: (the listening socket, the connection to confirm on).

    The other side goes on answering until `confirm_listener` is called. Raises ControlError.
    """
    connection = _connect(run_dir / CONTROL_SOCKET, timeout)
    try:
        connection.sendall(b'{"command": "hand-over"}\n')
        line, descriptors, _, _ = socket.recv_fds(connection, _MAX_LINE, 1)
        _parse(line)
        if not descriptors:
            raise ControlError("The release that serves now did not hand over its socket.")
    except (OSError, ControlError) as error:
        connection.close()
        if isinstance(error, ControlError):
            raise
        raise ControlError(f"The release that serves now did not answer: {error}") from None
    listener = socket.socket(fileno=descriptors[0])
    listener.setblocking(False)
    return listener, connection


def confirm_listener(connection: socket.socket) -> None:
    """Tells the other side that its socket is being served: it may drain and end."""
    with connection:
        connection.sendall(b'{"command": "taken"}\n')


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: Path, timeout: float) -> None:
        super().__init__("localhost", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = _connect(self._path, float(self.timeout or 30.0))


def http_request(
    run_dir: Path,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: Mapping[str, str] | None = None,
    timeout: float = 60.0,
) -> Reply:
    """One HTTP request over the private socket. Raises ControlError where there is no answer."""
    connection = _UnixConnection(run_dir / SERVICE_SOCKET, timeout)
    try:
        connection.request(method, path, body, dict(headers or {}))
        response = connection.getresponse()
        found = {name.lower(): value for name, value in response.getheaders()}
        return Reply(response.status, found, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise ControlError(f"The service did not answer {method} {path}: {error}") from None
    finally:
        connection.close()

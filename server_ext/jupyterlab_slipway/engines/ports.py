"""TCP ports of services: finding a free one, and saying who has one that is not."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Container

import psutil
from slipway_runtime.ports import is_port

from ..problems import Code, SlipwayProblem

HOST = "127.0.0.1"
RANGE_VARIABLE = "SLIPWAY_PORTS"
DEFAULT_RANGE = range(8900, 10000)


def port_range() -> range:
    """The ports that deployments may have: SLIPWAY_PORTS as FIRST-LAST, else the default.

    Raises:
        SlipwayProblem: REQUEST_INVALID for a value that is no range.
    """
    text = os.environ.get(RANGE_VARIABLE, "").strip()
    if not text:
        return DEFAULT_RANGE
    first, _, last = text.partition("-")
    try:
        ports = range(int(first), int(last or first) + 1)
    except ValueError:
        ports = range(0)
    if not ports or not (is_port(ports[0]) and is_port(ports[-1])):
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"{RANGE_VARIABLE} is {text!r}; it has to be two port numbers, such as 8900-9999.",
        )
    return ports


def choose_port(taken: Container[int]) -> int:
    """The first port of the range that is neither in `taken` nor in use.

    Raises:
        SlipwayProblem: PORT_TAKEN where there is none.
    """
    ports = port_range()
    for port in ports:
        if port not in taken and is_free(port):
            return port
    raise SlipwayProblem(
        Code.PORT_TAKEN,
        f"No port from {ports[0]} to {ports[-1]} is free for the service. Remove deployments that are not "
        f"needed (`slipway ps`, `slipway rm NAME`), or set {RANGE_VARIABLE} to another range.",
    )


def is_free(port: int) -> bool:
    """Whether nobody listens there now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((HOST, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def asked_port_taken(port: int) -> SlipwayProblem:
    """The problem of a port that was asked for."""
    return SlipwayProblem(
        Code.PORT_TAKEN,
        f"Port {port} of this machine is used by {_holder(port) or 'another program'}. Choose another, or "
        "end that program.",
    )


def port_taken(port: int) -> SlipwayProblem:
    """The problem of a deployment's own port, with the name of the program that has it, where it is known."""
    holder = _holder(port)
    return SlipwayProblem(
        Code.PORT_TAKEN,
        f"Port {port} of this machine, which is this deployment's own, is used by "
        f"{holder or 'another program'}. End that program and deploy again, or remove the deployment "
        "(`slipway rm NAME`): the next one gets another port.",
    )


def _holder(port: int) -> str | None:
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            if (
                connection.status == psutil.CONN_LISTEN
                and connection.pid
                and tuple(connection.laddr)[1:] == (port,)
            ):
                return f"{psutil.Process(connection.pid).name()} (process {connection.pid})"
    return None

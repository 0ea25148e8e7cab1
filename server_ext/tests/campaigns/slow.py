"""Clients that are slow on purpose: they are cut at their limit, and others hardly notice."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from dataclasses import dataclass, field
from typing import Any

from .client import Load, Tally

SOURCE = "def predictor(x):\n    return x\n"

# A file that the service has at hand, so that only reading is slow; as many as no connection can buffer.
_MUCH = b"GET /docs/swagger-ui/swagger-ui-bundle.js HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n" * 8

KINDS = ("header", "body", "reader", "idle")
_HEAD = b"POST /predict HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: application/json\r\ncontent-length: "
_DRIP = 0.5
"""Seconds between two bytes."""


def itself(sample: Any) -> Any:
    return sample


@dataclass(frozen=True)
class Limits:
    """Seconds after which the service is to cut each kind; its own settings."""

    header: float
    body: float
    write: float

    def of(self, kind: str) -> float:
        # A connection without a request is one whose next head does not come.
        return {"header": self.header, "reader": self.write, "body": self.body, "idle": self.header}[kind]

    @property
    def options(self) -> list[str]:
        return [
            *("--header-timeout", str(self.header), "--body-timeout", str(self.body)),
            *("--write-timeout", str(self.write)),
        ]


@dataclass
class Slowed:
    """What ordinary clients saw without and with slow ones, and when those were cut."""

    alone: Tally
    beside: Tally
    cut: dict[str, list[float]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    """Seconds from connecting to the end of the connection, by kind."""
    left: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    """Slow clients whose connections were still open at the end."""


async def _connect(port: int) -> socket.socket:
    loop = asyncio.get_running_loop()
    made = socket.socket()
    made.setblocking(False)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)  # before connecting, so that it holds
    await loop.sock_connect(made, ("127.0.0.1", port))
    return made


async def _drip(connection: socket.socket, start: bytes, byte: bytes) -> None:
    """Sends a beginning and then a byte now and then, until the other side answers or ends the connection."""
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, start)
    ended = asyncio.ensure_future(_ended(connection))
    try:
        while not (await asyncio.wait([ended], timeout=_DRIP))[0]:
            await loop.sock_sendall(connection, byte)
        await ended
    finally:
        ended.cancel()


async def _ended(connection: socket.socket) -> None:
    """Reads what comes until the connection ends."""
    loop = asyncio.get_running_loop()
    with contextlib.suppress(OSError):
        while await loop.sock_recv(connection, 65536):
            pass


async def _unread(connection: socket.socket) -> None:
    """Asks for much, reads a little and then nothing, until the service has given up on the connection.

    A reader that does not read sees no end either. So it goes on sending: once the other side has closed its
    end for good, sending fails.
    """
    loop = asyncio.get_running_loop()
    await loop.sock_sendall(connection, _MUCH)
    await loop.sock_recv(connection, 1024)
    with contextlib.suppress(OSError):
        while True:
            await asyncio.sleep(_DRIP)
            await loop.sock_sendall(connection, b"P")


async def _slow(port: int, kind: str, patience: float, found: Slowed) -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    connection = await _connect(port)
    try:
        async with asyncio.timeout(patience):
            with contextlib.suppress(OSError):
                match kind:
                    case "header":
                        await _drip(connection, b"POST /predict HTTP/1.1\r\nx-slow: ", b"a")
                    case "body":
                        await _drip(connection, _HEAD + b"1000\r\n\r\n", b"1")
                    case "reader":
                        await _unread(connection)
                    case _:
                        await _ended(connection)
    except TimeoutError:
        found.left[kind] += 1
    else:
        found.cut[kind].append(loop.time() - began)
    finally:
        connection.close()


async def slow_clients(
    port: int, limits: Limits, clients: int, seconds: float, patience: float, deadline: float
) -> Slowed:
    """Ordinary clients for `seconds` alone, then beside `clients` slow ones, a quarter of each kind.

    `patience`: seconds after which a slow client that was not cut gives up. The service needs SOURCE.
    """
    alone = Load(port, 4, lambda number: number, itself, pause=0.02, deadline=deadline)
    await asyncio.sleep(seconds)
    found = Slowed(await alone.stop(), Tally())
    beside = Load(port, 4, lambda number: number, itself, pause=0.02, deadline=deadline)
    found.beside = beside.tally
    slow = [
        asyncio.create_task(
            _slow(port, KINDS[number % len(KINDS)], limits.of(KINDS[number % len(KINDS)]) + patience, found)
        )
        for number in range(clients)
    ]
    await asyncio.gather(*slow)
    await beside.stop()
    return found

"""Runs the application on sockets that are ours, with granian inside this process.

granian opens its TCP port with SO_REUSEPORT, which lets two services share it without a word. So a port is
bound here, exclusively, and granian is handed the listening socket.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.net import SocketHolder
from granian.server.embed import Server

from ..settings import Settings
from .app import App

BACKLOG = 1024
LARGEST_HEAD = 64 * 1024
"""Bytes of a request's head."""


class PortTaken(Exception):
    """Somebody else listens on the port."""


def bind(host: str, port: int) -> socket.socket:
    """A listening socket that nobody can share. Raises PortTaken; OSError for an address that is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        # Lets a port be taken again while old connections linger; it does not let two listen at once.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno in (errno.EADDRINUSE, errno.EACCES):
            raise PortTaken(f"port {port} of {host}: {os.strerror(error.errno)}") from None
        raise
    listener.setblocking(False)
    return listener


def _limit_writing(listener: socket.socket, seconds: float) -> None:
    """Has the system cut connections whose client stops reading; they take the option over from the listener.

    RFC 5482; Linux counts a closed window, too. Elsewhere such a client keeps its connection.
    """
    option = getattr(socket, "TCP_USER_TIMEOUT", None)
    if option is not None:
        listener.setsockopt(socket.IPPROTO_TCP, option, int(seconds * 1000))


class _Server(Server):
    """granian's embedded server on a socket that exists already."""

    def __init__(
        self, app: App, listener: socket.socket | None, uds: Path | None, settings: Settings
    ) -> None:
        options: dict[str, Any] = {
            "target": app,
            "interface": Interfaces.RSGI,
            "http": HTTPModes.http1,
            "http1_settings": HTTP1Settings(
                header_read_timeout=int(settings.header_timeout * 1000), max_buffer_size=LARGEST_HEAD
            ),
            "websockets": False,
            "backlog": BACKLOG,
            "backpressure": settings.connections,
            "log_enabled": False,
        }
        if uds is not None:
            options["uds"] = uds
        super().__init__(**options)
        self._listener = listener

    def _init_shared_socket(self) -> None:
        if self._listener is None:
            super()._init_shared_socket()  # type: ignore[no-untyped-call]
            return
        # A copy: granian closes what it is given. Its stubs leave out that the class can be made.
        descriptor = os.dup(self._listener.fileno())
        self._sfd: Any = descriptor
        self._shd: Any = SocketHolder(descriptor, False, BACKLOG)  # type: ignore[call-arg]


class Listener:
    """One address that the application answers on, until `close`."""

    def __init__(
        self,
        app: App,
        settings: Settings,
        failed: Callable[[str], None],
        *,
        uds: Path | None = None,
    ) -> None:
        """`failed` is called with a reason if the server ends by itself."""
        self._app = app
        self._failed = failed
        self._settings = settings
        self._uds = uds
        self._socket: socket.socket | None = None
        self._server: _Server | None = None
        self._task: asyncio.Task[None] | None = None
        self._closing = False

    def open(self, listener: socket.socket | None = None) -> None:
        """Begins to answer, on `listener` or else on the Unix socket given before."""
        self._socket = listener
        if listener is not None:
            _limit_writing(listener, self._settings.write_timeout)
        self._server = _Server(self._app, listener, self._uds, self._settings)
        self._task = asyncio.get_running_loop().create_task(self._serve(self._server))

    async def _serve(self, server: _Server) -> None:
        try:
            await server.serve()
            reason = "it ended"
        except Exception as error:  # noqa: BLE001  whatever it is, nobody is served any more
            reason = str(error)
        if not self._closing:
            self._failed(f"the HTTP server failed: {reason}")

    @property
    def socket(self) -> socket.socket | None:
        return self._socket

    def stop_accepting(self) -> None:
        """Leaves connections that are not accepted yet to whoever else has the socket; Linux.

        granian cannot be told to, and closes what it has accepted and not read when it stops. So its
        descriptors of the listening socket get another one, which nobody can connect to.
        """
        if self._socket is None:
            return
        listening = os.fstat(self._socket.fileno())
        with contextlib.suppress(FileNotFoundError), socket.socket(socket.AF_UNIX) as deaf:
            names = [path.name for path in Path("/proc/self/fd").iterdir()]
            deaf.bind("")  # a name of the system's choice, which nobody is told
            deaf.listen(1)
            deaf.setblocking(False)
            for descriptor in map(int, names):
                with contextlib.suppress(OSError):  # the one that listed them is closed by now
                    if descriptor != self._socket.fileno() and os.path.samestat(
                        os.fstat(descriptor), listening
                    ):
                        os.dup2(deaf.fileno(), descriptor, inheritable=False)
        self._socket.close()
        self._socket = None

    async def close(self) -> None:
        """Accepts no more connections; those in flight are answered. May be cancelled and called again."""
        if self._server is None or self._task is None:
            return
        self._closing = True
        self._server.stop()  # type: ignore[no-untyped-call]
        if self._socket is not None:
            self._socket.close()
        await asyncio.shield(self._task)

"""Clients that leave while their request is scored: its task is cancelled, since nobody waits for the answer.

granian tells of it through `client_disconnect`, whose awaitable has to be cancelled once there is an answer:
https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md#http-protocol-interface. To ask that
of every request would cost more than most predictions do, so it is asked of those that take longer.
"""

from __future__ import annotations

import asyncio
from collections.abc import Hashable
from typing import Protocol

STATUS = 499
"""Of a request whose client has left, in metrics and the access log; it is nginx's number, and never sent."""
_PERIOD = 0.05
"""Seconds between two looks; a request is watched from the first look that finds it for a second time."""


class Connection(Protocol, Hashable):
    """The part of granian's RSGI protocol that tells of its client."""

    async def client_disconnect(self) -> None: ...


class _Watch:
    """One request that takes long."""

    __slots__ = ("_request", "_waiter", "left")

    def __init__(self, connection: Connection, request: asyncio.Task[object]) -> None:
        self.left = False
        """Whether the request was cancelled because its client is gone."""
        self._request = request
        self._waiter = asyncio.get_running_loop().create_task(self._wait(connection))

    async def _wait(self, connection: Connection) -> None:
        await connection.client_disconnect()
        self.left = True
        self._request.cancel()

    def end(self) -> bool:
        self._waiter.cancel()
        return self.left


class Departures:
    """The requests that are being scored, from `enter` to `leave`."""

    def __init__(self) -> None:
        self._entered: dict[Connection, tuple[asyncio.Task[object], int]] = {}
        """Those not watched: their task, and the number of looks before."""
        self._watched: dict[Connection, _Watch] = {}
        self._looks = 0
        self._timer: asyncio.TimerHandle | None = None

    def enter(self, connection: Connection) -> None:
        """The current task is a request's, whose body has been read; it may be cancelled until `leave`."""
        task = asyncio.current_task()
        assert task is not None
        self._entered[connection] = task, self._looks
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_PERIOD, self._look)

    def leave(self, connection: Connection) -> bool:
        """Whether the request's task was cancelled because its client is gone; it need not have entered."""
        if self._entered.pop(connection, None) is not None:
            return False
        watch = self._watched.pop(connection, None)
        return watch is not None and watch.end()

    def _look(self) -> None:
        while self._entered:
            connection, (task, looks) = next(iter(self._entered.items()))
            if looks == self._looks:
                break  # it and those after it came since the last look
            del self._entered[connection]
            self._watched[connection] = _Watch(connection, task)
        self._looks += 1
        # Only while something is to be looked at: an idle service sleeps.
        self._timer = asyncio.get_running_loop().call_later(_PERIOD, self._look) if self._entered else None

"""One watcher a server: polls the records while somebody listens, and tells each listener what is new for it.

The records are files that other processes write, so there is nothing to subscribe to; a poll looks at file
times and sizes first and reads only what changed. A listener is told *names*, not data: it fetches what lies
after its own cursor when its connection is ready for more, so a slow one costs no memory.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Hashable
    from logging import Logger

    from jupyterlab_slipway.wire import Deployment, Event

RETRY_DELAY = 5.0
"""Seconds until the next poll after one that failed."""


class Source(Protocol):
    """What the watcher needs of the records. All of it may block; it is called in threads."""

    def signatures(self) -> dict[str, tuple[Hashable, Hashable]]:
        """Of each deployment (its identity, its state on disk), without reading any file."""

    def view(self, name: str) -> Deployment | None:
        """The deployment as it now stands, processes looked for; None when it is gone."""

    def events_after(self, name: str, release: int, seq: int) -> list[Event]:
        """The events of a release with a higher number, in order; empty when it is gone."""


@dataclass
class Known:
    """One deployment as last seen. `identity` tells it from a later one of the same name."""

    identity: Hashable
    signature: Hashable
    view: Deployment

    @property
    def is_running(self) -> bool:
        """Whether a process belongs to it, which may vanish without a trace on disk."""
        return any(release["state"] in {"building", "live"} for release in self.view["releases"])


class Listener:
    """The names of deployments that changed since they were last taken; at most one entry a name."""

    def __init__(self) -> None:
        self._names: dict[str, None] = {}
        self._arrived = asyncio.Event()

    def tell(self, name: str) -> None:
        self._names[name] = None
        self._arrived.set()

    async def take(self) -> list[str]:
        """Waits for news. In the order in which they came."""
        await self._arrived.wait()
        self._arrived.clear()
        names, self._names = list(self._names), {}
        return names


class Feed:
    """Watches `source`; its task lives as long as there are listeners."""

    def __init__(self, source: Source, log: Logger, *, interval: float, process_interval: float) -> None:
        """
        Args:
            source: the records.
            log: where failures of a poll go.
            interval: seconds between two looks at the files.
            process_interval: seconds between two looks for processes that vanished.
        """
        self.source = source
        self.known: dict[str, Known] = {}
        self._log = log
        self._interval = interval
        self._process_interval = process_interval
        self._processes_seen = 0.0
        self._listeners: set[Listener] = set()
        self._task: asyncio.Task[None] | None = None
        self._nudged = asyncio.Event()
        self._polling = asyncio.Lock()

    async def join(self) -> Listener:
        """A new listener. When this returns, `known` is as the disk is now; later changes are told."""
        listener = Listener()
        self._listeners.add(listener)
        try:
            await self._poll()
        except BaseException:
            self._listeners.discard(listener)
            raise
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._watch(), name="slipway-feed")
        return listener

    def leave(self, listener: Listener) -> None:
        """The last one to leave ends the polling."""
        self._listeners.discard(listener)
        if not self._listeners and self._task is not None:
            self._task.cancel()
            self._task = None
            self.known = {}

    def nudge(self) -> None:
        """Something was just changed by this server: look at once."""
        self._nudged.set()

    async def close(self) -> None:
        self._listeners.clear()
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _watch(self) -> None:
        while True:
            delay = self._interval
            self._nudged.clear()
            try:
                await self._poll()
            except Exception:  # noqa: BLE001 - one bad poll must not end the stream for everybody
                self._log.exception("Slipway could not read its records; trying again in %s s", RETRY_DELAY)
                delay = RETRY_DELAY
            with suppress(TimeoutError):
                await asyncio.wait_for(self._nudged.wait(), delay)

    async def _poll(self) -> None:
        async with self._polling:
            now = time.monotonic()
            look_for_processes = now - self._processes_seen >= self._process_interval
            if look_for_processes:
                self._processes_seen = now
            before = self.known
            after = await asyncio.to_thread(self._look, before, look_for_processes)
            self.known = after
        for name in [*(name for name in before if name not in after), *after]:
            if before.get(name) != after.get(name):
                for listener in self._listeners:
                    listener.tell(name)

    def _look(self, before: dict[str, Known], look_for_processes: bool) -> dict[str, Known]:
        after: dict[str, Known] = {}
        for name, (identity, signature) in self.source.signatures().items():
            known = before.get(name)
            unchanged = known is not None and (known.identity, known.signature) == (identity, signature)
            if known is not None and unchanged and not (look_for_processes and known.is_running):
                after[name] = known
                continue
            view = self.source.view(name)
            if view is not None:
                after[name] = Known(identity, signature, view)
        return after

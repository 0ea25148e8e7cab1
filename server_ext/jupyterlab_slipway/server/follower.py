"""What one connection still has to be told: its cursor, and the messages that bring it up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from jupyterlab_slipway.wire import CursorMessage, Event, Release, StreamMessage

    from .feed import Feed, Known

EVENTS_PER_MESSAGE = 500


class Follower:
    """Sends each event after the cursor exactly once, in order, and every change that no event tells.

    `send` may be slow: nothing piles up meanwhile, the next message is made of what is then there.
    """

    def __init__(
        self, feed: Feed, cursor: CursorMessage, send: Callable[[StreamMessage], Awaitable[None]]
    ) -> None:
        self._feed = feed
        self._send = send
        self._seqs: dict[tuple[str, int], int] = {}
        self._created: dict[tuple[str, int], float] = {}
        self._sent: dict[str, Known] = {}
        created = cursor.get("created", {})
        for key, seq in cursor["cursor"].items():
            name, _, number = key.rpartition("/")
            if name and number.isdecimal():
                self._seqs[name, int(number)] = seq
                if key in created:
                    self._created[name, int(number)] = created[key]

    async def run(self) -> None:
        """Runs until it is cancelled or `send` raises."""
        listener = await self._feed.join()
        try:
            for name in sorted({name for name, _ in self._seqs} | set(self._feed.known)):
                await self._bring_up_to_date(name)
            await self._send({"kind": "caught-up"})
            while True:
                for name in await listener.take():
                    await self._bring_up_to_date(name)
        finally:
            self._feed.leave(listener)

    async def _bring_up_to_date(self, name: str) -> None:
        known = self._feed.known.get(name)
        sent = self._sent.get(name)
        if known is None or self._has_another(name, known):
            await self._forget(name)
            sent = None
        if known is None:
            return
        told = False
        for release in reversed(known.view["releases"]):
            told = await self._send_release(known, release) or told
        if not told and (sent is None or sent.view != known.view):
            await self._send({"kind": "deployment", "deployment": known.view})
        self._sent[name] = known

    def _has_another(self, name: str, known: Known) -> bool:
        """Whether what the browser holds under this name is another deployment, since removed."""
        sent = self._sent.get(name)
        if sent is not None:
            return sent.identity != known.identity
        releases = {release["release"]: release for release in known.view["releases"]}
        for (of, number), seq in self._seqs.items():
            if of != name:
                continue
            release = releases.get(number)
            if release is None or release["seq"] < seq:
                return True
            if self._created.get((of, number), release["created"]) != release["created"]:
                return True
        return False

    async def _forget(self, name: str) -> None:
        keys = [key for key in self._seqs if key[0] == name]
        for key in keys:
            del self._seqs[key]
            self._created.pop(key, None)
        if self._sent.pop(name, None) is not None or keys:
            await self._send({"kind": "removed", "name": name})

    async def _send_release(self, known: Known, release: Release) -> bool:
        name, number, last = known.view["name"], release["release"], release["seq"]
        told = False
        while (seq := self._seqs.get((name, number), 0)) < last:
            events = await self._read(name, number, seq, last)
            if not events:  # removed since; the next poll says so
                break
            await self._send(
                {"kind": "release", "deployment": known.view, "release": number, "events": events}
            )
            self._seqs[name, number] = events[-1]["seq"]
            told = True
        return told

    async def _read(self, name: str, number: int, seq: int, last: int) -> list[Event]:
        events = await asyncio.to_thread(self._feed.source.events_after, name, number, seq)
        return [event for event in events[:EVENTS_PER_MESSAGE] if event["seq"] <= last]

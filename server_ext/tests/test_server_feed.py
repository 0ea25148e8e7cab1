"""The stream's two halves, the watcher and a connection's follower, over records that change under them."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self

import pytest
from jupyterlab_slipway.server.feed import Feed
from jupyterlab_slipway.server.follower import EVENTS_PER_MESSAGE, Follower

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

TIMEOUT = 60.0


class Book:
    """Records in memory that a test writes as other processes would write files."""

    def __init__(self) -> None:
        self.deployments: dict[str, dict[int, list[Any]]] = {}
        self.identities: dict[str, int] = {}
        self.states: dict[str, str] = {}
        self.reads = 0
        self.broken = 0

    def add(self, name: str, release: int, count: int) -> None:
        if name not in self.deployments:
            self.identities[name] = self.identities.get(name, 0) + 1
        events = self.deployments.setdefault(name, {}).setdefault(release, [])
        for _ in range(count):
            seq = len(events) + 1
            events.append({"seq": seq, "time": 0.0, "kind": "log", "phase": "execute", "size": seq})

    def signatures(self) -> dict[str, tuple[Hashable, Hashable]]:
        if self.broken:
            self.broken -= 1
            raise OSError("the disk is away")
        return {
            name: (self.identities[name], tuple(len(events) for events in releases.values()))
            for name, releases in self.deployments.items()
        }

    def view(self, name: str) -> Any:
        self.reads += 1
        releases = self.deployments.get(name)
        if releases is None:
            return None
        return {
            "name": name,
            "releases": [
                {
                    "release": number,
                    "state": self.states.get(name, "building"),
                    "created": float(self.identities[name]),
                    "seq": len(events),
                }
                for number, events in sorted(releases.items(), reverse=True)
            ],
        }

    def events_after(self, name: str, release: int, seq: int) -> list[Any]:
        return self.deployments.get(name, {}).get(release, [])[seq:]


class TornError(Exception):
    """The connection is gone."""


class Browser:
    """Keeps what it is told as the front end does, and fails when told something twice or out of order."""

    def __init__(self) -> None:
        self.seqs: dict[str, int] = {}
        self.created: dict[str, float] = {}
        self.views: dict[str, Any] = {}
        self.messages: list[Any] = []
        self.tear_after: int | None = None
        self._changed = asyncio.Event()

    async def take(self, message: Any) -> None:
        if self.tear_after is not None:
            if self.tear_after == 0:
                raise TornError
            self.tear_after -= 1
        self.messages.append(message)
        if message["kind"] in {"release", "deployment"}:
            self.views[message["deployment"]["name"]] = message["deployment"]
        if message["kind"] == "release":
            key = f"{message['deployment']['name']}/{message['release']}"
            assert 0 < len(message["events"]) <= EVENTS_PER_MESSAGE
            for event in message["events"]:
                assert event["seq"] == self.seqs.get(key, 0) + 1
                self.seqs[key] = event["seq"]
            (view,) = (
                view for view in message["deployment"]["releases"] if view["release"] == message["release"]
            )
            assert view["seq"] >= self.seqs[key]
            self.created[key] = view["created"]
        if message["kind"] == "removed":
            name = message["name"]
            self.views.pop(name, None)
            self.seqs = {key: seq for key, seq in self.seqs.items() if not key.startswith(f"{name}/")}
        self._changed.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT):
            while not condition():
                self._changed.clear()
                await self._changed.wait()

    async def caught_up(self) -> None:
        await self.until(lambda: any(message["kind"] == "caught-up" for message in self.messages))


class Connection:
    """A follower at work for one browser."""

    def __init__(self, feed: Feed, browser: Browser) -> None:
        browser.messages = []
        cursor: Any = {"cursor": dict(browser.seqs), "created": dict(browser.created)}
        self.task = asyncio.create_task(Follower(feed, cursor, browser.take).run())

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self.task.cancel()
        with suppress(asyncio.CancelledError, TornError):
            await self.task


@pytest.fixture
def book() -> Book:
    return Book()


@pytest.fixture
def feed(book: Book) -> Feed:
    return Feed(book, logging.getLogger("slipway-test"), interval=0.01, process_interval=0.02)


async def test_what_is_there_comes_first_and_then_what_happens(book: Book, feed: Feed) -> None:
    book.add("a", 1, 3)
    book.add("a", 2, 2)
    book.add("b", 1, 1)
    browser = Browser()
    async with Connection(feed, browser):
        await browser.caught_up()
        assert browser.seqs == {"a/1": 3, "a/2": 2, "b/1": 1}
        book.add("b", 1, 4)
        book.add("c", 1, 1)
        await browser.until(lambda: browser.seqs == {"a/1": 3, "a/2": 2, "b/1": 5, "c/1": 1})
    assert [message["kind"] for message in browser.messages].count("caught-up") == 1


async def test_a_cursor_resumes_and_the_present_comes_without_events(book: Book, feed: Feed) -> None:
    book.add("a", 1, 5)
    browser = Browser()
    browser.seqs = {"a/1": 3}
    async with Connection(feed, browser):
        await browser.caught_up()
    assert browser.seqs == {"a/1": 5}
    async with Connection(feed, browser):
        await browser.caught_up()
    assert [message["kind"] for message in browser.messages] == ["deployment", "caught-up"]


async def test_torn_anywhere_nothing_is_lost_and_nothing_repeated(book: Book, feed: Feed) -> None:
    browser = Browser()
    book.add("a", 1, 3 * EVENTS_PER_MESSAGE)
    for tear_after in [0, 1, 2, 0, 1, 3]:
        book.add("a", 1, 7)
        book.add("b", 1, 2)
        browser.tear_after = tear_after
        async with Connection(feed, browser) as connection:
            while not connection.task.done():  # goes on until the connection tears
                book.add("b", 1, 1)
                await asyncio.sleep(0.01)
            assert isinstance(connection.task.exception(), TornError)
    browser.tear_after = None
    async with Connection(feed, browser):
        await browser.until(
            lambda: browser.seqs == {f"{name}/1": len(book.deployments[name][1]) for name in ("a", "b")}
        )


async def test_two_browsers_hear_the_same(book: Book, feed: Feed) -> None:
    first, second = Browser(), Browser()
    book.add("a", 1, 2)
    async with Connection(feed, first):
        await first.caught_up()
        book.add("a", 1, 2)
        async with Connection(feed, second):
            await second.caught_up()
            book.add("a", 1, 2)
            for browser in (first, second):
                await browser.until(lambda browser=browser: browser.seqs == {"a/1": 6})
        book.add("a", 1, 1)  # one leaves, the other goes on
        await first.until(lambda: first.seqs == {"a/1": 7})


async def test_a_removal_is_told_now_and_to_who_was_away(book: Book, feed: Feed) -> None:
    book.add("a", 1, 2)
    present, away = Browser(), Browser()
    async with Connection(feed, away):
        await away.caught_up()
    async with Connection(feed, present):
        await present.caught_up()
        del book.deployments["a"]
        await present.until(lambda: not present.views)
    async with Connection(feed, away):
        await away.caught_up()
    assert away.messages[0] == {"kind": "removed", "name": "a"}


@pytest.mark.parametrize("count", [1, 2, 50])
@pytest.mark.parametrize("connected", [True, False])
async def test_a_name_that_is_used_again_starts_anew(
    book: Book, feed: Feed, connected: bool, count: int
) -> None:
    book.add("a", 1, 2)
    browser = Browser()
    async with Connection(feed, browser):
        await browser.caught_up()
        if connected:
            del book.deployments["a"]
            book.add("a", 1, count)
            await browser.until(lambda: browser.seqs == {"a/1": count} and len(browser.messages) > 2)
    if not connected:
        del book.deployments["a"]
        book.add("a", 1, count)
        async with Connection(feed, browser):
            await browser.caught_up()
    kinds = [message["kind"] for message in browser.messages]
    assert kinds.index("removed") < len(kinds) - 1 - kinds[::-1].index("release")
    assert browser.seqs == {"a/1": count}


async def test_a_process_that_vanished_is_told_without_an_event(book: Book, feed: Feed) -> None:
    book.add("a", 1, 2)
    browser = Browser()
    async with Connection(feed, browser):
        await browser.caught_up()
        book.states["a"] = "lost"  # nothing on disk changes
        await browser.until(lambda: browser.views["a"]["releases"][0]["state"] == "lost")
        assert browser.messages[-1]["kind"] == "deployment"
        reads = book.reads
        book.add("b", 1, 1)
        await browser.until(lambda: "b/1" in browser.seqs)
        assert book.reads <= reads + 2, "what has ended is not read again"


async def test_a_slow_browser_holds_up_nobody_and_nothing_piles_up(book: Book, feed: Feed) -> None:
    book.add("a", 1, 1)
    slow, quick = Browser(), Browser()
    gate = asyncio.Event()
    taken = slow.take

    async def take_when_open(message: Any) -> None:
        await gate.wait()
        await taken(message)

    slow.take = take_when_open  # type: ignore[method-assign]
    async with Connection(feed, slow), Connection(feed, quick):
        for _ in range(20):
            book.add("a", 1, 100)
            count = len(book.deployments["a"][1])
            await quick.until(lambda count=count: quick.seqs == {"a/1": count})
        gate.set()
        await slow.until(lambda: slow.seqs == {"a/1": 2001})
    # one message that was waiting, then what there is, in as few as hold it
    assert len(slow.messages) <= 3 + 2001 // EVENTS_PER_MESSAGE


async def test_a_poll_that_fails_is_not_the_end(
    book: Book, feed: Feed, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("jupyterlab_slipway.server.feed.RETRY_DELAY", 0.01)
    browser = Browser()
    async with Connection(feed, browser):
        await browser.caught_up()
        book.broken = 3
        book.add("a", 1, 1)
        await browser.until(lambda: browser.seqs == {"a/1": 1})
    assert "could not read its records" in caplog.text


async def test_nothing_is_polled_when_nobody_listens(book: Book, feed: Feed) -> None:
    browser = Browser()
    async with Connection(feed, browser):
        await browser.caught_up()
    assert not [
        task for task in asyncio.all_tasks() if task.get_name() == "slipway-feed" and not task.cancelling()
    ]
    async with Connection(feed, browser):
        await browser.caught_up()
        await feed.close()
    assert not [task for task in asyncio.all_tasks() if task.get_name() == "slipway-feed"]

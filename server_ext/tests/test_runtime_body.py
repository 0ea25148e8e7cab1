"""Bodies within their limits: of size, of time, and of all that are on their way together."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, cast

import pytest
from granian.rsgi import ProtocolError
from slipway_runtime.front.body import Body, BodyReader
from slipway_runtime.front.problem import Refusal

if TYPE_CHECKING:
    from granian.rsgi import Headers

pytestmark = pytest.mark.asyncio

LIMIT = 100


class Sent:
    """What a client sends, as granian gives it: all at once, or part by part with an empty one at the end."""

    def __init__(self, *parts: bytes, breaks_off: bool = False, never_ends: bool = False) -> None:
        self.parts = [*parts, *([b"", b""] if breaks_off else [b""])]
        self.breaks_off = breaks_off
        self.never_ends = never_ends
        self.read = 0

    async def __call__(self) -> bytes:
        if self.never_ends:
            await asyncio.Event().wait()
        if self.breaks_off:
            raise ProtocolError
        return b"".join(self.parts)

    def __aiter__(self) -> Sent:
        return self

    async def __anext__(self) -> bytes:
        if not self.parts:
            raise StopAsyncIteration
        if self.never_ends and len(self.parts) == 1:
            await asyncio.Event().wait()
        part = self.parts.pop(0)
        self.read += len(part)
        return part


def headers(length: int | str | None = None) -> Headers:
    found: dict[str, Any] = (
        {"transfer-encoding": "chunked"} if length is None else {"content-length": str(length)}
    )
    return cast("Headers", found)


async def read(reader: BodyReader, sent: Sent, length: int | str | None = None) -> bytes | int:
    """The body, or the status of the refusal; all room that it took is given back."""
    before = reader._room
    try:
        return await asyncio.create_task(reader.read(cast("Body", sent), headers(length)))
    except Refusal as refusal:
        return refusal.status
    finally:
        assert reader._room == before


@pytest.fixture
def reader() -> BodyReader:
    return BodyReader(LIMIT, 30)


@pytest.mark.parametrize("size", [0, 1, LIMIT])
async def test_bodies_up_to_the_limit(reader: BodyReader, size: int) -> None:
    body = b"x" * size
    assert await read(reader, Sent(body), size) == body
    assert await read(reader, Sent(*[b"x"] * size)) == body


async def test_one_byte_more_is_too_much(reader: BodyReader) -> None:
    assert await read(reader, Sent(b"x" * LIMIT, b"x"), LIMIT + 1) == 413
    assert await read(reader, Sent(b"x" * LIMIT, b"x")) == 413


async def test_little_more_than_twice_the_limit_is_ever_read(reader: BodyReader) -> None:
    for length in (None, 2 * LIMIT):
        endless = Sent(*[b"x" * 10] * 1000)
        assert await read(reader, endless, length) == 413
        assert endless.read <= 2 * LIMIT + 10
    announced = Sent(b"x" * 1000)
    assert await read(reader, announced, 1000) == 413
    assert announced.read == 0


@pytest.mark.parametrize("length", ["", "-1", "x", "1.0", "²", "1" * 400])
async def test_a_length_that_is_none_promises_nothing(reader: BodyReader, length: str) -> None:
    assert await read(reader, Sent(b"x" * LIMIT * 3), length) == 413


async def test_what_breaks_off_is_no_body(reader: BodyReader) -> None:
    assert await read(reader, Sent(b"12", breaks_off=True), 4) == 400
    assert await read(reader, Sent(b"12", breaks_off=True)) == 400
    assert await read(reader, Sent(breaks_off=True)) == 400


async def test_what_takes_too_long(reader: BodyReader) -> None:
    slow = BodyReader(LIMIT, 0.05)
    assert await read(slow, Sent(b"12", never_ends=True), 4) == 408
    assert await read(slow, Sent(b"12", never_ends=True)) == 408
    assert await read(slow, Sent(b"12"), 2) == b"12"


async def test_what_has_arrived_of_bodies_that_are_not_whole_has_a_limit_too(reader: BodyReader) -> None:
    reader._room = 3 * LIMIT
    under_way = [
        asyncio.create_task(reader.read(cast("Body", Sent(b"x" * LIMIT, never_ends=True)), headers()))
        for _ in range(3)
    ]
    await asyncio.sleep(0)
    assert await read(reader, Sent(b"1")) == 503
    assert await read(reader, Sent(b"1"), 1) == b"1", "small ones get in all the same"
    for task in under_way:
        task.cancel()
    assert all(
        isinstance(end, asyncio.CancelledError)
        for end in await asyncio.gather(*under_way, return_exceptions=True)
    )
    assert reader._room == 3 * LIMIT
    assert await read(reader, Sent(b"1")) == b"1"


async def test_what_is_announced_and_never_comes_takes_no_room(reader: BodyReader) -> None:
    before = reader._room
    waiting = asyncio.create_task(reader.read(cast("Body", Sent(never_ends=True)), headers()))
    await asyncio.sleep(0)
    assert reader._room == before
    waiting.cancel()


async def test_what_nobody_wants_is_read_and_not_kept(reader: BodyReader) -> None:
    before = reader._room
    for sent, length, whole in (
        (Sent(b"x" * LIMIT), LIMIT, True),
        (Sent(b"x" * LIMIT, b"x" * LIMIT), None, True),
        (Sent(b"x" * LIMIT, b"x" * LIMIT, b"x"), None, False),
        (Sent(b"x"), 3 * LIMIT, False),
    ):
        assert await reader.discard(cast("Body", sent), headers(length)) is whole
    late = BodyReader(LIMIT, 0.05)
    sent = Sent(b"1", never_ends=True)
    assert await asyncio.create_task(late.discard(cast("Body", sent), headers())) is False
    assert reader._room == before

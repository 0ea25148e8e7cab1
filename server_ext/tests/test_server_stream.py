"""`slipway/events` on a real connection: how it opens, and how it closes."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest
from jupyterlab_slipway.server import stream

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

TIMEOUT = 60.0


@pytest.fixture
def connect(jp_ws_fetch: Any) -> Callable[..., Awaitable[Any]]:
    async def connect_with(first: str | None = '{"cursor": {}}') -> Any:
        socket = await jp_ws_fetch("slipway", "events")
        if first is not None:
            await socket.write_message(first)
        return socket

    return connect_with


async def read(socket: Any) -> Any:
    message = await asyncio.wait_for(socket.read_message(), TIMEOUT)
    return None if message is None else json.loads(message)


async def test_an_empty_home_is_caught_up_with_at_once(connect: Callable[..., Awaitable[Any]]) -> None:
    socket = await connect()
    assert await read(socket) == {"kind": "caught-up"}
    socket.close()


@pytest.mark.parametrize(
    ("first", "words"),
    [
        ("hello", "not JSON"),
        ('{"cursor": 3}', "The first message has to be"),
        ('{"cursor": {"' + "n" * 500 + '/1": "x"}}', "The cursor of"),
    ],
)
async def test_a_bad_first_message_closes_with_its_reason(
    connect: Callable[..., Awaitable[Any]], first: str, words: str
) -> None:
    socket = await connect(first)
    assert await read(socket) is None
    assert socket.close_code == stream.POLICY_VIOLATION
    assert words in socket.close_reason


async def test_a_second_message_closes(connect: Callable[..., Awaitable[Any]]) -> None:
    socket = await connect()
    assert await read(socket) == {"kind": "caught-up"}
    await socket.write_message('{"cursor": {}}')
    assert await read(socket) is None
    assert socket.close_code == stream.POLICY_VIOLATION


async def test_no_first_message_closes(
    connect: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stream, "FIRST_MESSAGE_TIMEOUT", 0.05)
    socket = await connect(None)
    assert await read(socket) is None
    assert socket.close_code == stream.POLICY_VIOLATION
    assert "cursor" in socket.close_reason


async def test_who_takes_nothing_is_asked_to_come_back(
    connect: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    never: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    monkeypatch.setattr(stream, "SEND_TIMEOUT", 0.05)
    monkeypatch.setattr(stream.EventsSocket, "write_message", lambda self, message: never)
    socket = await connect()
    assert await read(socket) is None
    assert socket.close_code == stream.TRY_AGAIN


async def test_a_closed_connection_leaves_nothing_running(
    connect: Callable[..., Awaitable[Any]], jp_serverapp: Any
) -> None:
    socket = await connect()
    assert await read(socket) == {"kind": "caught-up"}
    socket.close()
    async with asyncio.timeout(TIMEOUT):
        while any(task.get_name().startswith("slipway-") for task in asyncio.all_tasks()):
            await asyncio.sleep(0.01)


async def test_listening_is_no_activity(connect: Callable[..., Awaitable[Any]], jp_serverapp: Any) -> None:
    settings = jp_serverapp.web_app.settings
    before = settings.get("api_last_activity")
    socket = await connect()
    assert await read(socket) == {"kind": "caught-up"}
    socket.close()
    assert settings.get("api_last_activity") == before


def test_a_reason_fits_into_a_close_frame() -> None:
    assert len(stream.close_reason("ü" * 200).encode()) == 122

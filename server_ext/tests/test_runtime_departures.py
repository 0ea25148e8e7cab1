"""Which requests are watched for their client's leaving, and what is left of that afterwards."""

from __future__ import annotations

import asyncio
import gc

import pytest
from slipway_runtime.front.departures import Departures

LONG = 0.3
"""Seconds after which a request is certainly watched."""


class Client:
    """A connection as the application sees it."""

    def __init__(self) -> None:
        self.gone = asyncio.Event()
        self.asked = self.given_up = 0

    async def client_disconnect(self) -> None:
        self.asked += 1
        try:
            await self.gone.wait()
        except asyncio.CancelledError:
            self.given_up += 1
            raise


async def request(departures: Departures, client: Client, seconds: float) -> str:
    departures.enter(client)
    try:
        await asyncio.sleep(seconds)
    except asyncio.CancelledError:
        if departures.leave(client):
            return "left"
        raise
    assert not departures.leave(client)
    return "answered"


@pytest.mark.asyncio
async def test_what_is_quick_is_not_watched() -> None:
    departures, client = Departures(), Client()
    client.gone.set()
    for _ in range(20):
        assert await request(departures, client, 0.0) == "answered"
    assert client.asked == 0


@pytest.mark.asyncio
async def test_what_takes_long_is_watched_until_it_is_answered() -> None:
    departures, client = Departures(), Client()
    for count in (1, 2):  # on one connection, as it may be kept
        assert await request(departures, client, LONG) == "answered"
        await asyncio.sleep(0)
        assert (client.asked, client.given_up) == (count, count)


@pytest.mark.asyncio
async def test_only_the_request_whose_client_leaves_is_cancelled() -> None:
    departures = Departures()
    clients = [Client() for _ in range(3)]
    requests = [asyncio.create_task(request(departures, client, 2 * LONG)) for client in clients]
    await asyncio.sleep(LONG)
    clients[1].gone.set()
    assert await asyncio.gather(*requests) == ["answered", "left", "answered"]


@pytest.mark.asyncio
async def test_a_cancellation_from_elsewhere_is_none_of_the_clients() -> None:
    departures, client = Departures(), Client()
    for seconds in (0.0, LONG):
        task = asyncio.create_task(request(departures, client, 60))
        await asyncio.sleep(seconds)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert client.asked == 1


@pytest.mark.asyncio
async def test_what_never_entered_may_leave() -> None:
    assert not Departures().leave(Client())


@pytest.mark.asyncio
async def test_nothing_of_many_requests_stays() -> None:
    departures = Departures()
    before = asyncio.all_tasks()
    clients = [Client() for _ in range(500)]
    requests = [asyncio.create_task(request(departures, client, 2 * LONG)) for client in clients]
    await asyncio.sleep(LONG)
    assert all(client.asked for client in clients)
    for client in clients[:250]:
        client.gone.set()
    found = await asyncio.gather(*requests)
    assert (found.count("left"), found.count("answered")) == (250, 250)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before
    del clients, client, requests
    gc.collect()
    assert not [thing for thing in gc.get_objects() if isinstance(thing, Client)]


@pytest.mark.asyncio
async def test_a_service_without_requests_sleeps() -> None:
    departures, client = Departures(), Client()
    assert await request(departures, client, 0.0) == "answered"
    await asyncio.sleep(LONG)
    assert departures._timer is None
    assert await request(departures, client, LONG) == "answered"
    assert client.asked == 1

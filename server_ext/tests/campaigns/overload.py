"""More requests than the workers can answer: they do all they can, and say no at once to the rest."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from .client import Connection, Load, Tally, percentile, predict
from .service import memory

if TYPE_CHECKING:
    from runtime_fixtures import RunningService

# It sleeps, so that neither the load generator nor the processor is what is measured.
SOURCE = """
import time

def predictor(x):
    time.sleep(0.02)
    return x
"""
_NORMAL = 2.0
"""Seconds of answers at their usual time after which all is as before."""


def itself(sample: Any) -> Any:
    return sample


@dataclass
class Overloaded:
    """What a service made of `times` as many requests as it can answer."""

    capacity: float
    """Answers a second when it is just busy."""
    goodput: float
    """Answers with a prediction a second during the overload."""
    tally: Tally
    memory: list[int]
    """Bytes before, then once a second, and at the end of the overload."""
    normal: float
    """Seconds after the overload until answers took their usual time again."""


async def _capacity(port: int, workers: int, seconds: float, deadline: float) -> float:
    """As many clients as workers, and one more for each, so that none ever waits for work."""
    loop = asyncio.get_running_loop()
    load = Load(port, 2 * workers, lambda number: number, itself, deadline=deadline)
    await asyncio.sleep(min(1.0, seconds / 4))
    began, before = loop.time(), load.tally.statuses[200]
    await asyncio.sleep(seconds)
    rate = (load.tally.statuses[200] - before) / (loop.time() - began)
    await load.stop()
    return rate


async def overload(
    service: RunningService, port: int, workers: int, seconds: float, times: float, deadline: float
) -> Overloaded:
    """Sends `times` the capacity for `seconds`, whatever comes back. The service needs SOURCE."""
    loop = asyncio.get_running_loop()
    capacity = await _capacity(port, workers, max(1.0, seconds / 10), deadline)
    usual = await _usual(port, deadline)
    tally = Tally()
    idle: list[Connection] = []
    under_way: set[asyncio.Task[None]] = set()
    held = [memory(service)]

    async def one(number: int) -> None:
        connection = idle.pop() if idle else Connection(port)
        await predict(connection, number, tally, itself, deadline)
        idle.append(connection)

    began, sent, looked = loop.time(), 0, loop.time()
    while (now := loop.time()) - began < seconds:
        while sent < (now - began) * capacity * times:
            task = asyncio.create_task(one(sent))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
            sent += 1
        if now - looked > 1:
            held.append(await asyncio.to_thread(memory, service))
            looked = now
        await asyncio.sleep(0.002)
    goodput = tally.statuses[200] / (loop.time() - began)
    held.append(memory(service))
    over = loop.time()
    normal = await _until_normal(port, 3 * usual, deadline)
    await asyncio.gather(*under_way)
    for connection in idle:
        connection.close()
    return Overloaded(capacity, goodput, tally, held, normal - over)


async def _usual(port: int, deadline: float) -> float:
    """Seconds that an answer takes when nothing else is asked: the median of some."""
    connection, tally = Connection(port), Tally()
    for number in range(20):
        await predict(connection, number, tally, itself, deadline)
    connection.close()
    return percentile(tally.seconds[200], 0.5)


async def _until_normal(port: int, usual: float, deadline: float) -> float:
    """When the first of an unbroken row of answers within `usual` was asked for (the loop's time)."""
    loop = asyncio.get_running_loop()
    connection, tally = Connection(port), Tally()
    began = since = loop.time()
    while loop.time() - since < _NORMAL and loop.time() - began < deadline:
        asked = loop.time()
        if await predict(connection, 1, tally, itself, deadline) != 200 or loop.time() - asked > usual:
            since = loop.time()
        await asyncio.sleep(0.02)
    connection.close()
    return since

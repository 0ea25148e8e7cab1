"""Workers are killed, stopped and starved of memory while clients ask: every answer is right, or is none."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import itertools
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil

from .client import Connection, Load, Tally, predict
from .service import living_workers, until

if TYPE_CHECKING:
    from runtime_fixtures import RunningService

# `eat` takes memory until the address space of its process may not grow any more.
SOURCE = """
import hashlib

def predictor(x):
    if x == "eat":
        import resource
        with open("/proc/self/statm") as statm:
            now = int(statm.read().split()[0]) * resource.getpagesize()
        resource.setrlimit(resource.RLIMIT_AS, (now + (64 << 20), resource.getrlimit(resource.RLIMIT_AS)[1]))
        hoard = []
        while True:
            hoard.append(bytearray(1 << 20))
    return [x, hashlib.sha256(str(x).encode()).hexdigest()]
"""

KINDS = ("kill", "stop", "eat")
ALLOWED = {200, 503, 504}
"""What a request may end in while workers are killed from outside; nothing of it is the client's fault."""


def right(sample: Any) -> Any:
    return [sample, hashlib.sha256(str(sample).encode()).hexdigest()]


@dataclass
class Killed:
    """What came of it."""

    tally: Tally
    faults: dict[str, int] = field(default_factory=lambda: dict.fromkeys(KINDS, 0))
    eaten: list[int | None] = field(default_factory=list)
    """How the samples that take all memory ended."""


async def kill_workers(
    service: RunningService, port: int, requests: int, every: float, deadline: float, connections: int = 16
) -> Killed:
    """Asks `requests` times with unique samples; every `every` seconds a worker suffers, each kind in turn.

    Goes on until both the requests are answered and each kind has struck twice. The service has to have been
    started with SOURCE and a short prediction timeout: that is what ends a worker that was stopped.
    """
    load = Load(port, connections, lambda number: number, right, deadline=deadline)
    found = Killed(load.tally)
    eater = Connection(port)
    eaten = Tally()
    try:
        for kind in itertools.cycle(KINDS):
            await asyncio.sleep(every)
            enough = load.tally.asked >= requests
            if enough and min(found.faults.values()) >= 2:
                break
            if kind == "eat":
                found.eaten.append(await predict(eater, "eat", eaten, right, deadline))
            else:
                await until(lambda: living_workers(service), "a worker lives")
                number = signal.SIGKILL if kind == "kill" else signal.SIGSTOP
                with contextlib.suppress(psutil.NoSuchProcess, IndexError):  # it was quicker to go
                    living_workers(service)[found.faults[kind] % 2 - 1].send_signal(number)
            found.faults[kind] += 1
    finally:
        eater.close()
        await load.stop()
    found.tally.wrong += eaten.wrong
    found.tally.unanswered += eaten.unanswered
    return found


@dataclass
class Recovery:
    """Seconds from the kill to the next right answer, of each kill; and what was said in between."""

    seconds: list[float] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)


async def recover(service: RunningService, port: int, kills: int, deadline: float) -> Recovery:
    """Kills the only worker again and again, and asks until an answer comes."""
    found = Recovery()
    connection = Connection(port)
    loop = asyncio.get_running_loop()
    for number in range(kills):
        await until(lambda: living_workers(service), "a worker lives")
        (worker,) = living_workers(service)
        began = loop.time()
        worker.kill()
        while await predict(connection, number, found.tally, right, deadline) != 200:
            if loop.time() - began > deadline:
                raise AssertionError(f"No answer for {deadline:g} s after a worker was killed.")
            await asyncio.sleep(0.002)
        found.seconds.append(loop.time() - began)
    connection.close()
    return found

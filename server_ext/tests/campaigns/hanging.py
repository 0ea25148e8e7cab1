"""Predictors that hang, or hold the interpreter's lock in C code: they alone pay for it."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import psutil

from .client import Connection, Load, Tally, predict
from .service import gone, living_workers, until

if TYPE_CHECKING:
    from runtime_fixtures import RunningService

# Neither a hang nor the expression, whose search takes 2 ** 40 steps in C, ends by itself.
SOURCE = """
import re
import time

def predictor(x):
    if x == "hang":
        time.sleep(3600)
    if x == "burn":
        re.match("(a+)+$", "a" * 40 + "b")
    return x
"""


def itself(sample: Any) -> Any:
    return sample


@dataclass
class Hung:
    """One hang: how the request ended, and when (seconds after it was asked)."""

    status: int | None
    answered: float
    gone: float
    """When the process that worked on it had ended."""
    others: Tally


async def hang(service: RunningService, port: int, timeout: float, deadline: float) -> Hung:
    """One request hangs while others are asked; `timeout` is the service's prediction timeout.

    The service needs two workers, and SOURCE.
    """
    loop = asyncio.get_running_loop()
    before = {worker.pid: worker for worker in living_workers(service)}
    others = Load(port, 4, lambda number: number, itself, pause=0.005, deadline=deadline)
    connection, own = Connection(port), Tally()
    began = loop.time()
    status = await predict(connection, "hang", own, itself, deadline)
    answered = loop.time() - began
    connection.close()
    await until(lambda: any(gone(worker) for worker in before.values()), "the worker that hangs is gone")
    ended = loop.time() - began
    await until(lambda: len(living_workers(service)) >= len(before), "it has been replaced")
    tally = await others.stop()
    tally.wrong += own.wrong
    tally.unanswered += own.unanswered
    return Hung(status, answered, ended, tally)


@dataclass
class Burnt:
    """Health while every worker holds the lock; seconds of each answer."""

    health: Tally = field(default_factory=Tally)
    statuses: list[int | None] = field(default_factory=list)
    """How the requests that burn ended."""
    busy: int = 0
    """Answers of /livez that came while all workers were at it."""


async def burn(service: RunningService, port: int, workers: int, asks: int, deadline: float) -> Burnt:
    """Keeps every worker in C code and asks for /livez, each time on a new connection, `asks` times at most."""
    found = Burnt()
    await until(lambda: len(living_workers(service)) == workers, "all workers are there")
    connections = [Connection(port) for _ in range(workers)]
    spent = Tally()
    burning = [
        asyncio.create_task(predict(connection, "burn", spent, itself, deadline))
        for connection in connections
    ]
    seen: dict[int, float] = {}

    def all_burn() -> bool:
        """Has every worker used the processor since it was first looked at?"""
        with contextlib.suppress(psutil.NoSuchProcess):  # one of the round before goes just now
            used = [
                process.cpu_times().user > seen.setdefault(process.pid, process.cpu_times().user)
                for process in living_workers(service)
            ]
            return len(used) == workers and all(used)
        return False

    await until(all_burn, "all workers burn")
    for _ in range(asks):
        if any(task.done() for task in burning):
            break
        health = Connection(port, keep_alive=False)
        found.health.took(await health.ask("GET", "/livez", deadline=deadline))
        found.busy += 1
        await asyncio.sleep(0.01)
    found.statuses = list(await asyncio.gather(*burning))
    found.health.wrong += spent.wrong
    found.health.unanswered += spent.unanswered
    for connection in connections:
        connection.close()
    return found

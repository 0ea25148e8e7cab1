"""Releases that take over from each other, and services that are told to stop, while clients ask."""

from __future__ import annotations

import asyncio
import signal
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from slipway_runtime import control

from .client import Load, Tally
from .service import until

if TYPE_CHECKING:
    from collections.abc import Callable

    from runtime_fixtures import RunningService

SOURCE = """
import time

def predictor(x):
    time.sleep(0.005)
    return x
"""


def itself(sample: Any) -> Any:
    return sample


@dataclass
class Rolled:
    """What clients saw over all hand-overs: those that keep their connections, and those that do not."""

    kept: Tally
    fresh: Tally
    seconds: list[float] = field(default_factory=list)
    """Of each hand-over, from asking for it until the old release had ended."""
    codes: list[int] = field(default_factory=list)
    """Exit codes of the releases that went."""


async def roll(
    first: RunningService,
    port: int,
    start: Callable[[], RunningService],
    rounds: int,
    deadline: float,
    clients: int = 8,
) -> Rolled:
    """Hands the port from release to release under load; `start` makes the next one, ready but not published."""
    kept = Load(port, clients, lambda number: number, itself, deadline=deadline)
    fresh = Load(port, clients // 2, lambda number: number, itself, keep_alive=False, deadline=deadline)
    found = Rolled(kept.tally, fresh.tally)
    current = first
    try:
        for _ in range(rounds):
            following = await asyncio.to_thread(start)
            began = time.perf_counter()
            await asyncio.to_thread(
                control.publish, following.run_dir, "127.0.0.1", port, take_over_from=current.run_dir
            )
            found.codes.append(await asyncio.to_thread(current.wait_end))
            found.seconds.append(time.perf_counter() - began)
            await _answered_again(kept.tally, fresh.tally)
            current = following
    finally:
        await asyncio.gather(kept.stop(), fresh.stop())
    return found


async def _answered_again(*tallies: Tally) -> None:
    """Waits until clients of each kind have got another prediction."""
    before = [tally.statuses[200] for tally in tallies]
    await until(
        lambda: all(tally.statuses[200] > count for tally, count in zip(tallies, before, strict=True)),
        "the new release answers",
    )


@dataclass
class Drained:
    """A service that was told to stop: what clients on open connections saw, and new ones."""

    kept: Tally
    fresh: Tally
    code: int
    seconds: float
    """From the signal to the end of the process."""


async def drain(
    service: RunningService, port: int, seconds: float, deadline: float, clients: int = 8
) -> Drained:
    """SIGTERM after `seconds` of load. The service needs SOURCE."""
    kept = Load(port, clients, lambda number: number, itself, deadline=deadline)
    fresh = Load(port, 2, lambda number: number, itself, keep_alive=False, pause=0.01, deadline=deadline)
    await until(
        lambda: kept.tally.statuses[200] > clients and fresh.tally.statuses[200] > 2, "both are answered"
    )
    await asyncio.sleep(seconds)
    began = time.perf_counter()
    service.process.send_signal(signal.SIGTERM)
    try:
        code = await asyncio.to_thread(service.wait_end)
        took = time.perf_counter() - began
    finally:
        await asyncio.gather(kept.stop(), fresh.stop())
    return Drained(kept.tally, fresh.tally, code, took)

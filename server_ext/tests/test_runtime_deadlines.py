"""Limits of many waits at once: who is late is told so, and nobody else."""

from __future__ import annotations

import asyncio

import pytest
from slipway_runtime.front.deadlines import Deadlines

pytestmark = pytest.mark.asyncio


async def wait(deadlines: Deadlines, event: asyncio.Event) -> str:
    task = deadlines.begin()
    late = False
    try:
        await event.wait()
    except asyncio.CancelledError:
        late = deadlines.end(task)
        if not late:
            raise
        return "late"
    finally:
        if not late:
            assert not deadlines.end(task)
    return "in time"


async def test_who_is_late_is_woken_and_goes_on_as_if_never_cancelled() -> None:
    deadlines = Deadlines(0.05)

    async def late_then_more() -> str:
        said = await wait(deadlines, asyncio.Event())
        task = asyncio.current_task()
        assert task is not None
        assert task.cancelling() == 0
        await asyncio.sleep(0.01)
        return said

    assert await asyncio.gather(*[late_then_more() for _ in range(20)]) == ["late"] * 20
    assert deadlines._began == {}
    assert deadlines._late == set()
    await asyncio.sleep(0.05)
    assert deadlines._timer is None, "an idle service sleeps"


async def test_who_is_in_time_is_left_alone() -> None:
    deadlines = Deadlines(30)
    event = asyncio.Event()
    tasks = [asyncio.create_task(wait(deadlines, event)) for _ in range(20)]
    await asyncio.sleep(0)
    event.set()
    assert await asyncio.gather(*tasks) == ["in time"] * 20
    assert deadlines._began == {}


async def test_a_later_one_gets_its_whole_time() -> None:
    deadlines = Deadlines(300)
    event = asyncio.Event()
    first = asyncio.create_task(wait(deadlines, asyncio.Event()))
    second = asyncio.create_task(wait(deadlines, event))
    await asyncio.sleep(0)
    deadlines._began[first] -= 301
    deadlines._look()
    assert await first == "late"
    event.set()
    assert await second == "in time"


async def test_one_task_waits_again_and_again() -> None:
    deadlines = Deadlines(0.05)

    async def twice() -> list[str]:
        event = asyncio.Event()
        event.set()
        return [
            await wait(deadlines, event),
            await wait(deadlines, asyncio.Event()),
            await wait(deadlines, event),
            await wait(deadlines, asyncio.Event()),
        ]

    assert await twice_in_a_task(twice) == ["in time", "late", "in time", "late"]


async def twice_in_a_task(work: object) -> list[str]:
    assert callable(work)
    found: list[str] = await asyncio.create_task(work())
    return found


async def test_another_cancellation_is_not_swallowed() -> None:
    deadlines = Deadlines(30)
    task = asyncio.create_task(wait(deadlines, asyncio.Event()))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert deadlines._began == {}

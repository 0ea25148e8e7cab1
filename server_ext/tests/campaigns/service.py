"""The service under a campaign: its processes, and what they hold."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import psutil
from runtime_fixtures import PATIENCE, RunningService

if TYPE_CHECKING:
    from collections.abc import Callable


async def until(condition: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """As `eventually`, for campaigns: clients go on meanwhile."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + patience
    while not condition():
        if loop.time() > deadline:
            raise AssertionError(f"In {patience:g} s this did not come true: {what}")
        await asyncio.sleep(0.02)


def living_workers(service: RunningService) -> list[psutil.Process]:
    """Workers that are neither dead nor stopped by a signal."""
    with contextlib.suppress(psutil.NoSuchProcess):
        return [worker for worker in service.workers() if running(worker)]
    return []


def running(process: psutil.Process) -> bool:
    try:
        return process.status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD, psutil.STATUS_STOPPED)
    except psutil.NoSuchProcess:
        return False


def gone(process: psutil.Process) -> bool:
    try:
        return not process.is_running() or process.status() in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return True


def memory(service: RunningService) -> int:
    """Bytes of all its processes; what they share counts once (PSS)."""
    total = 0
    for process in [psutil.Process(service.process.pid), *service.family()]:
        with contextlib.suppress(psutil.NoSuchProcess):
            total += process.memory_full_info().pss
    return total

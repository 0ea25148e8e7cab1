"""What every Python test gets: a home of its own for records, and a look for processes left behind."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from collections.abc import Iterator

# Fixtures of one area live in a module of their own, so that each area keeps its file.
AREAS = ("builder", "runtime", "deployments", "cli", "server", "containers", "registry", "sources")

pytest_plugins = [
    "pytest_jupyter.jupyter_server",
    *(f"{area}_fixtures" for area in AREAS if Path(__file__).with_name(f"{area}_fixtures.py").is_file()),
]

# Tests say what is right, however slow the machine is.
settings.register_profile("slipway", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("slipway")

GRACE = 20.0
"""Seconds that what a test has told to stop may still take when all tests have run."""


def processes_of(home: Path) -> list[psutil.Process]:
    """Everything that runs for a home below `home`, told by its environment or its arguments."""
    found = []
    for process in psutil.process_iter():
        try:
            words = [process.environ().get("SLIPWAY_HOME", ""), *process.cmdline()]
        except psutil.Error:
            continue
        if process.status() != psutil.STATUS_ZOMBIE and any(word.startswith(str(home)) for word in words):
            found.append(process)
    return found


def describe(process: psutil.Process) -> str:
    try:
        return f"{process.pid}: {' '.join(process.cmdline())}"
    except psutil.Error:
        return str(process.pid)


@pytest.fixture(scope="session")
def slipway_homes() -> Iterator[Path]:
    """The directory of all homes of this run. Short: paths of Unix sockets end at some 100 bytes."""
    homes = Path(tempfile.mkdtemp(prefix="slip")).resolve()
    yield homes
    deadline = time.monotonic() + GRACE
    while (left := processes_of(homes)) and time.monotonic() < deadline:
        time.sleep(0.1)
    names = [describe(process) for process in left]
    for process in left:
        process.kill()
    shutil.rmtree(homes, ignore_errors=True)
    assert not names, "Tests left processes behind:\n" + "\n".join(names)


_numbers = count(1)


@pytest.fixture(autouse=True)
def slipway_home(slipway_homes: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty SLIPWAY_HOME for one test, and the process engine, also for the processes that it starts."""
    home = slipway_homes / str(next(_numbers))
    home.mkdir(mode=0o700)
    monkeypatch.setenv("SLIPWAY_HOME", str(home))
    # whatever engines this machine has; tests of another one name it
    monkeypatch.setenv("SLIPWAY_ENGINE", "process")
    # processes of pytest that run at the same time must not choose the same port
    number = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    first = 8900 + 200 * number
    monkeypatch.setenv("SLIPWAY_PORTS", f"{first}-{first + 199}")
    return home

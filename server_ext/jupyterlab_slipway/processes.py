"""Processes that outlive whoever started them: told from later ones of their id, ended as whole trees."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable
from typing import NotRequired, TypedDict

import psutil

RELEASE_VARIABLE = "SLIPWAY_RELEASE"
"""In the environment of all that builds or serves a release: its identity, by which strays are found."""

OF_JUPYTER = ("JUPYTER", "JPY_")
"""How variables begin that hold Jupyter's tokens, which what runs for long must not get."""

GRACE = 3.0
"""Seconds between asking a tree to end and killing it."""


class Identity(TypedDict):
    """A process for good: ids are used again, but not with the same time of creation."""

    pid: int
    created: float
    launching: NotRequired[bool]
    """This is the process that is about to start the one that is meant."""


def identify(pid: int) -> Identity:
    """Raises psutil.NoSuchProcess."""
    return {"pid": pid, "created": psutil.Process(pid).create_time()}


def reap(*children: subprocess.Popen[bytes]) -> None:
    """Takes notice when they end, which may be before this process does; nobody else waits for them."""
    for child in children:
        threading.Thread(target=child.wait, name="slipway-reap", daemon=True).start()


def find(identity: Identity) -> psutil.Process | None:
    """The process, while it runs. One that has ended and was not waited for counts as gone."""
    try:
        process = psutil.Process(identity["pid"])
        same = abs(process.create_time() - identity["created"]) < 0.01
        return process if same and process.status() != psutil.STATUS_ZOMBIE else None
    except (psutil.Error, KeyError):
        return None


def is_alive(identity: Identity | None) -> bool:
    return identity is not None and find(identity) is not None


def ask_to_end(identity: Identity) -> None:
    """SIGTERM, to this very process."""
    process = find(identity)
    if process is not None:
        with contextlib.suppress(psutil.Error):
            process.terminate()


def wait_gone(identity: Identity, timeout: float) -> bool:
    """Whether it is gone within `timeout` seconds."""
    deadline = time.monotonic() + timeout
    while is_alive(identity):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def end_tree(identity: Identity, grace: float = GRACE) -> None:
    """Ends the process and all below it: SIGTERM to the process itself, SIGKILL to whatever is left."""
    process = find(identity)
    if process is None:
        return
    below = descendants(process)
    ask_to_end(identity)
    wait_gone(identity, grace)
    remaining = find(identity)
    if remaining is not None:
        below += descendants(remaining)
        _kill([remaining])
    _kill(below)
    psutil.wait_procs(below, timeout=grace)


def descendants(process: psutil.Process) -> list[psutil.Process]:
    try:
        return process.children(recursive=True)
    except psutil.Error:
        return []


def of_release(release: str) -> list[psutil.Process]:
    """Processes that carry a release's identity in their environment, wherever they have moved to."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):
            if process.pid != os.getpid() and process.environ().get(RELEASE_VARIABLE) == release:
                found.append(process)
    return found


def end_strays(release: str) -> None:
    """Kills what a release has left behind after its own end."""
    strays = of_release(release)
    _kill(strays)
    psutil.wait_procs(strays, timeout=GRACE)


def _kill(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.send_signal(signal.SIGKILL)

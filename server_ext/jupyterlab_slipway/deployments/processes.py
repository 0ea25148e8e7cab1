"""Processes on record: told from a later process of the same id by when they began, and ended as whole trees."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from pathlib import Path
from typing import Any, cast

import psutil

from .home import write_private

_CLOCK = 1.0
"""Seconds by which two readings of a process's start may differ."""


def record(path: Path, process: int, **facts: Any) -> None:
    """Notes down a running process in a file."""
    created = psutil.Process(process).create_time()
    write_private(path, json.dumps({"pid": process, "created": created, **facts}))


def read(path: Path) -> dict[str, Any] | None:
    try:
        return cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return None


def find(recorded: dict[str, Any] | None) -> psutil.Process | None:
    """The recorded process, if that very one still runs."""
    if recorded is None:
        return None
    try:
        process = psutil.Process(int(recorded["pid"]))
        if abs(process.create_time() - float(recorded["created"])) > _CLOCK:
            return None
        return None if process.status() == psutil.STATUS_ZOMBIE else process
    except (psutil.Error, KeyError, ValueError):
        return None


def end(process: psutil.Process, grace: float) -> None:
    """SIGTERM, up to `grace` seconds, then SIGKILL for it and all below it."""
    tree = [process]
    with contextlib.suppress(psutil.Error):
        tree += process.children(recursive=True)
    with contextlib.suppress(psutil.Error):
        process.send_signal(signal.SIGTERM)
    psutil.wait_procs([process], timeout=grace)
    with contextlib.suppress(psutil.Error):
        tree += process.children(recursive=True)
    for member in tree:
        with contextlib.suppress(psutil.Error):
            member.kill()
    psutil.wait_procs(tree, timeout=5)
    _reap(process.pid)


def _reap(pid: int) -> None:
    """Collects it where it is our own child; else its parent, or init, does."""
    with contextlib.suppress(OSError):
        os.waitpid(pid, os.WNOHANG)

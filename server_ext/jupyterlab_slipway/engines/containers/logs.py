"""Brings a container's lines into the release's log, by a process that ends with the container."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from pathlib import Path

import psutil

from ...processes import RELEASE_VARIABLE, of_release, reap
from ..log_keeping import keep_log
from ..pipes import pipe
from .tool import Tool

_COARSE = 10_000_000
"""Nanoseconds by which a file's time may be behind the clock: the kernel reads that once a tick."""
_LAST_LINES = 2.0
"""Seconds that the last lines of a container that has ended may take."""


def follow(tool: Tool, container: str, identity: str, log: Path, since: str | None = None) -> None:
    """Starts it, detached. `since` is seconds since the epoch: what was written before is left out.

    The process carries the release's identity: it is found, and ended, like other strays of it.
    """
    words = ["logs", "--follow", *(["--since", since] if since is not None else []), container]
    environment = {**tool.environment(), RELEASE_VARIABLE: identity}
    with log.open("ab") as file, pipe() as (at_end, held):
        follower = subprocess.Popen(
            tool.argv(*words),
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=file,
            cwd="/",
            env=environment,
            pass_fds=(held,),
            start_new_session=True,
        )
        keeper = keep_log(sys.executable, log, at_end, environment)
    reap(follower, keeper)


def follow_again(tool: Tool, container: str, identity: str, log: Path) -> None:
    """`follow` where nobody does: from where the log ends, by the time when it was last written to."""
    if _followers(identity):
        return
    with contextlib.suppress(OSError):
        seen = log.stat().st_mtime_ns + _COARSE
        follow(tool, container, identity, log, f"{seen // 10**9}.{seen % 10**9:09d}")


def wait_written(identity: str) -> None:
    """After the container's end: until its last lines are in the log."""
    psutil.wait_procs(_followers(identity), timeout=_LAST_LINES)


def _followers(identity: str) -> list[psutil.Process]:
    found = []
    for process in of_release(identity):
        with contextlib.suppress(psutil.Error):
            if {"logs", "--follow"} <= set(process.cmdline()):
                found.append(process)
    return found

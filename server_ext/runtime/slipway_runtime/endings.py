"""How processes of the model end: in words, and whether they do so too often."""

from __future__ import annotations

import signal
import time
from pathlib import Path

from .worker import CRASH_WINDOW, CRASHES

_NO_LIMIT = 1 << 60
"""Bytes; the first version of control groups writes a number where there is none."""


def ending_words(code: int, system: Path = Path("/")) -> str:
    """Of an exit code; a negative one is a signal."""
    if code == -signal.SIGKILL and (limit := _reached_memory_limit(system)) is not None:
        return f"signal {-code}: the memory limit of {limit / 1e6:.0f} MB was reached"
    return f"signal {-code}" if code < 0 else f"exit code {code}"


def _reached_memory_limit(system: Path) -> int | None:
    """The container's limit in bytes, where the kernel has killed a process because of it.

    A container shows its own control group at the root: version 2, else 1. Formats:
    https://docs.kernel.org/admin-guide/cgroup-v2.html and …/cgroup-v1/memory.html
    """
    root = system / "sys/fs/cgroup"
    for counts, most in (
        (root / "memory.events", root / "memory.max"),
        (root / "memory/memory.oom_control", root / "memory/memory.limit_in_bytes"),
    ):
        try:
            killed = dict(line.split() for line in counts.read_text(encoding="ascii").splitlines())
            limit = int(most.read_text(encoding="ascii"))
        except (OSError, ValueError):
            continue  # "max", or no such group
        if int(killed.get("oom_kill", 0)) > 0 and limit < _NO_LIMIT:
            return limit
    return None


class CrashCount:
    """Counts endings that fall into one window of time."""

    def __init__(self) -> None:
        self._when: list[float] = []

    def add(self) -> bool:
        """Counts one that has just been; are there too many now?"""
        now = time.monotonic()
        self._when = [when for when in self._when if now - when < CRASH_WINDOW] + [now]
        return len(self._when) >= CRASHES

    @property
    def words(self) -> str:
        return f"{len(self._when)} times within {CRASH_WINDOW:g} s"

"""How processes of the model end: in words, and whether they do so too often."""

from __future__ import annotations

import time

from .worker import CRASH_WINDOW, CRASHES


def ending_words(code: int) -> str:
    """Of an exit code; a negative one is a signal."""
    return f"signal {-code}" if code < 0 else f"exit code {code}"


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

"""The bulk text of a release: one file a phase, capped, referred to by offset from `log` events."""

from __future__ import annotations

import time
from pathlib import Path

from ..wire import Phase
from .event_log import EventLog

CAP = 10 * 1024 * 1024
"""Bytes that a phase may log; what comes after is counted, and the last of it kept."""
TAIL = 256 * 1024
"""Bytes of the end that are kept where the cap was passed."""
INTERVAL = 0.25
"""Seconds between two `log` events of a phase, at least."""


def log_path(release: Path, phase: Phase) -> Path:
    return release / "logs" / f"{phase}.log"


def read_log(release: Path, phase: Phase, offset: int, limit: int) -> tuple[bytes, int]:
    """(bytes from `offset` on, at most `limit`; size of the whole file). Empty where there is no log yet."""
    try:
        with log_path(release, phase).open("rb") as file:
            size = file.seek(0, 2)
            file.seek(min(offset, size))
            return file.read(limit), size
    except FileNotFoundError:
        return b"", 0


class LogFile:
    """Writes one phase's log and tells of its growth, now and then."""

    def __init__(self, release: Path, phase: Phase, events: EventLog) -> None:
        self._path = log_path(release, phase)
        self._path.parent.mkdir(mode=0o700, exist_ok=True)
        self._phase = phase
        self._events = events
        self._told = self._size = self._path.stat().st_size if self._path.exists() else 0
        self._told_at = 0.0
        self._dropped = 0
        self._tail = b""

    def write(self, text: str) -> None:
        """Appends text. Raises OSError where the disk is full."""
        content = text.encode("utf-8", "backslashreplace")
        room = CAP - self._size
        if len(content) > room:
            self._drop(content[max(0, room) :])
            content = content[: max(0, room)]
        if content:
            with self._path.open("ab") as file:
                file.write(content)
            self._size += len(content)
        if self._size != self._told and time.monotonic() - self._told_at >= INTERVAL:
            self.tell()

    def _drop(self, content: bytes) -> None:
        self._dropped += len(content)
        self._tail = (self._tail + content)[-TAIL:]

    def tell(self) -> None:
        """Writes a `log` event if there is news."""
        if self._size != self._told:
            self._events.append("log", phase=self._phase, size=self._size)
            self._told, self._told_at = self._size, time.monotonic()

    def close(self) -> None:
        """Adds the end of what the cap cut off, and tells of the final size."""
        if self._dropped:
            left_out = self._dropped - len(self._tail)
            note = f"\n[… {left_out} bytes were left out: the log of a phase is kept up to {CAP} bytes …]\n"
            with self._path.open("ab") as file:
                file.write(note.encode() + self._tail)
            self._size = self._path.stat().st_size
            self._dropped, self._tail = 0, b""
        self.tell()

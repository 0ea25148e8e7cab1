"""A release's events: JSON lines, appended and numbered under a lock by whoever has something to say.

A writer that dies in mid-line leaves a torn tail. The next one seals it with a line break; readers take
complete lines that are events, and nothing else.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any, cast

from filelock import FileLock

from ..wire import Event

_TAIL = 1 << 16


class EventLog:
    """Appends to one `events.jsonl`. Safe to share between threads and processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = FileLock(path.with_suffix(".lock"), mode=0o600)
        self._known = (0, 0)
        """(size of the file, number of its last event) after our last look."""

    def append(self, event: Mapping[str, Any]) -> Event:
        """Gives the event its `seq` and `time` and writes it.

        Raises:
            OSError: the disk is full, say; the log is then as it was before.
        """
        with self._lock, open_for_appending(self.path) as file:
            size = file.seek(0, os.SEEK_END)
            if size != self._known[0]:
                self._known = (size, last_seq(self.path))
            numbered = {"seq": self._known[1] + 1, "time": round(time.time() * 1000, 1), **event}
            line = json.dumps(numbered, ensure_ascii=False, separators=(",", ":")).encode(
                "utf-8", "backslashreplace"
            )
            seal = b"" if size == 0 or _ends_a_line(file, size) else b"\n"
            content = seal + line + b"\n"
            try:
                written = file.write(content)
                if written != len(content):
                    written += file.write(content[written:])  # tells why: the disk is full, mostly
                if event.get("kind") == "state":
                    os.fsync(file.fileno())
            except BaseException:
                os.ftruncate(file.fileno(), size)
                raise
            self._known = (size + len(content), self._known[1] + 1)
        return cast("Event", numbered)

    def read(self, after: int = 0) -> list[Event]:
        """The events with a number above `after`, in order; none where there is no log."""
        return [event for event in EventTail(self.path).read() if event["seq"] > after]


class EventTail:
    """Reads on from where it stopped; what is being written at this moment comes with the next call."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0

    def read(self) -> list[Event]:
        """The events since the last call."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                content = file.read()
        except FileNotFoundError:
            return []
        complete = content[: content.rfind(b"\n") + 1]
        self._offset += len(complete)
        return [event for line in complete.splitlines() if (event := _event(line)) is not None]


def open_for_appending(path: Path) -> IO[bytes]:
    """Unbuffered; a new file is for its owner alone."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "ab+", buffering=0)


def last_seq(path: Path) -> int:
    """The number of the last event; 0 where there is none."""
    with path.open("rb") as file:
        size = file.seek(0, os.SEEK_END)
        span = _TAIL
        while True:
            start = max(0, size - span)
            file.seek(start)
            lines = file.read().split(b"\n")
            # the first line may be cut off; a torn last line is sealed and counts if it is whole
            for line in reversed(lines if start == 0 else lines[1:]):
                event = _event(line)
                if event is not None:
                    return event["seq"]
            if start == 0:
                return 0
            span *= 4


def _ends_a_line(file: Any, size: int) -> bool:
    return bool(os.pread(file.fileno(), 1, size - 1) == b"\n")


def _event(line: bytes) -> Event | None:
    try:
        event = json.loads(line)
    except ValueError:
        return None
    if not isinstance(event, dict) or not isinstance(event.get("seq"), int) or "kind" not in event:
        return None
    return cast("Event", event)

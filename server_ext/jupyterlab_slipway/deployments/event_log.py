"""A release's event log: JSON lines, appended and numbered under a lock, never rewritten.

A line that a crash cut short is sealed by the next writer with a line end; readers pass over what is no JSON.
"""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any, cast

from filelock import FileLock

from ..wire import Event

FILE = "events.jsonl"


class EventLog:
    """The log of the release in `directory`. Any number of processes may append and read."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / FILE
        self._lock = FileLock(directory / f".{FILE}.lock", timeout=30)

    def append(self, kind: str, **facts: Any) -> int:
        """Adds one event; answers its number. Raises OSError where the disk is full."""
        with self._lock:
            descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "r+b", buffering=0) as file:
                size = file.seek(0, os.SEEK_END)
                torn = False
                if size:
                    file.seek(size - 1)
                    torn = file.read(1) != b"\n"
                number = self.last() + 1
                event = {"seq": number, "time": round(time.time() * 1000, 1), "kind": kind, **facts}
                line = json.dumps(event, ensure_ascii=False).encode("utf-8", "backslashreplace") + b"\n"
                file.write(b"\n" + line if torn else line)
        return number

    def read(self, after: int = 0) -> list[Event]:
        """The events numbered above `after`, in order; none where the log is gone."""
        try:
            content = self.path.read_bytes()
        except FileNotFoundError:
            return []
        events: list[Event] = []
        for line in content.split(b"\n"):
            event = _parse(line)
            if event is not None and event["seq"] > after:
                events.append(event)
        return events

    def last(self) -> int:
        """The number of the last whole event; 0 where there is none."""
        block = 4096
        try:
            with self.path.open("rb") as file:
                size = file.seek(0, os.SEEK_END)
                while True:
                    file.seek(max(0, size - block))
                    for line in reversed(file.read().split(b"\n")[0 if block >= size else 1 :]):
                        event = _parse(line)
                        if event is not None:
                            return event["seq"]
                    if block >= size:
                        return 0
                    block *= 8
        except FileNotFoundError:
            return 0


def _parse(line: bytes) -> Event | None:
    if not line.endswith(b"}"):
        return None
    try:
        event = json.loads(line)
    except ValueError:
        return None
    return cast("Event", event) if isinstance(event, dict) and isinstance(event.get("seq"), int) else None

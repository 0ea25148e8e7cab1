"""A line of JSON on standard output for each request, where that is asked for."""

from __future__ import annotations

import asyncio
import json
import sys
from datetime import UTC, datetime

_EVERY = 0.2
"""Seconds between two writes."""


class AccessLog:
    """Collects lines and writes them together, so that a request does not wait for the disk."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._timer: asyncio.TimerHandle | None = None

    def add(
        self, *, request_id: str, client: str, method: str, path: str, status: int, seconds: float, size: int
    ) -> None:
        """`size` is bytes of the answer's body."""
        self._lines.append(
            json.dumps(
                {
                    "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                    "requestId": request_id,
                    "client": client,
                    "method": method,
                    "path": path,
                    "status": status,
                    "seconds": round(seconds, 6),
                    "bytes": size,
                }
            )
        )
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY, self.flush)

    def flush(self) -> None:
        self._timer = None
        lines, self._lines = self._lines, []
        if lines:
            sys.stdout.write("\n".join(lines) + "\n")
            sys.stdout.flush()

"""A line of JSON on standard output for each request, where that is asked for.

They are written by a thread: a pipe that nobody reads must not stop the service. Then lines are dropped.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime

log = logging.getLogger("slipway")

_EVERY = 0.2
"""Seconds between two writes."""
_MOST = 10_000
"""Lines that wait to be written."""
_LAST = 1.0
"""Seconds for the last write."""


class AccessLog:
    """Collects lines and writes them together, so that a request does not wait for the disk."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._dropped = 0
        self._timer: asyncio.TimerHandle | None = None
        self._writer = ThreadPoolExecutor(1, "access-log")
        self._writing: Future[None] | None = None

    def add(
        self, *, request_id: str, client: str, method: str, path: str, status: int, seconds: float, size: int
    ) -> None:
        """`size` is bytes of the answer's body."""
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(_EVERY, self._flush)
        if len(self._lines) >= _MOST:
            self._dropped += 1
            return
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

    def _flush(self) -> None:
        self._timer = None
        if self._writing is not None and not self._writing.done():
            return  # the next request asks again
        lines, self._lines = self._lines, []
        if self._dropped:
            log.warning("%d lines of the access log were dropped: nobody reads them", self._dropped)
            self._dropped = 0
        if lines:
            self._writing = self._writer.submit(_write, lines)

    def close(self) -> None:
        """Writes the last lines, unless nobody reads them."""
        for _ in range(2):  # what is being written, and what came since
            if self._writing is not None:
                with contextlib.suppress(TimeoutError, OSError, ValueError):
                    self._writing.result(_LAST)
            self._flush()


def _write(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()

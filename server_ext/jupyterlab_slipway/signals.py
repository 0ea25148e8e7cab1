"""Turns the signals that ask a process to end into `Cancelled`, once."""

from __future__ import annotations

import signal
from types import FrameType

from .builder.cancellation import Cancelled


class Cancellation:
    """After `install`, SIGTERM and SIGINT raise `Cancelled` in the main thread, unless shielded."""

    def __init__(self) -> None:
        self.requested = False
        self._shielded = False

    def install(self) -> None:
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._handle)

    def shield(self) -> None:
        """From here on nothing is raised; `requested` still tells."""
        self._shielded = True

    def _handle(self, _number: int, _frame: FrameType | None) -> None:
        first = not self.requested
        self.requested = True
        if first and not self._shielded:
            raise Cancelled

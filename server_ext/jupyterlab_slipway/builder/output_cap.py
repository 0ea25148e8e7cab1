"""Keeps the output of a cell that prints without end to its head and its tail."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

HEAD = 256 * 1024
"""Characters of one cell's output that are shown as they come."""
TAIL = 64 * 1024
"""Characters of its end that are shown when the cell is done."""


class OutputCap:
    """Passes on the head, keeps the last of the rest, and says how much lies between."""

    def __init__(self, emit: Callable[[str], None], head: int = HEAD, tail: int = TAIL) -> None:
        self._emit = emit
        self._left = head
        self._tail_size = tail
        self._tail: deque[str] = deque()
        self._kept = 0
        self._dropped = 0

    def write(self, text: str) -> None:
        if self._left:
            head, text = text[: self._left], text[self._left :]
            self._left -= len(head)
            self._emit(head)
            if not self._left and text:
                self._emit("\n[Slipway shows the rest of this output shortened, when the cell is done.]\n")
        if not text:
            return
        if len(text) > self._tail_size:
            self._dropped += len(text) - self._tail_size
            text = text[-self._tail_size :]
        self._tail.append(text)
        self._kept += len(text)
        while self._kept - len(self._tail[0]) >= self._tail_size:
            gone = len(self._tail.popleft())
            self._kept -= gone
            self._dropped += gone

    def close(self) -> None:
        """The cell is done: shows what was kept of the end."""
        if self._dropped:
            self._emit(f"\n[… {self._dropped:,} characters of this cell's output are left out …]\n")
        for text in self._tail:
            self._emit(text)
        self._tail.clear()
        self._kept = self._dropped = 0

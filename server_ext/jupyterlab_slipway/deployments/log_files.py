"""The bulk output of a release: one file a phase, of bounded size."""

from __future__ import annotations

import os
from pathlib import Path

HEAD = 9 * 1024 * 1024
TAIL = 1024 * 1024
"""A log keeps this many bytes of its beginning and of its end."""


class PhaseLog:
    """Appends to a phase's log. Past HEAD bytes, only the end is kept: it is written by `close`."""

    def __init__(self, path: Path, head: int = HEAD, tail: int = TAIL) -> None:
        self._head, self._tail = head, tail
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._written = os.fstat(self._file).st_size
        self._held = bytearray()
        self._dropped = 0
        self._full = False

    def write(self, text: str) -> None:
        """Raises OSError where the disk is full."""
        content = text.encode("utf-8", "backslashreplace")
        if not self._full:
            room = self._head - self._written
            if len(content) <= room:
                self._append(content)
                return
            cut = content.rfind(b"\n", 0, max(room, 0)) + 1 or _whole_characters(content, max(room, 0))
            self._append(content[:cut])
            content = content[cut:]
            self._full = True
            self._append(
                f"\n[Longer than {_size(self._head)}. The end follows when the phase is over.]\n".encode()
            )
        self._held += content
        if len(self._held) > 2 * self._tail:
            self._trim()

    @property
    def size(self) -> int:
        """Bytes in the file."""
        return self._written

    def close(self) -> None:
        """Writes the end that was held back, and a sentence on what lies between. Safe to call again."""
        if self._file < 0:
            return
        descriptor, self._file = self._file, -1
        try:
            if self._held:
                self._trim()
                if self._dropped:
                    self._append(f"[{_size(self._dropped)} left out here.]\n".encode(), descriptor)
                self._append(bytes(self._held), descriptor)
                self._held.clear()
        finally:
            os.close(descriptor)

    def _trim(self) -> None:
        excess = len(self._held) - self._tail
        if excess <= 0:
            return
        cut = self._held.find(b"\n", excess) + 1
        if not 0 < cut <= excess + self._tail // 2:
            cut = excess
            while cut < len(self._held) and self._held[cut] & 0xC0 == 0x80:  # within a character
                cut += 1
        self._dropped += cut
        del self._held[:cut]

    def _append(self, content: bytes, descriptor: int | None = None) -> None:
        file = self._file if descriptor is None else descriptor
        view = memoryview(content)
        while view:
            written = os.write(file, view)
            self._written += written
            view = view[written:]


def _whole_characters(content: bytes, end: int) -> int:
    while 0 < end < len(content) and content[end] & 0xC0 == 0x80:
        end -= 1
    return end


def _size(count: int) -> str:
    return f"{count / (1 << 20):.1f} MB" if count >= 100_000 else f"{count} bytes"


def read_log(path: Path, offset: int, limit: int) -> tuple[bytes, int]:
    """(at most `limit` bytes from `offset` on, the size of the whole log); empty where there is none."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            file.seek(min(offset, size))
            return file.read(limit), size
    except FileNotFoundError:
        return b"", 0

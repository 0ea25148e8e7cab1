"""What ignore files leave out: counted, for a note to the user."""

from __future__ import annotations

import contextlib
import heapq
import os
from dataclasses import dataclass, field
from pathlib import Path

from ...sizes import size_words
from .naming import NAMED, shown
from .never_sent import directory_stays

_COUNTED = 20_000
"""Files that are counted; who leaves out more of them does not want to wait for the number."""


@dataclass
class Ignored:
    """What ignore files leave out."""

    count: int = 0
    """Files."""
    bytes: int = 0
    complete: bool = True
    """All of it was counted."""
    largest: list[tuple[int, str]] = field(default_factory=list)
    """(bytes, path) of the biggest, a heap."""

    def take(self, path: str, size: int) -> None:
        self.count += 1
        self.bytes += size
        heapq.heappush(self.largest, (size, path))
        if len(self.largest) > NAMED:
            heapq.heappop(self.largest)

    def take_all(self, directory: Path, path: str) -> None:
        """All files below a directory, as far as there is time; what is never sent is not among them."""
        pending = [path]
        while pending:
            parent = pending.pop()
            # it is not sent, so nobody minds whether it can be read
            with contextlib.suppress(OSError), os.scandir(directory / parent) as entries:
                for entry in entries:
                    if self.count >= _COUNTED:
                        self.complete = False
                        return
                    below = f"{parent}/{entry.name}"
                    with contextlib.suppress(OSError):
                        if entry.is_dir(follow_symlinks=False):
                            if not directory_stays(entry.name, Path(entry.path)):
                                pending.append(below)
                        elif entry.is_file(follow_symlinks=False):
                            self.take(below, entry.stat(follow_symlinks=False).st_size)

    def note(self) -> str | None:
        """A sentence, where there is something to say."""
        if not self.count:
            return None
        least = "" if self.complete else "at least "
        files = f"{least}{self.count:,} {'file' if self.count == 1 else 'files'}, {size_words(self.bytes)}"
        biggest = sorted(self.largest, key=lambda entry: (-entry[0], entry[1]))
        listed = ", ".join(f"{shown(path)} ({size_words(size)})" for size, path in biggest)
        label = "It is" if self.count == 1 else "The biggest"
        return f"Left out by ignore files: {files}. {label}: {listed}."

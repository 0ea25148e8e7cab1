"""A pipe whose ends are closed here in any case, for children that shall notice when another one ends."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def pipe() -> Iterator[tuple[int, int]]:
    """(the end to read from, the end to hold)"""
    ends = os.pipe()
    try:
        yield ends
    finally:
        for end in ends:
            os.close(end)

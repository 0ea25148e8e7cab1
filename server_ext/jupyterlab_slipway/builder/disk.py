"""A full disk, wherever it shows, is one problem with one advice."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..problems import Code, SlipwayProblem

FULL = (errno.ENOSPC, errno.EDQUOT)
"""The operating system's numbers for it."""
_SAYINGS = ("No space left on device", "Disk quota exceeded", "os error 28", "os error 122")


def disk_full(path: Path | str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.DISK_FULL,
        f"The disk that holds {path} is full. Free some space there (old deployments: `slipway rm NAME`; "
        "packages that uv keeps: `uv cache prune`) and deploy again.",
    )


def says_disk_full(text: str) -> bool:
    """Does a program's or a cell's message tell of a full disk?"""
    return any(saying in text for saying in _SAYINGS)


@contextmanager
def told_as_disk_full(path: Path) -> Iterator[None]:
    """Turns the operating system's "no space left" into the problem; `path` is where we were writing."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(error.filename2 or error.filename or path) from None
        raise

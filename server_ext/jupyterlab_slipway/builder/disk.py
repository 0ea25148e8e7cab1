"""A full disk, wherever it shows, is one problem with one advice."""

from __future__ import annotations

import errno
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ..problems import Code, SlipwayProblem

FULL = (errno.ENOSPC, errno.EDQUOT)
"""The operating system's numbers for it."""
_HARDLY_ANY = 1024 * 1024
"""Bytes that are free on a full disk: what was too much did not fit."""
_SAYINGS = ("No space left on device", "Disk quota exceeded", "os error 28", "os error 122")
_PATH = re.compile(r"(?<![\w/:])/(?!/)[^\s`'\",:;()]+")


def disk_full(path: Path | str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.DISK_FULL,
        f"The disk that holds {path} is full. Free some space there (old deployments: `slipway rm NAME`; "
        "packages that uv keeps: `uv cache prune`) and deploy again.",
    )


def says_disk_full(text: str) -> bool:
    """Does a program's or a cell's message tell of a full disk?"""
    return any(saying in text for saying in _SAYINGS)


def disk_full_by(words: str, path: Path) -> SlipwayProblem:
    """By a program's message. `path` is where it was to write; it may say that it was elsewhere, such as its
    cache."""
    for line in words.splitlines():
        if says_disk_full(line) and (named := _PATH.findall(line)):
            return disk_full(named[-1])  # "failed to copy A to B"
    return disk_full(path)


def name_full_disk(error: OSError, directory: Path) -> None:
    """Lets an error that names no file, such as one of an open file, name `directory` if that is full."""
    if error.errno in FULL and error.filename is None:
        with suppress(OSError):
            if is_full(directory):
                error.filename = str(directory)


def is_full(directory: Path) -> bool:
    """Whether hardly anything fits on its disk any more. Raises OSError."""
    return shutil.disk_usage(directory).free < _HARDLY_ANY


@contextmanager
def told_as_disk_full(path: Path) -> Iterator[None]:
    """Turns the operating system's "no space left" into the problem; `path` is where we were writing."""
    try:
        yield
    except OSError as error:
        if error.errno in FULL:
            raise disk_full(error.filename2 or error.filename or path) from None
        raise

"""Git LFS: files of which a commit holds only pointers (the specification's version 1)."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from . import git

_BEGINNING = b"version https://git-lfs.github.com/spec/v1\n"
_LARGEST_POINTER = 1024
"""Bytes; the specification says that pointers are smaller."""
_SHOWN = 5


def is_pointer(path: Path) -> bool:
    """Whether the file is a pointer rather than what it points to."""
    try:
        if path.is_symlink() or path.stat().st_size >= _LARGEST_POINTER:
            return False
        with path.open("rb") as file:
            return file.read(len(_BEGINNING)) == _BEGINNING
    except OSError:
        return False


def pointers(directory: Path, listed: bytes) -> list[str]:
    """Paths of pointers among a checkout's files. `listed` is what `git ls-tree -r -l -z` printed."""
    found = []
    for line in listed.decode("utf-8", "surrogateescape").split("\0"):
        facts, tab, path = line.partition("\t")
        size = facts.split()[-1:] if tab else []
        if size and size[0].isdecimal() and len(_BEGINNING) < int(size[0]) < _LARGEST_POINTER:
            found.append(path)
    return still(directory, found)


def still(directory: Path, paths: Iterable[str]) -> list[str]:
    """Those that are pointers now."""
    return [path for path in paths if is_pointer(directory / path)]


def is_installed(directory: Path) -> bool:
    try:
        git.run(["lfs", "version"], directory=directory)
    except (git.Failed, git.TimedOut):
        return False
    return True


def sentence(paths: list[str], reason: str) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return (
        f"Files in Git LFS could not be fetched, as {reason}: {', '.join(paths[:_SHOWN])}{more}. Cells that "
        "read them get a few lines of text instead, by which Git LFS finds them."
    )

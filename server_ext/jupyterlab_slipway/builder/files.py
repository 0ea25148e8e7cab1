"""Writing files so that a reader sees the old one, the new one, and nothing between."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import tempfile
from pathlib import Path


def write_atomically(path: Path, content: bytes) -> None:
    """Writes beside `path`, then renames. Raises OSError, leaving nothing behind."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def remove_tree(path: Path) -> None:
    """Removes a directory even if parts of it are read-only, or somebody else removes it at the same time.

    Nothing happens where there is none.
    """
    while path.is_dir() and not path.is_symlink():
        with contextlib.suppress(FileNotFoundError):  # somebody else was quicker there
            for parent, _, _ in os.walk(path):
                Path(parent).chmod(0o700)
            shutil.rmtree(path)


def make_read_only(path: Path) -> None:
    """Takes the right to add and remove files below `path`. The files may be hard links into uv's cache."""
    for parent, _, _ in os.walk(path):
        here = Path(parent)
        here.chmod(stat.S_IMODE(here.stat().st_mode) & ~0o222)

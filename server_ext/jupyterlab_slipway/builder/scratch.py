"""Directories that are needed for a while and then gone, also where the process that made one was killed.

Each holds a lock file whose lock the system gives back when its owner ends; whoever makes the next directory
removes those that nobody holds any more.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..problems import Code, SlipwayProblem
from .disk import name_full_disk
from .files import remove_tree

PREFIX = "slipway-scratch-"
_LOCK = ".owner"
_YOUNG = 60.0
"""Seconds for which a directory without a held lock may still be in the making."""


@contextmanager
def scratch_directory(parent: Path | None = None) -> Iterator[Path]:
    """A new private directory, removed at the end of the body. `parent` is by default the temporary one.

    Raises SlipwayProblem DISK_FULL where there is no temporary one that can be written to.
    """
    parent = parent or _temporary()
    _sweep(parent)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    try:
        with (directory / _LOCK).open("wb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # uv takes its settings from the nearest directory above that has some; /tmp is everybody's
            (directory / "uv.toml").touch()
            yield directory
    except OSError as error:
        name_full_disk(error, parent)  # now: it is not full any more once the directory is gone
        raise
    finally:
        remove_tree(directory)


def _temporary() -> Path:
    try:
        return Path(tempfile.gettempdir())
    except FileNotFoundError as error:  # the module has tried to write to each
        raise SlipwayProblem(
            Code.DISK_FULL,
            f"Temporary files cannot be written anywhere: {error.strerror}. Free some space there, or set "
            "TMPDIR to a directory that you may write to.",
        ) from None


def _sweep(parent: Path) -> None:
    for directory in abandoned(parent):
        with contextlib.suppress(OSError):
            remove_tree(directory)


def abandoned(parent: Path) -> Iterator[Path]:
    """Those whose owner was killed."""
    for directory in parent.glob(f"{PREFIX}*"):
        with contextlib.suppress(OSError):
            found = directory.lstat()
            is_ours = found.st_uid == os.getuid() and directory.is_dir() and not directory.is_symlink()
            if is_ours and time.time() - found.st_mtime > _YOUNG and not _is_held(directory):
                yield directory


def _is_held(directory: Path) -> bool:
    try:
        with (directory / _LOCK).open("rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return False
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False

"""Who uses a shared directory: a model's environment, an overlay, the front's environment.

Beside each lies `DIGEST.lock`, held while it is made, marked or taken away, and `DIGEST.users.json`:
`{"used": seconds since the epoch, "users": [{"pid": …, "created": …}, …]}`, the processes that build or
serve with it. Whoever removes one holds the lock and finds none of them alive; whoever uses one has put
itself there, under the lock, before it looks whether the directory is whole.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

from filelock import FileLock

from ..json_files import read_json, write_json
from ..processes import Identity, identify, is_alive

LOCK_SUFFIX = ".lock"
USERS_SUFFIX = ".users.json"
_POLL = 0.1


def lock_of(directory: Path) -> FileLock:
    """The lock outlives the directory: removing its file would let two hold it."""
    directory.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    return FileLock(f"{directory}{LOCK_SUFFIX}", poll_interval=_POLL)


@contextmanager
def in_use(directory: Path) -> Iterator[None]:
    """Holds the directory's lock; from then on until it ends, this process counts as a user of it."""
    with lock_of(directory):
        _add(directory, identify(os.getpid()))
        yield


def add_user(directory: Path, user: Identity) -> None:
    """Marks it for another process, which this one, a user itself, has started."""
    with lock_of(directory):
        _add(directory, user)


def users_of(directory: Path) -> list[Identity]:
    """The processes that use it and still run."""
    found = cast("list[Identity]", (read_json(_file(directory)) or {}).get("users", []))
    return [user for user in found if is_alive(user)]


def last_used(directory: Path) -> float:
    """Seconds since the epoch; 0 where nobody knows."""
    used = (read_json(_file(directory)) or {}).get("used")
    return float(used) if isinstance(used, int | float) else 0.0


def forget(directory: Path) -> None:
    """The directory is gone. The caller holds its lock."""
    _file(directory).unlink(missing_ok=True)


def _add(directory: Path, user: Identity) -> None:
    others = [other for other in users_of(directory) if other["pid"] != user["pid"]]
    write_json(_file(directory), {"used": time.time(), "users": [*others, user]})


def _file(directory: Path) -> Path:
    return directory.with_name(f"{directory.name}{USERS_SUFFIX}")

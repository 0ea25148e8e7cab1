"""Whose turn it is with a deployment: its lock, and before it that of all names where it may be a new one."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from filelock import Timeout

from ..problems import Code, SlipwayProblem
from . import names
from .home import Home
from .records import Records

LOCK_TIMEOUT = 60.0
"""Seconds to wait for somebody else who stops or removes the same deployment."""
_POLL = 0.05


@contextmanager
def locked(records: Records, name: str) -> Iterator[None]:
    """While the body runs, nobody else creates, ends or removes releases of the deployment.

    Raises:
        SlipwayProblem: BUSY where somebody else holds the lock for long; DEPLOYMENT_UNKNOWN where there is
            none. Its lock file would stay for ever.
    """
    home = records.home
    if not names.is_name(name) or not home.deployment(name).exists():
        records.record(name)  # raises
    lock = home.lock(name)
    try:
        lock.acquire(timeout=LOCK_TIMEOUT, poll_interval=_POLL)
    except Timeout:
        raise _held_by_another(name) from None
    try:
        if not home.deployment(name).exists():  # removed while we waited
            home.remove_lock(name)
            records.record(name)  # raises
        yield
    finally:
        lock.release()


@contextmanager
def chosen(home: Home, choose: Callable[[], tuple[str, bool]]) -> Iterator[tuple[str, bool]]:
    """What `choose` says, (a deployment's name, whether it is new), with its lock and that of names held.

    While somebody else has the deployment's, others may take names; then it is chosen anew, as the deployment
    may have been removed.

    Raises:
        SlipwayProblem: BUSY; and whatever `choose` raises.
    """
    deadline = time.monotonic() + LOCK_TIMEOUT
    while True:
        with home.names_lock():
            name, is_new = choose()
            lock = home.lock(name)
            with contextlib.suppress(Timeout):
                lock.acquire(timeout=0)
            if lock.is_locked:
                try:
                    yield name, is_new
                finally:
                    if not home.deployment(name).exists():  # nothing came of it
                        home.remove_lock(name)
                    lock.release()
                return
        if time.monotonic() > deadline:
            raise _held_by_another(name)
        time.sleep(_POLL)


def _held_by_another(name: str) -> SlipwayProblem:
    return SlipwayProblem(Code.BUSY, f"{name} is being stopped or removed at this moment. Try again soon.")

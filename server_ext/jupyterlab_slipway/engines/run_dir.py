"""Directories for sockets: short, because paths of Unix sockets end at some 100 bytes, and nobody else's."""

from __future__ import annotations

import contextlib
import os
import secrets
import socket
import stat
import time
from pathlib import Path

from slipway_runtime.control import CONTROL_SOCKET

from ..builder.files import remove_tree
from ..problems import Code, SlipwayProblem

_LONGEST = 80
"""Bytes of a run directory's path that leave room for the names of its sockets."""
_YOUNG = 60.0
"""Seconds."""


def make_run_dir(home: Path) -> Path:
    """A new directory of mode 0700: below SLIPWAY_HOME, or /tmp where that is too long or has no sockets.

    Raises:
        SlipwayProblem: UNSUPPORTED where neither will do.
    """
    reasons = []
    for base in (home / "run", Path(f"/tmp/slipway-{os.getuid()}")):  # noqa: S108  owner and mode are checked
        path = base / secrets.token_hex(4)
        if len(os.fsencode(path)) > _LONGEST:
            reasons.append(f"{base} is too long a path")
            continue
        try:
            base.mkdir(mode=0o700, parents=True, exist_ok=True)
            check_private(base)
            _clear_abandoned(base)
            path.mkdir(mode=0o700)
            try:
                _try_socket(path)
            except BaseException:
                path.rmdir()
                raise
        except OSError as error:
            reasons.append(f"{base}: {error.strerror or error}")
            continue
        return path
    raise SlipwayProblem(
        Code.UNSUPPORTED,
        f"There is no directory for the service's sockets ({'; '.join(reasons)}). Set SLIPWAY_HOME to a "
        "short path on a local disk.",
    )


def _clear_abandoned(base: Path) -> None:
    """Removes directories of services that were killed together with whoever would have cleared up."""
    for path in base.iterdir():
        with contextlib.suppress(OSError):
            age = time.time() - (path / CONTROL_SOCKET).lstat().st_mtime
            with socket.socket(socket.AF_UNIX) as caller:
                try:
                    caller.connect(str(path / CONTROL_SOCKET))
                except ConnectionRefusedError:
                    if age > _YOUNG:  # one that just begins may not listen yet
                        remove_tree(path)


def check_private(path: Path) -> None:
    """Raises PermissionError unless it is a directory of ours that nobody else may enter."""
    found = path.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise PermissionError(13, "it has to be a directory of your own with mode 0700")


def _try_socket(directory: Path) -> None:
    """Some file systems (shared folders of virtual machines, say) hold no sockets."""
    path = directory / "try.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        try:
            listener.bind(str(path))
        finally:
            path.unlink(missing_ok=True)

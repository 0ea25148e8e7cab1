"""Where a worker leaves word of what it was doing when it hung or crashed: a file beside the front's socket.

Python's faulthandler writes it from a signal's handler, in C: also while the model's code holds the
interpreter's lock, and where the process dies of the signal.
"""

import faulthandler
import os
import signal
from typing import Optional

ASKING = getattr(signal, "SIGRTMAX", signal.SIGUSR2)  # what asks a worker where it is; nobody else's, we hope


def dump_path(address: str, pid: int) -> str:
    """Of the worker `pid` of the front that listens on the socket `address`."""
    return os.path.join(os.path.dirname(address), "stack-%d" % pid)


class Dump:
    """A worker's own file. Without one, nothing is told and all else works."""

    def __init__(self, address: str) -> None:
        self._file: Optional[int] = None
        flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND
        try:
            self._file = os.open(dump_path(address, os.getpid()), flags, 0o600)
            faulthandler.enable(file=self._file, all_threads=True)
            faulthandler.register(ASKING, file=self._file, all_threads=True, chain=False)
        except (OSError, RuntimeError, ValueError):
            pass

    def write(self, text: str) -> bool:
        """Whether it could be."""
        if self._file is None:
            return False
        try:
            os.write(self._file, text.encode("utf-8", "backslashreplace"))
        except OSError:
            return False
        return True

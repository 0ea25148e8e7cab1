"""Keeps a service's log from filling the disk. A program of its own, standard library only:

    python log_keeper.py LOG        with a pipe on standard input that closes when the service is gone

The service appends to the file itself, so nothing is lost to it if this program ends.
"""

from __future__ import annotations

import os
import select
import sys

LIMIT = 10 * 1024 * 1024
KEPT = 5 * 1024 * 1024
"""Bytes of the end that stay when a log has passed LIMIT."""
INTERVAL = 2.0


def cut(path: str, limit: int = LIMIT, kept: int = KEPT) -> bool:
    """Removes the beginning of a log that is too long; whether it was."""
    with open(path, "r+b") as file:  # noqa: PTH123  a plain program
        size = file.seek(0, os.SEEK_END)
        if size <= limit:
            return False
        file.seek(size - kept)
        tail = file.read()
        tail = tail[tail.find(b"\n") + 1 :]
        file.truncate(0)
    # By appending, as the service does: neither overwrites the other.
    with open(path, "ab") as file:  # noqa: PTH123
        file.write(b"[The beginning of this log was removed: it was longer than %d bytes.]\n" % limit + tail)
    return True


def main(path: str) -> None:
    while not select.select([sys.stdin], [], [], INTERVAL)[0]:
        try:
            cut(path)
        except FileNotFoundError:
            return
        except OSError:
            continue


if __name__ == "__main__":
    main(sys.argv[1])

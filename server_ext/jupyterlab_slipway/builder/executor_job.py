"""What the executor's process is told, apart from it: who tells need not import nbclient."""

from __future__ import annotations

from typing import TypedDict


class Job(TypedDict):
    argv: list[str]
    """Starts the kernel; the connection file is appended."""
    directory: str
    environment: dict[str, str]
    scratch: str
    """A private directory with a short path, for the kernel's sockets."""
    cells: list[str]
    """Sources, in order; none is blank."""
    timeout: float
    refused: str
    """The file in which the shims note install lines that they refused."""

"""Starts the program that keeps a log from filling the disk (`log_keeper.py`)."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from pathlib import Path

from . import log_keeper


def keep_log(
    python: str | Path, log: Path, at_end: int, environment: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Detached; it ends when the pipe closes whose end to read from is `at_end`."""
    return subprocess.Popen(
        [str(python), "-I", "-S", log_keeper.__file__, str(log)],
        stdin=at_end,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env=dict(environment),
        start_new_session=True,
    )

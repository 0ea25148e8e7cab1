"""Where records live: SLIPWAY_HOME, owned by one user and readable by nobody else."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

VARIABLE = "SLIPWAY_HOME"


def home() -> Path:
    """The directory of all records and environments, made where it is missing (mode 0700)."""
    named = os.environ.get(VARIABLE)
    path = Path(named).expanduser().absolute() if named else platformdirs.user_data_path("slipway")
    return private_directory(path)


def private_directory(path: Path) -> Path:
    """Makes `path` and what is missing above it; `path` itself gets mode 0700."""
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    if path.stat().st_mode & 0o077:
        path.chmod(0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Writes a file of mode 0600, whole or not at all."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def deployments_directory() -> Path:
    return private_directory(home() / "deployments")

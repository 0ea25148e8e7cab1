"""What can be set of a service: one table for options, SLIPWAY_ variables and defaults."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


def _processors() -> int:
    """Processors this process may use, by its cgroup's quota and its affinity; at least one."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        quota, period = Path("/sys/fs/cgroup/cpu.max").read_text(encoding="ascii").split()
        limit = int(quota) / int(period)
    except (OSError, ValueError):
        return affinity
    return max(1, min(affinity, round(limit)))


@dataclass(frozen=True)
class Settings:
    """Limits and sizes of one service. Times are seconds, sizes bytes."""

    workers: int = 0
    """Processes that score at the same time; 0 means one a processor, at most 4."""
    prediction_timeout: float = 30.0
    """How long one prediction may take; its worker is then killed and replaced."""
    start_timeout: float = 300.0
    """How long the model may take to load and to answer the warm-up sample."""
    max_body: int = 8 * 1024 * 1024
    """Largest request body."""
    body_timeout: float = 15.0
    """How long a body may take to arrive."""
    header_timeout: float = 5.0
    """How long the head of a request may take to arrive."""
    queue: int = 64
    """Requests that may wait for a worker; one more is answered 503."""
    drain_timeout: float = 25.0
    """How long requests in flight may go on after SIGTERM."""

    @property
    def worker_count(self) -> int:
        return self.workers or min(_processors(), 4)


def variable(name: str) -> str:
    return f"SLIPWAY_{name.upper()}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """One option a setting; its default comes from the environment."""
    for field in fields(Settings):
        parser.add_argument(
            f"--{field.name.replace('_', '-')}",
            type=type(field.default),
            default=os.environ.get(variable(field.name), field.default),
            metavar="N",
            help=f"default {field.default}; also {variable(field.name)}",
        )


def from_options(options: argparse.Namespace) -> Settings:
    """Raises ValueError with a sentence where a value is out of its range."""
    values: dict[str, Any] = {field.name: getattr(options, field.name) for field in fields(Settings)}
    for name, value in values.items():
        if not (value > 0 or (value == 0 and name == "workers")):
            raise ValueError(f"{variable(name)} is {value}; it must be greater than 0.")
    return Settings(**values)

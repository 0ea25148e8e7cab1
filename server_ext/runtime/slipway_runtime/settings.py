"""What can be set of a service: one table for options, SLIPWAY_ variables and defaults."""

from __future__ import annotations

import argparse
import functools
import os
from dataclasses import Field, dataclass, field, fields
from pathlib import Path
from typing import Any


def processors(system: Path = Path("/")) -> int:
    """Processors this process may use, by its cgroup's quota and its affinity; at least one."""
    affinity = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    found = [*map(_quota, _control_groups(system)), _first_version_quota(system)]
    quotas = [quota for quota in found if quota is not None]
    return max(1, min([affinity, *map(round, quotas)]))


def _control_groups(system: Path) -> list[Path]:
    """Directories of version 2 control groups that hold this process, from its own to the root."""
    root = system / "sys/fs/cgroup"
    try:
        lines = (system / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return [root]
    own = next((line[3:] for line in lines if line.startswith("0::")), "/")
    group = root / own.lstrip("/")
    return [group, *(parent for parent in group.parents if parent.is_relative_to(root))]


def _quota(group: Path) -> float | None:
    try:
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        return int(quota) / int(period)
    except (OSError, ValueError):
        return None  # "max", or no such group


def _first_version_quota(system: Path) -> float | None:
    """In a container, the first version of control groups shows its own one at the root."""
    group = system / "sys/fs/cgroup/cpu"
    try:
        quota, period = (
            int((group / f"cpu.cfs_{name}_us").read_text(encoding="ascii")) for name in ("quota", "period")
        )
    except (OSError, ValueError):
        return None
    return quota / period if quota > 0 else None  # -1: none


def _setting(default: Any, words: str, *, zero: bool = False, kind: str = "N") -> Any:
    """`zero`: 0 is allowed and switches something off, or leaves it to us."""
    return field(default=default, metadata={"help": words, "zero": zero, "kind": kind})


_LONGEST = 1_000_000.0
"""Seconds; the system's own timers count milliseconds, and not for ever."""
_MOST = 10**15
"""Of anything counted."""


@dataclass(frozen=True)
class Settings:
    """Limits and sizes of one service. Times are seconds, sizes bytes."""

    workers: int = _setting(
        0, "processes that score at the same time; 0: one a processor, at most 4", zero=True
    )
    prediction_timeout: float = _setting(30.0, "seconds for one prediction, and for the wait in the queue")
    start_timeout: float = _setting(300.0, "seconds for loading the model and answering the first sample")
    max_body: int = _setting(8 * 1024 * 1024, "bytes of the largest request body")
    max_samples: int = _setting(100_000, "samples in one request")
    body_timeout: float = _setting(15.0, "seconds for a body to arrive")
    header_timeout: float = _setting(
        5.0, "seconds for the head of a request to arrive, and that a connection may be idle"
    )
    write_timeout: float = _setting(30.0, "seconds that a client may take nothing of its answer")
    queue: int = _setting(256, "requests that may wait for a worker; one more is answered 503")
    connections: int = _setting(4096, "connections at the same time; more wait to be accepted")
    drain_timeout: float = _setting(25.0, "seconds that requests in flight may go on after SIGTERM")
    worker_requests: int = _setting(
        0, "requests after which a worker is replaced by a fresh one; 0: never", zero=True
    )
    worker_memory: int = _setting(
        0, "bytes of resident memory above which a worker is replaced; 0: no limit", zero=True
    )
    access_log: str = _setting(
        "", "json: a line on standard output for each request", zero=True, kind="FORMAT"
    )
    cors_origins: str = _setting(
        "",
        "origins, separated by commas, whose pages may call the service; *: all",
        zero=True,
        kind="ORIGINS",
    )

    @property
    def worker_count(self) -> int:
        return self.workers or min(processors(), 4)

    @property
    def threads(self) -> int:
        """Of BLAS and OpenMP in one worker, so that all workers' threads fit the processors."""
        return max(1, processors() // self.worker_count)

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(origin.strip() for origin in self.cors_origins.split(",") if origin.strip())


def variable(name: str) -> str:
    return f"SLIPWAY_{name.upper()}"


def option(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def add_options(parser: argparse.ArgumentParser) -> None:
    """One option a setting; its default comes from the environment."""
    group = parser.add_argument_group("limits and sizes")
    for entry in fields(Settings):
        group.add_argument(
            option(entry.name),
            type=functools.partial(_parsed, entry),
            default=os.environ.get(variable(entry.name), entry.default),
            metavar=entry.metadata["kind"],
            help=f"{entry.metadata['help']} ({_default_words(entry.default)}{variable(entry.name)})",
        )


def _default_words(default: Any) -> str:
    return (
        ""
        if default == ""
        else f"default {default:g}; "
        if isinstance(default, float)
        else f"default {default}; "
    )


def _parsed(entry: Field[Any], text: str) -> Any:
    """Raises argparse.ArgumentTypeError, which argparse reports with the option's name."""
    kinds: dict[type, str] = {int: "a whole number", float: "a number", str: "text"}
    wanted = next(kind for kind in kinds if isinstance(entry.default, kind))
    try:
        return wanted(text)
    except ValueError:
        given = variable(entry.name) if os.environ.get(variable(entry.name)) == text else "the value"
        raise argparse.ArgumentTypeError(f"{given} is {text!r}; it must be {kinds[wanted]}") from None


def check_variables() -> None:
    """Raises ValueError with a sentence where a SLIPWAY_ variable of a service is wrong."""
    values: dict[str, Any] = {}
    for entry in fields(Settings):
        text = os.environ.get(variable(entry.name))
        try:
            values[entry.name] = entry.default if text is None else _parsed(entry, text)
        except argparse.ArgumentTypeError as error:
            raise ValueError(f"{error}.") from None
    from_options(argparse.Namespace(**values))


def from_options(options: argparse.Namespace) -> Settings:
    """Raises ValueError with a sentence where a value is out of its range."""
    values: dict[str, Any] = {entry.name: getattr(options, entry.name) for entry in fields(Settings)}
    for entry in fields(Settings):
        value = values[entry.name]
        if isinstance(value, str):
            continue
        if (
            value < 0
            or value == float("inf")
            or value != value
            or (value == 0 and not entry.metadata["zero"])
        ):
            wanted = "at least 0" if entry.metadata["zero"] else "greater than 0"
            raise ValueError(f"{variable(entry.name)} is {value}; it must be {wanted}.")
        most = _LONGEST if isinstance(value, float) else _MOST
        if value > most:
            raise ValueError(f"{variable(entry.name)} is {value}; it must be at most {most:g}.")
    if values["access_log"] not in ("", "json"):
        raise ValueError(f"{variable('access_log')} is {values['access_log']}; it must be json, or empty.")
    return Settings(**values)


def arguments(settings: Settings) -> list[str]:
    """The words of a command line that say the same."""
    return [
        word
        for entry in fields(Settings)
        for word in (option(entry.name), str(getattr(settings, entry.name)))
    ]

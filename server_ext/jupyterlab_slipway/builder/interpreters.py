"""The Pythons at hand: those of this machine that really run, or those that somebody else provides.

Of this machine: SLIPWAY_PYTHONS, our own, PATH, pyenv's root and uv's.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Protocol

OLDEST, NEWEST = (3, 6), (3, 14)
"""The Pythons that the worker runs on."""

_EXECUTABLE = re.compile(r"python3(\.\d+)?")
PROBE = """
import json, os, platform, sys
venv = sys.prefix != sys.base_prefix
name = "python%d.%d" % sys.version_info[:2]
base = os.path.join(sys.base_prefix, "bin", name)
path = base if os.path.exists(base) else (None if venv else sys.executable)
print(json.dumps({
    "path": path and os.path.realpath(path), "version": platform.python_version(),
    "implementation": sys.implementation.name, "platform": sys.platform, "machine": platform.machine(),
    "free_threaded": bool(__import__("sysconfig").get_config_var("Py_GIL_DISABLED")),
    "libc": platform.libc_ver()[0],
}))
"""
"""Has an interpreter print what it is, as JSON."""
_PROBE_TIMEOUT = 20.0


@dataclass(frozen=True)
class Interpreter:
    path: Path
    version: str
    """Complete, such as 3.6.15."""
    implementation: str
    platform: str
    machine: str

    @property
    def minor(self) -> tuple[int, int]:
        major, minor = self.version.split(".")[:2]
        return int(major), int(minor)

    @property
    def short(self) -> str:
        """The version as people say it: 3.6."""
        return "{}.{}".format(*self.minor)

    @property
    def target(self) -> list[str]:
        """uv's options that say which Python packages are for."""
        return ["--python", str(self.path)]

    @property
    def is_here(self) -> bool:
        """Whether it can be run on this machine."""
        return True


class Pythons(Protocol):
    """Where the interpreters of models come from."""

    where: str
    """After "the Pythons", in sentences: "at hand", say."""
    advice: str
    """What a user does who lacks one."""

    def newest_first(self) -> tuple[Interpreter, ...]:
        """One a minor version. May take a moment."""

    def fingerprint(self) -> Any:
        """JSON value that changes when they do; quick."""

    def revived(self, facts: dict[str, Any]) -> Interpreter | None:
        """From the fields of an interpreter that was given before; None where it is no longer there.

        Raises TypeError, KeyError or ValueError where the fields are others.
        """


class LocalPythons:
    """Those of this machine."""

    where = "at hand"
    advice = "install a Python that it supports and name it in SLIPWAY_PYTHONS"

    def newest_first(self) -> tuple[Interpreter, ...]:
        return list_interpreters()

    def fingerprint(self) -> Any:
        pythons = []
        for path in candidate_paths():
            try:
                real = path.resolve(strict=True)
                facts = real.stat()
            except OSError:
                continue
            pythons.append([str(real), facts.st_mtime_ns, facts.st_size])
        return pythons

    def revived(self, facts: dict[str, Any]) -> Interpreter | None:
        interpreter = Interpreter(**{**facts, "path": Path(facts["path"])})
        return interpreter if os.access(interpreter.path, os.X_OK) else None


@cache
def list_interpreters() -> tuple[Interpreter, ...]:
    """One interpreter a minor version (the newest patch), the newest first. Found once a run."""
    candidates = list(dict.fromkeys(candidate_paths()))
    with ThreadPoolExecutor(max_workers=4) as pool:
        found = [interpreter for interpreter in pool.map(probe, candidates) if interpreter is not None]
    best: dict[tuple[int, int], Interpreter] = {}
    for interpreter in found:
        known = best.get(interpreter.minor)
        if known is None or _patch(interpreter) > _patch(known):
            best[interpreter.minor] = interpreter
    return tuple(best[minor] for minor in sorted(best, reverse=True))


def probe(path: Path) -> Interpreter | None:
    """What an executable is; None where it does not run, or is none that a model can live in."""
    try:
        done = subprocess.run(
            [path, "-I", "-c", PROBE],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_PROBE_TIMEOUT,
            check=True,
        )
        facts = json.loads(done.stdout)
        free_threaded, _ = facts.pop("free_threaded"), facts.pop("libc")
        interpreter = Interpreter(**{**facts, "path": Path(facts["path"] or "")})
    except (OSError, subprocess.SubprocessError, ValueError, TypeError, KeyError):
        return None
    usable = (
        facts["path"]
        and not free_threaded
        and interpreter.implementation == "cpython"
        and OLDEST <= interpreter.minor <= NEWEST
    )
    return interpreter if usable else None


def candidate_paths() -> Iterator[Path]:
    """Executables worth asking, the preferred first; shims may be among them."""
    for entry in filter(None, os.environ.get("SLIPWAY_PYTHONS", "").split(os.pathsep)):
        given = Path(entry).expanduser()
        yield from _executables(given / "bin") if given.is_dir() else (given,)
    yield Path(sys.base_prefix) / "bin" / f"python{sys.version_info[0]}.{sys.version_info[1]}"
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    for version in sorted((root / "versions").glob("3.*"), reverse=True):
        yield from _executables(version / "bin")
    for entry in filter(None, os.environ.get("PATH", "").split(os.pathsep)):
        if Path(entry) != root / "shims":  # they stand for the versions above
            yield from _executables(Path(entry))
    yield from _managed_by_uv()


def _executables(directory: Path) -> list[Path]:
    try:
        names = [entry.name for entry in os.scandir(directory) if _EXECUTABLE.fullmatch(entry.name)]
    except OSError:
        return []
    paths = [directory / name for name in sorted(names)]
    return list({path.resolve(): path.resolve() for path in paths}) if len(paths) > 1 else paths


def _managed_by_uv() -> list[Path]:
    """Where uv installs Pythons. `uv python list` would ask every shim on PATH too, which takes seconds."""
    own = os.environ.get("UV_PYTHON_INSTALL_DIR")
    data = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share")
    root = Path(own) if own else data / "uv" / "python"
    return [path for version in sorted(root.glob("cpython-3.*")) for path in _executables(version / "bin")]


def _patch(interpreter: Interpreter) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", interpreter.version)[:3])


def span(interpreters: tuple[Interpreter, ...] | list[Interpreter]) -> str:
    """Versions in words: "3.6 … 3.13", or "3.9 and 3.11"."""
    ordered = sorted(interpreters, key=lambda interpreter: interpreter.minor)
    shorts = [interpreter.short for interpreter in ordered]
    gapless = all(later.minor[1] == earlier.minor[1] + 1 for earlier, later in pairwise(ordered))
    if len(shorts) > 2 and gapless:
        return f"{shorts[0]} … {shorts[-1]}"
    return " and ".join(filter(None, [", ".join(shorts[:-1]), shorts[-1]])) if shorts else "none"

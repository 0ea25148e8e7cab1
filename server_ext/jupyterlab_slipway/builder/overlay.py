"""The build-time packages: ipykernel and what it needs, resolved under the model's lock."""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from packaging.version import Version

from ..problems import Code, SlipwayProblem
from .disk import told_as_disk_full
from .environments import EnvironmentStore
from .files import write_atomically
from .interpreters import Interpreter
from .lock import locked_versions, only
from .progress import Progress
from .resolve import KEPT_FOR, compile_lock
from .scratch import scratch_directory
from .uv import uv_program
from .uv_words import reason

KERNEL_PACKAGE = "ipykernel"
_MATPLOTLIB_OF_NEW_INLINE = Version("3.7")
"""Older ones break when `%matplotlib inline` meets matplotlib-inline 0.2."""


def provide_overlay(
    store: EnvironmentStore,
    lock: str,
    python: Interpreter,
    progress: Progress,
    indexes: Mapping[str, str] | None = None,
) -> Path:
    """The directory to put last on the kernel's path. Raises SlipwayProblem where no kernel fits the pins.

    `indexes` are URLs of the indexes of single packages, by normalised names.
    """
    versions = locked_versions(lock)
    lines = [KERNEL_PACKAGE]
    if "matplotlib" in versions and Version(versions["matplotlib"]) < _MATPLOTLIB_OF_NEW_INLINE:
        lines.append("matplotlib-inline<0.2")
    constraints = "".join(f"{name}=={version}\n" for name, version in sorted(versions.items()))
    # what has an index of its own is on no other: uv has to be told, also where the kernel needs it
    elsewhere = {name: url for name, url in (indexes or {}).items() if name in versions}
    lines += [f"{name}=={versions[name]}" for name in elsewhere]
    facts = [
        *(lines, constraints, sorted(elsewhere.items())),
        *(python.version, str(python.path), Path(uv_program()).stat().st_mtime_ns),
    ]
    kept = store.resolutions / f"overlay-{hashlib.sha256(json.dumps(facts).encode()).hexdigest()[:32]}.lock"
    overlay_lock = _read(kept)
    if overlay_lock is None:
        overlay_lock = _resolve(lines, constraints, python, elsewhere)
        if elsewhere:  # the model's environment has all that it locks, and comes first
            overlay_lock = only(overlay_lock, locked_versions(overlay_lock).keys() - versions.keys())
        with told_as_disk_full(kept):
            kept.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(kept, overlay_lock.encode())
    return store.ensure_overlay(overlay_lock, python, progress)


def _read(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8") if time.time() - path.stat().st_mtime < KEPT_FOR else None
    except OSError:
        return None


def _resolve(lines: list[str], constraints: str, python: Interpreter, indexes: Mapping[str, str]) -> str:
    with (
        told_as_disk_full(Path(tempfile.gettempdir())),
        scratch_directory() as scratch,
    ):
        attempt = compile_lock(lines, python, scratch, constraints=constraints, indexes=indexes)
    if attempt.lock is None:
        raise SlipwayProblem(
            Code.KERNEL_START,
            f"The pins leave no version of {KERNEL_PACKAGE} that could run the notebook on Python "
            f"{python.short}: {reason(attempt.words)}. Loosen that pin.",
        )
    return attempt.lock

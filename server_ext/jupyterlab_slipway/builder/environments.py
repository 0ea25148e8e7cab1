"""The model environments and build-time overlays of one SLIPWAY_HOME: content-addressed, shared, read-only.

An environment counts only once its marker is there, which is written last; a build that was killed leaves a
directory without one, and the next build of that digest removes it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock
from slipway_runtime.bundle import LOCK, Manifest, PythonIdentity, read_file

from ..problems import Code, SlipwayProblem
from ..wire import Phase
from .byte_code import compile_all
from .disk import disk_full, says_disk_full, told_as_disk_full
from .files import make_read_only, remove_tree, write_atomically
from .interpreters import Interpreter, list_interpreters, span
from .progress import Progress
from .uv import call_uv
from .uv_words import says_unreachable, unreachable

MARKER = "environment.json"
_LOCK_POLL = 0.1


class EnvironmentStore:
    """All environments below one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environments = root / "environments"
        self.overlays = root / "overlays"
        self.resolutions = root / "resolutions"

    def digest(self, lock: str, python: Interpreter | PythonIdentity) -> str:
        """Names the environment that `lock` makes with `python`, on any machine alike."""
        return digest(lock, python)

    def ensure(self, lock: str, python: Interpreter, progress: Progress, *, like: Path | None = None) -> Path:
        """The executable of the model environment, which is made where it is missing.

        `like` is the executable of one with the same interpreter, whose byte code may be taken over.

        Raises SlipwayProblem where a package does not install.
        """
        directory = self.environments / digest(lock, python)

        def build() -> None:
            self._uv(progress, "venv", "--quiet", "--no-project", "--python", python.path, directory)
            self._install(lock, ["--python", _executable(directory)], directory, progress)
            compiled = like.parent.parent / "lib" if like is not None else None
            compile_all(_executable(directory), directory / "lib", compiled)

        if not _usable(directory):
            self._build(directory, build, {"python": python.version, "base": str(python.path)})
        return _executable(directory)

    def ensure_overlay(self, lock: str, python: Interpreter, progress: Progress) -> Path:
        """The directory of build-time packages that `lock` names, for `python`."""
        directory = self.overlays / digest(lock, python)

        def build() -> None:
            packages = directory / "packages"
            self._install(lock, ["--python", python.path, "--target", packages], directory, progress)
            compile_all(python.path, packages)

        if not (directory / MARKER).is_file():
            self._build(directory, build, {"python": python.version})
        return directory / "packages"

    def python_of(self, manifest: Manifest) -> Path | None:
        """The executable of a bundle's environment; None where it is not installed here."""
        directory = self.environments / manifest["environment"]
        return _executable(directory) if _usable(directory) else None

    def provide(self, bundle: Path, manifest: Manifest, progress: Progress) -> Path:
        """The executable of a bundle's environment, installed where it is missing.

        Raises SlipwayProblem where no Python at hand can load the model, BundleError as read_file.
        """
        found = self.python_of(manifest)
        if found is not None:
            return found
        wanted = manifest["python"]
        pythons = list_interpreters()
        fitting = [python for python in pythons if _fits(python, wanted)]
        if not fitting:
            raise SlipwayProblem(
                Code.NO_PYTHON,
                f"This model needs {wanted['implementation']} {wanted['version']} on {wanted['platform']} "
                f"{wanted['machine']}; the Pythons at hand are {span(pythons)}. Install a Python "
                f"{'.'.join(wanted['version'].split('.')[:2])}, or name one in SLIPWAY_PYTHONS.",
            )
        lock = read_file(bundle, manifest, LOCK).decode("utf-8")
        return self.ensure(lock, fitting[0], progress)

    def _build(self, directory: Path, build: Callable[[], None], facts: Mapping[str, str]) -> None:
        """Makes a directory under its lock, unless somebody else has meanwhile; the marker comes last."""
        with told_as_disk_full(directory), _locked(directory):
            if _usable(directory):
                return
            remove_tree(directory)
            try:
                directory.mkdir(parents=True)
                build()
                write_atomically(directory / MARKER, json.dumps(facts, indent=1).encode())
                make_read_only(directory)
            except BaseException:
                remove_tree(directory)
                raise

    def _install(self, lock: str, where: list[str | Path], directory: Path, progress: Progress) -> None:
        path = directory / LOCK
        path.write_text(lock, encoding="utf-8")
        # The lock is complete, so uv need not look at dependencies again.
        command = ["pip", "install", "--require-hashes", "--no-deps", "--requirements", path, *where]
        if lock.strip():
            self._uv(progress, *command)

    def _uv(self, progress: Progress, *arguments: str | Path) -> None:
        phase: Phase = "install"
        done = call_uv(*arguments, cwd=self.root, on_line=lambda line: progress.output(phase, line))
        if done.code == 0:
            return
        if says_disk_full(done.stderr):
            raise disk_full(self.root)
        if says_unreachable(done.stderr):
            raise unreachable(done.stderr)
        words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        raise SlipwayProblem(
            Code.INSTALL_FAILED,
            "The packages were resolved but do not install: "
            f"{words[0].removeprefix('error: ') if words else 'uv gave no reason'}. The log has the details; "
            "another version of that package may come as a wheel.",
        )


def digest(lock: str, python: Interpreter | PythonIdentity) -> str:
    if isinstance(python, Interpreter):
        facts = [python.version, python.implementation, python.platform, python.machine]
    else:
        facts = [python["version"], python["implementation"], python["platform"], python["machine"]]
    return hashlib.sha256(json.dumps([*facts, lock]).encode()).hexdigest()[:40]


@contextmanager
def _locked(directory: Path) -> Iterator[None]:
    directory.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{directory}.lock", poll_interval=_LOCK_POLL):
        yield


def _executable(directory: Path) -> Path:
    return directory / "bin" / "python"


def _usable(directory: Path) -> bool:
    """Complete, and its base interpreter is still there (for an overlay there is none to miss)."""
    if not (directory / MARKER).is_file():
        return False
    python = _executable(directory)
    return not python.is_symlink() or os.access(python, os.X_OK)


def _fits(python: Interpreter, wanted: PythonIdentity) -> bool:
    same = (python.implementation, python.platform, python.machine) == (
        wanted["implementation"],
        wanted["platform"],
        wanted["machine"],
    )
    return same and list(python.minor) == [int(part) for part in wanted["version"].split(".")[:2]]

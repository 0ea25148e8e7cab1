"""The model environments and build-time overlays of one SLIPWAY_HOME: content-addressed, shared, read-only.

An environment counts only once its marker is there, which is written last; a build that was killed leaves a
directory without one, and the next build of that digest removes it. Whoever gets one from here is noted as a
user of it (`uses.py`), so that `slipway gc` leaves it alone.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from slipway_runtime.bundle import LOCK, BundleError, Manifest, PythonIdentity, read_file

from ..problems import Code, SlipwayProblem
from ..wire import Phase
from .byte_code import compile_all
from .disk import disk_full_by, says_disk_full, told_as_disk_full
from .files import make_read_only, remove_tree, write_atomically
from .indexes import install_command
from .interpreters import Interpreter, list_interpreters, span
from .progress import Progress
from .scratch import scratch_directory
from .uses import in_use
from .uv import call_uv
from .uv_words import hash_mismatch, refused, says_unreachable, unreachable

MARKER = "environment.json"
ENVIRONMENTS, OVERLAYS, RESOLUTIONS = "environments", "overlays", "resolutions"
"""Directories below the root."""


class EnvironmentStore:
    """All environments below one root."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.environments = root / ENVIRONMENTS
        self.overlays = root / OVERLAYS
        self.resolutions = root / RESOLUTIONS

    def digest(self, lock: str, python: Interpreter | PythonIdentity) -> str:
        """Names the environment that `lock` makes with `python`, on any machine alike."""
        return digest(lock, python)

    def ensure(
        self,
        lock: str,
        python: Interpreter,
        progress: Progress,
        *,
        indexes: Mapping[str, str] | None = None,
        like: Path | None = None,
    ) -> Path:
        """The executable of the model environment, which is made where it is missing.

        `indexes` are URLs of the indexes of single packages, by normalised names. `like` is the executable of
        an environment with the same interpreter, whose byte code may be taken over.

        Raises SlipwayProblem where a package does not install.
        """
        directory = self.environments / digest(lock, python)

        def build() -> None:
            self._uv(
                progress, "venv", "--quiet", "--no-project", "--python", python.path, directory, cwd=self.root
            )
            where: list[str | Path] = ["--python", _executable(directory)]
            self._install(lock, where, directory, progress, indexes or {})
            compiled = like.parent.parent / "lib" if like is not None else None
            compile_all(_executable(directory), directory / "lib", compiled)

        with _held(directory):
            if not _usable(directory):
                _build(directory, build, {"python": python.version, "base": str(python.path)})
        return _executable(directory)

    def ensure_overlay(
        self, lock: str, python: Interpreter, progress: Progress, indexes: Mapping[str, str] | None = None
    ) -> Path:
        """The directory of build-time packages that `lock` names, for `python`."""
        directory = self.overlays / digest(lock, python)

        def build() -> None:
            packages = directory / "packages"
            where: list[str | Path] = ["--python", python.path, "--target", packages]
            self._install(lock, where, directory, progress, indexes or {})
            compile_all(python.path, packages)

        with _held(directory):
            if not _usable(directory):
                _build(directory, build, {"python": python.version})
        return directory / "packages"

    def python_of(self, manifest: Manifest) -> Path | None:
        """The executable of a bundle's environment; None where it is not installed here."""
        directory = self.environments / manifest["environment"]
        return _executable(directory) if _usable(directory) else None

    def provide(self, bundle: Path, manifest: Manifest, progress: Progress) -> Path:
        """The executable of a bundle's environment, installed where it is missing.

        Raises SlipwayProblem where no Python at hand can load the model, BundleError as read_file and where
        the lock is not the one that the manifest means.
        """
        wanted = manifest["python"]
        lock = read_file(bundle, manifest, LOCK).decode("utf-8", "replace")
        if digest(lock, wanted) != manifest["environment"]:
            raise BundleError(
                f"The manifest of {bundle} names another environment than its {LOCK} makes. Build the bundle "
                "again."
            )
        directory = self.environments / manifest["environment"]
        with _held(directory):
            if _usable(directory):
                return _executable(directory)
        return self.ensure(lock, _fitting(wanted), progress, indexes=manifest.get("indexes"))

    def _install(
        self,
        lock: str,
        where: list[str | Path],
        directory: Path,
        progress: Progress,
        indexes: Mapping[str, str],
    ) -> None:
        (directory / LOCK).write_text(lock, encoding="utf-8")
        if lock.strip():
            with scratch_directory() as scratch:
                self._uv(progress, *install_command(lock, scratch, indexes), *where, cwd=scratch)

    def _uv(self, progress: Progress, *arguments: str | Path, cwd: Path) -> None:
        phase: Phase = "install"
        done = call_uv(*arguments, cwd=cwd, on_line=lambda line: progress.output(phase, line))
        if done.code == 0:
            return
        if says_disk_full(done.stderr):
            raise disk_full_by(done.stderr, self.root)
        known = hash_mismatch(done.stderr) or refused(done.stderr)
        if known is not None:
            raise known
        if says_unreachable(done.stderr):
            raise unreachable(done.stderr)
        words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        first = next((line for line in words if line.startswith("error: ")), words[0] if words else "")
        raise SlipwayProblem(
            Code.INSTALL_FAILED,
            "The packages were resolved but do not install: "
            f"{first.removeprefix('error: ') or 'uv gave no reason'}. The log has the details; another "
            "version of that package may come as a wheel.",
        )


def _build(directory: Path, build: Callable[[], None], facts: Mapping[str, str]) -> None:
    """Makes a directory; the marker comes last. The caller holds its lock."""
    remove_tree(directory)
    try:
        directory.mkdir(parents=True)
        build()
        write_atomically(directory / MARKER, json.dumps(facts, indent=1).encode())
        make_read_only(directory)
    except BaseException:
        remove_tree(directory)
        raise


def digest(lock: str, python: Interpreter | PythonIdentity) -> str:
    if isinstance(python, Interpreter):
        facts = [python.version, python.implementation, python.platform, python.machine]
    else:
        facts = [python["version"], python["implementation"], python["platform"], python["machine"]]
    return hashlib.sha256(json.dumps([*facts, lock]).encode()).hexdigest()[:40]


@contextmanager
def _held(directory: Path) -> Iterator[None]:
    """Locked, and noted as used by this process until it ends."""
    with told_as_disk_full(directory), in_use(directory):
        yield


def _executable(directory: Path) -> Path:
    return directory / "bin" / "python"


def _usable(directory: Path) -> bool:
    """Complete, and its base interpreter is still there (for an overlay there is none to miss)."""
    if not (directory / MARKER).is_file():
        return False
    python = _executable(directory)
    return not python.is_symlink() or os.access(python, os.X_OK)


def _fitting(wanted: PythonIdentity) -> Interpreter:
    """The interpreter at hand that can load a model of that Python.

    Raises SlipwayProblem where there is none.
    """
    pythons = list_interpreters()
    fitting = [python for python in pythons if _fits(python, wanted)]
    if fitting:
        return fitting[0]
    here = {(python.platform, python.machine) for python in pythons}
    if pythons and (wanted["platform"], wanted["machine"]) not in here:
        raise SlipwayProblem(
            Code.NO_PYTHON,
            f"This bundle was built on {wanted['platform']} {wanted['machine']}, and this machine is "
            f"{' or '.join(sorted(' '.join(one) for one in here))}: neither its packages nor its model run "
            "here. Build the notebook on a machine like this one, or serve the bundle on one like that.",
        )
    raise SlipwayProblem(
        Code.NO_PYTHON,
        f"This model needs {wanted['implementation']} {wanted['version']} on {wanted['platform']} "
        f"{wanted['machine']}; the Pythons at hand are {span(pythons)}. Install a Python "
        f"{'.'.join(wanted['version'].split('.')[:2])}, or name one in SLIPWAY_PYTHONS.",
    )


def _fits(python: Interpreter, wanted: PythonIdentity) -> bool:
    same = (python.implementation, python.platform, python.machine) == (
        wanted["implementation"],
        wanted["platform"],
        wanted["machine"],
    )
    return same and list(python.minor) == [int(part) for part in wanted["version"].split(".")[:2]]

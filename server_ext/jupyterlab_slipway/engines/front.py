"""The front's environment: slipway-runtime with its HTTP server, shared by all releases.

Content-addressed by what is installed and by the Python that runs it, and usable only when its marker is
there, which is written last. Who gets it from here is noted as a user of it.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from ..builder.disk import disk_full_by, says_disk_full, told_as_disk_full
from ..builder.files import remove_tree
from ..builder.progress import Progress
from ..builder.scratch import scratch_directory
from ..builder.uses import in_use
from ..builder.uv import call_uv
from ..builder.uv_words import says_unreachable, unreachable
from ..json_files import write_json
from ..problems import Code, SlipwayProblem

MARKER = "front.json"
FRONTS = "front"
"""Their directory below SLIPWAY_HOME."""
_PACKAGE = Path(__file__).parents[1]
_WHEELS = _PACKAGE / "wheels"
RUNTIME_SOURCE = _PACKAGE.parent / "runtime"


def front_directory(home: Path) -> Path:
    """Where the front's environment of this version of Slipway is, or will be."""
    return _directory(home)


def front_python(home: Path) -> Path | None:
    """The interpreter of the front's environment; None where it has not been made yet."""
    directory = _directory(home)
    python = directory / "bin" / "python"
    return python if (directory / MARKER).is_file() and python.exists() else None


def provide_front(home: Path, progress: Progress) -> Path:
    """The interpreter of the front's environment, which is made where it is missing.

    Raises:
        SlipwayProblem: INSTALL_FAILED, INDEX_UNREACHABLE, DISK_FULL.
    """
    directory = _directory(home)
    with told_as_disk_full(directory), in_use(directory):
        found = front_python(home)
        if found is not None:
            return found
        remove_tree(directory)
        try:
            return _make(directory, progress)
        except BaseException:
            remove_tree(directory)
            raise


def _make(directory: Path, progress: Progress) -> Path:
    progress.output("package", "Installing the HTTP server; this happens once.\n")
    python = directory / "bin" / "python"
    with scratch_directory() as scratch:
        wheel = carried_wheel() or _built_wheel(scratch, progress)
        _uv(scratch, progress, "venv", "--quiet", "--no-project", "--python", sys.executable, directory)
        requirement = f"slipway-runtime[serve] @ {wheel.as_uri()}"
        _uv(scratch, progress, "pip", "install", "--python", python, "--compile-bytecode", requirement)
    write_json(directory / MARKER, {"python": sys.version.split()[0], "wheel": wheel.name})
    return python


def _directory(home: Path) -> Path:
    content = hashlib.sha256(repr((sys.version, sys.base_prefix)).encode())
    wheel = carried_wheel()
    if wheel is not None:
        content.update(wheel.read_bytes())
    else:
        for path in _source_files():
            content.update(path.relative_to(RUNTIME_SOURCE).as_posix().encode() + b"\0" + path.read_bytes())
    return home / FRONTS / content.hexdigest()[:40]


def carried_wheel() -> Path | None:
    """The wheel that an installed jupyterlab-slipway brings along."""
    return next(iter(sorted(_WHEELS.glob("slipway_runtime-*.whl"))), None)


def _source_files() -> list[Path]:
    """What the wheel of a checkout is built from."""
    files = sorted(
        path
        for path in (RUNTIME_SOURCE / "slipway_runtime").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    )
    if not files:
        raise SlipwayProblem(
            Code.INSTALL_FAILED,
            "This installation of jupyterlab-slipway lacks the wheel of slipway-runtime. Install it again: "
            "`pip install --force-reinstall jupyterlab-slipway`.",
        )
    return [*files, RUNTIME_SOURCE / "pyproject.toml"]


def _built_wheel(scratch: Path, progress: Progress) -> Path:
    _uv(scratch, progress, "build", "--wheel", "--quiet", "--out-dir", scratch, RUNTIME_SOURCE)
    return next(scratch.glob("*.whl"))


def _uv(scratch: Path, progress: Progress, *arguments: str | Path) -> None:
    done = call_uv(*arguments, cwd=scratch, on_line=lambda line: progress.output("package", line))
    if done.code == 0:
        return
    if says_disk_full(done.stderr):
        raise disk_full_by(done.stderr, scratch)
    if says_unreachable(done.stderr):
        raise unreachable(done.stderr)
    words = [line.strip() for line in done.stderr.splitlines() if line.strip()]
    raise SlipwayProblem(
        Code.INSTALL_FAILED,
        "The HTTP server of the service does not install: "
        f"{words[0].removeprefix('error: ') if words else 'uv gave no reason'}. The log of phase package has "
        "the details.",
    )

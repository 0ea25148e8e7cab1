"""What is served, and what serves it: the bundle, and an environment of its own for each server.

Everything is made by uv and kept in a cache directory, so that only the first run downloads.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.uv import uv_program
from jupyterlab_slipway.engines.front import provide_front
from jupyterlab_slipway.wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages
from slipway_runtime.bundle import read_manifest

MARKER = "complete"
"""Written last: without it an environment is made again."""


class Quiet:
    """The progress of a benchmark: nothing is said of it, failures are raised."""

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        pass

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        pass

    def output(self, phase: Phase, text: str) -> None:
        pass

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        pass

    def packages(self, packages: ServedPackages) -> None:
        pass

    def problem(self, problem: Problem) -> None:
        pass


@dataclass(frozen=True)
class Bundle:
    """A built notebook and the interpreters that serve it."""

    directory: Path
    model_python: Path
    """Of the model's environment: exactly what the bundle's lock says."""
    front_python: Path
    """Of the environment with the HTTP server, as every engine makes it."""

    @property
    def pins(self) -> list[str]:
        """The packages of the model with their versions, as the lock has them."""
        lines = (self.directory / "requirements.lock").read_text(encoding="utf-8").splitlines()
        return [line.split()[0] for line in lines if "==" in line.split("#")[0] and not line.startswith(" ")]

    @property
    def base_python(self) -> Path:
        """The interpreter from which the model's environment was made."""
        script = "import sys; print(sys._base_executable)"
        found = subprocess.run([self.model_python, "-c", script], check=True, capture_output=True, text=True)
        return Path(found.stdout.strip())


def build(notebook: Path, destination: Path, cache: Path) -> Bundle:
    """Builds a notebook as a user does and provides what serving it needs.

    Raises SystemExit with the reason, SlipwayProblem where an environment cannot be made.
    """
    home = cache / "home"
    home.mkdir(mode=0o700, parents=True, exist_ok=True)
    shutil.rmtree(destination, ignore_errors=True)
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlab_slipway", "build", str(notebook), "-o", str(destination)],
        env={**os.environ, "SLIPWAY_HOME": str(home)},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{notebook} was not built:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    manifest = read_manifest(destination)
    model_python = EnvironmentStore(home).provide(destination, manifest, Quiet())
    return Bundle(destination, model_python, provide_front(home, Quiet()))


def peer_environment(name: str, requirements: list[str], python: Path, cache: Path) -> Path:
    """The `bin` directory of an environment with these requirements. Raises SystemExit with uv's reason."""
    text = "\n".join(requirements) + "\n"
    content = hashlib.sha256(f"{python}\n{text}".encode()).hexdigest()[:16]
    directory = cache / "peers" / f"{name}-{content}"
    if (directory / MARKER).is_file():
        return directory / "bin"
    shutil.rmtree(directory, ignore_errors=True)
    directory.parent.mkdir(parents=True, exist_ok=True)
    listed = directory.with_suffix(".txt")
    listed.write_text(text, encoding="utf-8")
    uv = uv_program()
    commands: tuple[list[str | Path], ...] = (
        [uv, "venv", "--quiet", "--no-project", "--python", python, directory],
        [
            uv,
            "pip",
            "install",
            "--quiet",
            "--compile-bytecode",
            "--python",
            directory,
            "--requirement",
            listed,
        ],
    )
    for command in commands:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(f"The environment of {name} was not made:\n{done.stderr[-3000:]}")
    (directory / MARKER).touch()
    return directory / "bin"

"""Which Python a builder image has for models, and which one a notebook needs instead."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

from ...builder.build import Prepared, prepare
from ...builder.environments import EnvironmentStore
from ...builder.interpreters import NEWEST, OLDEST, Interpreter, probe
from ...builder.notebook import read_notebook
from ...builder.options import BuildOptions
from ...builder.progress import Progress
from ...builder.requirements import pin_text, read_requirements
from ...builder.resolve import resolve
from ...problems import Code, SlipwayProblem
from ..containers.base_images import MACHINES, ImagePythons

VARIABLE = "SLIPWAY_MODEL_PYTHON"
"""Of a builder image: the version of its base image's Python, such as 3.11. Ours may be there besides."""
_SHOWN = 5
"""Pins that a sentence names at most."""


class PythonOfImage:
    """The base image's (`builder.interpreters.Pythons`)."""

    where = "in this builder image"
    advice = "use a builder image with another one: `slipway builder-image TAG --python VERSION` makes it"

    def newest_first(self) -> tuple[Interpreter, ...]:
        path = self._path()
        found = probe(path) if path is not None else None
        return (found,) if found is not None else ()

    def fingerprint(self) -> Any:
        path = self._path()
        return [str(path), path.stat().st_size if path is not None else 0]

    def revived(self, facts: dict[str, Any]) -> Interpreter | None:
        interpreter = Interpreter(**{**facts, "path": Path(facts["path"])})
        return interpreter if os.access(interpreter.path, os.X_OK) else None

    @staticmethod
    def _path() -> Path | None:
        found = shutil.which(f"python{os.environ.get(VARIABLE, '')}")
        return Path(found) if found is not None else None


def prepare_in_image(
    options: BuildOptions, bundle: Path, store: EnvironmentStore, progress: Progress
) -> Prepared:
    """check, resolve: with this image's Python. Before anything is built from source, others are considered.

    Raises:
        SlipwayProblem: NO_PYTHON says which Python it takes.
    """
    here = PythonOfImage()
    try:
        return prepare(replace(options, source_builds=False), bundle, store, progress, here)
    except SlipwayProblem as problem:
        if problem.code is not Code.NO_PYTHON or not here.newest_first():
            raise
        needed = _elsewhere(options, store, progress)
        if needed is not None:
            raise needed from None
        if not options.source_builds:
            raise
    progress.note("resolve", "No Python has wheels for all of them: trying to build what has none.")
    return prepare(options, bundle, store, progress, here)


def _elsewhere(options: BuildOptions, store: EnvironmentStore, progress: Progress) -> SlipwayProblem | None:
    """What to say where another Python has wheels for all."""
    notebook = read_notebook(options.notebook)
    pins = read_requirements(notebook.running)
    machine = platform.machine()
    architecture = next((name for name, ours in MACHINES.items() if ours == machine), machine)
    minors = [(OLDEST[0], minor) for minor in range(OLDEST[1], NEWEST[1] + 1)]
    try:
        found = resolve(
            pins,
            notebook.python_version,
            store.resolutions,
            progress,
            indexes=notebook.settings.indexes,
            source_builds=False,
            pythons=ImagePythons(dict.fromkeys(minors, ""), architecture),
        )
    except SlipwayProblem as problem:
        if problem.code is Code.NO_PYTHON:
            return None
        raise
    texts = [pin_text(pin) for pin in pins]
    named = ", ".join(texts[:_SHOWN]) + (", …" if len(texts) > _SHOWN else "")
    version = found.interpreter.short
    return SlipwayProblem(
        Code.NO_PYTHON,
        f"This builder image has Python {os.environ.get(VARIABLE)}, for which not everything that the "
        f"notebook requires ({named}) has wheels; for Python {version} it has. Use a builder image with that "
        f"one, which `slipway builder-image TAG --python {version}` makes.",
    )

"""What tests of builds share: one store of environments for the whole run, notebooks, and a progress that records."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.builder.build import build_bundle
from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages
from slipway_runtime.bundle import Manifest

PREDICTOR = "def predictor(x):\n    return x"


@dataclass
class Recorder:
    """A Progress that keeps what it is told."""

    phases: list[tuple[Phase, PhaseStatus, str | None]] = field(default_factory=list)
    notes: list[tuple[Phase, NoteLevel, str]] = field(default_factory=list)
    outputs: dict[str, str] = field(default_factory=dict)
    cells: list[tuple[int, int, CellPlace]] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    served: list[ServedPackages] = field(default_factory=list)
    on_output: Callable[[str], None] | None = None

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        self.phases.append((phase, status, detail))

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        self.notes.append((phase, level, message))

    def output(self, phase: Phase, text: str) -> None:
        self.outputs[phase] = self.outputs.get(phase, "") + text
        if self.on_output is not None:
            self.on_output(text)

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        self.cells.append((number, total, cell))

    def packages(self, packages: ServedPackages) -> None:
        self.served.append(packages)

    def problem(self, problem: Problem) -> None:
        self.problems.append(problem)

    @property
    def said(self) -> str:
        """All notes in one text."""
        return "\n".join(message for _, _, message in self.notes)


def notebook_json(
    cells: Sequence[str | tuple[str, str]], metadata: dict[str, Any] | None = None
) -> dict[str, Any]:
    """A notebook of format 4.5: a text is a code cell, a pair is (type, source)."""
    entries: list[dict[str, Any]] = []
    for index, cell in enumerate(cells, start=1):
        kind, source = ("code", cell) if isinstance(cell, str) else cell
        entry: dict[str, Any] = {"cell_type": kind, "id": f"c{index}", "metadata": {}, "source": source}
        if kind == "code":
            entry.update(execution_count=None, outputs=[])
        entries.append(entry)
    return {"cells": entries, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5}


MakeNotebook = Callable[..., Path]


@pytest.fixture
def make_notebook(tmp_path: Path) -> MakeNotebook:
    """`make_notebook(cells, name="notebook", metadata=None)` writes a notebook and gives its path."""

    def make(
        cells: Sequence[str | tuple[str, str]],
        name: str = "notebook",
        metadata: dict[str, Any] | None = None,
    ) -> Path:
        path = tmp_path / f"{name}.ipynb"
        path.write_text(json.dumps(notebook_json(cells, metadata)), encoding="utf-8")
        return path

    return make


@pytest.fixture(scope="session")
def store(shared_environments: Path) -> EnvironmentStore:
    """One store for the whole run, that of deployments in tests: an environment is made once."""
    return EnvironmentStore(shared_environments)


@dataclass
class Built:
    manifest: Manifest
    bundle: Path
    progress: Recorder

    @property
    def samples(self) -> Any:
        return json.loads((self.bundle / "samples.json").read_text(encoding="utf-8"))


class Build:
    """Builds notebooks that need no package but those given; the last progress stays readable after a failure."""

    def __init__(self, make: MakeNotebook, tmp_path: Path, store: EnvironmentStore) -> None:
        self.make = make
        self.tmp_path = tmp_path
        self.store = store
        self.progress = Recorder()

    def __call__(
        self,
        *cells: str,
        requirements: str | None = "requirements = []",
        metadata: dict[str, Any] | None = None,
        notebook: Path | None = None,
        into: str = "bundle",
        **options: Any,
    ) -> Built:
        """`requirements` becomes cell 1, the given cells follow."""
        self.progress = Recorder()
        path = notebook or self.make([*([requirements] if requirements else []), *cells], metadata=metadata)
        destination = self.tmp_path / into
        manifest = build_bundle(
            BuildOptions(path, options.pop("directory", path.parent), path.stem, **options),
            destination,
            self.store,
            self.progress,
        )
        return Built(manifest, destination, self.progress)


@pytest.fixture
def scratch_home(slipway_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where builds of this test put what they need for a while; empty again when they leave nothing behind."""
    home = slipway_home / "t"
    home.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    return home


@pytest.fixture
def build(make_notebook: MakeNotebook, tmp_path: Path, store: EnvironmentStore, scratch_home: Path) -> Build:
    return Build(make_notebook, tmp_path, store)

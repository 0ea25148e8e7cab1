"""How the builder and the engines tell what happens; they know nothing of files, terminals or sockets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from ..wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages


class Progress(Protocol):
    """Where facts go: an event log on disk, a terminal, a list in a test."""

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        """A phase began or ended. `detail` says why it was skipped or what came of it, in a few words."""

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        """A sentence for the user."""

    def output(self, phase: Phase, text: str) -> None:
        """Bulk text (prints of cells, words of uv) as it comes; may end in mid-line and hold ANSI colours."""

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        """Code cell `number` of `total` begins."""

    def packages(self, packages: ServedPackages) -> None:
        """Which packages the service has."""

    def problem(self, problem: Problem) -> None:
        """A finding that does not end the build by itself."""


@dataclass
class Outcome:
    """What came of a phase, in a few words, where there is more to say than "done"."""

    detail: str | None = None


@contextmanager
def phase(progress: Progress, name: Phase) -> Iterator[Outcome]:
    """Marks a phase as started, then as done, or as failed if the body raises."""
    outcome = Outcome()
    progress.phase(name, "started")
    try:
        yield outcome
    except BaseException:
        progress.phase(name, "failed")
        raise
    progress.phase(name, "done", outcome.detail)

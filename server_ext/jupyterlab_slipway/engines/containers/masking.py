"""Keeps the secret values of a build out of what is told of it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...builder.progress import Progress
from ...wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages

STARS = "***"


def masked(text: str, secrets: Sequence[str]) -> str:
    """`secrets` come longest first: one may be a part of another."""
    for secret in secrets:
        text = text.replace(secret, STARS)
    return text


class Masked:
    """A Progress that passes on to another, without these values.

    Output comes in pieces; a value that is cut by the end of one is still shown in two parts.
    """

    def __init__(self, progress: Progress, secrets: Sequence[str] = ()) -> None:
        self._progress = progress
        self.secrets = secrets

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        self._progress.phase(phase, status, None if detail is None else self._masked(detail))

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        self._progress.note(phase, self._masked(message), level)

    def output(self, phase: Phase, text: str) -> None:
        self._progress.output(phase, self._masked(text))

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        self._progress.cell(number, total, self._masked(cell))

    def packages(self, packages: ServedPackages) -> None:
        self._progress.packages(packages)

    def problem(self, problem: Problem) -> None:
        self._progress.problem(self.masked_problem(problem))

    def masked_problem(self, problem: Problem) -> Problem:
        found: Problem = self._masked(problem)
        return found

    def _masked(self, value: Any) -> Any:
        """Of text, also within dicts."""
        if isinstance(value, str):
            return masked(value, self.secrets)
        if isinstance(value, dict):
            return {key: self._masked(one) for key, one in value.items()}
        return value

"""The notebook in what `s2i` has sent, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...problems import Code, SlipwayProblem

NOTEBOOK = "SLIPWAY_NOTEBOOK"
"""The variable that names it, by its path in the repository."""


def choose(root: Path, variables: Mapping[str, str]) -> Path:
    """The notebook that is named, else the one that has a contract.

    Raises:
        SlipwayProblem: REQUEST_INVALID, NOTEBOOK_MISSING; as `sources.choosing`.
    """
    if not root.is_dir():
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"There is no repository in {root}, where `s2i build` puts it before it runs this script.",
        )
    named = variables.get(NOTEBOOK, "").strip()
    if named:
        return _named(root, named)
    from ...sources.choosing import choose_notebook

    return choose_notebook(root)


def _named(root: Path, named: str) -> Path:
    path = root / named
    if not path.resolve().is_relative_to(root.resolve()):
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"The variable {NOTEBOOK} leads out of the repository: {named[:200]!r}. Give the path of the "
            "notebook within it.",
        )
    if not path.is_file():
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING,
            f"The repository has no file {named[:200]!r}, which the variable {NOTEBOOK} names.",
        )
    return path

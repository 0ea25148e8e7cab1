"""The notebook in what `s2i` has sent, and where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ...problems import Code, SlipwayProblem
from ...sources.choosing import choose_notebook

NOTEBOOK = "SLIPWAY_NOTEBOOK"
"""The variable that names it, by its path in the repository."""


def choose(root: Path, variables: Mapping[str, str]) -> Path:
    """The notebook that is named, else the one that has a contract.

    Raises:
        SlipwayProblem: REQUEST_INVALID where nothing was sent; as `choose_notebook`.
    """
    if not root.is_dir():
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"There is no repository in {root}, where `s2i build` puts it before it runs this script.",
        )
    return choose_notebook(
        root, variables.get(NOTEBOOK, "").strip() or None, naming=f"in the variable {NOTEBOOK}, such as {{}}"
    )

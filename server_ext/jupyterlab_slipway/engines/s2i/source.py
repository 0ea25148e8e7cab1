"""The notebook in what `s2i` has sent, and where it comes from."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from ...problems import Code, SlipwayProblem
from ...sources.choosing import choose_notebook
from ...sources.reference import public_address
from ...wire import Source

NOTEBOOK = "SLIPWAY_NOTEBOOK"
"""The variable that names it, by its path in the repository."""
COMMIT, ADDRESS, REFERENCE = "OPENSHIFT_BUILD_COMMIT", "OPENSHIFT_BUILD_SOURCE", "OPENSHIFT_BUILD_REFERENCE"
"""What OpenShift says of the repository, from which `s2i` sends the files alone."""
_COMMIT = re.compile(r"[0-9a-f]{40}", re.ASCII)


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


def described(root: Path, notebook: Path, variables: Mapping[str, str]) -> Source | None:
    """The commit of what was sent, where somebody says it."""
    commit = variables.get(COMMIT, "").strip()
    if _COMMIT.fullmatch(commit) is None:
        return None
    address = variables.get(ADDRESS, "").strip()
    return {
        "repository": public_address(address) if address else None,
        "revision": commit,
        "ref": variables.get(REFERENCE, "").strip() or None,
        "path": notebook.relative_to(root).as_posix(),
        "dirty": False,
    }

"""Reading the notebook that somebody wants to deploy."""

from __future__ import annotations

import re
from pathlib import Path

from ..problems import Code, SlipwayProblem

_ADDRESS = re.compile(r"(?:^|/)[a-z][a-z0-9+.-]+:/")
"""A URL in what became a path."""
_LONGEST_SHOWN = 200


def read_notebook(path: Path) -> bytes:
    """The file's content. Whether it is a notebook that can be built is for the builder to say.

    Raises:
        SlipwayProblem: NOTEBOOK_MISSING, NOTEBOOK_UNREADABLE.
    """
    try:
        if path.is_dir():
            raise SlipwayProblem(
                Code.NOTEBOOK_UNREADABLE,
                f"{path} is a directory. Name the notebook in it that you mean (.ipynb).",
            )
        if path.exists() and not path.is_file():
            raise SlipwayProblem(
                Code.NOTEBOOK_UNREADABLE, f"{_shown(path)} is no ordinary file. Name a saved notebook."
            )
        if path.suffix != ".ipynb":
            raise SlipwayProblem(
                Code.NOTEBOOK_UNREADABLE, f"{path} is not a notebook: its name does not end in .ipynb."
            )
        return path.read_bytes()
    except FileNotFoundError:
        if _ADDRESS.search(str(path)):
            raise SlipwayProblem(
                Code.NOTEBOOK_MISSING, "An address is no file on this machine. Download the notebook first."
            ) from None
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING, f"There is no file {path}. Save the notebook, or check the path."
        ) from None
    except OSError as error:
        raise SlipwayProblem(
            Code.NOTEBOOK_UNREADABLE, f"{_shown(path)} cannot be read: {error.strerror or error}."
        ) from None


def _shown(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"

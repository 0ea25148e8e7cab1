"""Reading the notebook that somebody wants to deploy."""

from __future__ import annotations

import os
import re
from pathlib import Path

from ..problems import Code, SlipwayProblem

_ADDRESS = re.compile(r"(?:^|/)[a-z][a-z0-9+.-]+:/")
"""A URL in what became a path."""
_CREDENTIALS = re.compile(r":.*@", re.DOTALL)
"""There may be a password in it: of an address with a space before it, or one whose `://` is misspelt."""
_LONGEST_SHOWN = 200


def read_notebook(path: Path) -> bytes:
    """The file's content. Whether it is a notebook that can be built is for the builder to say.

    Raises:
        SlipwayProblem: NOTEBOOK_MISSING, NOTEBOOK_UNREADABLE.
    """
    if _CREDENTIALS.search(str(path)) and not os.path.lexists(path) and not _in_directory(str(path)):
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING,
            "There is no file of the name that was given. It is not shown, as it may hold a password: an "
            "address of a repository begins with https:// or ssh://, without a space before it.",
        )
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
        if not path.exists() and (meant := _in_directory(str(path))):
            raise SlipwayProblem(Code.NOTEBOOK_MISSING, f"There is no file {_shown(path)}. {meant}")
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


def _in_directory(text: str) -> str:
    """What to write in place of `DIRECTORY:path`, in a sentence; empty where it is nothing like that."""
    for position in (index for index, letter in enumerate(text) if letter == ":"):
        directory, within = Path(text[:position]), text[position + 1 :]
        if within and directory.is_dir():
            now = directory / within
            as_it_is = f" The file as it is now is {_shown(now)}." if now.is_file() else ""
            return (
                "Between a repository and a path in it stands a revision: "
                f"`{_shown(directory)}#main:{within}`, or another branch, tag or commit in place of main."
                f"{as_it_is}"
            )
    return ""


def _shown(path: Path) -> str:
    text = str(path)
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"

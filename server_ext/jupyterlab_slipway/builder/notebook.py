"""The notebook file: read, found to be Python, and reduced to its sources."""

from __future__ import annotations

import hashlib
import json
import logging
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nbformat

from ..problems import Code, SlipwayProblem
from .cells import Cell
from .notebook_settings import KEY, NotebookSettings, read_settings

_PYTHONS = ("python", "ipython", "xpython", "pypy")
_NEWEST_FORMAT = 4
_READ_ERRORS = (
    *(KeyError, TypeError, AttributeError, ValueError, IndexError, RecursionError),
    nbformat.ValidationError,
)


@dataclass(frozen=True)
class Notebook:
    cells: list[Cell]
    """The code cells, blank ones included, in order."""
    python_version: str | None
    """The version that its kernel had, where the notebook tells."""
    sha256: str
    """Of `source`: outputs, counts and what else a run writes into the file make no difference."""
    source: bytes
    """The notebook without outputs, the same bytes for the same cells."""
    settings: NotebookSettings = field(default_factory=NotebookSettings)
    """What its metadata say to Slipway."""

    @property
    def running(self) -> list[Cell]:
        """The cells that execute."""
        return [cell for cell in self.cells if not cell.blank]


def read_notebook(path: Path) -> Notebook:
    """Reads a saved notebook of any format up to 4.

    Raises SlipwayProblem: missing, unreadable, empty, of another language, or with settings that are none.
    """
    content = _read(path)
    raw = _parse(content)
    _require_python(raw)
    node = _upgrade(raw)
    ids = _ids(raw)
    cells = [
        Cell(index, ids.get(index, ""), str(cell.source))
        for index, cell in enumerate(node.cells, start=1)
        if cell.cell_type == "code"
    ]
    if all(cell.blank for cell in cells):
        raise SlipwayProblem(
            Code.NOTEBOOK_EMPTY,
            "The notebook has no code. Add cells that declare `requirements` and define `predictor`, save "
            "it, and deploy again.",
        )
    version = _at(raw, "metadata", "language_info", "version")
    source = _source_only(node, ids)
    return Notebook(
        cells=cells,
        python_version=version if isinstance(version, str) else None,
        sha256=hashlib.sha256(source).hexdigest(),
        source=source,
        settings=read_settings(raw.get("metadata")),
    )


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING, f"There is no file {path}. Save the notebook first, or correct the path."
        ) from None
    except OSError as error:
        raise SlipwayProblem(
            Code.NOTEBOOK_UNREADABLE, f"{path} cannot be read: {error.strerror or error}."
        ) from None
    if not content.strip():
        raise SlipwayProblem(
            Code.NOTEBOOK_EMPTY,
            f"{path.name} is an empty file. Save the notebook from JupyterLab, then deploy again.",
        )
    return content


def _parse(content: bytes) -> dict[str, Any]:
    try:
        raw = json.loads(content.decode("utf-8-sig"))
    except json.JSONDecodeError as error:
        raise _unreadable(
            f"it is broken JSON at line {error.lineno}, column {error.colno} ({error.msg})"
        ) from None
    except UnicodeDecodeError as error:
        raise _unreadable(f"it is not UTF-8 text (byte {error.start})") from None
    except RecursionError:
        raise _unreadable("its JSON is nested too deeply") from None
    version = raw.get("nbformat") if isinstance(raw, dict) else None
    if not isinstance(version, int) or isinstance(version, bool):
        raise _unreadable("it is JSON, but no notebook (it has no `nbformat`)")
    if version > _NEWEST_FORMAT:
        raise _unreadable(f"its format {version} is newer than this Slipway knows")
    return dict(raw)


def _unreadable(why: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.NOTEBOOK_UNREADABLE,
        f"The notebook's file cannot be read: {why}. Open it in JupyterLab, save it, and deploy again; if "
        "it does not open there, restore an earlier version.",
    )


def _upgrade(raw: dict[str, Any]) -> Any:
    logger = logging.getLogger("traitlets")  # nbformat complains there about what it mends
    silenced, logger.disabled = logger.disabled, True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            node = nbformat.convert(nbformat.from_dict(raw), _NEWEST_FORMAT)  # type: ignore[no-untyped-call]
            for number, cell in enumerate(node.cells, start=1):
                if not isinstance(cell.source, str):
                    cell.source = "".join(cell.source)
                str(cell.cell_type)
                _require_text(number, cell.source)
    except _READ_ERRORS:
        raise _unreadable("it is not laid out as a notebook") from None
    finally:
        logger.disabled = silenced
    return node


def _require_text(number: int, source: str) -> None:
    try:
        source.encode("utf-8")
    except UnicodeEncodeError as error:
        line = source.count("\n", 0, error.start) + 1
        raise _unreadable(
            f"cell {number}, line {line}, holds half a character (a lone surrogate), which no file can"
        ) from None


def _require_python(raw: dict[str, Any]) -> None:
    for language in (
        _at(raw, "metadata", "language_info", "name"),
        _at(raw, "metadata", "kernelspec", "language"),
        _at(raw, "metadata", "language"),
    ):
        if isinstance(language, str) and language:
            if not language.lower().startswith(_PYTHONS):
                raise SlipwayProblem(
                    Code.NOT_PYTHON,
                    f"This notebook is written in {language}; Slipway deploys Python notebooks. If it is "
                    "Python, choose a Python kernel for it in JupyterLab and save it.",
                )
            return


def _at(raw: Any, *keys: str) -> Any:
    for key in keys:
        raw = raw.get(key) if isinstance(raw, dict) else None
    return raw


def _ids(raw: dict[str, Any]) -> dict[int, str]:
    """The ids that the file itself has; an upgrade would invent random ones."""
    cells = raw.get("cells")
    found = {}
    for index, cell in enumerate(cells if isinstance(cells, list) else [], start=1):
        if isinstance(cell, dict) and isinstance(cell.get("id"), str):
            found[index] = cell["id"]
    return found


def _source_only(node: Any, ids: dict[int, str]) -> bytes:
    cells = []
    for index, cell in enumerate(node.cells, start=1):
        entry: dict[str, Any] = {
            "cell_type": cell.cell_type,
            "id": ids.get(index, f"cell-{index}"),
            "metadata": {},
            "source": cell.source,
        }
        if cell.cell_type == "code":
            entry.update(outputs=[], execution_count=None)
        cells.append(entry)
    metadata = {
        name: node.metadata[name] for name in ("kernelspec", "language_info", KEY) if name in node.metadata
    }
    content = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return (json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode(
        "utf-8", "replace"
    )

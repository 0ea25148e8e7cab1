"""What to say when a prediction cannot import what it needs, although all cells have run."""

from __future__ import annotations

import re

from packaging.utils import canonicalize_name

from ..problems import Code, SlipwayProblem
from .capture import imported_modules
from .cells import Cell
from .import_names import package_of
from .install_line import pair
from .lock import locked_versions
from .shown import short

_RAISED = re.compile(r"^(ModuleNotFoundError|ImportError): (.*)", re.MULTILINE)
_MISSING = re.compile(r"No module named '([^']+)'")


def import_problem(
    traceback: str, cells: list[Cell], lock: str, function: str = "predictor"
) -> SlipwayProblem | None:
    """None where the traceback ends in something else. The sentence begins with the function."""
    # What a failing import says may be many lines, of which the last tells nothing.
    *_, found = (None, *_RAISED.finditer(traceback))
    if found is None or "Traceback (most recent call last)" in traceback[found.end() :]:
        return None
    words = short(found[2])
    missing = _MISSING.search(found[2])
    if missing is None:
        return SlipwayProblem(
            Code.SAMPLE_FAILED,
            f"`{function}` could not import what it needs ({words}). The service would fail in the same "
            "way. Pin a version whose import works; an import in a cell of its own shows early whether it "
            "does.",
        )
    name = missing[1]
    package = package_of(name)
    version = locked_versions(lock).get(canonicalize_name(package))
    place = imported_modules(cells).get(name.partition(".")[0])
    if version is not None:
        return SlipwayProblem(
            Code.SAMPLE_FAILED,
            f"`{function}` could not import {name}, which {package} {version} does not have. Pin a version "
            "that has it, or import what this version has instead.",
            cell=place,
        )
    return SlipwayProblem(
        Code.IMPORT_UNDECLARED,
        f"`{function}` could not import {name}, which no package of `requirements` brings. Add "
        f"{pair(package)}, or put the module beside the notebook if it is one of yours.",
        cell=place,
    )

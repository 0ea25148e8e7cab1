"""How large the model is, by its globals, and a warning where training data goes into it."""

from __future__ import annotations

import re
from typing import Any

from ..problems import Code
from ..sizes import size_words
from ..wire import Problem
from .cells import Cell
from .execute import KernelGone, Session, TookTooLong
from .progress import Progress

MEASURED_FROM = 100_000
"""Bytes: below, the size of the whole says enough."""
_SHOWN = 5
_LEAST_SHARE = 0.01


def report_holdings(session: Session, size: int, progress: Progress) -> None:
    """Notes which globals make a large model large; a problem for each that looks like training data.

    `size` is that of the pickle, in bytes. What the kernel cannot tell is not worth ending a build for.
    """
    try:
        answer = session.call({"do": "holdings", "measured": size >= MEASURED_FROM}, "capture")
    except (KernelGone, TookTooLong):
        return
    if "fault" in answer:
        progress.output("capture", answer["fault"])
        return
    note = size_note(size, answer["globals"])
    if note is not None:
        progress.note("capture", note)
    by_file = {cell.file: cell for cell in session.cells}
    for found in answer["data"]:
        progress.problem(training_problem(found, by_file))


_NEIGHBOURS = re.compile(r"\._?(fit_X|X_fit_?|tree)$")
"""Where nearest-neighbour models and the like keep what they answer with."""


def size_note(size: int, sizes: list[dict[str, Any]]) -> str | None:
    """`The model has 41.2 MB: kmodel 41.0 MB, lookup 0.2 MB.`; None where it is small."""
    if size < MEASURED_FROM:
        return None
    large = [entry for entry in sizes if entry["bytes"] >= _LEAST_SHARE * size][:_SHOWN]
    named = ", ".join(f"{entry['name']} {size_words(entry['bytes'])}" for entry in large)
    return f"The model has {size_words(size)}{': ' if named else ''}{named}."


def training_problem(found: dict[str, Any], cells: dict[str, Cell]) -> Problem:
    """`found` is an entry of what kernel_side/holdings.py says of data."""
    cell = cells.get(found["file"] or "")
    where = ""
    if cell is not None and found["function"] is not None:
        where = f" by `{found['function']}` (cell {cell.index}, line {found['line']})"
    advice = (
        "The model answers by comparing with them, so there is nothing to leave out: give the bundle only to "
        "those who may have the data."
        if _NEIGHBOURS.search(found["path"])
        else "Keep what a prediction needs of them in a variable of its own, and let the functions use that."
    )
    problem: Problem = {
        "code": Code.TRAINING_DATA.value,
        "severity": "warning",
        "message": f"`{found['path']}` goes into the service: a {_kind(found['kind'])} of "
        f"{found['rows']:,} rows ({size_words(found['bytes'])}), used{where or ' by the functions'}. If "
        f"these are training data, whoever gets the bundle gets them too. {advice}",
    }
    if cell is not None:
        problem["cell"] = cell.place(found["line"])
    return problem


def _kind(kind: str) -> str:
    return {"array": "table of numbers", "list": "list", "dict of columns": "dict of columns"}.get(kind, kind)

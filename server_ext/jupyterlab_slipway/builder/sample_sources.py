"""Where a notebook shows samples: a literal list `examples`, and calls of `predictor` with a literal."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ..problems import Code
from ..wire import CellPlace, Problem
from .cells import Cell, last_assignment, top_level
from .shown import short

MOST_CALLS = 20


@dataclass(frozen=True)
class Candidate:
    text: str
    """JSON."""
    label: str
    """What it is, for a sentence: "example 2"."""
    place: CellPlace | None


def find_examples(cells: list[Cell]) -> list[Candidate]:
    """`examples`, where it is a literal list of JSON values; anything else of that name is not ours."""
    values, place = _literal_examples(cells)
    try:
        return [Candidate(_json(value), f"example {number}", place) for number, value in enumerate(values, 1)]
    except _NO_JSON:
        return []


def unusable_example(cells: list[Cell]) -> Problem | None:
    """A warning where `examples` is a literal list, and an entry of it keeps all of it from being taken."""
    values, place = _literal_examples(cells)
    for number, value in enumerate(values, 1):
        try:
            _json(value)
        except _NO_JSON:
            assert place is not None
            return {
                "code": Code.EXAMPLES_IGNORED.value,
                "severity": "warning",
                "message": f"`examples` is not used: its entry {number}, {short(repr(value))}, has no form "
                "in JSON, as a sample needs. Correct it, or leave it out.",
                "cell": place,
            }
    return None


def unread_examples(cells: list[Cell]) -> str | None:
    """A sentence where `examples` is no literal list; it may be meant as samples all the same."""
    found = last_assignment(cells, "examples")
    if found is None or _literal_examples(cells)[1] is not None:
        return None
    return (
        f"`examples` in cell {found.cell.index} is no literal list, so it is not used as samples: it is read "
        "without running the notebook. If it is meant as such, write the values out, as in "
        "`examples = [[0.5, 0.5]]`."
    )


_NO_JSON = (ValueError, TypeError, RecursionError, MemoryError)


def _literal_examples(cells: list[Cell]) -> tuple[Sequence[object], CellPlace | None]:
    """The entries of `examples` and its place; none where it is no literal list."""
    found = last_assignment(cells, "examples")
    if found is None or found.value is None:
        return (), None
    try:
        values = ast.literal_eval(found.value)
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return (), None
    return (values, found.cell.place(found.line)) if isinstance(values, (list, tuple)) else ((), None)


def find_calls(cells: list[Cell]) -> list[Candidate]:
    """Samples of the calls `predictor(LITERAL)` that cells make at top level, each once."""
    found: dict[str, Candidate] = {}
    for cell, statement in top_level(cells):
        for call in _calls(statement):
            try:
                text = _json(ast.literal_eval(call.args[0]))
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            place = cell.place(call.lineno)
            found.setdefault(text, Candidate(text, f"the call in cell {cell.index}", place))
    return list(found.values())[:MOST_CALLS]


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    nodes: list[ast.AST] = [statement]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Try)):
            continue  # does not run, or is expected to fail
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "predictor"
            and len(node.args) == 1
            and not node.keywords
        ):
            yield node
        nodes.extend(ast.iter_child_nodes(node))


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)

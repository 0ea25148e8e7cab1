"""Cells as Python's parser sees them: magics masked, lines and columns kept."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass

from ..wire import CellPlace
from .magics import mask_magics

PYTHON_CELL_MAGICS = frozenset({"time", "capture", "prun"})
"""Cell magics whose body is Python that runs in the notebook's namespace."""

_CELL_MAGIC = re.compile(r"^\s*%%(\w+)")


@dataclass(frozen=True)
class Cell:
    """A code cell."""

    index: int
    """Position among all cells, counted from 1."""
    id: str
    """The nbformat id; empty where the notebook has none."""
    source: str

    @property
    def file(self) -> str:
        """The name under which the cell is compiled, as tracebacks show it; the same in every run."""
        return f"<cell {self.index}>"

    @property
    def blank(self) -> bool:
        return not self.source.strip()

    def place(self, line: int | None = None) -> CellPlace:
        place: CellPlace = {"index": self.index}
        if self.id:
            place["id"] = self.id
        lines = self.source.splitlines()
        if line is not None and 1 <= line <= len(lines):
            place["line"] = line
            place["source"] = lines[line - 1]
        return place

    def parse(self) -> ast.Module | None:
        """The cell's syntax tree, magics left out; None where it is not Python."""
        body = self.source
        magic = _CELL_MAGIC.match(body.lstrip("\n"))
        if magic and magic.group(1) not in PYTHON_CELL_MAGICS:
            return ast.Module(body=[], type_ignores=[])
        return _parse(body) or _parse(mask_magics(body))


def _parse(source: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what the notebook's strings look like is not our business
            return ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def top_level(cells: list[Cell]) -> Iterator[tuple[Cell, ast.stmt]]:
    """Every top-level statement of every cell that parses, in order."""
    for cell in cells:
        tree = cell.parse()
        if tree is not None:
            for statement in tree.body:
                yield cell, statement


def global_names(cell: Cell) -> set[str]:
    """The names that a cell gives values as it runs; those of function and class bodies left out."""
    names: set[str] = set()
    pending: list[ast.AST] = list(tree.body) if (tree := cell.parse()) is not None else []
    while pending:
        match node := pending.pop():
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add(name)
                continue
            case ast.Lambda() | ast.ListComp() | ast.SetComp() | ast.DictComp() | ast.GeneratorExp():
                continue
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
            ):
                names.add(name)
            case ast.Import(names=aliases) | ast.ImportFrom(names=aliases):
                names.update((alias.asname or alias.name).partition(".")[0] for alias in aliases)
            case _:
                pass
        pending.extend(ast.iter_child_nodes(node))
    return names


@dataclass(frozen=True)
class Assignment:
    """A top-level statement that gives a name its value."""

    cell: Cell
    line: int
    value: ast.expr | None
    """None where the statement does more than assign one expression."""


def last_assignment(cells: list[Cell], name: str) -> Assignment | None:
    """The last top-level statement that binds `name` or changes it in place."""
    found = None
    for cell, statement in top_level(cells):
        value: ast.expr | None
        match statement:
            case ast.Assign(targets=targets, value=value):
                if any(_is_name(target, name) for target in targets):
                    found = Assignment(cell, statement.lineno, value)
                elif any(_changes(target, name) for target in targets):
                    found = Assignment(cell, statement.lineno, None)
            case ast.AnnAssign(target=target, value=ast.expr() as value):
                if _is_name(target, name):
                    found = Assignment(cell, statement.lineno, value)
                elif _changes(target, name):
                    found = Assignment(cell, statement.lineno, None)
            case ast.AugAssign(target=target) if _changes(target, name):
                found = Assignment(cell, statement.lineno, None)
            case ast.Delete(targets=targets) if found and any(
                isinstance(target, ast.Subscript) and _changes(target, name) for target in targets
            ):
                found = Assignment(cell, statement.lineno, None)
            case ast.Expr(value=ast.Call(func=ast.Attribute(value=owner))) if found and _changes(owner, name):
                found = Assignment(cell, statement.lineno, None)
    return found


def _changes(target: ast.expr, name: str) -> bool:
    """Is it the name, an item of it such as `name[0][1]`, or several targets with one of these among them?"""
    match target:
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(_changes(part, name) for part in parts)
        case ast.Starred(value=part) | ast.Subscript(value=part):
            return _changes(part, name)
        case _:
            return _is_name(target, name)


def _is_name(node: ast.AST, name: str) -> bool:
    return isinstance(node, ast.Name) and node.id == name

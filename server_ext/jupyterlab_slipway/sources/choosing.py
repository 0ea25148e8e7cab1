"""Which notebook of a repository is meant: the one that is named, or the one that has a contract."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..builder.cells import Cell, last_assignment, top_level
from ..builder.requirements import read_requirements
from ..problems import Code, SlipwayProblem
from . import lfs

_NOT_LOOKED_INTO = frozenset(
    {".git", ".ipynb_checkpoints", "__pycache__", "node_modules", ".virtual_documents"}
)
AFTER_A_COLON = "after a colon, such as `#:{}`"
"""How a user names a notebook where repositories are given as addresses."""
_MOST = 500
"""Notebooks that are read to find the one that is meant."""
_SHOWN = 20


@dataclass(frozen=True)
class Candidate:
    """A notebook, and what keeps it from being a service."""

    path: str
    """From where was looked."""
    lacks: tuple[str, ...]
    """In a few words each; nothing where it has a contract."""


def choose_notebook(root: Path, path: str | None = None, *, naming: str = AFTER_A_COLON) -> Path:
    """The notebook that is meant among a repository's files.

    Args:
        root: the repository's directory.
        path: a notebook's or a directory's within it; None for all of it.
        naming: how the user names one, with braces for the place of its path.

    Raises:
        SlipwayProblem: NO_CONTRACT or SEVERAL_CONTRACTS, with all notebooks and what each one lacks;
            NOTEBOOK_MISSING where there is no such path; NOTEBOOK_UNREADABLE where it is no notebook;
            LEAVES_REPOSITORY where it leads out.
    """
    place = root if path is None else root / path
    top = root.resolve()
    if not place.resolve().is_relative_to(top):
        raise SlipwayProblem(
            Code.LEAVES_REPOSITORY, f"The path {str(path)[:200]!r} leads out of the repository."
        )
    if place.is_file():
        if place.suffix != ".ipynb":
            raise SlipwayProblem(
                Code.NOTEBOOK_UNREADABLE, f"{path} is not a notebook: its name does not end in .ipynb."
            )
        return place
    if not place.is_dir():
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING,
            f"The repository has no {str(path)[:200]!r} at this revision. {_listed_paths(root)}",
        )
    where = "The repository" if path is None else f"The directory {path} of the repository"
    found = candidates(place)
    complete = [one for one in found if not one.lacks]
    if len(complete) == 1:
        return place / complete[0].path
    if not found:
        raise SlipwayProblem(
            Code.NO_CONTRACT, f"{where} has no notebook (*.ipynb). Name another revision or another path."
        )
    if not complete:
        one = "its only notebook does not" if len(found) == 1 else f"none of its {len(found)} notebooks does"
        raise SlipwayProblem(
            Code.NO_CONTRACT,
            f"{where} has no notebook that declares what a service needs; {one}:\n{_table(found)}\n"
            "Add to one what it lacks, or name the one that is meant "
            f"{naming.format(_within(path, found[0]))}.",
        )
    raise SlipwayProblem(
        Code.SEVERAL_CONTRACTS,
        f"{where} has {len(complete)} notebooks that can be a service. Name the one that is meant "
        f"{naming.format(_within(path, complete[0]))}:\n{_table(found)}",
    )


def _within(path: str | None, found: Candidate) -> str:
    """Its path in the repository."""
    return found.path if path is None else f"{path}/{found.path}"


def candidates(root: Path) -> list[Candidate]:
    """All notebooks below a directory, by path; the first `_MOST` of them."""
    found = []
    for path in _notebooks(root):
        found.append(Candidate(path.relative_to(root).as_posix(), tuple(lacking(path))))
        if len(found) >= _MOST:
            break
    return found


def lacking(notebook: Path) -> list[str]:
    """What a notebook lacks of a contract, as far as it can be read without running it."""
    from ..builder.notebook import read_notebook  # heavy, and not needed for most of what users do

    if lfs.is_pointer(notebook):
        return ["is in Git LFS, and was not fetched"]
    try:
        cells = read_notebook(notebook).running
    except SlipwayProblem as problem:
        return [_READING.get(problem.code, "cannot be read")]
    found = []
    if last_assignment(cells, "requirements") is None:
        found.append("no `requirements`")
    else:
        try:
            read_requirements(cells)
        except SlipwayProblem as problem:
            found.append(f"`requirements` that cannot be read ({problem.code.value})")
    if not _has_predictor(cells):
        found.append("no `def predictor`")
    return found


_READING = {
    Code.NOTEBOOK_EMPTY: "no code",
    Code.NOT_PYTHON: "is not written in Python",
    Code.NOTEBOOK_UNREADABLE: "cannot be read as a notebook",
}


def _has_predictor(cells: list[Cell]) -> bool:
    return any(_binds(statement) for _, statement in top_level(cells))


def _binds(statement: ast.stmt) -> bool:
    """Whether a top-level statement defines `predictor`, in whatever way."""
    match statement:
        case ast.FunctionDef(name="predictor") | ast.AsyncFunctionDef(name="predictor"):
            return True
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            return any((name.asname or name.name) == "predictor" for name in names)
        case ast.Assign(targets=targets):
            return any(isinstance(target, ast.Name) and target.id == "predictor" for target in targets)
        case ast.AnnAssign(target=ast.Name(id="predictor"), value=ast.expr()):
            return True
        case ast.If(body=body, orelse=orelse):
            return any(_binds(inner) for inner in (*body, *orelse))
        case ast.Try(body=body, handlers=handlers, orelse=orelse, finalbody=final):
            inner = [line for handler in handlers for line in handler.body]
            return any(_binds(line) for line in (*body, *inner, *orelse, *final))
        case ast.With(body=body):
            return any(_binds(inner) for inner in body)
        case _:
            return False


def _notebooks(root: Path) -> Iterator[Path]:
    for parent, directories, files in os.walk(root):  # links to directories are not followed
        directories[:] = sorted(name for name in directories if name not in _NOT_LOOKED_INTO)
        for name in sorted(files):
            path = Path(parent) / name
            if name.endswith(".ipynb") and path.is_file() and not path.is_symlink():
                yield path


def _table(found: list[Candidate]) -> str:
    ordered = sorted(found, key=lambda one: (len(one.lacks), one.path))
    lines = [f"  {one.path}: {', '.join(one.lacks) or 'has a contract'}" for one in ordered[:_SHOWN]]
    if len(found) > _SHOWN:
        lines.append(f"  … and {len(found) - _SHOWN} more")
    return "\n".join(lines)


def _listed_paths(root: Path) -> str:
    paths = [
        path.relative_to(root).as_posix() for path, _ in zip(_notebooks(root), range(_SHOWN), strict=False)
    ]
    return f"It has these notebooks: {', '.join(paths)}." if paths else "It has no notebook at all."

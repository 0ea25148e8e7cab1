"""What predictions need from beside the notebook: modules, and the files that they read."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from ..problems import Code, SlipwayProblem
from ..sizes import size_words
from ..wire import CellPlace, Problem
from .capture import Captured, DataFile, imported_modules
from .cells import Cell
from .execute import KernelGone, Session, TookTooLong
from .options import BuildOptions
from .progress import Progress

_SYSTEM = ("/proc", "/sys", "/dev", "/etc", "/usr", "/lib", "/lib64", "/run", "/System", "/Library")
"""Where every machine has its own: certificates, time zones, fonts, processors."""
_SHOWN = 5


@dataclass(frozen=True)
class Read:
    """A file that was read for a prediction, or while a module beside the notebook was loaded."""

    path: Path
    """As it was asked for, made absolute."""
    real: Path
    size: int
    place: CellPlace | None

    @property
    def where(self) -> str:
        """` (cell 3, line 2)`"""
        if self.place is None:
            return ""
        line = f", line {self.place['line']}" if "line" in self.place else ""
        return f" (cell {self.place['index']}{line})"


def take_from_beside(
    session: Session, captured: Captured, options: BuildOptions, progress: Progress
) -> Captured:
    """Adds the modules and the files that predictions need; after the samples have been scored.

    Raises SlipwayProblem: a file is too large, or the kernel is gone.
    """
    imports = sorted(imported_modules(session.cells))
    try:
        answer = session.call({"do": "beside", "imports": imports}, "capture")
    except (KernelGone, TookTooLong):
        raise SlipwayProblem(
            Code.KERNEL_DIED, "The notebook's process ended after it had scored the samples. Deploy again."
        ) from None
    if "fault" in answer:
        raise SlipwayProblem(Code.INTERNAL, f"Looking for files failed in Slipway itself:\n{answer['fault']}")
    directory = Path(os.path.abspath(options.directory))  # noqa: PTH100  links stay as they are
    roots = sorted({directory, directory.resolve()})
    modules = dict(_without_leading_out(answer["modules"], roots, progress))
    reads = [*_reads(answer["reads"], session.cells, session.scratch.resolve())]
    parents = {Path(place).parent for places in modules.values() for place in places}
    here = Path(answer["directory"])
    if any(here.is_relative_to(root) for root in roots):
        parents.add(here)  # a cell may have changed to a directory below
    data = _files(reads, roots, parents, options, progress)
    return replace(captured, modules=modules, data=data)


def _without_leading_out(
    modules: dict[str, list[str]], roots: Iterable[Path], progress: Progress
) -> Iterator[tuple[str, list[str]]]:
    for name, places in sorted(modules.items()):
        kept = [place for place in places if not leads_out(Path(place), roots)]
        for place in sorted(set(places) - set(kept)):
            progress.note(
                "capture",
                f"The module {name} is left out: {place} is a link to {Path(place).resolve()}, which is not "
                "beside the notebook. Put the file itself there.",
                "warning",
            )
        if kept:
            yield name, kept


def leads_out(path: Path, roots: Iterable[Path]) -> bool:
    """Is `path`, by its name, in one of the directories, and in truth somewhere else?"""
    inside = [root for root in roots if path.is_relative_to(root)]
    return bool(inside) and not any(path.resolve().is_relative_to(root.resolve()) for root in inside)


def shadow_problems(cells: list[Cell], directory: Path) -> Iterator[Problem]:
    """Warnings about modules beside the notebook that cells import under the name of one of Python's own."""
    for name, place in sorted(imported_modules(cells).items()):
        beside = [directory / f"{name}.py", directory / name / "__init__.py"]
        if name in sys.stdlib_module_names and any(path.is_file() for path in beside):
            yield _problem(
                Code.MODULE_SHADOWS,
                f"Cell {place['index']} imports {name}: beside the notebook is a module of this name, and "
                "Python has one of its own. Which of the two a cell gets depends on what was loaded "
                "before, and packages that want Python's may break. Give yours another name.",
                place,
            )


def _reads(found: list[dict[str, Any]], cells: list[Cell], scratch: Path) -> Iterator[Read]:
    by_file = {cell.file: cell for cell in cells}
    for entry in found:
        cell = by_file.get(entry["cell"] or "")
        place = cell.place(entry["line"]) if cell is not None else None
        read = Read(Path(entry["path"]), Path(entry["real"]), int(entry["size"]), place)
        if not read.real.is_relative_to(scratch) and not read.path.is_relative_to(scratch):
            yield read


def is_systems(path: Path) -> bool:
    """Does every machine have a file of its own there, or is it a cache that is made again?"""
    return any(path.is_relative_to(place) for place in _SYSTEM) or bool(
        {"__pycache__", ".cache", "matplotlib"} & set(path.parts)
    )


def _files(
    reads: list[Read], roots: list[Path], parents: set[Path], options: BuildOptions, progress: Progress
) -> list[DataFile]:
    """Where the files that were read go; a problem for those that are not beside the notebook."""
    found: dict[str, DataFile] = {}
    for read in reads:
        targets = list(targets_of(read, roots, parents))
        if targets and any(is_hidden(target) for target in targets):
            progress.problem(_hidden_problem(read))
        elif leads_out(read.path, [*roots, *parents]):
            progress.problem(_link_problem(read))
        elif targets:
            if read.size > options.largest_file:
                raise too_large(read, options.largest_file)
            for target in targets:
                found.setdefault(target, DataFile(read.path, target, read.size))
        elif not is_systems(read.real):
            progress.problem(_outside_problem(read))
    files = [found[target] for target in sorted(found)]
    if files:
        shown = [f"{file.target} ({size_words(file.size)})" for file in files[:_SHOWN]]
        more = [f"{len(files) - _SHOWN} more"] if len(files) > _SHOWN else []
        progress.note("capture", f"Taken along because predictions read it: {', '.join([*shown, *more])}.")
    return files


def targets_of(read: Read, roots: Iterable[Path], parents: Iterable[Path]) -> Iterator[str]:
    """Its places below `modules/`: from the notebook's directory, and from that of a module taken along."""
    for root in (*roots, *sorted(parents)):
        for path in (read.path, read.real):
            if path.is_relative_to(root):
                yield str(PurePosixPath(path.relative_to(root)))
                break


def is_hidden(target: str) -> bool:
    """Such files are settings and caches of programs, credentials among them."""
    return any(part.startswith(".") for part in PurePosixPath(target).parts)


def too_large(read: Read, largest: int) -> SlipwayProblem:
    return SlipwayProblem(
        Code.FILE_TOO_LARGE,
        f"Predictions read {read.path.name}{read.where}, which has {size_words(read.size)}; files of up to "
        f"{size_words(largest)} are taken along. Read it in a cell and keep in a variable what a prediction "
        "needs of it, or allow more with --largest-file.",
        cell=read.place,
    )


def _link_problem(read: Read) -> Problem:
    return _problem(
        Code.FILE_NOT_BESIDE,
        f"Predictions read {read.path.name}{read.where}, which is a link to {read.real}, outside of the "
        "notebook's directory. It is left out, so the service will not find it. Put the file itself beside "
        "the notebook.",
        read.place,
    )


def _hidden_problem(read: Read) -> Problem:
    return _problem(
        Code.FILE_NOT_BESIDE,
        f"Predictions read {read.path}{read.where}. Hidden files often hold credentials, so it is left out, "
        "and the service will not find it. If it is data, give it a name without the dot; a credential "
        "belongs into an environment variable of the service.",
        read.place,
    )


def _outside_problem(read: Read) -> Problem:
    return _problem(
        Code.FILE_NOT_BESIDE,
        f"Predictions read {read.path}{read.where}, which is not beside the notebook. The service does not "
        "have it, and on another machine will not find it. Put it beside the notebook and name it by a "
        "relative path, or read it in a cell.",
        read.place,
    )


def absolute_problem(path: Path) -> Problem:
    """For a file beside the notebook that the loaded model reads where it lies."""
    return _problem(
        Code.ABSOLUTE_PATH,
        f"Predictions read {path} by its absolute path. On another machine the service will not find it, "
        "and on this one it uses the file beside the notebook rather than the copy that it has. Name it by "
        f'a path from the notebook\'s directory, such as "{path.name}".',
        None,
    )


def _problem(code: Code, message: str, place: CellPlace | None) -> Problem:
    problem: Problem = {"code": code.value, "severity": "warning", "message": message}
    if place is not None:
        problem["cell"] = place
    return problem

"""Copies into a bundle what predictions need from beside the notebook: modules, packages, data files."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..problems import Code, SlipwayProblem
from ..sizes import size_words
from .capture import DataFile
from .files import remove_tree
from .progress import Progress

_LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")
_SOURCES = (".py", ".so", ".pyd")


def copy_beside(
    modules: dict[str, list[str]],
    data: list[DataFile],
    target: Path,
    *,
    directory: Path,
    largest: int,
    progress: Progress,
) -> None:
    """Fills `target`, which is not there yet, and will not be where there is nothing to copy. Raises OSError.

    `directory` is the notebook's. Left out of packages is what a link leads out of there, or out of the
    package, and what is larger than `largest` bytes without being read for a sample.
    """
    for name in sorted(modules):
        for place in modules[name]:
            source = Path(place)
            target.mkdir(exist_ok=True)
            if source.is_dir():
                package = _Package(source, directory, largest, {file.source for file in data}, progress)
                package.copy(target / name)
            else:
                shutil.copyfile(source, target / source.name)
    for file in data:
        copy = target / file.target
        if not copy.exists():
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file.source, copy)
    if modules:
        progress.note("capture", f"Taken along from beside the notebook: {', '.join(sorted(modules))}.")


class _Package:
    def __init__(
        self, source: Path, directory: Path, largest: int, read: set[Path], progress: Progress
    ) -> None:
        self.source = source
        self.roots = (source.resolve(), directory.resolve())
        self.largest = largest
        self.read = read
        self.progress = progress

    def copy(self, target: Path) -> None:
        for path in self._files(self.source, ()):
            size = path.stat().st_size
            if size > self.largest and path.suffix not in _SOURCES and path not in self.read:
                self._leave_out(f"{path} has {size_words(size)}, and no sample needs it: it is left out.")
                continue
            copy = target / path.relative_to(self.source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)

    def _files(self, parent: Path, above: tuple[Path, ...]) -> Iterator[Path]:
        here = parent.resolve()
        if here in above:
            return  # a link to a directory that holds it
        for name in sorted(os.listdir(parent)):  # noqa: PTH208  names are what matters
            path = parent / name
            if name in _LEFT_OUT or name.endswith(".pyc"):
                continue
            if not any(path.resolve().is_relative_to(root) for root in self.roots):
                self._leave_out(f"{path} is a link that leads out of its package, and is left out.")
            elif path.is_dir():
                if name[0] != ".":
                    yield from self._files(path, (*above, here))
            elif path.is_file():
                yield path

    def _leave_out(self, words: str) -> None:
        self.progress.note("capture", words, "warning")


@contextmanager
def left_as_built(modules: Path) -> Iterator[None]:
    """Removes what predictions in the body write below `modules`, where they run.

    Raises SlipwayProblem where they change a file of the bundle: it could not be loaded a second time.
    """
    before = _facts(modules)
    yield
    after = _facts(modules)
    for path in sorted(set(after) - set(before), reverse=True):
        if path.is_dir():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)
    changed = sorted(path for path, facts in before.items() if after.get(path) != facts)
    if changed:
        name = changed[0].relative_to(modules).as_posix()
        advice = "Read the file in a cell and keep its content in a variable, or write to another file."
        if any(path.name.endswith("-wal") for path in changed):
            advice = (
                "SQLite does that where a database was left open in the notebook, with changes not yet "
                "merged: close all connections in their cells."
            )
        raise SlipwayProblem(
            Code.DATA_CHANGED,
            f"Predictions read {name} from beside the notebook, and change it. A service never changes what "
            f"it was built from. {advice}",
        )


def _facts(directory: Path) -> dict[Path, tuple[int, int] | None]:
    """Time (ns) and size of each file; None for directories, which change when something is put there."""
    return {
        path: (path.lstat().st_mtime_ns, path.lstat().st_size) if not path.is_dir() else None
        for path in directory.rglob("*")
    }

"""Which distributions serving needs: from what loading the model and scoring its samples was seen to use.

The least that may do are those that the model itself refers to (in its pickle, in cells, in modules from
beside the notebook, also in bodies of functions that no sample reached), the files, libraries and plugins
that were used, and all that these declare to need. What a package merely imports where it happens to be
there is left out, unless it declares no needs at all. That is a guess until the samples have been scored
without it: `slim.py` has that done.
"""

from __future__ import annotations

import ast
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from .installed import Environment, applies
from .requirements import Pin, name_of
from .resolve import CAPTURE_PACKAGE

Reasons = dict[str, str]
"""Of distributions: why each is needed, in a few words."""

_CODE = (".py", ".pyc", ".so", ".pyd")
_MODEL = "the model refers to it"


@dataclass(frozen=True)
class Needed:
    least: Reasons
    """With these the service should do."""
    traced: Reasons
    """These, and all that was imported, needed or not."""
    optional: Mapping[str, str]
    """Of what `traced` has more: the distribution that imported it."""


def find_needed(
    trace: Mapping[str, Any],
    environment: Environment,
    *,
    pins: list[Pin],
    keep: tuple[str, ...],
    modules: Path,
) -> Needed:
    """`trace` is what kernel_side/trace.py wrote, `modules` where modules from beside the notebook are."""
    search = _Search(trace, environment, modules)
    search.model()
    search.bodies()
    search.files()
    for name in keep:
        search.add(frozenset({canonicalize_name(name)}), "you asked to keep it")
    extras: dict[str, frozenset[str]] = {
        name_of(pin): frozenset(Requirement("".join(pin)).extras) for pin in pins
    }
    roots = dict(search.roots)
    least = search.closed(roots, extras)
    while undeclared := search.imported_by_silent(least):
        roots.update(undeclared)
        least = search.closed(roots, extras)
    everything = dict(roots)
    for name, importers in search.importers.items():
        if name not in least:
            everything.setdefault(name, f"{importers[0]} imports it")
    return Needed(
        least=least,
        traced=search.closed(everything, extras),
        optional={name: by[0] for name, by in search.importers.items() if name not in least},
    )


class _Search:
    def __init__(self, trace: Mapping[str, Any], environment: Environment, modules: Path) -> None:
        self.trace = trace
        self.environment = environment
        self.local = modules.resolve()
        self.roots: Reasons = {}
        self.importers: dict[str, list[str]] = {}
        """Of distributions: the others that import them."""
        self.add(frozenset({CAPTURE_PACKAGE}), "the model is read with it")

    def add(self, names: frozenset[str], reason: str) -> None:
        for name in names & self.environment.distributions.keys():
            self.roots.setdefault(name, reason)

    def closed(self, roots: Reasons, extras: Mapping[str, frozenset[str]]) -> Reasons:
        found = self.environment.closed(roots, extras, self.trace["markers"])
        return {name: roots[name] if by is None else f"{by} needs it" for name, by in found.items()}

    def model(self) -> None:
        """What was imported, by whom."""
        loaded = self.trace["loaded"]
        for module, (file, plugin) in self.trace["imports"].items():
            if module not in loaded:
                continue  # it is not there, or is a namespace, whose parts say more
            owners = self.environment.owners_of_file(loaded[module])
            importers = self.environment.owners_of_file(file)
            if not owners or owners & importers:
                continue
            importer = next(iter(sorted(importers)), None)
            if plugin:
                self.add(owners, f"a plugin of {importer}" if importer else "a plugin")
            elif importer is None or importer == CAPTURE_PACKAGE:
                self.add(owners, self._place(file) or _MODEL)
            else:
                for name in owners:
                    self.importers.setdefault(name, []).append(importer)
        for module in self.trace["referred"]:  # which a package may have imported before the model did
            self.add(self.environment.owners_of_module(module), _MODEL)

    def imported_by_silent(self, kept: Reasons) -> Reasons:
        """What a kept package imports that declares no needs at all, as many did in former years."""
        found: Reasons = {}
        for name, importers in self.importers.items():
            for importer in importers:
                if name not in kept and importer in kept and not self._declares_needs(importer):
                    found.setdefault(name, f"{importer} imports it")
        return found

    def _declares_needs(self, name: str) -> bool:
        """Without extras: those are for what it can do without."""
        requires = self.environment.distributions[name].requires
        return any(applies(requirement, frozenset(), self.trace["markers"]) for requirement in requires)

    def _place(self, file: str) -> str | None:
        if file.startswith("<cell "):
            return f"{_cell(file)} imports it"
        path = Path(file)
        if path.is_relative_to(self.local):
            return f"{path.relative_to(self.local).as_posix()} imports it"
        return None

    def bodies(self) -> None:
        """What functions would import when they are called, whether or not a sample had them called."""
        local: list[str] = []
        for name, (file, exactly) in self.trace["bodies"].items():
            if exactly or name in self.environment.exact_modules:
                self.add(self.environment.owners_of_module(name), f"a function of {_cell(file)} imports it")
            local.append(name)
        loaded = [
            name for name, path in self.trace["loaded"].items() if Path(path).is_relative_to(self.local)
        ]
        for name, file in _local_imports(self.local, [*local, *loaded]).items():
            self.add(self.environment.owners_of_module(name), f"{file} imports it")

    def files(self) -> None:
        """Data files and shared libraries of packages that only bring such: no import tells of those.

        What else is imported is judged by that: a package also reads files of its own while it is imported.
        """
        for path in self.trace["files"]:
            inside = path.startswith(str(self.environment.site_packages))
            if inside and not path.endswith(_CODE) and ".dist-info" not in path:
                self._without_import(self.environment.owners_of_file(path), "a file of it is read")
        for path in self.trace["libraries"]:
            # An extension module was imported by somebody; it is no library for others.
            if path not in self.trace["loaded"].values():
                self._without_import(self.environment.owners_of_file(path), "a library of it is loaded")

    def _without_import(self, owners: frozenset[str], reason: str) -> None:
        if not owners & (self.importers.keys() | self.roots.keys()):
            self.add(owners, reason)


def _cell(file: str) -> str:
    """`<cell 3>`, or `<cell 3.1>` where the cell's code came in several parts, as "cell 3"."""
    return file.strip("<>").partition(".")[0]


def _local_imports(directory: Path, first: list[str]) -> dict[str, str]:
    """All that modules below `directory` import, anywhere in their code: each name with the file that does.

    Followed are the modules named in `first` and what they import of each other.
    """
    found: dict[str, str] = {}
    seen: set[Path] = set()
    open_ = list(first)
    while open_:
        path = _local_file(directory, open_.pop())
        if path is None or path in seen:
            continue
        seen.add(path)
        for name in _imports(path, directory):
            if _local_file(directory, name) is not None:
                open_.append(name)
            else:
                found.setdefault(name, path.relative_to(directory).as_posix())
    return found


def _local_file(directory: Path, name: str) -> Path | None:
    """The file of a module; for `package.name`, which may be a name in the package, also the package's."""
    parts = name.split(".")
    for length in (len(parts), len(parts) - 1):
        if length:
            base = directory.joinpath(*parts[:length])
            for path in (base / "__init__.py", base.with_name(f"{base.name}.py")):
                if path.is_file():
                    return path
    return None


def _imports(path: Path, directory: Path) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(path.read_bytes())
    except (SyntaxError, ValueError, RecursionError, OSError):
        return  # of another Python; what it imports when it is loaded was seen
    package = list(path.relative_to(directory).with_suffix("").parts[:-1])
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *(node.module or "").split(".")]).strip(".")
            if base and not node.level:
                yield base
            yield from (f"{base}.{alias.name}".strip(".") for alias in node.names)


def reason_left_out(name: str, kept: Reasons, needed: Needed) -> str:
    """Why one that is not in `kept` is not."""
    importer = needed.optional.get(name)
    if importer is None:
        return "nothing that serves imports it"
    if importer in kept:
        return f"{importer} imports it where it is there, and does without it"
    return f"imported only by {importer}, which is left out"

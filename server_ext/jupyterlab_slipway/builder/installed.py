"""What is installed in an environment: its distributions, by their metadata and their RECORDs."""

from __future__ import annotations

import importlib.metadata
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

_MODULE_FILE = re.compile(r"^(.+?)(?:\.py|(?:\.[\w-]+)*\.(?:so|pyd))$")
_DIST_INFO = re.compile(r"^[^/]+\.(?:dist|egg)-info/")


@dataclass(frozen=True)
class Distribution:
    """One installed package."""

    name: str
    """Normalised."""
    version: str
    requires: tuple[Requirement, ...]
    files: tuple[str, ...]
    """Paths below site-packages, with forward slashes; without its metadata, scripts and byte code."""
    bytes: int
    """Of these files."""

    @property
    def modules(self) -> list[str]:
        """Top-level names of what it brings to import."""
        names = {
            match.group(1).partition("/")[0] for path in self.files if (match := _MODULE_FILE.match(path))
        }
        return sorted(name for name in names if name.isidentifier())


@dataclass(frozen=True)
class Environment:
    """All distributions of one environment."""

    site_packages: Path
    distributions: Mapping[str, Distribution]
    _owners: Mapping[str, frozenset[str]] = field(repr=False)
    """Distributions that list a file; two that bring the same package both do."""
    _bringing: Mapping[str, frozenset[str]] = field(repr=False)
    """Distributions that bring a module of exactly this dotted name."""
    _below: Mapping[str, frozenset[str]] = field(repr=False)
    """Distributions that bring something below a dotted name: who shares a namespace package."""

    @property
    def exact_modules(self) -> Collection[str]:
        """Dotted names of all modules that are files."""
        return self._bringing.keys()

    def owners_of_file(self, path: str) -> frozenset[str]:
        """Of an absolute path; none where it lies elsewhere, or nobody lists it."""
        try:
            inside = Path(path).relative_to(self.site_packages)
        except ValueError:
            return frozenset()
        return self._owners.get(inside.as_posix(), frozenset())

    def owners_of_module(self, name: str) -> frozenset[str]:
        """Of what `import name` reaches: the longest part of the name that somebody brings."""
        parts = name.split(".")
        for length in range(len(parts), 0, -1):
            prefix = ".".join(parts[:length])
            if prefix in self._bringing:
                return self._bringing[prefix]
            if prefix in self._below:
                return self._below[prefix]
        return frozenset()

    def closed(
        self, roots: Iterable[str], extras: Mapping[str, frozenset[str]], markers: Mapping[str, str]
    ) -> dict[str, str | None]:
        """The roots and all that they need: each with the distribution that needs it, None for a root.

        Args:
            roots: names of distributions, normalised.
            extras: of distributions, those that are asked for.
            markers: the environment markers of PEP 508, of the environment's own Python.
        """
        found: dict[str, str | None] = {name: None for name in roots if name in self.distributions}
        done: set[tuple[str, frozenset[str]]] = set()
        open_ = [(name, extras.get(name, frozenset())) for name in found]
        while open_:
            name, wanted = open_.pop()
            if (name, wanted) in done:
                continue
            done.add((name, wanted))
            for requirement in self.distributions[name].requires:
                needed = canonicalize_name(requirement.name)
                if needed not in self.distributions or not applies(requirement, wanted, markers):
                    continue
                found.setdefault(needed, name)
                open_.append((needed, frozenset(requirement.extras) | extras.get(needed, frozenset())))
        return found


def read_environment(python: Path) -> Environment:
    """The environment whose executable is `python`."""
    root = python.parent.parent
    site_packages = next(iter(sorted(root.glob("lib/*/site-packages"))), root / "lib")
    distributions = {found.name: found for found in _distributions(site_packages)}
    owners: dict[str, set[str]] = defaultdict(set)
    bringing: dict[str, set[str]] = defaultdict(set)
    below: dict[str, set[str]] = defaultdict(set)
    for found in distributions.values():
        for path in found.files:
            owners[path].add(found.name)
            match = _MODULE_FILE.match(path)
            if match is None:
                continue
            parts = match.group(1).split("/")
            if parts[-1] == "__init__":
                parts.pop()
            bringing[".".join(parts)].add(found.name)
            for length in range(1, len(parts)):
                below[".".join(parts[:length])].add(found.name)
    return Environment(site_packages, distributions, _frozen(owners), _frozen(bringing), _frozen(below))


def _frozen(sets: Mapping[str, set[str]]) -> dict[str, frozenset[str]]:
    return {key: frozenset(value) for key, value in sets.items()}


def _distributions(site_packages: Path) -> Iterator[Distribution]:
    for found in importlib.metadata.distributions(path=[str(site_packages)]):
        name = found.metadata["Name"]
        if not name:
            continue  # a directory that a broken wheel left
        files = []
        size = 0
        for path in found.files or ():
            text = path.as_posix()
            if text.startswith("../") or _DIST_INFO.match(text) or text.endswith(".pyc"):
                continue  # scripts and records hold the place of the environment, so their size differs
            try:
                size += path.size if path.size is not None else (site_packages / text).stat().st_size
            except OSError:
                continue
            files.append(text)
        yield Distribution(canonicalize_name(name), found.version, _requirements(found), tuple(files), size)


def _requirements(found: importlib.metadata.Distribution) -> tuple[Requirement, ...]:
    requirements = []
    for text in found.requires or ():
        try:
            requirements.append(Requirement(text))
        except InvalidRequirement:
            continue  # of times before PEP 508; the replay of the samples tells whether it matters
    return tuple(requirements)


def applies(requirement: Requirement, extras: frozenset[str], markers: Mapping[str, str]) -> bool:
    """Whether a requirement counts, with these extras asked for and these environment markers of PEP 508."""
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({**markers, "extra": extra}) for extra in ("", *extras))

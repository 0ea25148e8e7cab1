"""`plan.json`: what the builder and the HTTP server need within an image (`engines/image/install.py`)."""

from __future__ import annotations

import re
import tomllib
import zipfile
from collections.abc import Callable, Iterable, Mapping
from email.parser import Parser
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ... import __version__
from ...builder.interpreters import NEWEST
from ..front import RUNTIME_SOURCE, carried_wheel, front_python
from .settings import OLDEST_OF_OURS

BUILDER = (
    *("cyclonedx-python-lib", "filelock", "jupyter-client", "nbclient", "nbformat", "packageurl-python"),
    *("packaging", "psutil", "uv"),
)
"""What modules of `jupyterlab_slipway.builder` import; a test holds the two together."""
_MINORS = tuple(range(OLDEST_OF_OURS[1], NEWEST[1] + 1))
"""Of the Pythons 3.x that may run them within an image."""

Find = Callable[[str], metadata.Distribution | None]


def make_plan(*, shared: bool, home: Path) -> dict[str, Any]:
    """`shared`: the model's Python runs builder and HTTP server as well. `home` is SLIPWAY_HOME.

    Raises:
        importlib.metadata.PackageNotFoundError: where this installation lacks a package that it needs.
    """
    return {
        "shared": shared,
        "version": __version__,
        "uv": metadata.version("uv"),
        "builder_requirements": pinned([Requirement(name) for name in BUILDER], _installed),
        "front_requirements": _front(home),
    }


def pinned(roots: Iterable[Requirement], find: Find) -> list[str]:
    """All that the roots need on Linux, with the versions that `find` has.

    What only some Pythons need keeps that condition; what is not here, because this Python does not need it,
    keeps its bounds.
    """
    needed: dict[str, set[int]] = {}
    lines: dict[str, str] = {}
    pending = [(requirement, set(_MINORS), "") for requirement in roots]
    seen: set[tuple[str, str, frozenset[int]]] = set()
    while pending:
        requirement, minors, extra = pending.pop()
        minors = {minor for minor in minors if _applies(requirement, minor, extra)}
        name = canonicalize_name(requirement.name)
        key = (name, ",".join(sorted(requirement.extras)), frozenset(minors))
        if not minors or key in seen:
            continue
        seen.add(key)
        needed.setdefault(name, set()).update(minors)
        distribution = find(name)
        if distribution is None:
            lines.setdefault(name, f"{name}{requirement.specifier}")
            continue
        lines[name] = f"{name}{_pin(distribution.version)}"
        for wanted in ["", *sorted(requirement.extras)]:
            pending += [(child, minors, wanted) for child in _requirements(distribution)]
    return [lines[name] + _condition(needed[name]) for name in sorted(lines)]


def _pin(version: str) -> str:
    try:
        return f"=={Version(version).public}"
    except InvalidVersion:
        return ""


def _condition(minors: set[int]) -> str:
    if minors == set(_MINORS):
        return ""
    return " ; python_version in '{}'".format(" ".join(f"3.{minor}" for minor in sorted(minors)))


def _applies(requirement: Requirement, minor: int, extra: str) -> bool:
    if requirement.marker is None:
        return not extra  # those of the extra alone
    environment: Mapping[str, str] = {
        "implementation_name": "cpython",
        "implementation_version": f"3.{minor}.0",
        "os_name": "posix",
        "platform_machine": "x86_64",
        "platform_python_implementation": "CPython",
        "platform_system": "Linux",
        "python_full_version": f"3.{minor}.0",
        "python_version": f"3.{minor}",
        "sys_platform": "linux",
        "extra": extra,
    }
    return requirement.marker.evaluate(dict(environment))


def _requirements(distribution: metadata.Distribution) -> list[Requirement]:
    found = []
    for text in distribution.requires or []:
        try:
            found.append(Requirement(text))
        except InvalidRequirement:  # of an old package; pip would not take it either
            continue
    return found


def _installed(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _front(home: Path) -> list[str]:
    """With the versions that the front's environment here has; where there is none, with their bounds."""
    roots = _served()
    python = front_python(home)
    if python is None:
        return sorted(str(root) for root in roots)
    packages = [str(path) for path in python.parents[1].glob("lib/python*/site-packages")]

    def find(name: str) -> metadata.Distribution | None:
        return next(iter(metadata.distributions(name=name, path=packages)), None)

    return pinned(roots, find)


def _served() -> list[Requirement]:
    """What slipway-runtime's extra `serve` asks for."""
    wheel = carried_wheel()
    if wheel is None:
        project = tomllib.loads((RUNTIME_SOURCE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        return [Requirement(text) for text in project["optional-dependencies"]["serve"]]
    with zipfile.ZipFile(wheel) as archive:
        name = next(n for n in archive.namelist() if re.fullmatch(r"[^/]+\.dist-info/METADATA", n))
        facts = Parser().parsestr(archive.read(name).decode("utf-8"))
    found = []
    for text in facts.get_all("Requires-Dist") or []:
        requirement = Requirement(text)
        if requirement.marker is not None and requirement.marker.evaluate({"extra": "serve"}):
            requirement.marker = None
            found.append(requirement)
    return found

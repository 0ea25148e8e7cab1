"""An index for a single package, told to uv by its own means: a project with a source for it.

The index is explicit: only the packages that name it are looked for there, and nowhere else.
https://docs.astral.sh/uv/concepts/indexes/
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

from packaging.utils import canonicalize_name
from slipway_runtime.bundle import LOCK

from .lock import locked_versions

PROJECT = "slipway-notebook"
"""What uv takes for the name of the project; its messages are told without."""

_LINE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def of_lines(lines: Iterable[str], indexes: Mapping[str, str]) -> dict[str, str]:
    """Requirement lines (one a package) that have an index of their own, by the name of that package."""
    found = {}
    for line in lines:
        match = _LINE_NAME.match(line)
        name = canonicalize_name(match.group()) if match else ""
        if name in indexes:
            found[name] = line
    return found


def write_project(directory: Path, lines: Iterable[str], indexes: Mapping[str, str]) -> Path | None:
    """Writes a `pyproject.toml` for the lines that have an index of their own; None where none has.

    Args:
        directory: where uv is called, so that it reads the settings in it as well.
        lines: requirements, one a package.
        indexes: URLs by normalised names.
    """
    indexed = of_lines(lines, indexes)
    if not indexed:
        return None
    text = ["[project]", f'name = "{PROJECT}"', 'version = "0"']
    text.append(f"dependencies = {_toml(list(indexed.values()))}")
    text += ["[tool.uv.pip]", "no-sources = false"]
    for name in indexed:
        text += ["[[tool.uv.index]]", f"name = {_toml(name)}", f"url = {_toml(indexes[name])}"]
        text.append("explicit = true")
        if _is_flat(indexes[name]):
            text.append('format = "flat"')
    text.append("[tool.uv.sources]")
    text += [f"{_toml(name)} = {{ index = {_toml(name)} }}" for name in indexed]
    path = directory / "pyproject.toml"
    path.write_text("\n".join(text) + "\n", encoding="utf-8")
    return path


def install_command(lock: str, directory: Path, indexes: Mapping[str, str]) -> list[str | Path]:
    """How uv is asked for what a lock names; where to is still to be said. Writes into `directory`.

    Hashes are required, so it does not matter who gives the file. The lock is complete: no dependency has to
    be looked for.
    """
    path = directory / LOCK
    path.write_text(lock, encoding="utf-8")
    command: list[str | Path] = ["pip", "install", "--require-hashes", "--no-deps", "--build-isolation"]
    command += ["--requirements", path]
    pinned = [f"{name}=={version}" for name, version in locked_versions(lock).items()]
    project = write_project(directory, pinned, indexes)
    return [*command, "--requirements", project] if project is not None else command


def without_project(words: str) -> str:
    """uv's messages as if the pins had been given to it directly."""
    return re.sub(rf"{PROJECT}(?:==0)? depends on ", "you require ", words)


def _toml(value: str | list[str]) -> str:
    """JSON's strings and lists of printable ASCII are TOML's."""
    return json.dumps(value)


def _is_flat(url: str) -> bool:
    """A directory of files, as `pip install --find-links` takes it, rather than one directory a package."""
    if not url.startswith("file:"):
        return False
    directory = Path(unquote(urlsplit(url).path))
    return any(path.suffix == ".whl" or path.name.endswith(".tar.gz") for path in _entries(directory))


def _entries(directory: Path) -> list[Path]:
    try:
        return list(directory.iterdir())
    except OSError:
        return []

"""The lock: uv's requirements text, in which every package has its version and hashes."""

from __future__ import annotations

import re
from collections.abc import Collection

from packaging.utils import canonicalize_name

_PACKAGE = re.compile(r"^([A-Za-z0-9][\w.-]*)==([^\s;\\]+)", re.MULTILINE)
_HASH = re.compile(r"--hash=([\w-]+:[0-9a-fA-F]+)")


def locked_versions(lock: str) -> dict[str, str]:
    """Every package of a lock with its version; names are normalised."""
    return {canonicalize_name(name): version for name, version in _PACKAGE.findall(lock)}


def locked_hashes(lock: str) -> dict[str, list[str]]:
    """For every package the digests of the files that will do, as `sha256:0a1b…`; names are normalised."""
    found: dict[str, list[str]] = {}
    name = ""
    for line in lock.splitlines():
        begins = _PACKAGE.match(line)
        if begins is not None:
            name = canonicalize_name(begins.group(1))
        found.setdefault(name, []).extend(_HASH.findall(line))
    return found


def only(lock: str, names: Collection[str]) -> str:
    """The lock of these packages alone; `names` are normalised."""
    kept = []
    wanted = True
    for line in lock.splitlines(keepends=True):
        begins = _PACKAGE.match(line)
        if begins is not None:
            wanted = canonicalize_name(begins.group(1)) in names
        if wanted:
            kept.append(line)
    return "".join(kept)

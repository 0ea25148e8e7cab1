"""What a notebook says in its metadata, under `slipway`: indexes of single packages, and packages to keep.

`docs/contract.md` describes it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any
from urllib.parse import SplitResult, urlsplit

from packaging.utils import canonicalize_name

from ..problems import Code, SlipwayProblem
from .requirements import Pin, name_of

KEY = "slipway"
"""Of the notebook's metadata."""

_KNOWN = ("indexes", "keep")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_URL = re.compile(r"[!-~]{1,2000}")
"""Printable ASCII without blanks: everything else is escaped in a URL."""
_SCHEMES = ("https", "http", "file")


@dataclass(frozen=True)
class NotebookSettings:
    """`metadata.slipway`, validated; names of packages are normalised."""

    indexes: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    """The URL of the package index, by the package that comes from there and nowhere else."""
    keep: tuple[str, ...] = ()
    """Packages that the service keeps in any case."""


def read_settings(metadata: Any) -> NotebookSettings:
    """
    Args:
        metadata: the notebook's, as it is in the file.

    Raises:
        SlipwayProblem: SETTINGS_INVALID.
    """
    found = metadata.get(KEY) if isinstance(metadata, dict) else None
    if found is None:
        return NotebookSettings()
    if not isinstance(found, dict):
        raise _invalid("is no object", 'Write it as {"indexes": {"torch": "https://…"}, "keep": ["scipy"]}.')
    unknown = sorted(set(found) - set(_KNOWN))
    if unknown:
        raise _invalid(f"has {_shown(unknown[0])}, which is not known", f"Known are {' and '.join(_KNOWN)}.")
    return NotebookSettings(_indexes(found.get("indexes", {})), _keep(found.get("keep", [])))


def check_declared(settings: NotebookSettings, pins: list[Pin]) -> None:
    """
    Raises:
        SlipwayProblem: SETTINGS_INVALID, where an index is named for a package that `requirements` lacks.
    """
    missing = sorted(settings.indexes.keys() - {name_of(pin) for pin in pins})
    if missing:
        raise _invalid(
            f"names an index for {missing[0]}, which `requirements` does not have",
            "An index holds for declared packages alone: add the package to `requirements` with the version "
            "that you want, or take it out of `indexes`.",
        )


def _indexes(found: Any) -> Mapping[str, str]:
    if not isinstance(found, dict):
        raise _invalid(
            "has `indexes` that is no object", 'Write it as {"torch": "https://…"}: a URL for each package.'
        )
    indexes: dict[str, str] = {}
    for given, url in found.items():
        name = _name(given, "indexes")
        if name in indexes:
            raise _invalid(f"names two indexes for {name}", "Keep one.")
        _check_url(name, url)
        indexes[name] = url
    return MappingProxyType(dict(sorted(indexes.items())))


def _keep(found: Any) -> tuple[str, ...]:
    if not isinstance(found, list):
        raise _invalid("has `keep` that is no list", 'Write it as ["scipy"]: names of packages.')
    return tuple(dict.fromkeys(_name(given, "keep") for given in found))


def _name(given: object, where: str) -> str:
    if not isinstance(given, str) or not _NAME.fullmatch(given):
        raise _invalid(
            f"has {_shown(given)} in `{where}`, which is no name of a package",
            "A name has letters, digits, `-`, `_` and `.` only; versions and extras stand in `requirements`.",
        )
    return canonicalize_name(given)


def _check_url(name: str, url: object) -> None:
    parts = _parts(url)
    # what follows shows nothing of the URL: it may hold a password
    if parts is None or parts.scheme not in _SCHEMES:
        raise _invalid(
            f"has an index for {name} that is no URL of http, https or a file",
            'Write the whole address, such as "https://packages.example/simple" or "file:///srv/simple".',
        )
    if "@" in parts.netloc:
        raise _invalid(
            f"has an index for {name} with a user name or a password in its URL",
            "Whoever gets the notebook would read it. Take it out of the URL, and give it to uv or pip: "
            f"{variable_of(name)}_USERNAME and …_PASSWORD, a netrc file, a keyring, or the same index in "
            "your own configuration.",
        )
    if parts.scheme == "file" and parts.netloc not in ("", "localhost"):
        raise _invalid(
            f"has an index for {name} that is a file on another machine",
            'A file\'s URL has no host and begins with three slashes: "file:///srv/simple".',
        )
    if parts.scheme != "file" and not parts.hostname:
        raise _invalid(
            f"has an index for {name} without a host",
            'Write the whole address, such as "https://packages.example/simple".',
        )
    if parts.query or parts.fragment:
        raise _invalid(
            f"has an index for {name} with a `?` or `#` in its URL",
            "An index is a directory: leave out what follows.",
        )


def _parts(url: object) -> SplitResult | None:
    if not isinstance(url, str) or not _URL.fullmatch(url):
        return None
    try:
        parts = urlsplit(url)
        _ = parts.port  # raises where it is none
    except ValueError:
        return None
    return parts


def variable_of(name: str) -> str:
    """How uv's variables begin that have the credentials for a package's index."""
    return f"UV_INDEX_{re.sub('[^A-Z0-9]', '_', name.upper())}"


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:60]}…"


def _invalid(what: str, advice: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.SETTINGS_INVALID,
        f"The notebook's metadata under `{KEY}` {what}. {advice} (JupyterLab shows the metadata beside the "
        "notebook, in the property inspector.)",
    )

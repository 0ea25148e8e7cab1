"""Names that reach an engine's command line: of images and of Debian packages."""

from __future__ import annotations

import re

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?"
_IMAGE = re.compile(
    rf"(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?"
    r"(?:@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
"""https://github.com/distribution/reference/blob/main/reference.go"""
_LONGEST_IMAGE = 255
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII)
"""https://www.debian.org/doc/debian-policy/ch-controlfields.html#source"""
_LONGEST_PACKAGE = 128


def check_image(text: str) -> str:
    """The name of an image itself. Raises ValueError."""
    if len(text) > _LONGEST_IMAGE or _IMAGE.fullmatch(text) is None:
        raise ValueError(
            f"{text[:100]!r} is no name of an image: lower-case names divided by slashes, perhaps with a "
            "registry before and a tag or digest after them, as in registry.example:5000/team/python:3.11"
        )
    return text


def check_system_package(text: str) -> str:
    """The name of a Debian package itself. Raises ValueError."""
    if len(text) > _LONGEST_PACKAGE or _PACKAGE.fullmatch(text) is None:
        raise ValueError(
            f"{text[:100]!r} is no name of a Debian package: lower-case letters, digits, + . and -, as in "
            "libgomp1"
        )
    return text

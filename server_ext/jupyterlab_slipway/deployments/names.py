"""Names of deployments: short, and safe as a directory, a host label and a word on a command line."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from slipway_runtime.names import MAX_LENGTH, slug

from ..problems import Code, SlipwayProblem

_RULE = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")
_DIGEST_LENGTH = 6
_FALLBACK = "notebook"


def is_name(text: str) -> bool:
    return _RULE.fullmatch(text) is not None


def check_name(text: str) -> str:
    """The name itself.

    Raises:
        SlipwayProblem: NAME_INVALID, with a name that would do.
    """
    if is_name(text):
        return text
    suggestion = slug(text) or _FALLBACK
    raise SlipwayProblem(
        Code.NAME_INVALID,
        f"{text!r} cannot be a deployment's name: lower-case letters a to z, digits and hyphens, at most "
        f"{MAX_LENGTH} of them, with a letter or digit at both ends. {suggestion!r} would do.",
    )


def derived_names(notebook: Path, place: str | None = None) -> tuple[str, str]:
    """For a notebook's path: the name it gets, and the one it gets where another notebook has the first.

    `place` says which notebook it is, where its path alone does not.
    """
    digest = hashlib.sha256((place or str(notebook)).encode("utf-8", "surrogateescape")).hexdigest()[
        :_DIGEST_LENGTH
    ]
    base = slug(notebook.stem)
    long = f"{(base or _FALLBACK)[: MAX_LENGTH - _DIGEST_LENGTH - 1].rstrip('-')}-{digest}"
    return base or long, long

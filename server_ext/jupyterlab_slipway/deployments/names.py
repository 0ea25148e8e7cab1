"""Names of deployments: short, safe in paths, URLs and container labels."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from pathlib import Path

from ..problems import Code, SlipwayProblem

LONGEST = 42
_NAME = re.compile(r"[a-z0-9]([-a-z0-9]{0,40}[a-z0-9])?")


def slug(text: str) -> str:
    """The nearest name to a text; one without any usable letter becomes a name from its digest."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    found = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    letters = sum(character.isalnum() for character in text)
    kept = sum(character.isalnum() for character in found)
    # Where most letters were lost (another script), what is left would mean nothing.
    if not found or kept * 2 < letters:
        found = f"{found}-{_short_digest(text)}".strip("-") if found else f"notebook-{_short_digest(text)}"
    return found[:LONGEST].strip("-")


def check(name: str) -> str:
    """The name itself. Raises SlipwayProblem NAME_INVALID with a suggestion."""
    if _NAME.fullmatch(name):
        return name
    shown = name if len(name) <= 60 else f"{name[:60]}…"
    raise SlipwayProblem(
        Code.NAME_INVALID,
        f"{shown!r} cannot be a deployment's name: use up to {LONGEST} of the letters a-z, digits and hyphens, "
        f"beginning and ending with a letter or digit, such as {slug(name)!r}.",
    )


def with_suffix(name: str, notebook: Path) -> str:
    """Tells apart two notebooks whose file names give the same name."""
    suffix = _short_digest(str(notebook))
    return f"{name[: LONGEST - len(suffix) - 1].strip('-')}-{suffix}"


def _short_digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:6]

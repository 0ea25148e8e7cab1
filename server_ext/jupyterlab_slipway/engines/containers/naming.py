"""Paths of files in sentences."""

from __future__ import annotations

import os
from collections.abc import Sequence

NAMED = 5
"""Paths that a sentence names at most."""


def name_some(paths: Sequence[str], most: int = NAMED) -> str:
    names = ", ".join(shown(path) for path in paths[:most])
    return names + (f" and {len(paths) - most} more" if len(paths) > most else "")


def shown(path: str) -> str:
    """One line, whatever the name holds."""
    text = printable(os.fsencode(path).decode("utf-8", "replace"))
    return text if len(text) <= 120 else f"{text[:60]}…{text[-50:]}"


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)

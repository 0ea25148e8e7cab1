"""Values and tracebacks in a sentence: short, on one line, and with no character that cannot be written."""

from __future__ import annotations

import json

_SHOWN = 80


def short(text: str) -> str:
    """One line of at most 80 characters; halves of surrogate pairs as their escapes."""
    is_cut = len(text) > 4 * _SHOWN  # a sample may be megabytes
    flat = " ".join(text[: 4 * _SHOWN].split()).encode("utf-8", "backslashreplace").decode("utf-8")
    return flat if len(flat) <= _SHOWN and not is_cut else f"{flat[: _SHOWN - 1]}…"


def short_json(value: object) -> str:
    """Likewise, of the value's JSON text."""
    try:
        return short(json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return "a deeply nested value"


def last_line(text: str) -> str:
    """The last line that is not blank, nor one of ours, which in a traceback names the exception."""
    lines = [line for line in text.strip().splitlines() if line.strip() and not line.startswith("slipway: ")]
    return lines[-1].strip() if lines else "nothing"

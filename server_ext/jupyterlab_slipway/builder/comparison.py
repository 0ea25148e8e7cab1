"""Where two answers differ, in words, by the rule of `slipway_runtime/scoring/sameness.py`."""

from __future__ import annotations

from typing import Any

from slipway_runtime.scoring.sameness import close
from slipway_runtime.scoring.words import counted

from .shown import short, short_json

_Way = tuple["_Way", object] | None
"""From the whole to a part: the way to what holds it, and its index or key there."""


def difference(expected: Any, actual: Any, place: str = "the answer") -> str | None:
    """Where two JSON values first differ, in words; None where they are the same by the rule.

    However deep they are nested: what could be read can be compared.
    """
    waiting: list[tuple[Any, Any, _Way]] = [(expected, actual, None)]
    while waiting:
        left, right, way = waiting.pop()
        if isinstance(left, list) and isinstance(right, list):
            if len(left) != len(right):
                return f"{_words(place, way)} has {counted(len(right), 'element')} and not {len(left)}"
            pairs = list(zip(left, right, strict=True))
            waiting += [(one, other, (way, index)) for index, (one, other) in enumerate(pairs)][::-1]
        elif isinstance(left, dict) and isinstance(right, dict):
            if left.keys() != right.keys():
                keys = f"{short_json(sorted(right))} and not {short_json(sorted(left))}"
                return f"{_words(place, way)} has the keys {keys}"
            waiting += [(left[key], right[key], (way, key)) for key in left][::-1]
        elif not _same(left, right):
            return f"{_words(place, way)} is {short_json(right)} and not {short_json(left)}"
    return None


def _same(left: object, right: object) -> bool:
    if type(left) is not type(right):
        return False
    if isinstance(left, float) and isinstance(right, float):
        return close(left, right)
    return left == right


def _words(place: str, way: _Way) -> str:
    steps: list[str] = []
    while way is not None:
        way, step = way
        steps.append(f"[{short(repr(step))}]")
    return place + "".join(reversed(steps)) if len(steps) <= 12 else f"a part of {place}"

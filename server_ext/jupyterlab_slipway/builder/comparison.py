"""When two answers count as the same: a written rule, used wherever a captured model is compared.

Equal type, shape, keys and order; integers, text, booleans and null exactly; floating-point numbers within a
relative 1e-6 or an absolute 1e-9, because another number of threads adds up in another order.
"""

from __future__ import annotations

import math
from typing import Any

RELATIVE = 1e-6
ABSOLUTE = 1e-9


def difference(expected: Any, actual: Any, place: str = "the answer") -> str | None:
    """Where two JSON values differ, in words; None where they are the same by the rule."""
    if type(expected) is not type(actual):
        return f"{place} is {actual!r} and not {expected!r}"
    if isinstance(expected, float):
        same = math.isclose(expected, actual, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return None if same else f"{place} is {actual!r} and not {expected!r}"
    if isinstance(expected, list):
        if len(expected) != len(actual):
            return f"{place} has {len(actual)} elements and not {len(expected)}"
        pairs = zip(expected, actual, strict=True)
        found = (difference(left, right, f"{place}[{index}]") for index, (left, right) in enumerate(pairs))
        return next(filter(None, found), None)
    if isinstance(expected, dict):
        if expected.keys() != actual.keys():
            return f"{place} has the keys {sorted(actual)} and not {sorted(expected)}"
        found = (difference(expected[key], actual[key], f"{place}[{key!r}]") for key in expected)
        return next(filter(None, found), None)
    return None if expected == actual else f"{place} is {actual!r} and not {expected!r}"

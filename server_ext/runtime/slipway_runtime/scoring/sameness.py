"""When two answers count as the same: one written rule, wherever a model is compared with itself.

Equal type, shape and keys; integers, text, booleans and null exactly; floating-point numbers within a
relative 1e-6 or an absolute 1e-9, because another number of threads, or of rows, adds up in another order.
NaN equals NaN. `docs/contract.md` tells users the same.
"""

import math
from typing import Any

RELATIVE = 1e-6
ABSOLUTE = 1e-9


def close(expected: float, actual: float) -> bool:
    """Are two floating-point numbers the same? NaN equals NaN."""
    both_nan = expected != expected and actual != actual
    return both_nan or math.isclose(expected, actual, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def same(expected: Any, actual: Any) -> bool:
    """Are two values, as JSON has them, the same? However deep they are nested."""
    waiting = [(expected, actual)]
    while waiting:
        left, right = waiting.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, dict):
            if left.keys() != right.keys():
                return False
            waiting += [(left[key], right[key]) for key in left]
        elif isinstance(left, list):
            if len(left) != len(right):
                return False
            waiting += list(zip(left, right))
        elif isinstance(left, float):
            if not close(left, right):
                return False
        elif left != right:
            return False
    return True

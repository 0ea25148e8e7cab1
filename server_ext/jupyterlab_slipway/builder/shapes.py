"""Whether a value that came as JSON has the shape of a type: for what is read from where others may write."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import NoneType, UnionType
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints, is_typeddict

LONGEST_TEXT = 256 * 1024
"""Characters."""
LARGEST_NUMBER = 1 << 53
"""What JSON's readers agree on."""


def fits(value: Any, shape: Any) -> bool:
    """`shape` is a TypedDict, a Literal, a list or a union of such, str, int, float, bool or None.

    A dict has all required keys and none that the type does not know.
    """
    if is_typeddict(shape):
        return type(value) is dict and _fits_dict(value, shape)
    origin, arguments = get_origin(shape), get_args(shape)
    if origin is Literal:
        return type(value) is str and value in arguments
    if origin in (Union, UnionType):
        return any(fits(value, one) for one in arguments)
    if origin is list:
        return type(value) is list and all(fits(one, arguments[0]) for one in value)
    if shape in (None, NoneType):
        return value is None
    if shape is float:
        return type(value) in (int, float) and abs(value) <= LARGEST_NUMBER
    if type(value) is not shape:
        return False
    return len(value) <= LONGEST_TEXT if shape is str else shape is bool or abs(value) <= LARGEST_NUMBER


def _fits_dict(value: dict[str, Any], shape: Any) -> bool:
    required, shapes = _keys(shape)
    return required <= value.keys() <= shapes.keys() and all(fits(value[key], shapes[key]) for key in value)


@cache
def _keys(shape: Any) -> tuple[frozenset[str], Mapping[str, Any]]:
    """(keys that have to be there, shapes by key). Annotations that are text hide the first from the type."""
    annotated = get_type_hints(shape, include_extras=True)
    required = frozenset(key for key, hint in annotated.items() if get_origin(hint) is not NotRequired)
    return required, get_type_hints(shape)

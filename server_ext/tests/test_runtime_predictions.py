"""The quick way from what a batched form returned to plain values: the same as the slow one's, value by value."""

from __future__ import annotations

import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_cases import Run, json_values
from slipway_runtime.scoring.single import OK, to_plain


class DType:
    def __init__(self, kind: str, itemsize: int) -> None:
        self.kind = kind
        self.itemsize = itemsize


class Scalar:
    """A scalar of numpy in what is looked at; numpy is not among our own requirements."""

    ndim = 0
    dtype = DType("f", 8)

    def __init__(self, value: Any) -> None:
        self._value = value

    def item(self) -> Any:
        return self._value

    tolist = item


class Integer(Scalar):
    dtype = DType("i", 8)


class Text(Scalar):
    dtype = DType("U", 4)


class Long(Scalar):
    dtype = DType("f", 16)

    def item(self) -> Any:
        return self

    tolist = item


class Array:
    def __init__(self, values: Any, kind: str = "f", ndim: int = 1, itemsize: int = 8) -> None:
        self.values = values
        self.dtype = DType(kind, itemsize)
        self.ndim = ndim

    def item(self) -> Any:
        return self.values[0] if isinstance(self.values, list) else self.values

    def tolist(self) -> Any:
        return self.values

    def __iter__(self) -> Any:
        kinds = {"f": Scalar, "i": Integer}
        scalar = kinds.get(self.dtype.kind, Text)
        return iter(
            [scalar(v) if not isinstance(v, list) else Array(v, self.dtype.kind) for v in self.values]
        )


for stand_in in (Scalar, Integer, Text, Long, Array):
    stand_in.__module__ = "numpy"
Array.__name__ = "ndarray"


RESULTS: list[Any] = [
    [1, 2],
    [True, False],
    [1.5, -0.0],
    ["a", "\ud800"],
    [None, None],
    [1, 2.5],
    [True, 1],
    [1.5, math.nan],
    [math.inf, 1.5],
    [1, 10**4300],
    [-(10**4300), 1],
    [[1], [2]],
    [{"a": 1}, {"a": None}],
    [b"a", b"b"],
    [(1, 2), (3, 4)],
    [{1}, {2}],
    [object(), object()],
    [Scalar(1.5), Scalar(2.5)],
    [Scalar(1.5), Scalar(math.nan)],
    [Scalar(1.5), Integer(2)],
    [Integer(1), Integer(2)],
    [Text("a"), Text("b")],
    [Long(1.5), Long(2.5)],
    [Array(1.5, ndim=0), Array([2.5])],
    [Array(1, "i", 0), Array(math.nan, "f", 0)],
    [Array([1.5, 2.5]), Array([3.5, 4.5])],
    Array([1.5, 2.5]),
    Array([1.5, math.nan]),
    Array([-math.inf, math.nan]),
    Array([1, 2], "i"),
    Array([True, False], "b"),
    Array(["a", "b"], "U"),
    Array([[1.5, 2.5], [3.5, 4.5]], ndim=2),
    Array([1.5, None], "O"),
]


@pytest.mark.parametrize("result", RESULTS, ids=range(len(RESULTS)))
def test_the_quick_way_says_what_the_slow_one_does(result: Any) -> None:
    slow = [to_plain(value) for value in list(result)]
    run = Run([0, 1], lambda x: list(result)[x], lambda _: result)
    assert run.statuses == [status for status, _ in slow]
    for (status, found), (_, expected) in zip(run.outcomes, slow, strict=True):
        if status == OK:
            assert (type(found), repr(found)) == (type(expected), repr(expected))
    assert run.batching.off_because is None


@given(
    st.lists(json_values, min_size=2, max_size=5)
    | st.lists(st.floats(), min_size=2, max_size=5)
    | st.lists(st.integers(), min_size=2, max_size=5)
    | st.lists(st.booleans(), min_size=2, max_size=5)
)
def test_any_list_of_predictions_is_what_each_is_alone(result: list[Any]) -> None:
    run = Run(list(range(len(result))), lambda x: result[x], lambda _: result)
    assert [status for status, _ in map(to_plain, result)] == run.statuses
    assert run.batching.off_because is None
    for outcome, value in zip(run.outcomes, result, strict=True):
        if outcome[0] == OK:
            assert repr(outcome[1]) == repr(value)

"""Which rows are alike, so that they may share a batch."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_cases import Run, answered, form, integers, json_values
from slipway_runtime.scoring.rows import likeness


def width(value: int) -> str:
    """The column that numpy has for an integer alone."""
    if -(2**63) <= value < 2**63:
        return "int64"
    return "uint64" if 2**63 <= value < 2**64 else "object"


def columns(value: Any) -> set[str]:
    """The types that numpy finds among the integers of a flat list of them."""
    return {width(part) for part in value}


@given(json_values, json_values)
def test_what_is_alike_has_the_same_types_keys_and_shape(one: Any, other: Any) -> None:
    if likeness(one) == likeness(other):
        assert form(one) == form(other)


@given(json_values)
def test_a_value_is_like_its_copy_and_unlike_one_with_a_part_more(value: Any) -> None:
    assert likeness(json.loads(json.dumps(value))) == likeness(value)
    assert likeness([value]) != likeness([value, value])
    assert likeness([value]) != likeness(value)
    assert likeness({"a": value}) != likeness({"b": value})
    assert likeness([value, None]) != likeness([value, 0])


@given(st.lists(integers, min_size=1, max_size=3), st.lists(integers, min_size=1, max_size=3))
def test_integers_that_are_alike_have_one_column_type(one: list[int], other: list[int]) -> None:
    """Of all rows together, too: numpy makes floats of int64 beside uint64, and objects of larger ones."""
    if likeness(one) == likeness(other):
        beyond = [
            ("object" in columns(each), columns(each) == {"int64"}, columns(each) == {"uint64"})
            for each in (one, other)
        ]
        assert beyond[0] == beyond[1]
        mixed = columns(one) | columns(other)
        assert ("object" in mixed) == beyond[0][0]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, 1.0),
        (1, True),
        (0, None),
        (2**63 - 1, 2**63),
        (2**64 - 1, 2**64),
        (-(2**63), -(2**63) - 1),
        ([1, 2**63], [1, 2**64]),
        ([1, 2**63], [2**63, 2**63]),
        ([1, 2], [1, 2.5]),
        ([1, None], [1, 2]),
        ([None, None], [None, 1.5]),
        ([True, 1], [1, 1]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({"a": 1}, {"a": 1, "b": None}),
        ({}, []),
        ([], [[]]),
        ([[1], [2]], [[1, 2]]),
        ([[1, 2], [3]], [[1], [2, 3]]),
        ("1", 1),
    ],
)
def test_unlike_rows(one: Any, other: Any) -> None:
    assert likeness(one) != likeness(other)
    run = Run([one, other, one, other], repr)
    assert answered(run, [repr(one), repr(other)] * 2)
    assert all(len({repr(form(x)) for x in batch}) == 1 for batch in run.batches)
    assert len(run.batches) == 2

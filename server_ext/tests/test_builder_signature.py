"""The schemas that samples make: valid for each of them, the same in any order, and telling."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jupyterlab_slipway.builder.signature import DEPTH, MOST_PROPERTIES, infer_signature, schema_of
from slipway_runtime.bundle import Sample

NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=5) | st.dictionaries(st.text(max_size=3), parts, max_size=5),
    max_leaves=20,
)
ROWS = st.lists(
    st.tuples(NUMBERS, st.text(max_size=4), st.none() | NUMBERS).map(list), min_size=1, max_size=4
)
"""Samples that look alike, as those of a notebook do."""


def as_read(value: Any) -> Any:
    """As it is when it comes from a file."""
    return json.loads(json.dumps(value))


@given(st.lists(VALUES, min_size=1, max_size=6) | ROWS)
def test_every_sample_is_valid_by_the_schema_that_it_made(values: list[Any]) -> None:
    values = as_read(values)
    schema = as_read(schema_of(values))
    Draft202012Validator.check_schema(schema)
    validator = Draft202012Validator(schema)
    for value in values:
        validator.validate(value)


@given(
    st.lists(VALUES, min_size=1, max_size=5).flatmap(
        lambda found: st.tuples(st.just(found), st.permutations(found))
    )
)
def test_the_order_of_the_samples_makes_no_difference(orders: tuple[list[Any], list[Any]]) -> None:
    one, other = orders
    assert json.dumps(schema_of(one), sort_keys=True) == json.dumps(schema_of(other), sort_keys=True)


@given(st.lists(NUMBERS, min_size=1, max_size=4), NUMBERS)
def test_numbers_outside_of_the_samples_stay_valid(values: list[Any], other: float) -> None:
    validator = Draft202012Validator(schema_of([*values, 0.5]))
    validator.validate(other)


def signature_of(*inputs: Any) -> Any:
    samples: list[Sample] = [{"input": value, "output": 0} for value in inputs]
    signature = infer_signature(samples)
    assert signature is not None
    found = dict(signature["input"])
    assert found.pop("$schema") == "https://json-schema.org/draft/2020-12/schema"
    return found


def test_no_sample_no_signature() -> None:
    assert infer_signature([]) is None


def test_a_row_of_numbers_has_a_length_and_a_range() -> None:
    assert signature_of([0.1, 2], [3.4, 1]) == {
        "type": "array",
        "minItems": 2,
        "maxItems": 2,
        "items": {"type": "number", "description": "from 0.1 to 3.4 in the samples"},
    }


def test_lengths_are_fixed_only_where_all_samples_agree() -> None:
    found = signature_of([[1, 2], [3, 4]], [[5, 6]])
    assert "minItems" not in found
    assert "maxItems" not in found
    assert (found["items"]["minItems"], found["items"]["maxItems"]) == (2, 2)
    assert found["items"]["items"]["description"] == "from 1 to 6 in the samples"


def test_columns_of_a_row_keep_their_kinds() -> None:
    found = signature_of([39, "State-gov", None], [51, "Private", 7.5])
    assert found["prefixItems"] == [
        {"type": "integer", "description": "from 39 to 51 in the samples"},
        {"type": "string"},
        {"type": ["number", "null"]},
    ]
    assert (found["minItems"], found["maxItems"]) == (3, 3)
    assert "items" not in found


def test_names_are_required_where_all_samples_have_them() -> None:
    found = signature_of({"age": 4, "name": "a"}, {"age": None})
    assert found == {
        "type": "object",
        "properties": {"age": {"type": ["integer", "null"]}, "name": {"type": "string"}},
        "required": ["age"],
    }


def test_names_that_are_data_are_not_listed() -> None:
    counts = [{f"word{number}": number for number in range(start, start + 20)} for start in (0, 100)]
    assert len(counts[0] | counts[1]) > MOST_PROPERTIES
    found = signature_of(*counts)
    assert found["additionalProperties"]["type"] == "integer"
    assert "properties" not in found
    wide = signature_of(counts[0] | counts[1], counts[0] | counts[1])
    assert len(wide["required"]) == 40, "columns of a wide table are"


@pytest.mark.parametrize(
    ("values", "schema"),
    [
        ([True], {"type": "boolean"}),
        ([True, 1], {"type": ["boolean", "integer"]}),
        ([1, 2.5], {"type": "number", "description": "from 1 to 2.5 in the samples"}),
        ([2**64, 1], {"type": "integer", "description": f"from 1 to {2**64} in the samples"}),
        ([10**400, 1.5], {"type": "number"}),
        ([3, 3], {"type": "integer"}),
        ([None], {"type": "null"}),
        ([None, "x"], {"type": ["string", "null"]}),
        ([[]], {"type": "array", "minItems": 0, "maxItems": 0}),
        ([{}], {"type": "object", "properties": {}}),
        (["\ud800"], {"type": "string"}),
        (
            [{"\ud800": 1}],
            {"type": "object", "properties": {"\ud800": {"type": "integer"}}, "required": ["\ud800"]},
        ),
    ],
)
def test_kinds(values: list[Any], schema: Any) -> None:
    assert signature_of(*values) == schema


def value_of_depth(depth: int, innermost: object) -> Any:
    for _ in range(depth):
        innermost = [innermost]
    return innermost


def test_what_is_nested_deeply_may_be_anything() -> None:
    schema = schema_of([value_of_depth(400, 1)])
    assert json.dumps(schema).count('"items"') == DEPTH
    Draft202012Validator(schema).validate(value_of_depth(40, "something else"))

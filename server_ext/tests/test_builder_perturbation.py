"""Changed samples: few, fixed, and none of them a sample."""

from __future__ import annotations

import copy
import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.builder.perturbation import FAR_OUT, LARGEST, LONG_TEXT, MOST, perturbed

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda parts: st.lists(parts, max_size=4) | st.dictionaries(st.text(max_size=3), parts, max_size=4),
    max_leaves=12,
)


def texts(values: list[Any]) -> list[str]:
    return [json.dumps(value, sort_keys=True) for value in values]


@given(st.lists(VALUES, max_size=5))
def test_few_and_each_differs_from_every_sample_and_from_each_other(samples: list[Any]) -> None:
    before = copy.deepcopy(samples)
    found = texts(perturbed(samples))
    assert samples == before, "the samples themselves are not touched"
    assert found == texts(perturbed(samples))
    assert 8 <= len(found) <= MOST
    assert len({*found, *texts(samples)}) == len(found) + len(set(texts(samples)))


def test_what_becomes_of_a_row() -> None:
    found = perturbed([[5.1, "red"], [4, "blue"]])
    for changed in (
        [FAR_OUT, "red"],
        ["5.1", "red"],
        [None, "red"],
        [True, "red"],
        [[5.1], "red"],
        [5.1, 0],
        [5.1, LONG_TEXT],
        [5.1, {"text": "red"}],
        [5.1],
        [5.1, "red", "red"],
        {"0": 5.1, "1": "red"},
        5.1,
        [[5.1, "red"]],
        [],
        {},
    ):
        assert changed in found


def test_what_becomes_of_an_object() -> None:
    found = perturbed([{"age": 42, "tags": ["a"]}])
    for changed in (
        {"age": "42", "tags": ["a"]},
        {"age": 42, "tags": [0]},
        {"tags": ["a"]},
        {"age": 42, "tags": ["a"], "slipway_extra": 0},
        [42, ["a"]],
        42,
        [{"age": 42, "tags": ["a"]}],
    ):
        assert changed in found


def test_numbers_and_texts_and_nothing() -> None:
    for sample in (3, 0.5, "text", True, None):
        found = perturbed([sample])
        assert [sample] in found
        assert (None in found) == (sample is not None)
    assert "3" in perturbed([3])
    assert 0 in perturbed(["3"])
    assert None in perturbed([])


def test_a_large_sample_is_not_copied_twenty_times() -> None:
    found = perturbed([[[0.5] * 100] * 1000])
    assert all(len(text) <= LARGEST for text in texts(found))
    assert [0.5] * 100 in found, "a row of it"


def test_what_is_nested_deeply_is_changed_all_the_same() -> None:
    value: Any = 1
    for _ in range(500):
        value = [value]
    assert [value] in perturbed([value])
    assert perturbed(["\ud800", 2**64])

"""Rows in batches: none of them changes what another gets."""

from __future__ import annotations

import json
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from row_cases import Function, Run, answered, form, json_values
from slipway_runtime.scoring import rows
from slipway_runtime.scoring.rows import Batching, Rows
from slipway_runtime.scoring.single import EXHAUSTED, OK, RAISED, REJECTED, UNENCODABLE


def test_a_row_nested_deeper_than_python_can_follow_is_scored_by_itself() -> None:
    deep: Any = 1
    for _ in range(900):
        deep = [deep]
    values = [1, deep, 2, deep]
    found = Rows(values, lambda place: values[place], lambda: None)
    batching = Batching(lambda xs: [1 if isinstance(x, list) else x for x in xs])
    outcomes = found.score({"predictor": lambda x: 1 if isinstance(x, list) else x}, batching)
    assert outcomes == [(OK, 1), (OK, 1), (OK, 2), (OK, 1)]


def test_no_batch_is_larger_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rows, "MOST_ROWS", 10)
    run = Run(list(range(25)), lambda x: x)
    assert [len(batch) for batch in run.batches] == [10, 10, 5]
    assert answered(run, list(range(25)))
    assert run.progress > 0


def test_calls_get_more_rows_while_they_are_short_and_fewer_when_they_are_long() -> None:
    batching = Batching(lambda xs: xs)
    sizes = [batching.most_rows]
    for seconds in (0.01, 0.01, 0.5, 0.01, 0.01, 2.0):
        batching.took(batching.most_rows, seconds)
        sizes.append(batching.most_rows)
    assert sizes == [512, 2048, 8192, 8192, 32768, 32768, 8192]
    batching.took(1, 5.0)
    assert batching.most_rows == 1
    batching.took(20, 0.5)
    assert batching.most_rows == 1
    values = list(range(3000))
    run = Run(values, lambda x: x)
    assert [len(batch) for batch in run.batches] == [512, 2048, 440]
    assert answered(run, values)


def test_one_row_needs_no_batch() -> None:
    run = Run([7], lambda x: x)
    assert (run.batches, run.alone) == ([], [7])
    assert Run([], lambda x: x).outcomes == []


# ---------------------------------------------------------------- any mixture is answered as alone


def describe(x: Any) -> Any:
    """An answer that tells one sample from another, and fails for some."""
    if isinstance(x, list) and len(x) == 2:
        raise ValueError("two")
    return {"form": form(x), "text": json.dumps(x)}


@given(st.lists(json_values, max_size=8), st.booleans())
def test_a_row_gets_what_it_gets_alone(samples: list[Any], fails_together: bool) -> None:
    def batched(xs: list[Any]) -> list[Any]:
        if fails_together and len(xs) > 2:
            raise RuntimeError("more than two")
        return [describe(x) for x in xs]

    together = Run(samples, describe, batched)
    for sample, outcome in zip(samples, together.outcomes, strict=True):
        alone = Run([sample], describe).outcomes[0]
        assert outcome[0] == alone[0]
        if outcome[0] == OK:
            assert outcome == alone


@given(
    st.lists(st.lists(st.integers(-9, 9) | st.floats(-9, 9) | st.none(), min_size=2, max_size=2), max_size=12)
)
def test_none_is_never_beside_a_number_of_another_row(samples: list[Any]) -> None:
    """pandas makes floats of a column of integers in which one is missing."""
    run = Run(samples, lambda x: x)
    for batch in run.batches:
        for column in zip(*batch, strict=True):
            assert len({type(value) for value in column}) == 1
    assert answered(run, samples)


# ---------------------------------------------------------------- batched forms that cannot be trusted


class Frame:
    """Like pandas' in what is looked at: iterating gives its columns."""

    def __init__(self, values: list[Any]) -> None:
        self._values = values

    def itertuples(self) -> Any:
        return iter([(value,) for value in self._values])

    def __iter__(self) -> Any:
        return iter(self._values)


@pytest.mark.parametrize(
    ("result", "said"),
    [
        (lambda xs: xs[:-1], "2 predictions for 3 samples"),
        (lambda xs: [*xs, 1], "4 predictions for 3 samples"),
        (lambda xs: dict.fromkeys(map(str, xs), 1), "returned a dict"),
        (lambda _: "abc", "returned a str"),
        (lambda _: b"abc", "returned a bytes"),
        (lambda xs: Frame(xs), "returned a Frame"),
    ],
)
def test_another_number_of_predictions_ends_batching(result: Function, said: str) -> None:
    run = Run([1, 2, 3], lambda x: x * 2, result)
    assert answered(run, [2, 4, 6])
    assert said in (run.batching.off_because or "")
    again = Run([1, 2, 3], lambda x: x * 2, result, batching=run.batching)
    assert again.batches == []
    assert answered(again, [2, 4, 6])


def test_no_prediction_at_all_asks_for_each_row_alone() -> None:
    run = Run([1, 2, 3], lambda x: x * 2, lambda _: [])
    assert answered(run, [2, 4, 6])
    assert run.batching.off_because is None


@pytest.mark.parametrize(
    "result", [tuple, iter, lambda xs: (x for x in xs), lambda xs: dict.fromkeys(xs).keys()]
)
def test_any_sequence_of_predictions_will_do(result: Function) -> None:
    run = Run([1, 2, 3], lambda x: x, result)
    assert answered(run, [1, 2, 3])
    assert run.batching.off_because is None
    assert len(run.alone) == 1, "the one that was compared"


def test_no_iterable_is_an_exception_like_any_other() -> None:
    run = Run([1, 2, 3], lambda x: x, lambda _: 7)
    assert answered(run, [1, 2, 3])
    assert run.alone == [1, 2, 3]


def test_one_bad_row_fails_alone_and_batching_goes_on() -> None:
    def inverse(x: float) -> float:
        return 1 / x

    run = Run([1, 2, 0, 4], inverse)
    for _ in range(5):
        assert run.statuses == [OK, OK, RAISED, OK]
        assert [run.answers[place] for place in (0, 1, 3)] == [1.0, 0.5, 0.25]
        assert "ZeroDivisionError" in run.answers[2]
        assert run.batching.off_because is None
        run = Run([1, 2, 0, 4], inverse, batching=run.batching)
    run = Run([1, 2, 4], inverse, batching=run.batching)
    assert len(run.batches) == 1
    assert len(run.alone) <= 1


def test_a_form_that_raises_for_good_rows_is_given_up_in_the_end() -> None:
    def raises(xs: list[int]) -> list[int]:
        raise LookupError("only one at a time")

    batching: Batching | None = None
    for times in range(1, rows.MOST_FAULTS + 3):
        run = Run([1, 2], lambda x: x, raises, batching=batching)
        batching = run.batching
        assert answered(run, [1, 2])
        assert (batching.off_because is not None) == (times >= rows.MOST_FAULTS)
        assert len(run.batches) == int(times <= rows.MOST_FAULTS)
    assert batching is not None
    assert "only one at a time" in (batching.off_because or "")


@pytest.mark.parametrize("samples", [[1, 2, 3], [[1.5], [2.5], [3.5]], ["a", "b", "c"]])
def test_answers_that_differ_end_batching_and_the_right_ones_are_given(samples: list[Any]) -> None:
    run = Run(samples, lambda x: [x], lambda xs: [[x, x] for x in xs])
    assert answered(run, [[x] for x in samples])
    assert run.batching.off_because == "it answers otherwise than predictor alone"


def test_a_model_whose_answer_depends_on_the_batch() -> None:
    """As one that centres what it gets: alone, a row is its own mean."""

    def centred(xs: list[float]) -> list[float]:
        mean = sum(xs) / len(xs)
        return [x - mean for x in xs]

    run = Run([1.0, 2.0, 6.0], lambda x: centred([x])[0], centred)
    assert answered(run, [0.0, 0.0, 0.0])
    assert run.batching.off_because is not None


def test_a_difference_in_type_counts_and_one_in_rounding_does_not() -> None:
    assert Run([1, 2], lambda x: x, lambda xs: [float(x) for x in xs]).batching.off_because is not None
    run = Run([1.5, 2.5], lambda x: x, lambda xs: [x * (1 + 1e-12) for x in xs])
    assert run.batching.off_because is None
    assert run.answers == pytest.approx([1.5, 2.5])


def test_batches_are_looked_at_again_and_again() -> None:
    """A form that is right at first, and wrong from then on, does not last."""
    calls = 0

    def later_wrong(xs: list[int]) -> list[int]:
        nonlocal calls
        calls += 1
        return xs if calls <= rows.FIRST_CHECKED else [x + 1 for x in xs]

    batching: Batching | None = None
    for _ in range(rows.CHECKED_EVERY):
        run = Run([1, 2], lambda x: x, later_wrong, batching=batching)
        batching = run.batching
    assert run.batching.off_because is not None
    assert answered(run, [1, 2])


def test_a_model_that_differs_from_itself_is_not_compared() -> None:
    run = Run([1, 2], lambda x: x, lambda xs: [x + 1 for x in xs], batching=Batching(lambda xs: xs, False))
    assert answered(run, [2, 3])
    assert run.alone == []
    assert run.batching.off_because is None


def test_a_stateful_form_is_found_out() -> None:
    seen: list[int] = []

    def counting(x: int) -> int:
        seen.append(x)
        return len(seen)

    run = Run([5, 5, 5], counting, lambda xs: [counting(x) + 100 for x in xs])
    assert run.batching.off_because is not None
    assert max(run.answers) < 100


def test_functions_that_change_their_samples() -> None:
    """What is scored anew is read anew, however the batch was changed before it failed."""

    def pop(x: dict[str, int]) -> int:
        return x.pop("a")

    def popping(xs: list[dict[str, int]]) -> list[int]:
        found = [pop(x) for x in xs]
        if 0 in found:
            raise ValueError("after it changed them")
        return found

    def validator(x: dict[str, int]) -> bool:
        x.setdefault("a", 9)
        return True

    sound = Run([{"a": 1}, {"a": 2}], pop, popping)
    assert answered(sound, [1, 2])
    assert sound.batching.off_because is None, "the one that was compared was read anew"
    assert answered(Run([{"a": 1}, {"a": 0}, {"a": 3}], pop, popping), [1, 0, 3])
    run = Run([{}, {"a": 0}, {}], pop, popping, validator)
    assert answered(run, [9, 0, 9])
    clearing = Run([{"a": 1}, {"a": 2}], pop, lambda xs: [xs.clear()])
    assert answered(clearing, [1, 2])


def test_a_form_that_answers_one_prediction_for_all_that_it_changes_later() -> None:
    shared: dict[str, int] = {}

    def fills(xs: list[int]) -> list[dict[str, int]]:
        found = []
        for x in xs:
            shared["x"] = x
            found.append(shared)
        return found

    run = Run([1, 2, 2], lambda x: {"x": x}, fills)
    assert run.answers[1:] == [{"x": 2}, {"x": 2}]


# ---------------------------------------------------------------- rows that fail by themselves


def test_the_validator_comes_first_and_refused_rows_are_in_no_batch() -> None:
    def validator(x: int) -> bool:
        if x == 3:
            raise KeyError("three")
        return x != 2

    run = Run([1, 2, 3, 4, 5], lambda x: x, validator=validator)
    assert run.statuses == [OK, REJECTED, REJECTED, OK, OK]
    assert run.batches == [[1, 4, 5]]
    assert run.answers[1] == "the validator said no"
    assert "KeyError: 'three'" in run.answers[2]


def test_rows_without_a_json_form_fail_alone() -> None:
    nan = math.nan
    for predictor, bad in [
        (lambda x: nan if x == 2 else 1.5, "nan"),
        (lambda x: math.inf if x == 2 else 1.5, "inf"),
        (lambda x: object() if x == 2 else 1.5, "object"),
        (lambda x: 10**4300 if x == 2 else 15, "4300 digits"),
    ]:
        run = Run([1, 2, 3], predictor)
        assert run.statuses == [OK, UNENCODABLE, OK]
        assert bad in run.answers[1]
        assert run.batching.off_because is None


def test_no_memory_is_said_of_the_rows_that_meet_it() -> None:
    def predictor(x: int) -> int:
        if x == 2:
            raise MemoryError
        return x

    assert Run([1, 2, 3], predictor).statuses == [OK, EXHAUSTED, OK]

    def validator(x: int) -> bool:
        if x == 2:
            raise MemoryError
        return True

    assert Run([1, 2, 3], lambda x: x, validator=validator).statuses == [OK, EXHAUSTED, OK]

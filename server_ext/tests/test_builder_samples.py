"""Where samples come from, and what becomes of those that get no prediction."""

from __future__ import annotations

import pytest
from builder_fixtures import PREDICTOR, Build
from jupyterlab_slipway.builder.cells import Cell
from jupyterlab_slipway.builder.sample_sources import (
    find_calls,
    find_examples,
    unread_examples,
    unusable_example,
)
from jupyterlab_slipway.problems import Code, SlipwayProblem


def cells(*sources: str) -> list[Cell]:
    return [Cell(index, "", source) for index, source in enumerate(sources, start=1)]


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("examples = [[0.5, 1], {'a': None}]", ["[0.5, 1]", '{"a": null}']),
        ("examples = ((1, 2), 'ä')", ["[1, 2]", '"ä"']),
        ("examples = []", []),
        ("examples = load()", []),
        ("examples = [b'bytes']", []),
        ("examples = [float('nan')]", []),
        ("examples = {'a': 1}", []),
        ("def f():\n    examples = [1]", []),
        ("%matplotlib inline\nexamples = [1]", ["1"]),
        ("x = 1", []),
    ],
)
def test_examples_are_a_literal_list_of_json(source: str, texts: list[str]) -> None:
    assert [candidate.text for candidate in find_examples(cells(source))] == texts


def test_an_entry_without_a_json_form_is_named() -> None:
    problem = unusable_example(cells("x = 1\nexamples = [[1, 2], [3, {4}]]"))
    assert problem is not None
    assert problem["cell"]["line"] == 2
    assert "entry 2, [3, {4}], has no form in JSON" in problem["message"]
    assert unusable_example(cells("examples = [1e999]")) is not None
    for source in ("examples = [1]", "examples = 5", "examples = [float('nan')]", "y = 1"):
        assert unusable_example(cells(source)) is None


@pytest.mark.parametrize(
    ("source", "is_told"),
    [
        ("examples = [[1, 2]]", False),
        ("examples = []", False),
        ("examples = [{4}]", False),  # `unusable_example` tells
        ("y = 1", False),
        ("examples = X[:3].tolist()", True),
        ("examples = [[1, 2]] * 2", True),
        ("examples = {'a': 1}", True),
        ("examples = [[1, 2]]\nexamples.append([3, 4])", True),
    ],
)
def test_examples_that_are_no_literal_list_are_told(source: str, is_told: bool) -> None:
    words = unread_examples(cells("y = 1", source))
    assert (words is not None) is is_told
    if words is not None:
        assert words.startswith("`examples` in cell 2 is no literal list, so it is not used as samples")


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ("predictor([0.5, 0.5])", ["[0.5, 0.5]"]),
        ("y = predictor(1)\nprint(predictor(2), predictor(1))", ["1", "2"]),
        ("assert predictor((1, 2)) == 3", ["[1, 2]"]),
        ("for x in [1]:\n    predictor(5)", ["5"]),
        ("predictor(x)", []),
        ("predictor(1, 2)", []),
        ("predictor(x=1)", []),
        ("model.predictor(1)", []),
        ("def f():\n    return predictor(1)", []),
        ("try:\n    predictor('bad')\nexcept ValueError:\n    pass", []),
        ("%time predictor(1)", ["1"]),
    ],
)
def test_calls_count_at_top_level_with_literals(source: str, texts: list[str]) -> None:
    assert [candidate.text for candidate in find_calls(cells(source))] == texts


@pytest.mark.parametrize("sample", ["{", "nope", "NaN", "[1,]", "1 2"])
def test_a_given_sample_that_is_no_json_fails_before_anything_runs(build: Build, sample: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, sample=sample)
    assert caught.value.code is Code.SAMPLE_NOT_JSON
    assert [phase for phase, _, _ in build.progress.phases] == ["check", "check"]


PICKY = "def predictor(x):\n    return 1 / x"
STRICT = "def validator(x):\n    return x > 0"


@pytest.mark.slow
def test_samples_that_get_no_prediction_are_named_and_left_out(build: Build) -> None:
    built = build(PICKY, STRICT, "examples = [4, -1, 0, 'x', 2]")
    assert built.samples == [{"input": 4, "output": 0.25}, {"input": 2, "output": 0.5}]
    assert "example 2 (-1): the validator said no" in built.progress.said
    assert "example 4" in built.progress.said


@pytest.mark.slow
def test_examples_that_are_all_refused_are_ignored_with_a_warning(build: Build) -> None:
    built = build(PICKY, "examples = ['a', 0]", "predictor(5)")
    assert [problem["code"] for problem in built.progress.problems] == ["SLP542"]
    assert built.progress.problems[0]["cell"]["index"] == 3
    assert built.progress.problems[0]["message"].startswith("`examples` is ignored")
    assert built.manifest["samples"] == {"source": "calls", "count": 1}


@pytest.mark.slow
def test_a_validator_that_returns_nothing_is_told_so_and_that_nothing_was_tried(build: Build) -> None:
    raises = "def validator(x):\n    if x < 0:\n        raise ValueError"
    built = build(PICKY, raises, "examples = [1, 2]")
    (problem,) = built.progress.problems
    assert (problem["code"], problem["severity"]) == ("SLP542", "warning")
    assert problem["message"].startswith(
        "Nothing was tried, because every one of the 2 entries of `examples`"
    )
    assert "example 1 (1): the validator returned None" in problem["message"]
    assert built.samples == []


@pytest.mark.slow
@pytest.mark.parametrize(("call", "level"), [("", "warning"), ("predictor(5)", "info")])
def test_examples_that_are_computed_are_told_in_the_log(build: Build, call: str, level: str) -> None:
    built = build(PICKY, "examples = list(range(1, 3))", call)
    told = [(found, words) for _, found, words in built.progress.notes if "`examples` in cell 3" in words]
    assert [found for found, _ in told] == [level]


@pytest.mark.slow
def test_a_given_sample_stands_beside_the_others(build: Build) -> None:
    built = build(PICKY, "examples = [2]", sample=" 8 ")
    assert built.samples == [{"input": 2, "output": 0.5}, {"input": 8, "output": 0.125}]
    alone = build(PICKY, sample="8", into="alone")
    assert alone.manifest["samples"] == {"source": "given", "count": 1}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("functions", "words"),
    [
        (PICKY, "ZeroDivisionError"),
        (f"{PICKY}\n{STRICT}", "validator refuses the given sample 0"),
        ("def predictor(x):\n    return object()", "cannot be sent as JSON"),
        ("def predictor(x):\n    return float('nan')", "cannot be sent as JSON"),
        ("import sys\ndef predictor(x):\n    sys.exit(3)", "SystemExit"),
        ("import os\ndef predictor(x):\n    os._exit(3)", "process ended"),
    ],
)
def test_a_given_sample_that_fails_is_told_with_the_sample(build: Build, functions: str, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(functions, sample="0")
    assert caught.value.code is Code.SAMPLE_FAILED
    assert words in caught.value.message
    assert "0" in caught.value.message


@pytest.mark.slow
def test_a_model_that_differs_from_itself_needs_to_be_accepted(build: Build) -> None:
    cell = "import random\ndef predictor(x):\n    return random.random()"
    with pytest.raises(SlipwayProblem) as caught:
        build(cell, "examples = [1]")
    assert caught.value.code is Code.NONDETERMINISTIC
    assert "example 1" in caught.value.message
    built = build(cell, "examples = [1]", accept_nondeterministic=True)
    assert [problem["code"] for problem in built.progress.problems] == ["SLP543"]
    assert built.manifest["samples"]["count"] == 1


@pytest.mark.slow
def test_a_predictor_that_never_answers_its_sample_has_the_time_of_a_cell(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build("def predictor(x):\n    while True:\n        pass", "examples = [1]", cell_timeout=3.0)
    assert caught.value.code is Code.SAMPLE_FAILED
    assert "within 3 seconds" in caught.value.message

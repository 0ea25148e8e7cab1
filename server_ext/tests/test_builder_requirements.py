"""The `requirements` literal, by the cases that the static rules share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.builder.cells import Cell
from jupyterlab_slipway.builder.requirements import read_requirements
from jupyterlab_slipway.problems import Code, SlipwayProblem

CASES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "data" / "requirements-cases.json").read_text(encoding="utf-8")
)


def read(sources: list[str]) -> list[list[str]]:
    cells = [Cell(index, f"id{index}", source) for index, source in enumerate(sources, start=1)]
    return [list(pin) for pin in read_requirements(cells)]


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["name"]))
def test_a_shared_case(case: dict[str, Any]) -> None:
    if case["problem"] is None:
        assert read(case["source"]) == case["requirements"]
    else:
        with pytest.raises(SlipwayProblem) as caught:
            read(case["source"])
        assert caught.value.code.value == case["problem"], caught.value.message
        if "advice" in case:
            assert f"Write it as {case['advice']}." in caught.value.message


def test_names_of_cases_are_unique() -> None:
    names = [case["name"] for case in CASES]
    assert len(names) == len(set(names))


def test_a_problem_names_cell_and_line() -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read(["x = 1", 'y = 2\nrequirements = [["numpy", 1.15]]'])
    assert caught.value.cell == {
        "index": 2,
        "id": "id2",
        "line": 2,
        "source": 'requirements = [["numpy", 1.15]]',
    }
    assert '"1.15"' in caught.value.message


def test_a_cell_that_is_not_python_is_named_when_nothing_is_found() -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read(["x = 1", "requirements = ["])
    assert caught.value.code is Code.REQUIREMENTS_MISSING
    assert "Cell 2" in caught.value.message


def test_lines_are_counted_as_the_author_does_beside_magics() -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read(['!ls \\\n  -l (\nx = !ls "\nx[0]?\nrequirements = f()'])
    assert caught.value.cell is not None
    assert caught.value.cell["line"] == 5

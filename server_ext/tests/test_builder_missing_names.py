"""The code and the sentence of a name that has no value: those of the lint, where it knows the reason."""

from __future__ import annotations

import pytest
from jupyterlab_slipway.builder.cell_errors import cell_problem
from jupyterlab_slipway.builder.cells import Cell, global_names
from jupyterlab_slipway.problems import Code


def _cells(*sources: str) -> list[Cell]:
    return [Cell(index, f"id{index}", source) for index, source in enumerate(sources, 1)]


@pytest.mark.parametrize(
    ("sources", "code", "words"),
    [
        (("print(score)", "x = 1"), Code.UNDEFINED, "no value there"),
        (("print(score)", "x = 1", "score = 2"), Code.DEFINED_LATER, "only cell 3 defines"),
        (("print(score)", "from a import b as score"), Code.DEFINED_LATER, "only cell 2 defines"),
        (("print(score)", "%matplotlib inline\nfor score in y: pass"), Code.DEFINED_LATER, "cell 2"),
        (("print(score)", "def f():\n    score = 1"), Code.UNDEFINED, "no value there"),
        (("print(score)\nscore = 1", "score = 2"), Code.USED_ABOVE, "before this cell"),
    ],
)
def test_a_name_without_a_value_has_the_code_for_the_reason(
    sources: tuple[str, ...], code: Code, words: str
) -> None:
    first, *later = _cells(*sources)
    failure = {"kind": "raised", "name": "NameError", "value": "name 'score' is not defined"}
    problem = cell_problem(failure, first, line=1, later=later, timeout=1, locked={}, refusals=[])
    assert problem.code is code
    assert problem.message.startswith("Cell 1, line 1, uses `score`")
    assert words in problem.message


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("a = b, (c, *d) = x\ne += 1", {"a", "b", "c", "d", "e"}),
        ("import os.path\nimport numpy as np\nfrom x import y", {"os", "np", "y"}),
        ("def f(p):\n    q = 1\nclass C:\n    r = 1", {"f", "C"}),
        ("with open(p) as f: x = [i for i in f]\nif (n := 1): pass", {"f", "x", "n"}),
        ("match x:\n    case [a, *b]: pass", {"a", "b"}),
        ("this is no Python", set()),
        ("%%bash\na=1", set()),
    ],
)
def test_the_names_that_a_cell_defines(source: str, names: set[str]) -> None:
    assert global_names(_cells(source)[0]) == names

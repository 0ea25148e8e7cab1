"""Which files are notebooks that can be built, and the sentence for those that cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import notebook_json
from jupyterlab_slipway.builder.cells import Cell
from jupyterlab_slipway.builder.notebook import read_notebook
from jupyterlab_slipway.problems import Code, SlipwayProblem

CODE = ["x = 1"]


def written(tmp_path: Path, content: object) -> Path:
    path = tmp_path / "a b'\"ü.ipynb"
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return path


BAD: list[Any] = [
    pytest.param("", Code.NOTEBOOK_EMPTY, "empty file", id="an empty file"),
    pytest.param(" \n", Code.NOTEBOOK_EMPTY, "empty file", id="a blank file"),
    pytest.param(
        {"nbformat": 3, "metadata": {}, "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}]},
        Code.NOTEBOOK_UNREADABLE,
        "not laid out as a notebook",
        id="format 3, half a cell",
    ),
    pytest.param(
        '{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [{"cell_type": "code", "id": "a", '
        '"metadata": {}, "outputs": [], "execution_count": null, "source": "x = 1\\ny = \'\\ud800\'"}]}',
        Code.NOTEBOOK_UNREADABLE,
        "cell 1, line 2, holds half a character",
        id="a lone surrogate",
    ),
    pytest.param('{"cells": [', Code.NOTEBOOK_UNREADABLE, "broken JSON at line 1", id="broken JSON"),
    pytest.param(b"\xff\xfe\x00", Code.NOTEBOOK_UNREADABLE, "UTF-8", id="no text"),
    pytest.param([], Code.NOTEBOOK_UNREADABLE, "no notebook", id="JSON of another kind"),
    pytest.param({"a": 1}, Code.NOTEBOOK_UNREADABLE, "no notebook", id="an object of another kind"),
    pytest.param({"nbformat": 9}, Code.NOTEBOOK_UNREADABLE, "newer", id="a format of the future"),
    pytest.param({"nbformat": 4, "cells": 3}, Code.NOTEBOOK_UNREADABLE, "laid out", id="cells that are none"),
    pytest.param("[" * 100_000, Code.NOTEBOOK_UNREADABLE, "nested", id="endless nesting"),
    pytest.param(notebook_json([]), Code.NOTEBOOK_EMPTY, "no code", id="no cells"),
    pytest.param(notebook_json([("markdown", "# x")]), Code.NOTEBOOK_EMPTY, "no code", id="no code cells"),
    pytest.param(notebook_json(["", " \n"]), Code.NOTEBOOK_EMPTY, "no code", id="blank cells"),
    pytest.param(
        notebook_json(CODE, {"language_info": {"name": "R"}}), Code.NOT_PYTHON, "written in R", id="R"
    ),
    pytest.param(
        notebook_json(CODE, {"kernelspec": {"name": "julia-1.9", "language": "julia"}}),
        Code.NOT_PYTHON,
        "written in julia",
        id="Julia",
    ),
]


@pytest.mark.parametrize(("content", "code", "words"), BAD)
def test_what_cannot_be_built_is_told(tmp_path: Path, content: object, code: Code, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_notebook(written(tmp_path, content))
    assert caught.value.code is code
    assert words in caught.value.message


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_notebook(tmp_path / "unsaved.ipynb")
    assert caught.value.code is Code.NOTEBOOK_MISSING
    assert "Save the notebook" in caught.value.message


def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_notebook(tmp_path)
    assert caught.value.code is Code.NOTEBOOK_UNREADABLE


@pytest.mark.parametrize("metadata", [{}, {"kernelspec": {"name": "python2", "language": "python"}}])
def test_no_kernelspec_or_one_that_lies_is_python(tmp_path: Path, metadata: dict[str, Any]) -> None:
    notebook = read_notebook(written(tmp_path, notebook_json(CODE, metadata)))
    assert notebook.cells == [Cell(1, "c1", "x = 1")]
    assert notebook.python_version is None


def test_a_byte_order_mark_is_read_over(tmp_path: Path) -> None:
    content = b"\xef\xbb\xbf" + json.dumps(notebook_json(CODE)).encode()
    assert read_notebook(written(tmp_path, content)).cells[0].source == "x = 1"


def test_format_3_is_upgraded(tmp_path: Path) -> None:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# t"]},
        {"cell_type": "code", "language": "python", "metadata": {}, "outputs": [], "input": ["x = 1\n", "y"]},
    ]
    content = {"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": [{"cells": cells}]}
    first = read_notebook(written(tmp_path, content))
    assert first.cells == [Cell(2, "", "x = 1\ny")]
    assert read_notebook(written(tmp_path, content)).source == first.source


def test_the_source_alone_is_kept(tmp_path: Path) -> None:
    content = notebook_json(
        [("markdown", "# t"), "x = 1"], {"language_info": {"name": "python", "version": "3.9.1"}}
    )
    content["cells"][1]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "secret"}]
    content["cells"][1]["execution_count"] = 7
    notebook = read_notebook(written(tmp_path, content))
    assert notebook.python_version == "3.9.1"
    kept = json.loads(notebook.source)
    assert "secret" not in notebook.source.decode()
    assert [cell["source"] for cell in kept["cells"]] == ["# t", "x = 1"]
    assert kept["cells"][1]["execution_count"] is None

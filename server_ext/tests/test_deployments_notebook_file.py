"""A path that is no notebook gets a sentence, whatever is wrong with it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jupyterlab_slipway.deployments.notebook_file import read_notebook
from jupyterlab_slipway.problems import Code, SlipwayProblem


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        (".", Code.NOTEBOOK_UNREADABLE, "is a directory"),
        ("model.py", Code.NOTEBOOK_UNREADABLE, "does not end in .ipynb"),
        ("missing.ipynb", Code.NOTEBOOK_MISSING, "There is no file"),
        ("a" * 300 + ".ipynb", Code.NOTEBOOK_UNREADABLE, "cannot be read"),
        ("https:/host/a.ipynb", Code.NOTEBOOK_MISSING, "Download the notebook"),
    ],
)
def test_what_is_no_notebook_is_told_by_its_path(tmp_path: Path, name: str, code: Code, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_notebook(tmp_path / name)
    assert caught.value.code is code
    assert words in caught.value.message
    assert len(caught.value.message) < 400


@pytest.mark.parametrize(
    "name",
    [
        " https://u:secret@host/b.git",
        "https:/u:secret@host/n.ipynb",
        "https//u:secret@host/b",
        "u:secret@host/b.git",
        " https://secret@host/b",
        "«https://u:secret\n@host/b»",
        "https:/u:secret@host/" + "b" * 300,
    ],
)
def test_what_may_be_a_misspelt_address_is_not_shown(tmp_path: Path, name: str) -> None:
    with pytest.raises(SlipwayProblem, match="not shown") as caught:
        read_notebook(tmp_path / name)
    assert caught.value.code is Code.NOTEBOOK_MISSING
    assert "secret" not in caught.value.message


@pytest.mark.parametrize("name", ["a:models/n.ipynb", "a:models", "a:n:1.ipynb"])
def test_a_colon_after_a_directory_lacks_a_revision(tmp_path: Path, name: str) -> None:
    (tmp_path / "a/models").mkdir(parents=True)
    (tmp_path / "a/models/n.ipynb").touch()
    with pytest.raises(SlipwayProblem, match="stands a revision") as caught:
        read_notebook(tmp_path / name)
    assert caught.value.code is Code.NOTEBOOK_MISSING
    assert f"`{tmp_path}/a#main:{name.removeprefix('a:')}`" in caught.value.message
    as_it_is = f"as it is now is {tmp_path}/a/models/n.ipynb." in caught.value.message
    assert as_it_is is (name == "a:models/n.ipynb")


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "pipe.ipynb"
    os.mkfifo(path)
    with pytest.raises(SlipwayProblem, match="no ordinary file"):
        read_notebook(path)

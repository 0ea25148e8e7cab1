"""Which notebook of a repository is meant, and what the others lack."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.sources.choosing import candidates, choose_notebook, lacking
from sources_fixtures import CONTRACT, notebook_text

PREDICTOR = "def predictor(x):\n    return x"


def save(path: Path, *cells: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(notebook_text(*cells), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("cells", "lacks"),
    [
        (CONTRACT, []),
        (("!pip list\n%matplotlib inline\nrequirements = []", PREDICTOR), []),
        (("requirements = []", "predictor = lambda x: x"), []),
        (("requirements = []", "from model import answer as predictor"), []),
        (("requirements = []", f"if True:\n    {PREDICTOR.replace(chr(10), chr(10) + '    ')}"), []),
        (("requirements = []", f"try:\n    import a\nexcept ImportError:\n    {PREDICTOR[:22]} 1"), []),
        ((PREDICTOR,), ["no `requirements`"]),
        (("requirements = ['numpy']", PREDICTOR), ["`requirements` that cannot be read (SLP104)"]),
        (("requirements = load()", PREDICTOR), ["`requirements` that cannot be read (SLP103)"]),
        (
            ("requirements = []", "predictor.x = 1\nclass A:\n    def predictor(self): pass"),
            ["no `def predictor`"],
        ),
        (("# predictor",), ["no `requirements`", "no `def predictor`"]),
        (("",), ["no code"]),
    ],
)
def test_what_it_lacks(tmp_path: Path, cells: tuple[str, ...], lacks: list[str]) -> None:
    assert lacking(save(tmp_path / "n.ipynb", *cells)) == lacks


@pytest.mark.parametrize(
    ("text", "lacks"),
    [
        ("{", "cannot be read as a notebook"),
        ("", "no code"),
        ("[]", "cannot be read as a notebook"),
        (
            '{"nbformat": 4, "metadata": {"language_info": {"name": "R"}}, "cells": []}',
            "is not written in Python",
        ),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12\n",
            "is in Git LFS, and was not fetched",
        ),
    ],
)
def test_files_that_are_no_notebooks(tmp_path: Path, text: str, lacks: str) -> None:
    (tmp_path / "n.ipynb").write_text(text)
    assert lacking(tmp_path / "n.ipynb") == [lacks]


def test_the_one_with_a_contract_is_meant(tmp_path: Path) -> None:
    wanted = save(tmp_path / "a" / "b" / "service.ipynb", *CONTRACT)
    save(tmp_path / "explore.ipynb", "import this")
    save(tmp_path / "broken.ipynb").write_text("{")
    for hidden in (".ipynb_checkpoints", ".git", "node_modules"):
        save(tmp_path / hidden / "service.ipynb", *CONTRACT)
    (tmp_path / "link.ipynb").symlink_to(wanted)
    (tmp_path / "loop").symlink_to(tmp_path)
    assert choose_notebook(tmp_path) == wanted
    assert choose_notebook(tmp_path, "a") == wanted
    assert choose_notebook(tmp_path, "explore.ipynb") == tmp_path / "explore.ipynb", "it was named"
    assert [one.path for one in candidates(tmp_path)] == [
        "broken.ipynb",
        "explore.ipynb",
        "a/b/service.ipynb",
    ]


def test_none_and_several_are_listed(tmp_path: Path) -> None:
    with pytest.raises(SlipwayProblem, match=r"no notebook \(\*\.ipynb\)") as none:
        choose_notebook(tmp_path)
    assert none.value.code.value == "SLP592"
    save(tmp_path / "a.ipynb", "requirements = []")
    with pytest.raises(SlipwayProblem, match="its only notebook does not") as lacking_one:
        choose_notebook(tmp_path)
    assert lacking_one.value.code.value == "SLP592"
    assert "  a.ipynb: no `def predictor`" in str(lacking_one.value)

    save(tmp_path / "d" / "b.ipynb", *CONTRACT)
    save(tmp_path / "d" / "c.ipynb", *CONTRACT)
    with pytest.raises(SlipwayProblem) as several:
        choose_notebook(tmp_path)
    assert several.value.code.value == "SLP593"
    assert "`#:d/b.ipynb`" in str(several.value)
    assert str(several.value).splitlines()[1:] == [
        "  d/b.ipynb: has a contract",
        "  d/c.ipynb: has a contract",
        "  a.ipynb: no `def predictor`",
    ]


def test_a_path_that_is_not_there_or_leaves(tmp_path: Path) -> None:
    save(tmp_path / "r" / "a.ipynb", *CONTRACT)
    (tmp_path / "r" / "notes.txt").touch()
    save(tmp_path / "out.ipynb", *CONTRACT)
    (tmp_path / "r" / "link.ipynb").symlink_to(tmp_path / "out.ipynb")
    for path, code, words in (
        ("b.ipynb", "SLP503", "a.ipynb"),
        ("notes.txt", "SLP501", ".ipynb"),
        ("../out.ipynb", "SLP594", "leads out"),
        ("link.ipynb", "SLP594", "leads out"),
    ):
        with pytest.raises(SlipwayProblem, match=words) as refused:
            choose_notebook(tmp_path / "r", path)
        assert refused.value.code.value == code


def test_a_repository_of_many(tmp_path: Path) -> None:
    for number in range(30):
        save(tmp_path / f"n{number:02}.ipynb", "x = 1")
    with pytest.raises(SlipwayProblem) as none:
        choose_notebook(tmp_path)
    assert str(none.value).count(".ipynb:") == 20
    assert "… and 10 more" in str(none.value)

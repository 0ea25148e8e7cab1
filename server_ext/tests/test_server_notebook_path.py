"""The contents manager decides which notebooks there are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jupyter_server.services.contents.filemanager import AsyncFileContentsManager, FileContentsManager
from jupyter_server.services.contents.manager import ContentsManager
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.server.notebook_path import find_notebook, shown_path

if TYPE_CHECKING:
    from pathlib import Path

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    (root / "sub folder").mkdir(parents=True)
    (root / ".secret").mkdir()
    for path in ("a.ipynb", "sub folder/é “x”.ipynb", ".secret/h.ipynb", ".h.ipynb", "notes.txt"):
        (root / path).write_text(NOTEBOOK, encoding="utf-8")
    (root / "folder.ipynb").mkdir()
    (tmp_path / "outside.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    return root


@pytest.mark.parametrize("kind", [FileContentsManager, AsyncFileContentsManager])
@pytest.mark.parametrize("path", ["a.ipynb", "/a.ipynb", "sub folder/é “x”.ipynb"])
async def test_a_notebook_is_found(root: Path, kind: type[Any], path: str) -> None:
    found = await find_notebook(kind(root_dir=str(root)), path)
    assert found == root / path.lstrip("/")
    assert found.is_absolute()


@pytest.mark.parametrize("kind", [FileContentsManager, AsyncFileContentsManager])
@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("missing.ipynb", Code.NOTEBOOK_MISSING),
        ("../outside.ipynb", Code.NOTEBOOK_MISSING),
        ("sub folder/../../outside.ipynb", Code.NOTEBOOK_MISSING),
        (".h.ipynb", Code.NOTEBOOK_MISSING),
        (".secret/h.ipynb", Code.NOTEBOOK_MISSING),
        ("x" * 5000 + ".ipynb", Code.NOTEBOOK_MISSING),
        ("notes.txt", Code.NOTEBOOK_UNREADABLE),
        ("folder.ipynb", Code.NOTEBOOK_UNREADABLE),
        ("sub folder", Code.NOTEBOOK_UNREADABLE),
    ],
)
async def test_what_is_no_notebook_of_this_server_is_refused(
    root: Path, kind: type[Any], path: str, code: Code
) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        await find_notebook(kind(root_dir=str(root)), path)
    assert caught.value.code is code
    assert str(root) not in caught.value.message


class DatabaseManager(ContentsManager):
    """Notebooks that are no files."""

    def get(self, path: str, **_: Any) -> dict[str, Any]:
        return {"name": path, "path": path, "type": "notebook", "content": None}


async def test_notebooks_that_are_no_files_have_a_sentence() -> None:
    with pytest.raises(SlipwayProblem, match="DatabaseManager") as caught:
        await find_notebook(DatabaseManager(), "a.ipynb")
    assert caught.value.code is Code.UNSUPPORTED


def test_the_browser_reads_paths_as_the_contents_manager_writes_them(root: Path, tmp_path: Path) -> None:
    manager = FileContentsManager(root_dir=str(root))
    assert shown_path(manager, str(root / "sub folder" / "a.ipynb")) == "sub folder/a.ipynb"
    assert shown_path(manager, str(tmp_path / "outside.ipynb")) == str(tmp_path / "outside.ipynb")
    assert shown_path(DatabaseManager(), "/a.ipynb") == "/a.ipynb"
    (tmp_path / "link").symlink_to(root)
    linked = FileContentsManager(root_dir=str(tmp_path / "link"))
    assert shown_path(linked, str(root / "a.ipynb")) == "a.ipynb"

"""How a notebook stands to its repository, asked through the server: real repositories."""

from __future__ import annotations

import asyncio
import os
import subprocess
import time
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from deployments_fixtures import SHARED
from jupyterlab_slipway.server import source_routes
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from server_fixtures import Answer

    Ask = Callable[..., Awaitable[Answer]]

NOTEBOOK = '{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}'
IDENTITY = {
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
    **{f"GIT_{role}_{part}": "tests" for role in ("AUTHOR", "COMMITTER") for part in ("NAME", "EMAIL")},
}


def git(directory: Path, *arguments: str) -> str:
    return subprocess.run(
        ["git", *arguments],
        cwd=directory,
        env={**os.environ, **IDENTITY},
        check=True,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
    ).stdout.rstrip("\n")


@pytest.fixture
def repository(jp_root_dir: Path) -> Path:
    """A repository in the server's root, with a notebook in a directory, and no commit yet."""
    root = jp_root_dir / "boats"
    (root / "models é").mkdir(parents=True)
    git(root, "init", "--quiet", "--initial-branch=topic/α")
    (root / "models é" / "a.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    (root / "helper.py").write_text("a = 1\n", encoding="utf-8")
    return root


PATH = "boats/models é/a.ipynb"


async def source_of(ask: Ask, path: str = PATH) -> Any:
    answer = await ask("GET", "source", path=path)
    assert answer.status == 200
    return answer.json["source"]


async def test_what_is_in_no_repository_has_no_source(ask: Ask, jp_root_dir: Path) -> None:
    (jp_root_dir / "a.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    assert await source_of(ask, "a.ipynb") is None


async def test_the_way_of_a_notebook_through_git(ask: Ask, repository: Path) -> None:
    git(repository, "remote", "add", "origin", "https://me:secret@git.example/boats.git")
    nothing = await source_of(ask)
    assert (nothing["revision"], nothing["subject"], nothing["committed"]) == (None, None, None)
    assert (nothing["branch"], nothing["untracked"]) == ("topic/α", True)

    git(repository, "add", "helper.py")
    git(repository, "commit", "--quiet", "-m", "Help\n\nMore of it")
    assert (await source_of(ask))["untracked"] is True

    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "Train “all” of them\n\nMore of it")
    committed = await source_of(ask)
    seconds = committed.pop("committed") / 1000
    assert abs(seconds - time.time()) < 600
    assert committed == {
        "repository": "https://git.example/boats.git",
        "revision": git(repository, "rev-parse", "HEAD"),
        "branch": "topic/α",
        "subject": "Train “all” of them",
        "path": "models é/a.ipynb",
        "differs": False,
        "untracked": False,
        "dirty": False,
    }

    (repository / "helper.py").write_text("a = 2\n", encoding="utf-8")
    beside = await source_of(ask)
    assert (beside["differs"], beside["dirty"]) == (False, True)

    git(repository, "checkout", "--quiet", "--detach")
    (repository / "models é" / "a.ipynb").write_text(NOTEBOOK + "\n", encoding="utf-8")
    detached = await source_of(ask)
    assert (detached["branch"], detached["differs"], detached["dirty"]) == (None, True, True)
    assert detached["revision"] == committed["revision"]


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ({}, 400, "SLP568"),
        ({"path": ""}, 400, "SLP568"),
        ({"path": "missing.ipynb"}, 404, "SLP503"),
        ({"path": "../outside.ipynb"}, 404, "SLP503"),
        ({"path": "boats"}, 422, "SLP501"),
        ({"path": "boats/helper.py"}, 422, "SLP501"),
    ],
)
async def test_what_is_no_notebook_of_this_server_is_refused(
    ask: Ask, repository: Path, query: dict[str, str], status: int, code: str
) -> None:
    answer = await ask("GET", "source", **query)
    assert (answer.status, answer.code) == (status, code)


@pytest.fixture
def remove_all(slipway_home: Path, shared_environments: Path, jp_serverapp: Any) -> Iterator[None]:
    """Nothing that a test deployed outlives it."""
    for name in SHARED:
        if not (slipway_home / name).exists():
            (slipway_home / name).symlink_to(shared_environments / name)
    yield
    extension = jp_serverapp.web_app.settings["jupyterlab_slipway"]
    for view in extension.views.views():
        extension.deployments.remove(view["name"], force=True)


@pytest.mark.slow
async def test_the_last_commit_is_deployed_whatever_the_files_are(
    ask: Ask, repository: Path, slipway_home: Path, remove_all: None
) -> None:
    cells = (
        "requirements = []",
        "import pathlib, helper, time\npathlib.Path('here').write_text(str(helper.a))\ntime.sleep(600)",
        "def predictor(x):\n    return x",
    )
    file, helper = repository / "models é" / "a.ipynb", repository / "models é" / "helper.py"
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in cells]), file)
    helper.write_text("a = 1\n", encoding="utf-8")
    git(repository, "add", ".")
    git(repository, "commit", "--quiet", "-m", "Once")
    committed = file.read_bytes()
    file.write_text(NOTEBOOK, encoding="utf-8")
    helper.write_text("a = 2\n", encoding="utf-8")

    answer = await ask("POST", "deployments", body={"path": PATH, "commit": "HEAD"})
    assert answer.status == 201
    assert answer.json["notebook"] == PATH
    (release,) = answer.json["releases"]
    assert release["source"] == {
        "repository": None,
        "revision": git(repository, "rev-parse", "HEAD"),
        "ref": "HEAD",
        "path": "models é/a.ipynb",
        "dirty": False,
    }
    directory = slipway_home / "deployments" / answer.json["name"] / "releases" / "1"
    assert (directory / "notebook.ipynb").read_bytes() == committed
    written = directory / "checkout" / "models é" / "here"
    async with asyncio.timeout(120):
        while not written.is_file() or not written.read_text():
            (release,) = (await ask("GET", "deployments", answer.json["name"])).json["releases"]
            assert release["state"] == "building", release.get("problem")
            await asyncio.sleep(0.1)
    assert written.read_text() == "1"

    (release,) = (await ask("POST", "deployments", answer.json["name"], "stop")).json["releases"]
    assert release["state"] == "cancelled"
    assert not (directory / "checkout").exists()
    assert list((slipway_home / "checkouts").iterdir()) == []
    assert git(repository, "status", "--porcelain", "-z").split("\0")[:-1] == [
        " M models é/a.ipynb",
        " M models é/helper.py",
    ]


async def test_a_commit_that_there_is_not_is_refused(ask: Ask, repository: Path, jp_root_dir: Path) -> None:
    (jp_root_dir / "a.ipynb").write_text(NOTEBOOK, encoding="utf-8")
    for path, commits, status, code, words in (
        ("a.ipynb", False, 422, "SLP590", "lies in no git repository"),
        (PATH, False, 422, "SLP591", ""),
        (PATH, True, 404, "SLP503", "a.ipynb"),
    ):
        if commits:
            git(repository, "add", "helper.py")
            git(repository, "commit", "--quiet", "-m", "Without the notebook")
        answer = await ask("POST", "deployments", body={"path": path, "commit": "HEAD"})
        assert (answer.status, answer.code) == (status, code), answer.json
        assert words in answer.json["message"]
    assert (await ask("GET", "deployments")).json == {"deployments": []}


async def test_a_repository_that_is_slow_keeps_nothing_else_waiting(
    ask: Ask, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source_routes, "describe", lambda _: time.sleep(1))
    questions = [asyncio.create_task(ask("GET", "source", path=PATH)) for _ in range(4)]
    await asyncio.sleep(0.2)
    other = await ask("GET", "deployments")
    assert (other.status, [question.done() for question in questions]) == (200, [False] * 4)
    assert [answer.json for answer in await asyncio.gather(*questions)] == [{"source": None}] * 4

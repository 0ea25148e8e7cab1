"""What the package index has, asked through the server."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from jupyterlab_slipway.builder import newest
from jupyterlab_slipway.builder.interpreters import list_interpreters
from packaging.version import Version

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server_fixtures import Answer

    Ask = Callable[..., Awaitable[Answer]]


def wheel(directory: Path, name: str, version: str, python: str = "py3") -> None:
    """A wheel as much as a resolver looks at."""
    import zipfile

    stem = f"{name}-{version}"
    with zipfile.ZipFile(directory / f"{stem}-{python}-none-any.whl", "w") as archive:
        metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        archive.writestr(f"{stem}.dist-info/METADATA", metadata)
        archive.writestr(f"{stem}.dist-info/WHEEL", f"Wheel-Version: 1.0\nTag: {python}-none-any\n")
        archive.writestr(f"{stem}.dist-info/RECORD", "")


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of wheels in the place of the index."""
    directory = tmp_path / "wheels"
    directory.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(directory))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    return directory


async def test_the_newest_version_is_told(ask: Ask, index: Path) -> None:
    for version in ("1.2", "1.10", "2.0rc1"):
        wheel(index, "boats", version)
    wheel(index, "dry_dock", "0.5")
    answer = await ask("GET", "packages", name=["boats", "Dry.Dock", "no-such-boat"])
    assert answer.status == 200
    assert answer.json == {
        "packages": {
            "boats": {"name": "boats", "version": "1.10"},
            "Dry.Dock": {"name": "Dry.Dock", "version": "0.5"},
        }
    }


async def test_it_fits_the_python_that_is_asked_for(ask: Ask, index: Path) -> None:
    newer, older = list_interpreters()[0], list_interpreters()[-1]
    if newer.minor == older.minor:
        pytest.skip("one Python only")
    wheel(index, "boats", "1.0")
    wheel(index, "boats", "2.0", f"cp{newer.short.replace('.', '')}")
    for python, version in ((newer.short, "2.0"), (older.short, "1.0"), ("3.99", "2.0")):
        answer = await ask("GET", "packages", name="boats", python=python)
        assert answer.json["packages"]["boats"]["version"] == version


@pytest.mark.parametrize(
    "query",
    [{}, {"name": ""}, {"name": "-r"}, {"name": "a", "python": "2"}, {"name": "a\n--pre"}],
)
async def test_what_is_no_package_is_refused(ask: Ask, query: dict[str, str]) -> None:
    answer = await ask("GET", "packages", **query)
    assert (answer.status, answer.code) == (400, "SLP568")


async def test_an_index_that_does_not_answer_has_its_problem(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://me:secret@127.0.0.1:{unused.getsockname()[1]}/simple")
        monkeypatch.setenv("UV_FIND_LINKS", "")
        monkeypatch.setenv("UV_HTTP_TIMEOUT", "2")
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        answer = await ask("GET", "packages", name="boats")
    assert (answer.status, answer.code) == (422, "SLP514")
    assert "secret" not in answer.json["message"]


async def test_an_index_that_never_ends_its_answer_keeps_nothing_else_waiting(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(newest, "PATIENCE", 3.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://127.0.0.1:{silent.getsockname()[1]}/simple")
        monkeypatch.setenv("UV_FIND_LINKS", "")
        questions = [asyncio.create_task(ask("GET", "packages", name="boats")) for _ in range(4)]
        await asyncio.sleep(0.5)
        other = await ask("GET", "deployments")
        assert (other.status, [question.done() for question in questions]) == (200, [False] * 4)
        answers = await asyncio.gather(*questions)
    assert {(answer.status, answer.code) for answer in answers} == {(422, "SLP514")}


async def test_without_a_python_nothing_installs(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest, "list_interpreters", lambda: ())
    answer = await ask("GET", "packages", name="boats")
    assert (answer.status, answer.code) == (422, "SLP512")


@pytest.mark.slow
async def test_the_real_index_answers(ask: Ask) -> None:
    answer = await ask("GET", "packages", name=["numpy", "PyYAML"])
    packages = answer.json["packages"]
    assert Version(packages["numpy"]["version"]) >= Version("2.0")
    assert packages["PyYAML"]["name"] == "PyYAML"

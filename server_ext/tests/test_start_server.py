"""`POST slipway/deployments/NAME/start`: what is asked, and what comes of it."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable, Iterator
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.deployments.records import ReleaseFiles
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.server.requests import read_start_request
from runtime_fixtures import eventually, free_port

if TYPE_CHECKING:
    from server_fixtures import Answer

    Ask = Callable[..., Awaitable[Answer]]

NAME = "a"


@pytest.mark.parametrize("body", [b"", b"{}", b'{"release": null}'])
def test_no_release_is_that_which_was_live_last(body: bytes) -> None:
    assert read_start_request(body) == {}


def test_a_release_is_a_number() -> None:
    assert read_start_request(b'{"release": 3}') == {"release": 3}
    for wrong in ("0", "-1", "true", '"3"', "1.5", "[]", "1e300", "9" * 40):
        with pytest.raises(SlipwayProblem) as caught:
            read_start_request(b'{"release": %s}' % wrong.encode())
        assert caught.value.code is Code.REQUEST_INVALID
    with pytest.raises(SlipwayProblem, match="which is not known"):
        read_start_request(b'{"number": 3}')


@pytest.fixture
def stopped(jp_serverapp: Any, slipway_home: Path) -> Iterator[ReleaseFiles]:
    """A release that was stopped, without its bundle."""
    deployments = jp_serverapp.web_app.settings["jupyterlab_slipway"].deployments
    records = deployments.records
    notebook = slipway_home / "a.ipynb"
    records.create(NAME, "A", notebook, "process", free_port(), 0.0)
    options = BuildOptions(notebook, notebook.parent, "A")
    event = {"kind": "created", "deployment": NAME, "notebook": notebook.name, "engine": "process"}
    files = records.create_release(NAME, "process", options, b"{}", event)
    for state in ("live", "stopped"):
        files.events.append({"kind": "state", "state": state})
    yield files
    deployments.remove(NAME, force=True)


def kept(view: Any) -> list[int]:
    """Numbers of the releases that can be served again, as the panel is told."""
    return [release["release"] for release in view["releases"] if release.get("kept")]


async def test_the_panel_is_told_which_releases_can_be_served_again(ask: Ask, stopped: ReleaseFiles) -> None:
    assert kept((await ask("GET", "deployments", NAME)).json) == [], "its bundle is gone"
    stopped.bundle.mkdir()
    assert kept((await ask("GET", "deployments", NAME)).json) == [1]
    [listed] = (await ask("GET", "deployments")).json["deployments"]
    assert kept(listed) == [1]


@pytest.mark.parametrize("path", [("start",), ()])
async def test_a_stranger_neither_sees_nor_starts_them(
    ask: Ask, stopped: ReleaseFiles, path: tuple[str, ...]
) -> None:
    stopped.bundle.mkdir()
    method = "POST" if path else "GET"
    answer = await ask(method, "deployments", NAME, *path, headers={"Authorization": ""})
    assert (answer.status, answer.code) == (HTTPStatus.FORBIDDEN, Code.FORBIDDEN)
    assert kept((await ask("GET", "deployments", NAME)).json) == [1]


async def test_what_is_not_there_is_said(ask: Ask, stopped: ReleaseFiles) -> None:
    for name, release in (("none", 1), (NAME, 9)):
        answer = await ask("POST", "deployments", name, "start", body={"release": release})
        assert (answer.status, answer.code) == (HTTPStatus.NOT_FOUND, Code.DEPLOYMENT_UNKNOWN)
    assert len((await ask("GET", "deployments", NAME)).json["releases"]) == 1


async def test_it_begins_or_says_why_not(ask: Ask, stopped: ReleaseFiles) -> None:
    answer = await ask("POST", "deployments", NAME, "start")
    assert (answer.status, answer.code) == (HTTPStatus.CONFLICT, Code.NOTHING_TO_START)

    manifest = {
        "format": 1,
        "title": "A",
        "python": {"version": "3.11.2", "implementation": "cpython", "platform": "linux", "machine": "none"},
        "environment": "none",
        "requirements": [],
        "files": {},
        "notebook": {"name": "a.ipynb", "sha256": "", "revision": None},
        "functions": {},
        "samples": {"count": 0},
        "cells": [],
    }
    stopped.bundle.mkdir()
    (stopped.bundle / "manifest.json").write_text(json.dumps(manifest))
    answer = await ask("POST", "deployments", NAME, "start", body={"release": 1})
    assert answer.status == HTTPStatus.CREATED
    newest = answer.json["releases"][0]
    assert (newest["release"], newest["of"]) == (2, 1)
    second = ReleaseFiles(stopped.path.with_name("2"))
    eventually(lambda: second.view()["state"] == "failed", "that machine is not this one", 60.0)

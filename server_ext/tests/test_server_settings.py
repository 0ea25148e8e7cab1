"""What the server's configuration says of builds gets to them."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from server_fixtures import Answer

Ask = Callable[..., Awaitable[Answer]]


@pytest.mark.parametrize("allowed", [True, False])
async def test_whether_packages_are_built_from_source_is_the_servers_to_say(
    ask: Ask, jp_serverapp: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, allowed: bool
) -> None:
    asked: list[DeployRequest] = []

    class Enough(Exception):
        pass

    def deploy(self: Deployments, request: DeployRequest) -> None:
        asked.append(request)
        raise Enough

    monkeypatch.setattr(Deployments, "deploy", deploy)
    extension = jp_serverapp.web_app.settings["jupyterlab_slipway"]
    assert extension.source_builds is True, "the default"
    extension.source_builds = allowed
    (jp_root_dir / "a.ipynb").write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    await ask("POST", "deployments", body={"path": "a.ipynb"})
    assert [request.source_builds for request in asked] == [allowed]


async def test_a_browser_cannot_allow_what_the_server_forbids(ask: Ask) -> None:
    answer = await ask("POST", "deployments", body={"path": "a.ipynb", "source_builds": True})
    assert (answer.status, answer.code) == (400, "SLP568")

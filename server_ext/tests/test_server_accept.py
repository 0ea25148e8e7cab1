"""Accepting, through REST, a model that differs from itself."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from deployments_fixtures import SHARED
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.server.requests import read_deployment_request
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from server_fixtures import Answer

TIMEOUT = 300.0
RANDOM = ("requirements = []", "import random\nexamples = [1]\ndef predictor(x):\n    return random.random()")


@pytest.mark.parametrize("accepted", [True, False])
def test_the_request_is_taken(accepted: bool) -> None:
    body = json.dumps({"path": "a.ipynb", "accept_nondeterministic": accepted}).encode()
    assert read_deployment_request(body).get("accept_nondeterministic") is accepted


@pytest.mark.parametrize("value", ['"yes"', "1", "[]", "{}"])
def test_it_is_true_or_false(value: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_deployment_request(f'{{"path": "a.ipynb", "accept_nondeterministic": {value}}}'.encode())
    assert caught.value.code is Code.REQUEST_INVALID
    assert "`accept_nondeterministic` has to be true or false" in caught.value.message


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
async def test_a_model_that_differs_from_itself_goes_live_when_accepted(
    ask: Callable[..., Awaitable[Answer]], jp_root_dir: Path, remove_all: None
) -> None:
    nbformat.write(new_notebook(cells=[new_code_cell(cell) for cell in RANDOM]), jp_root_dir / "noise.ipynb")

    async def deploy(**request: Any) -> Any:
        answer = await ask("POST", "deployments", body={"path": "noise.ipynb", **request})
        assert answer.status == 201
        async with asyncio.timeout(TIMEOUT):
            while True:
                (release, *_) = (await ask("GET", "deployments", answer.json["name"])).json["releases"]
                if release["state"] != "building":
                    return release
                await asyncio.sleep(0.2)

    refused = await deploy()
    assert (refused["state"], refused["problem"]["code"]) == ("failed", "SLP543")
    assert "with the button in the panel" in refused["problem"]["message"]
    accepted = await deploy(accept_nondeterministic=True)
    assert accepted["state"] == "live"
    assert [problem["code"] for problem in accepted["warnings"]] == ["SLP543"]
    assert "This was accepted" in accepted["warnings"][0]["message"]

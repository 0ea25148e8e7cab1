"""`slipway start` on the process engine: a release that was stopped serves again, and an older one takes over."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from deployments_fixtures import DOUBLING, Said, ask, deploy, nothing_runs_of, until, until_ended
from jupyterlab_slipway.deployments.manager import Deployments
from jupyterlab_slipway.deployments.reusing import NOTE
from jupyterlab_slipway.processes import is_alive
from test_deployments_lifecycle import Load

pytestmark = pytest.mark.slow

MakeNotebook = Callable[..., Path]
TRIPLING = (DOUBLING[0], "factor = 3", *DOUBLING[2:])


def test_a_release_serves_again_and_an_older_one_takes_over(
    deployments: Deployments, saved_notebook: MakeNotebook, slipway: Callable[..., Said]
) -> None:
    name = deploy(deployments, saved_notebook("a.ipynb", *DOUBLING))
    url = deployments.get(name)["url"]
    assert ask(deployments, name, "4")[:2] == (200, "8")
    token = deployments.records.token(name)
    deployments.stop(name)
    assert nothing_runs_of(deployments)

    said = slipway("start", name, "--json")
    assert said.code == 0, said.out
    assert {key: said.last[key] for key in ("name", "release", "state", "url", "token")} == {
        "name": name,
        "release": 2,
        "state": "live",
        "url": url,
        "token": token,
    }
    phases = [
        line["phase"] for line in said.lines if line.get("kind") == "phase" and line["status"] == "done"
    ]
    assert phases == ["start", "probe", "live"]
    assert any(line.get("message") == NOTE.format(1) for line in said.lines)
    assert ask(deployments, name, "4")[:2] == (200, "8")
    first, second = (deployments.records.release(name, number) for number in (1, 2))
    assert second.view()["of"] == 1
    assert not first.bundle.exists(), "the newer release of the same build has it"
    assert "2 (of 1)" in slipway("ps").out
    shown = slipway("ps", name).out
    assert "2 (of 1)  live" in shown
    assert token in shown

    deploy(deployments, saved_notebook("a.ipynb", *TRIPLING))
    assert ask(deployments, name, "4")[:2] == (200, "12")
    with Load(deployments, name) as load:
        said = slipway("start", name, "--release", "1")
    assert said.code == 0, said.err
    assert load.failures == []
    assert len(load.releases) == 2
    assert ask(deployments, name, "4")[:2] == (200, "8")
    view = deployments.get(name)
    assert [(release["release"], release["state"], release.get("of")) for release in view["releases"]] == [
        (4, "live", 1),
        (3, "replaced", None),
        (2, "replaced", 1),
        (1, "stopped", None),
    ]

    fourth = deployments.records.release(name, 4)
    until(lambda: not is_alive(fourth.builder), "it has removed old bundles")
    deployments.stop(name)
    (fourth.bundle / "model.pkl").unlink()  # the files of both were the same
    number = deployments.start(name)
    assert number == 5
    ended = until_ended(deployments, name, number)
    assert ended["state"] == "failed"
    assert ended["problem"]["code"] in ("SLP552", "SLP554")
    assert not deployments.records.release(name, number).bundle.exists()
    shutil.rmtree(fourth.bundle)
    said = slipway("start", name, "--json")
    assert said.code == 1
    assert said.last["problem"]["code"] == "SLP571"
    assert "Kept are 3" in said.last["problem"]["message"]

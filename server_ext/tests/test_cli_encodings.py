"""Names that are not UTF-8, and terminals of another encoding: what is asked for is done all the same."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from jupyterlab_slipway.deployments import beginning
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from sources_fixtures import CONTRACT, notebook_text

NAME = os.fsdecode(b"mod\xe8le \xe2\x82\xac")
"""Of a directory: one letter is Latin-1, another one is not in Latin-1."""


@pytest.fixture
def deployment(deployments: Deployments, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The directory of its notebook."""
    monkeypatch.setattr(beginning, "launch", lambda *_: None)
    directory = tmp_path / NAME
    directory.mkdir()
    (directory / "a.ipynb").write_text(notebook_text(*CONTRACT))
    assert deployments.deploy(DeployRequest(directory / "a.ipynb")) == ("a", 1)
    return directory


def test_a_directory_s_name_may_hold_any_bytes(deployments: Deployments, deployment: Path) -> None:
    assert deployments.records.record("a")["notebook"] == str(deployment / "a.ipynb")
    assert deployments.records.release("a", 1).options().directory == deployment
    json.loads((deployments.home.deployment("a") / "deployment.json").read_bytes().decode("utf-8"))
    assert deployments.deploy(DeployRequest(deployment / "a.ipynb", name="b"))[0] == "b"


@pytest.mark.usefixtures("deployment")
def test_a_sign_that_a_terminal_lacks_is_shown_as_an_escape(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONIOENCODING", "latin-1")

    def run(*words: str) -> str:
        command = [sys.executable, "-m", "jupyterlab_slipway", *words]
        done = subprocess.run(command, capture_output=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.decode("latin-1")

    assert "mod\\udce8le \\u20ac" in run("ps")
    assert json.loads(run("ps", "--json"))["notebook"] == str(tmp_path / NAME / "a.ipynb")

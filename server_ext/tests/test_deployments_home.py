"""A home that cannot be used is told of in a sentence."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.problems import Code, SlipwayProblem


def test_it_is_made_for_its_owner_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_HOME", str(tmp_path / "a" / "home"))
    home = Home.of_user()
    assert home.root.stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize("place", ["a file", "below a file"])
def test_one_that_cannot_be_a_directory_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: str
) -> None:
    file = tmp_path / "file"
    file.touch()
    path = file if place == "a file" else file / "home"
    monkeypatch.setenv("SLIPWAY_HOME", str(path))
    with pytest.raises(SlipwayProblem) as caught:
        Home.of_user()
    assert caught.value.code is Code.UNSUPPORTED
    assert str(path) in caught.value.message
    assert "SLIPWAY_HOME" in caught.value.message

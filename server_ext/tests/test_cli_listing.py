"""What `slipway ps` shows of a deployment."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterlab_slipway.commandline.listing import _row

PROBLEM = {"code": "SLP552", "message": "gone", "severity": "error"}


def release(number: int, state: str) -> dict[str, Any]:
    return {"release": number, "state": state, "created": 0.0, "problem": PROBLEM}


@pytest.mark.parametrize(
    ("states", "live", "shown"),
    [
        (["live"], 1, ("live", "1")),
        (["live", "failed"], 1, ("live; 2 failed", "1")),
        (["replaced", "live"], 2, ("live", "2")),
        (["lost"], None, ("lost (SLP552)", "1")),
        (["lost", "failed"], None, ("lost; 2 failed (SLP552)", "1")),
        (["lost", "stopped"], None, ("stopped", "2")),
        (["stopped", "failed"], None, ("failed (SLP552)", "2")),
        (["replaced", "stopped", "cancelled"], None, ("cancelled", "3")),
        (["failed"], None, ("failed (SLP552)", "1")),
    ],
)
def test_an_outage_is_not_hidden_behind_a_build(
    states: list[str], live: int | None, shown: tuple[str, str]
) -> None:
    releases = [release(number, state) for number, state in enumerate(states, 1)][::-1]
    view: Any = {"name": "a", "notebook": "a.ipynb", "releases": releases}
    if live is not None:
        view["live"] = live
    assert tuple(_row(view)[1:3]) == shown

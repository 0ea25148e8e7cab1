"""Advice to declare a package names a version of it, or says how to see one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jupyterlab_slipway.builder.install_line import pair
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.newest import versions_named
from jupyterlab_slipway.problems import Code, SlipwayProblem
from test_server_packages import index, wheel

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["index"]

PYTHON = list_interpreters()[0].short


def told(message: str) -> SlipwayProblem:
    cell = {"index": 3, "id": "c"}
    with pytest.raises(SlipwayProblem) as caught, versions_named(PYTHON):
        raise SlipwayProblem(Code.IMPORT_UNDECLARED, message, cell=cell, traceback="Traceback …")  # type: ignore[arg-type]
    assert caught.value.code is Code.IMPORT_UNDECLARED
    assert caught.value.cell == cell
    assert caught.value.traceback == "Traceback …"
    return caught.value


def test_the_newest_version_stands_in_the_advice(index: Path) -> None:
    for version in ("1.2", "1.10", "2.0rc1"):
        wheel(index, "boats", version)
    wheel(index, "dry_dock", "0.5")
    problem = told(f"Add {pair('boats[oars]')} and {pair('boats')} or {pair('Dry.Dock')}, {pair('cars==3')}.")
    assert (
        problem.message
        == 'Add ["boats[oars]", "1.10"] and ["boats", "1.10"] or ["Dry.Dock", "0.5"], ["cars", "3"].'
    )


def test_where_the_index_has_none_the_advice_says_how_to_see_them(index: Path) -> None:
    problem = told(f"Add {pair('no-such-boat')}.")
    assert problem.message == (
        'Add ["no-such-boat", "its version"]. Versions are listed by `pip index versions no-such-boat`.'
    )


def test_what_advises_no_package_passes_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("jupyterlab_slipway.builder.newest.newest_versions", None)
    assert told("Something else.").message == "Something else."

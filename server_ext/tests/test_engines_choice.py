"""Which engine a deployment gets, and how that is told; with engines that only have a diagnosis."""

from __future__ import annotations

import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, cast

import pytest
from deployments_fixtures import Said
from jupyterlab_slipway.commandline import output as output_module
from jupyterlab_slipway.commandline.listing import engines as list_engines
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.engines import registry
from jupyterlab_slipway.engines.engine import Diagnosis, Engine
from jupyterlab_slipway.engines.registry import (
    DEFAULT_VARIABLE,
    default_engine,
    engine_named,
    engine_views,
    usable_engine,
)
from jupyterlab_slipway.problems import Code, SlipwayProblem
from server_fixtures import Answer

Ask = Callable[..., Awaitable[Answer]]

STEAM = Diagnosis(False, "is not installed. Install the package steam, which has a boiler and a whistle.")
SAIL = Diagnosis(True, "Sail 4.3, without root")
OARS = Diagnosis(True, "runs on what one had for breakfast")


class Diagnosed:
    def __init__(self, name: str, diagnosis: Diagnosis) -> None:
        self.name = name
        self.diagnosis = diagnosis
        self.barrier = threading.Barrier(1)

    def diagnose(self) -> Diagnosis:
        self.barrier.wait(60)
        return self.diagnosis


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> list[Diagnosed]:
    """Steam does not work; sail is the first that does. None of them is named as the default."""
    found = [Diagnosed("steam", STEAM), Diagnosed("sail", SAIL), Diagnosed("oars", OARS)]
    monkeypatch.setattr(registry, "engines", lambda: cast("tuple[Engine, ...]", tuple(found)))
    monkeypatch.delenv(DEFAULT_VARIABLE)
    return found


@pytest.mark.parametrize(
    ("preferred", "variable", "default"),
    [
        (None, "", "sail"),
        (None, " oars ", "oars"),
        ("sail", "oars", "sail"),
        ("oars", "nonsense", "oars"),
    ],
)
@pytest.mark.usefixtures("known")
def test_the_default(
    preferred: str | None, variable: str, default: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DEFAULT_VARIABLE, variable)
    assert default_engine(preferred).name == default
    assert [view["name"] for view in engine_views(preferred) if view["default"]] == [default]


@pytest.mark.parametrize(("named", "code"), [("steam", Code.UNSUPPORTED), ("raft", Code.ENGINE_UNKNOWN)])
@pytest.mark.usefixtures("known")
def test_a_default_that_does_not_work_is_not_replaced_by_another(
    named: str, code: Code, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DEFAULT_VARIABLE, named)
    with pytest.raises(SlipwayProblem) as caught:
        default_engine()
    assert caught.value.code is code
    assert DEFAULT_VARIABLE in caught.value.message
    assert [view["name"] for view in engine_views() if view["default"]] == [named] * (named == "steam")


def test_where_nothing_works_every_reason_is_told(known: list[Diagnosed]) -> None:
    for engine in known:
        engine.diagnosis = STEAM
    with pytest.raises(SlipwayProblem) as caught:
        default_engine()
    assert caught.value.code is Code.UNSUPPORTED
    for sentence in ("Steam is not installed.", "Oars is not installed."):
        assert sentence in caught.value.message
    assert not any(view["default"] for view in engine_views())


@pytest.mark.usefixtures("known")
def test_a_named_engine_has_to_work() -> None:
    assert usable_engine("oars").name == "oars"
    with pytest.raises(SlipwayProblem) as caught:
        usable_engine("steam")
    assert caught.value.code is Code.UNSUPPORTED
    assert "steam does not work on this machine. Steam is not installed." in caught.value.message
    with pytest.raises(SlipwayProblem) as caught:
        engine_named("raft")
    assert caught.value.code is Code.ENGINE_UNKNOWN
    assert "steam, sail, oars" in caught.value.message


def test_details_are_sentences_and_engines_are_asked_at_once(known: list[Diagnosed]) -> None:
    known.append(Diagnosed("tow", Diagnosis(False, "The program tow fails.")))
    barrier = threading.Barrier(len(known))
    for engine in known:
        engine.barrier = barrier
    assert [view["detail"] for view in engine_views()] == [
        f"Steam {STEAM.detail}",
        "Sail 4.3, without root",
        "Runs on what one had for breakfast",
        "The program tow fails.",
    ]


@pytest.mark.usefixtures("known")
def test_the_list_is_broken_for_a_terminal_and_whole_elsewhere(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(DEFAULT_VARIABLE, "raft")
    assert list_engines(cast("Any", None), Output(as_json=False)) == 0
    said = capsys.readouterr()
    assert f"steam   does not work  Steam {STEAM.detail}\n" in said.out
    assert "'raft'" in said.err

    monkeypatch.setenv(DEFAULT_VARIABLE, "sail")
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr(output_module.sys.stdout, "isatty", lambda: True)
    list_engines(cast("Any", None), Output(as_json=False))
    lines = capsys.readouterr().out.splitlines()
    assert lines[2] == " " * 24 + "package steam, which has a boiler"
    assert "sail    works, default  Sail 4.3, without root" in lines
    assert max(map(len, lines[:6])) <= 60

    list_engines(cast("Any", None), Output(as_json=True))
    assert [json.loads(line)["default"] for line in capsys.readouterr().out.splitlines()] == [
        False,
        True,
        False,
    ]


def test_the_command_and_the_variable(
    slipway: Callable[..., Said], saved_notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert [view["name"] for view in slipway("engines", "--json").lines if view["default"]] == ["process"]
    monkeypatch.setenv(DEFAULT_VARIABLE, "raft")
    said = slipway("deploy", saved_notebook("a.ipynb", "requirements = []"))
    assert said.code == 1
    assert said.err.startswith("SLP564: ")
    assert DEFAULT_VARIABLE in said.err


@pytest.mark.parametrize("asked", [None, "oars"])
async def test_the_server_passes_the_choice_and_its_default_apart(
    ask: Ask, jp_serverapp: Any, jp_root_dir: Path, monkeypatch: pytest.MonkeyPatch, asked: str | None
) -> None:
    requests: list[DeployRequest] = []

    class Enough(Exception):
        pass

    def deploy(self: Deployments, request: DeployRequest) -> None:
        requests.append(request)
        raise Enough

    monkeypatch.setattr(Deployments, "deploy", deploy)
    jp_serverapp.web_app.settings["jupyterlab_slipway"].default_engine = "sail"
    (jp_root_dir / "a.ipynb").write_text(
        json.dumps({"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}), encoding="utf-8"
    )
    await ask("POST", "deployments", body={"path": "a.ipynb", "engine": asked})
    assert [(request.engine, request.default_engine) for request in requests] == [(asked, "sail")]


@pytest.mark.usefixtures("known")
async def test_the_list_on_the_server_marks_its_own_default(ask: Ask, jp_serverapp: Any) -> None:
    jp_serverapp.web_app.settings["jupyterlab_slipway"].default_engine = "oars"
    engines = (await ask("GET", "engines")).json["engines"]
    assert [(engine["name"], engine["default"]) for engine in engines] == [
        ("steam", False),
        ("sail", False),
        ("oars", True),
    ]


def test_a_deployment_keeps_its_engine_until_another_is_asked_for(
    deployments: Deployments,
    known: list[Diagnosed],
    saved_notebook: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    given: list[str] = []

    def start(self: Deployments, name: str, engine: str, *_: object) -> int:
        given.append(engine)
        record = self.records.record(name)
        self.records.set_record({**record, "engine": engine})
        return 1

    monkeypatch.setattr(Deployments, "_start_release", start)
    notebook = saved_notebook("a.ipynb", "requirements = []")
    for request in (
        DeployRequest(notebook),
        DeployRequest(notebook, default_engine="oars"),
        DeployRequest(notebook, engine="oars"),
        DeployRequest(notebook, default_engine="sail"),
        DeployRequest(notebook, name="other", default_engine="oars"),
    ):
        deployments.deploy(request)
    assert given == ["sail", "sail", "oars", "oars", "oars"]
    known[2].diagnosis = STEAM
    with pytest.raises(SlipwayProblem) as caught:
        deployments.deploy(DeployRequest(notebook))
    assert caught.value.code is Code.UNSUPPORTED

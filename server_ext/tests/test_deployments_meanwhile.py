"""What becomes of a command when somebody else does something in its middle, or has damaged something else."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.deployments import beginning, endings, manager, pushing, release_files
from jupyterlab_slipway.deployments.endings import KEPT_BUNDLES
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.deployments.release_files import ReleaseFiles
from jupyterlab_slipway.deployments.runner import Runner
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.signals import Cancellation

if TYPE_CHECKING:
    from collections.abc import Callable

NAME = "a"
DIGEST = "sha256:" + "1" * 64


@pytest.fixture
def notebook(deployments: Deployments, saved_notebook: Callable[..., Path]) -> Path:
    """Of a deployment without any release."""
    found = saved_notebook("a.ipynb", "x = 1").resolve()
    deployments.records.create(NAME, NAME, found, "process", 18000, 0.0)
    return found


@pytest.fixture
def _no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(beginning, "launch", lambda *_: None)


def release(deployments: Deployments, *states: str) -> ReleaseFiles:
    options = BuildOptions(Path("/nowhere/a.ipynb"), Path("/nowhere"), NAME)
    event = {"kind": "created", "deployment": NAME, "notebook": "a.ipynb", "engine": "process"}
    files = deployments.records.create_release(NAME, "process", options, b"{}", event)
    for state in states:
        files.events.append({"kind": "state", "state": state})
    return files


# -- deploying


@pytest.mark.usefixtures("_no_runner")
def test_a_damaged_record_of_another_deployment_does_not_matter(
    deployments: Deployments, notebook: Path, saved_notebook: Callable[..., Path]
) -> None:
    (deployments.home.deployment(NAME) / "deployment.json").write_text("{")
    other = saved_notebook("b.ipynb", "x = 1")
    assert deployments.deploy(DeployRequest(other)) == ("b", 1)
    assert deployments.deploy(DeployRequest(other, name="c")) == ("c", 1)
    for request in (DeployRequest(notebook), DeployRequest(other, name=NAME)):
        with pytest.raises(SlipwayProblem, match=r"The record of a, .* cannot be read") as caught:
            deployments.deploy(request)
        assert caught.value.code is Code.DEPLOYMENT_UNKNOWN


@pytest.mark.usefixtures("_no_runner")
def test_a_damaged_record_of_a_release_keeps_nobody_from_the_others(
    deployments: Deployments, notebook: Path
) -> None:
    release(deployments, "live", "stopped")
    (release(deployments, "live", "stopped").path / "release.json").write_text("{")
    deployments.reattach()
    assert deployments.unreadable() == [NAME]
    assert [one["release"] for one in deployments.get(NAME)["releases"]] == [1]
    assert deployments.deploy(DeployRequest(notebook)) == (NAME, 3)
    assert deployments.stop(NAME)["releases"][0]["release"] == 3


@pytest.mark.usefixtures("_no_runner")
def test_a_deployment_that_is_removed_while_its_notebook_is_deployed_is_made_anew(
    deployments: Deployments, notebook: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    release(deployments, "failed")
    token = deployments.records.token(NAME)
    removing, waited = threading.Event(), threading.Event()
    forget = deployments._forget

    def slowly(name: str) -> None:
        removing.set()
        waited.wait(10)
        forget(name)

    monkeypatch.setattr(deployments, "_forget", slowly)
    remover = threading.Thread(target=deployments.remove, args=(NAME,))
    remover.start()
    assert removing.wait(10)
    lock = deployments.home.lock

    def asked(name: str) -> Any:
        if name == NAME:
            waited.set()
        return lock(name)

    monkeypatch.setattr(manager.Home, "lock", lambda _, name: asked(name))
    assert deployments.deploy(DeployRequest(notebook)) == (NAME, 1)
    remover.join()
    assert deployments.records.token(NAME) != token


@pytest.mark.usefixtures("_no_runner")
def test_a_deployment_that_is_being_stopped_keeps_no_other_from_being_deployed(
    deployments: Deployments, notebook: Path, saved_notebook: Callable[..., Path]
) -> None:
    made: list[str] = []

    def deploy(path: Path) -> None:
        made.append(deployments.deploy(DeployRequest(path))[0])

    waiting = threading.Thread(target=deploy, args=(notebook,))
    other = threading.Thread(target=deploy, args=(saved_notebook("b.ipynb", "x = 1"),))
    with deployments.home.lock(NAME):  # as `stop` has it while requests in flight end
        waiting.start()
        waiting.join(0.3)
        other.start()
        other.join(20)
        assert made == ["b"]
    waiting.join()
    assert made == ["b", NAME]


def test_who_waited_for_what_is_removed_leaves_no_lock_file(deployments: Deployments, notebook: Path) -> None:
    assert notebook.is_file()
    home, begun = deployments.home, threading.Event()
    found: list[SlipwayProblem] = []

    def stop() -> None:
        begun.set()
        with pytest.raises(SlipwayProblem) as caught:
            deployments.stop(NAME)
        found.append(caught.value)

    waiter = threading.Thread(target=stop)
    with home.lock(NAME):
        waiter.start()
        assert begun.wait(10)
        waiter.join(0.3)  # it waits
        assert waiter.is_alive()
        deployments._forget(NAME)
    waiter.join()
    assert found[0].code is Code.DEPLOYMENT_UNKNOWN
    assert not (home.root / "locks" / f"{NAME}.lock").exists()


# -- pushing


class Pushing:
    """An engine whose registry takes everything; `meanwhile` is called when the image is there."""

    name = "docker"

    def __init__(self) -> None:
        self.meanwhile: Callable[[], object] = lambda: None

    def push(self, *_: object) -> str:
        self.meanwhile()
        return DIGEST

    def discard(self, _identity: str) -> None:
        pass


@pytest.fixture
def pushed(monkeypatch: pytest.MonkeyPatch) -> Pushing:
    engine = Pushing()
    for module in (pushing, release_files, endings):
        monkeypatch.setattr(module, "engine_named", lambda _: engine)
    return engine


def push(deployments: Deployments) -> str:
    number, published = deployments.push(NAME, "r.example/a:1", None, lambda _: None)
    assert number == 1
    return published["reference"]


@pytest.mark.usefixtures("notebook")
def test_what_was_pushed_is_there_although_its_deployment_is_not(
    deployments: Deployments, pushed: Pushing
) -> None:
    release(deployments, "stopped")
    pushed.meanwhile = lambda: deployments.remove(NAME)
    assert push(deployments) == f"r.example/a@{DIGEST}"
    assert deployments.list_deployments() == []


def test_what_was_pushed_is_not_noted_of_another_release(
    deployments: Deployments, pushed: Pushing, notebook: Path
) -> None:
    release(deployments, "stopped")

    def anew() -> None:
        deployments.remove(NAME)
        deployments.records.create(NAME, NAME, notebook, "process", 18000, 0.0)
        release(deployments, "stopped")

    pushed.meanwhile = anew
    push(deployments)
    assert deployments.records.release(NAME, 1).published == []
    pushed.meanwhile = lambda: None
    push(deployments)
    assert len(deployments.records.release(NAME, 1).published) == 1


# -- old bundles


@pytest.mark.usefixtures("notebook", "pushed")
def test_bundles_do_not_go_while_a_release_begins(
    deployments: Deployments, monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = [release(deployments, "live", "replaced") for _ in range(KEPT_BUNDLES + 1)]
    for files in releases:
        files.bundle.mkdir()
    runner = Runner(releases[-1], deployments.home, Cancellation())
    monkeypatch.setattr(runner, "_release", lambda: None)
    ending = threading.Thread(target=runner.run)
    with deployments.home.lock(NAME):  # as `start` has it
        ending.start()
        ending.join(0.3)
        assert releases[0].bundle.is_dir()
        release(deployments).events.append({"kind": "note", "phase": "start", "level": "info", "message": ""})
        again = deployments.records.releases(NAME)[0]
        record = {**again.record, "of": 1}
        release_files.write_json(again.path / "release.json", record)
    ending.join()
    assert [files.bundle.is_dir() for files in releases] == [True] * (KEPT_BUNDLES + 1), "it is wanted now"

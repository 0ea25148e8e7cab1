"""Deployments from birth to removal, with real builds and services."""

from __future__ import annotations

import json
import shutil
import subprocess
import threading
from http.client import HTTPException
from typing import TYPE_CHECKING, Any, Self

import pytest
from deployments_fixtures import (
    DOUBLING,
    SLEEPING,
    ask,
    deploy,
    nothing_runs_of,
    until,
    until_asleep,
    until_ended,
    with_variable,
)
from jupyterlab_slipway.deployments.endings import KEPT_BUNDLES
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.engines.registry import engine_named
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.processes import is_alive

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    MakeNotebook = Callable[..., Path]

pytestmark = pytest.mark.slow

FAILING = (*DOUBLING[:1], "factor = 1 / 0", *DOUBLING[2:])


def test_a_deployment_from_birth_to_removal(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("Doubling, the 2nd.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    assert name == "doubling-the-2nd"
    view = deployments.get(name)
    assert view["title"] == "Doubling, the 2nd"
    assert view["notebook"] == str(notebook)
    phases = {phase["phase"]: phase["status"] for phase in view["releases"][0]["phases"]}
    assert phases.pop("slim") == "skipped"
    assert set(phases.values()) == {"done"}
    assert list(phases)[-4:] == ["package", "start", "probe", "live"]
    assert ask(deployments, name, "21")[:2] == (200, "42")
    curl = deployments.access(name)["curl"]
    if shutil.which("curl"):
        answer = subprocess.run(["bash", "-c", curl], capture_output=True, text=True, check=True)
        assert answer.stdout == "2", "the first of examples, doubled"
    token = deployments.records.token_file(name)
    assert token.stat().st_mode & 0o777 == 0o600
    assert deployments.records.token(name) not in " ".join(
        word
        for process in with_variable("SLIPWAY_HOME", str(deployments.home.root))
        for word in process.cmdline()
    )

    with pytest.raises(SlipwayProblem) as caught:
        deployments.remove(name)
    assert caught.value.code is Code.STILL_LIVE

    view = deployments.stop(name)
    assert view["releases"][0]["state"] == "stopped"
    assert nothing_runs_of(deployments)
    with pytest.raises(SlipwayProblem) as caught:
        deployments.access(name)
    assert caught.value.code is Code.NOT_LIVE
    assert deployments.stop(name) == view, "once more does nothing"

    deployments.remove(name)
    assert list(deployments.home.deployments.iterdir()) == []
    with pytest.raises(SlipwayProblem) as caught:
        deployments.get(name)
    assert caught.value.code is Code.DEPLOYMENT_UNKNOWN


class Load:
    """Asks all the time; keeps what went wrong, and which releases answered."""

    def __init__(self, deployments: Deployments, name: str) -> None:
        self.failures: list[str] = []
        self.releases: set[str | None] = set()
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(deployments, name)) for _ in range(2)]

    def _run(self, deployments: Deployments, name: str) -> None:
        while not self._end.wait(0.01):
            try:
                status, body, release = ask(deployments, name, "4")
            except (OSError, HTTPException, SlipwayProblem) as error:
                self.failures.append(repr(error))
                continue
            self.releases.add(release)
            if (status, body) not in ((200, "8"), (200, "12")):
                self.failures.append(f"{status} {body}")

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()


def test_a_new_release_takes_over_without_a_failed_request(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    url = deployments.get(name)["url"]
    first = deployments.records.release(name, 1)
    saved_notebook("a.ipynb", DOUBLING[0], "factor = 3", *DOUBLING[2:])
    with Load(deployments, name) as load:
        deploy(deployments, notebook)
        identities = {deployments.records.release(name, number).record["identity"] for number in (1, 2)}
        until(lambda: load.releases >= identities, "both releases have answered")
        until(lambda: first.view()["state"] == "replaced", "the first release is replaced")
    assert load.failures == []
    assert deployments.get(name)["url"] == url
    assert ask(deployments, name, "4")[:2] == (200, "12")
    service = first.service
    assert service is not None
    assert not engine_named("process").is_alive(service)


def test_a_failed_or_cancelled_release_leaves_the_one_before_alone(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    saved_notebook("a.ipynb", *FAILING)
    deploy(deployments, notebook, "failed")
    view = deployments.get(name)
    assert view["live"] == 1
    problem = view["releases"][0]["problem"]
    assert problem["code"] == "SLP520"
    assert problem["cell"]["source"] == "factor = 1 / 0"
    saved_notebook("a.ipynb", *SLEEPING)
    _, number = deployments.deploy(DeployRequest(notebook))
    until_asleep(deployments, name, number)
    view = deployments.stop(name)
    assert [release["state"] for release in view["releases"]] == ["cancelled", "failed", "live"]
    assert ask(deployments, name, "4")[:2] == (200, "8")
    for number in (2, 3):
        left = {path.name for path in deployments.records.release(name, number).path.iterdir()}
        assert "bundle" not in left
        assert "reserve" not in left


def test_nothing_takes_a_live_release_down_again(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    first = deployments.records.release(name, 1)
    lock = first.path / "events.lock"
    lock.unlink()
    lock.mkdir()  # the end of the first release cannot be written down
    deploy(deployments, notebook)
    second = deployments.records.release(name, 2)
    builder = second.builder
    assert builder is not None
    until(lambda: not is_alive(builder), "the builder has ended")
    lock.rmdir()
    assert "could not be ended" in (second.logs / "runner.log").read_text()
    assert [release["state"] for release in deployments.get(name)["releases"]] == ["live", "replaced"]
    assert ask(deployments, name, "4")[:2] == (200, "8")


def test_two_deployments_are_built_at_once(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    started = [
        deployments.deploy(DeployRequest(saved_notebook(f"{stem}.ipynb", *DOUBLING))) for stem in ("a", "b")
    ]
    for name, number in started:
        assert until_ended(deployments, name, number)["state"] == "live"
    urls = {view["url"] for view in deployments.list_deployments()}
    assert len(urls) == 2
    assert [ask(deployments, name, "1")[:2] for name in ("a", "b")] == [(200, "2"), (200, "2")]


def test_one_release_at_a_time(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("a.ipynb", *SLEEPING)
    outcomes: list[Any] = []

    def try_it() -> None:
        try:
            outcomes.append(Deployments(deployments.home).deploy(DeployRequest(notebook)))
        except SlipwayProblem as problem:
            outcomes.append(problem.code)

    threads = [threading.Thread(target=try_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(map(str, outcomes)) == sorted(map(str, [("a", 1), *[Code.BUSY] * 3]))
    with pytest.raises(SlipwayProblem) as caught:
        deployments.remove("a")
    assert caught.value.code is Code.BUSY
    deployments.remove("a", force=True)
    assert nothing_runs_of(deployments)


def test_names_belong_to_notebooks(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    one = saved_notebook("one/My model.ipynb", *FAILING)
    two = saved_notebook("two/my-model.ipynb", *FAILING)
    assert deploy(deployments, one, "failed") == "my-model"
    second = deploy(deployments, two, "failed")
    assert second.startswith("my-model-")
    assert deploy(deployments, two, "failed") == second
    assert len(deployments.get(second)["releases"]) == 2
    with pytest.raises(SlipwayProblem) as caught:
        deployments.deploy(DeployRequest(two, name="my-model"))
    assert caught.value.code is Code.NAME_TAKEN
    assert str(one) in caught.value.message
    # its name stays, also when the other one goes
    deployments.remove("my-model")
    assert deploy(deployments, two, "failed") == second


def test_a_service_outlives_its_makers_and_is_found_again(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    name = deploy(deployments, saved_notebook("a.ipynb", *DOUBLING))
    builder = deployments.records.release(name, 1).builder
    assert builder is not None
    until(lambda: not is_alive(builder), "the builder has ended")
    later = Deployments(deployments.home)
    later.reattach()
    assert later.get(name)["live"] == 1
    assert ask(later, name, "4")[:2] == (200, "8")


def test_bundles_of_old_releases_are_removed(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    count = KEPT_BUNDLES + 1
    for _ in range(count):
        name = deploy(deployments, notebook)
    newest = deployments.records.release(name, count)
    builder = newest.builder
    assert builder is not None
    until(lambda: not is_alive(builder), "the builder has ended")
    files = deployments.records.releases(name)
    assert [found.bundle.is_dir() for found in files] == [True] * KEPT_BUNDLES + [False]
    assert all(found.events.read() for found in files)


def test_a_release_is_complete_or_not_there(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("a.ipynb", *FAILING)
    name = deploy(deployments, notebook, "failed")
    abandoned = deployments.home.deployment(name) / "releases" / ".new-of-a-killed-process"
    abandoned.mkdir()
    assert len(deployments.get(name)["releases"]) == 1
    deploy(deployments, notebook, "failed")
    assert not abandoned.exists()
    numbers = [
        json.loads((files.path / "events.jsonl").read_text().splitlines()[0])["release"]
        for files in deployments.records.releases(name)
    ]
    assert numbers == [2, 1]

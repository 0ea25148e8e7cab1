"""Lock files: one for each deployment that there is, and still a lock where one is removed."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from filelock import Timeout
from jupyterlab_slipway.deployments import manager
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.problems import Code, SlipwayProblem

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def lock_files(deployments: Deployments) -> list[str]:
    return sorted(
        path.name for path in (deployments.home.root / "locks").glob("*") if path.name != "_names.lock"
    )


def create(deployments: Deployments, name: str, tmp_path: Path) -> None:
    deployments.records.create(name, name, tmp_path / "a.ipynb", "process", 18000, 0.0)


def test_what_is_no_deployment_gets_no_lock_file(deployments: Deployments) -> None:
    for act in (deployments.stop, deployments.remove, lambda name: deployments.remove(name, force=True)):
        with pytest.raises(SlipwayProblem) as caught:
            act("never-there")
        assert caught.value.code is Code.DEPLOYMENT_UNKNOWN
    assert lock_files(deployments) == []


def test_the_lock_file_goes_with_the_deployment(deployments: Deployments, tmp_path: Path) -> None:
    create(deployments, "a", tmp_path)
    deployments.stop("a")
    assert lock_files(deployments) == ["a.lock"]
    deployments.remove("a")
    assert lock_files(deployments) == []


def test_a_deployment_that_was_never_made_leaves_none(
    deployments: Deployments, saved_notebook: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_port(_: object) -> int:
        raise SlipwayProblem(Code.PORT_TAKEN, "No port is free.")

    monkeypatch.setattr(manager, "choose_port", no_port)
    with pytest.raises(SlipwayProblem):
        deployments.deploy(DeployRequest(saved_notebook("a.ipynb", "x = 1")))
    with pytest.raises(SlipwayProblem):
        deployments.deploy(DeployRequest(saved_notebook("b.ipynb", "x = 1"), engine="none"))
    assert deployments.list_deployments() == []
    assert lock_files(deployments) == []


def test_who_waits_for_a_lock_that_is_removed_gets_the_next_one(deployments: Deployments) -> None:
    home, held, end = deployments.home, threading.Event(), threading.Event()

    def wait() -> None:
        with home.lock("a").acquire(timeout=30, poll_interval=0.01):
            held.set()
            end.wait(30)

    waiter = threading.Thread(target=wait)
    with home.lock("a"):
        waiter.start()
        assert not held.wait(0.2)
        home.remove_lock("a")
    assert held.wait(30)
    with pytest.raises(Timeout):
        home.lock("a").acquire(timeout=0)
    end.set()
    waiter.join()

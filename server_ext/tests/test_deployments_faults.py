"""Deployments under faults: killed processes, taken ports, a full disk, services that do not start."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import time
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest
from deployments_fixtures import (
    DOUBLING,
    SLEEPING,
    ask,
    deploy,
    kill,
    nothing_runs_of,
    process_of,
    until,
    until_asleep,
    with_variable,
)
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.processes import is_alive, of_release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    MakeNotebook = Callable[..., Path]

pytestmark = pytest.mark.slow


def test_a_cancel_in_mid_cell_leaves_no_process(
    deployments: Deployments, saved_notebook: MakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv("MARKER_OF_A_TEST", marker)
    children = (
        "import subprocess, sys",
        # in groups and sessions of their own, and with a cell that will not hear of an interrupt
        (
            "[subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=new)"
            " for new in (False, True)]"
        ),
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)",
        (
            "while True:\n  try:\n    print('asleep', flush=True)\n    time.sleep(600)\n"
            "  except KeyboardInterrupt:\n    pass"
        ),
    )
    notebook = saved_notebook("a.ipynb", DOUBLING[0], *children, *DOUBLING[2:])
    name, number = deployments.deploy(DeployRequest(notebook, pass_environment=("MARKER_OF_A_TEST",)))
    until_asleep(deployments, name, number)
    assert len(with_variable("MARKER_OF_A_TEST", marker)) >= 4, "runner, kernel and two children"
    assert deployments.stop(name)["releases"][0]["state"] == "cancelled"
    assert with_variable("MARKER_OF_A_TEST", marker) == []
    recorded = (deployments.records.release(name, number).path / "release.json").read_text()
    assert marker not in recorded, "nothing of the value is kept"


def test_a_killed_builder_is_lost_and_nothing_of_it_stays(
    deployments: Deployments, saved_notebook: MakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv("MARKER_OF_A_TEST", marker)
    notebook = saved_notebook("a.ipynb", *SLEEPING)
    name, number = deployments.deploy(DeployRequest(notebook, pass_environment=("MARKER_OF_A_TEST",)))
    until_asleep(deployments, name, number)
    kill(process_of(deployments, name, number, "builder"))
    release = deployments.get(name)["releases"][0]
    assert (release["state"], release["problem"]["code"]) == ("lost", "SLP566")
    deployments.reattach()
    assert deployments.get(name)["releases"][0]["state"] == "lost"
    assert deployments.records.release(name, number).events.read()[-1]["kind"] == "state"
    until(lambda: with_variable("MARKER_OF_A_TEST", marker) == [], "its children are gone")
    saved_notebook("a.ipynb", *DOUBLING)
    deploy(deployments, notebook)
    assert deployments.get(name)["live"] == 2


def test_a_killed_service_is_lost_and_a_new_release_has_its_port(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    url = deployments.get(name)["url"]
    kill(process_of(deployments, name, 1, "service"))
    release = deployments.get(name)["releases"][0]
    assert (release["state"], release["problem"]["code"]) == ("lost", "SLP552")
    until(lambda: nothing_runs_of(deployments), "front and model end with it")
    deploy(deployments, notebook)
    view = deployments.get(name)
    assert view["url"] == url
    assert [release["state"] for release in view["releases"]] == ["live", "lost"]


def test_a_builder_killed_after_it_had_published_has_done_its_work(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    files = deployments.records.release(name, 1)
    until(lambda: not is_alive(files.builder), "the builder has ended")
    # as if it had been killed before its last word
    lines = files.events.path.read_bytes().splitlines(keepends=True)
    assert json.loads(lines[-1])["state"] == "live"
    files.events.path.write_bytes(b"".join(lines[:-1]))
    deployments.reattach()
    assert deployments.get(name)["live"] == 1
    assert ask(deployments, name, "4")[:2] == (200, "8")


def test_a_builder_killed_before_it_published_takes_its_service_with_it(
    deployments: Deployments, saved_notebook: MakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    marker = f"marker-{os.getpid()}-{time.monotonic_ns()}"
    monkeypatch.setenv("MARKER_OF_A_TEST", marker)
    # loads at once for the builder, and never for the service, whose process is another's child
    waiting = (
        "import os, time\nclass Model:\n    def __setstate__(self, state):\n"
        "        while 'worker.py' in open(f'/proc/{os.getppid()}/cmdline').read() or "
        "'slipway_runtime' in open(f'/proc/{os.getppid()}/cmdline').read():\n            time.sleep(0.1)\n"
        "    def __getstate__(self):\n        return {'a': 1}\nmodel = Model()"
    )
    predictor = "def predictor(x):\n    assert model\n    return x"
    notebook = saved_notebook("a.ipynb", DOUBLING[0], waiting, predictor)
    name, number = deployments.deploy(DeployRequest(notebook))
    files = deployments.records.release(name, number)
    until(lambda: "pid" in (files.service or {}) or files.view()["state"] != "building", "it starts")
    assert files.view()["state"] == "building", files.view()
    kill(process_of(deployments, name, number, "builder"))
    assert with_variable("MARKER_OF_A_TEST", marker) != []
    deployments.reattach()
    assert deployments.get(name)["releases"][0]["state"] == "lost"
    assert with_variable("MARKER_OF_A_TEST", marker) == []


BREAKING = """
import os
class Model:
    def __setstate__(self, state):
        if 'slipway_runtime' in open(f'/proc/{os.getppid()}/cmdline').read():
            raise ValueError('no such table')
    def __getstate__(self):
        return {'a': 1}
model = Model()
"""


def test_a_service_that_does_not_start_says_why(
    deployments: Deployments, saved_notebook: Callable[..., Path]
) -> None:
    """Its model loads for the builder, and not in the service."""
    predictor = "def predictor(x):\n    assert model\n    return x"
    name = deploy(deployments, saved_notebook("a.ipynb", DOUBLING[0], BREAKING, predictor), "failed")
    release = deployments.get(name)["releases"][0]
    assert release["problem"]["code"] == "SLP552"
    assert "ValueError: no such table." in release["problem"]["message"]
    log, _ = deployments.read_log(name, 1, "start", 0, 1 << 20)
    assert b"in __setstate__" in log
    assert release["phases"][-1]["status"] == "failed"
    until(lambda: nothing_runs_of(deployments), "what was started has ended")


@pytest.fixture
def squatter() -> Iterator[socket.socket]:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        yield listener


def test_a_port_that_was_taken_meanwhile(
    deployments: Deployments, saved_notebook: MakeNotebook, squatter: socket.socket
) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    port = urlsplit(deployments.get(name)["url"]).port
    deployments.stop(name)
    squatter.bind(("127.0.0.1", port))
    squatter.listen()
    deploy(deployments, notebook, "failed")
    problem = deployments.get(name)["releases"][0]["problem"]
    assert problem["code"] == "SLP551"
    assert f"process {os.getpid()}" in problem["message"]
    until(lambda: nothing_runs_of(deployments), "what was started has ended")
    squatter.close()
    deploy(deployments, notebook)
    assert urlsplit(deployments.get(name)["url"]).port == port


def test_a_port_nobody_has_seen_yet_may_change(
    deployments: Deployments, saved_notebook: MakeNotebook, squatter: socket.socket
) -> None:
    notebook = saved_notebook("a.ipynb", *SLEEPING)
    name, number = deployments.deploy(DeployRequest(notebook))
    until_asleep(deployments, name, number)
    deployments.stop(name)
    port = deployments.records.record(name)["port"]
    squatter.bind(("127.0.0.1", port))
    squatter.listen()
    saved_notebook("a.ipynb", *DOUBLING)
    deploy(deployments, notebook)
    assert urlsplit(deployments.get(name)["url"]).port != port
    assert ask(deployments, name, "1")[:2] == (200, "2")


def test_a_full_disk_is_told_and_costs_nothing_else(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    mount = shutil.which("mount")
    place = deployments.home.deployments
    options = ["-t", "tmpfs", "-o", "size=1m,mode=0700", "tmpfs", str(place)]
    if os.getuid() != 0 or mount is None or subprocess.run([mount, *options], check=False).returncode != 0:
        pytest.skip("a small disk can be made by root alone")
    try:
        big = "blob = bytes(range(256)) * 20_000\ndef predictor(x):\n    return len(blob) * x"
        notebook = saved_notebook("a.ipynb", DOUBLING[0], big)
        name = deploy(deployments, notebook, "failed")
        problem = deployments.get(name)["releases"][0]["problem"]
        assert problem["code"] == "SLP550"
        until(lambda: nothing_runs_of(deployments), "what was started has ended")
        saved_notebook("a.ipynb", *DOUBLING)
        deploy(deployments, notebook)
        assert ask(deployments, name, "4")[:2] == (200, "8")
        deployments.remove(name, force=True)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_damaged_record_of_a_service_does_not_make_it_lost_and_a_stop_still_ends_it(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    name = deploy(deployments, saved_notebook("a.ipynb", *DOUBLING))
    release = deployments.records.release(name, 1)
    identity = release.record["identity"]
    whole = (release.path / "service.json").read_bytes()
    (release.path / "service.json").write_text("garbage", encoding="utf-8")
    deployments.reattach()
    assert deployments.get(name)["releases"][0]["state"] == "live"
    (release.path / "service.json").write_bytes(whole)
    assert deployments.get(name)["releases"][0]["state"] == "live"
    (release.path / "service.json").write_text("garbage", encoding="utf-8")
    deployments.stop(name)
    assert deployments.get(name)["releases"][0]["state"] == "stopped"
    assert of_release(identity) == []


def test_a_damaged_record_of_a_release_is_told_and_its_service_can_be_removed(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    name = deploy(deployments, saved_notebook("a.ipynb", *DOUBLING))
    release = deployments.records.release(name, 1)
    identity = release.record["identity"]
    (release.path / "release.json").write_text("{", encoding="utf-8")
    deployments.reattach()
    assert deployments.unreadable() == [name]
    with pytest.raises(SlipwayProblem, match="--force"):
        deployments.remove(name)
    assert of_release(identity) != []
    deployments.remove(name, force=True)
    assert of_release(identity) == []
    assert deployments.records.names() == []


def test_a_damaged_record_of_a_deployment_is_named_and_can_be_removed(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    name = deploy(deployments, saved_notebook("a.ipynb", *DOUBLING))
    identity = deployments.records.release(name, 1).record["identity"]
    path = deployments.home.deployment(name) / "deployment.json"
    path.write_text("{", encoding="utf-8")
    assert deployments.unreadable() == [name]
    with pytest.raises(SlipwayProblem) as caught:
        deployments.access(name)
    assert str(path) in caught.value.message
    assert "--force" in caught.value.message
    assert of_release(identity) != []
    deployments.remove(name, force=True)
    assert of_release(identity) == []
    assert deployments.records.names() == []

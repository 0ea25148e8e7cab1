"""Deployments from birth to removal, with real builds and services, and with processes that are killed."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import threading
import time
from http.client import HTTPConnection, HTTPException
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import urlsplit

import psutil
import pytest
from deployments_fixtures import DOUBLING, SLEEPING, until, until_asleep, until_ended, with_variable
from jupyterlab_slipway.deployments.endings import KEPT_BUNDLES
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.engines.registry import engine_named
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.processes import is_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    MakeNotebook = Callable[..., Path]

pytestmark = pytest.mark.slow

FAILING = (*DOUBLING[:1], "factor = 1 / 0", *DOUBLING[2:])


def deploy(deployments: Deployments, notebook: Path, state: str | None = "live", **request: Any) -> str:
    """Waits for the end of the build; the deployment's name."""
    name, number = deployments.deploy(DeployRequest(notebook, **request))
    release = until_ended(deployments, name, number)
    assert state in (None, release["state"]), release
    return name


def ask(deployments: Deployments, name: str, body: str) -> tuple[int, str, str | None]:
    """(status, body, the release that answered)."""
    access = deployments.access(name)
    address = urlsplit(access["url"])
    connection = HTTPConnection(str(address.hostname), address.port, timeout=60)
    headers = {"Authorization": f"Bearer {access['token']}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        return response.status, response.read().decode(), response.getheader("Slipway-Release")
    finally:
        connection.close()


def process_of(deployments: Deployments, name: str, number: int, kind: str) -> psutil.Process:
    files = deployments.records.release(name, number)
    found = files.builder if kind == "builder" else files.service
    assert found is not None
    return psutil.Process(found["pid"])


def kill(process: psutil.Process) -> None:
    process.send_signal(signal.SIGKILL)
    until(lambda: not process.is_running() or process.status() == psutil.STATUS_ZOMBIE, "it is gone")


def nothing_runs_of(deployments: Deployments) -> bool:
    return with_variable("SLIPWAY_HOME", str(deployments.home.root)) == []


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

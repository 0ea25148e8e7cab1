"""Deploying for real in tests: notebooks, the `slipway` command, and environments that tests share."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import nbformat
import psutil
import pytest
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from nbformat.v4 import new_code_cell, new_notebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

TIMEOUT = 300.0
SHARED = ("environments", "overlays", "resolutions", "front")
DOUBLING = (
    "requirements = []",
    "factor = 2",
    "def predictor(x):\n    return x * factor",
    "examples = [1, 2]",
)
SLEEPING = ("requirements = []", "import time\nprint('asleep', flush=True)\ntime.sleep(600)", *DOUBLING[1:])


@pytest.fixture(scope="session")
def shared_environments(slipway_homes: Path) -> Path:
    """Environments hold nothing of a deployment: all tests may use the same."""
    path = slipway_homes / "shared"
    for name in SHARED:
        (path / name).mkdir(parents=True)
    return path


@pytest.fixture
def deployments(slipway_home: Path, shared_environments: Path) -> Iterator[Deployments]:
    """The deployments of this test's home; afterwards, nothing of them runs."""
    for name in SHARED:
        (slipway_home / name).symlink_to(shared_environments / name)
    found = Deployments(Home(slipway_home))
    yield found
    for name in found.records.names():
        found.remove(name, force=True)
    assert list((slipway_home / "run").glob("*")) == []


@pytest.fixture
def saved_notebook(tmp_path: Path) -> Callable[..., Path]:
    """`saved_notebook("name.ipynb", source, source, …)`: a saved notebook of these code cells."""

    def make(name: str, *sources: str) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        notebook = new_notebook(
            cells=[new_code_cell(source) for source in sources],
            metadata={
                "kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"},
                "language_info": {"name": "python"},
            },
        )
        nbformat.write(notebook, path)
        return path

    return make


@dataclass
class Said:
    """What a command said."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[Any]:
        """Standard output, every line of which has to be a JSON object."""
        objects = [json.loads(line) for line in self.out.splitlines()]
        assert all(isinstance(found, dict) for found in objects)
        return objects

    @property
    def last(self) -> Any:
        return self.lines[-1]


def start_slipway(*words: str | Path, **options: Any) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "jupyterlab_slipway", *map(str, words)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        stdin=subprocess.PIPE,
        text=True,
        **options,
    )


def finish(process: subprocess.Popen[str], given: str = "") -> Said:
    out, err = process.communicate(given, timeout=TIMEOUT)
    assert "Traceback (most recent call last)\n  File" not in err, err
    return Said(process.returncode, out, err)


@pytest.fixture
def slipway(deployments: Deployments) -> Callable[..., Said]:
    """Runs the command to its end: `slipway("ps", "--json")`."""

    def run(*words: str | Path, given: str = "", **options: Any) -> Said:
        return finish(start_slipway(*words, **options), given)

    return run


def until(condition: Callable[[], Any], what: str) -> Any:
    """What `condition` returns as soon as it is true."""
    deadline = time.monotonic() + TIMEOUT
    while not (found := condition()):
        assert time.monotonic() < deadline, f"not within {TIMEOUT} s: {what}"
        time.sleep(0.05)
    return found


def until_ended(deployments: Deployments, name: str, number: int) -> Any:
    """The release, once it is no longer being built."""
    files = deployments.records.release(name, number)
    until(lambda: files.view()["state"] != "building", f"release {number} of {name} ends")
    return files.view()


def until_asleep(deployments: Deployments, name: str, number: int) -> None:
    """The cell of SLEEPING has begun to sleep."""
    log = deployments.records.release(name, number).logs / "execute.log"
    until(lambda: log.is_file() and "asleep" in log.read_text(), "the cell sleeps")


def with_variable(name: str, value: str) -> list[psutil.Process]:
    """Running processes that inherited a variable, other than this one."""
    found = []
    for process in psutil.process_iter():
        try:
            if (
                process.pid != os.getpid()
                and process.environ().get(name) == value
                and process.status() != psutil.STATUS_ZOMBIE
            ):
                found.append(process)
        except psutil.Error:
            continue
    return found


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

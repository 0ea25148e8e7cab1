"""What a predictor has started ends with its worker, and all of it with the service."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import time
from typing import TYPE_CHECKING

import psutil
import pytest
from jupyterlab_slipway.processes import RELEASE_VARIABLE, end_strays
from runtime_fixtures import PATIENCE, RunningService, Services, eventually
from slipway_runtime import control

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(sys.platform != "linux", reason="macOS has no subreapers"),
]

SOURCE = """
import os, subprocess, time

def start(words, **options):
    with open("/dev/null", "r+") as nothing:
        return subprocess.Popen(words, stdin=nothing, stdout=nothing, stderr=nothing, **options)

def predictor(x):
    if x["do"] == "background":
        os.system("sleep 987 & echo $! > %s" % x["tell"])
    if x["do"] == "session":
        with open(x["tell"], "w") as file:
            file.write(str(start(["sleep", "987"], start_new_session=True).pid))
    if x["do"] == "daemon":
        script = "sleep 987 & echo $! > %s" % x["tell"]
        start(["sh", "-c", script], start_new_session=True).wait()
    if x["do"] == "nameless daemon":
        script = "sleep 987 & echo $! > %s" % x["tell"]
        start(["/bin/sh", "-c", script], start_new_session=True, env={"PATH": os.environ["PATH"]}).wait()
    if x.get("then") == "exit":
        os._exit(7)
    while x.get("then") == "wait" and not os.path.exists(x["end"]):
        time.sleep(0.05)
    if x.get("then") == "hang":
        time.sleep(3600)
    return os.getpid()
"""
ALL = ["background", "session", "daemon", "nameless daemon"]


@pytest.fixture
def started() -> Iterator[list[int]]:
    """Processes that a test has had started; whatever the test says, they end with it."""
    found: list[int] = []
    yield found
    for pid in found:
        if not gone(pid):
            os.kill(pid, signal.SIGKILL)


def do(service: RunningService, home: Path, what: str, then: str = "") -> tuple[int, int]:
    """The status, and the id of the process that the predictor has started."""
    tell = home / f"told-{time.monotonic_ns()}"
    status = service.predict(json.dumps({"do": what, "then": then, "tell": str(tell)}).encode()).status
    return status, int(eventually(lambda: tell.exists() and tell.read_text().strip(), what))


def gone(pid: int) -> bool:
    """Ids of processes are not used again so soon."""
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def test_what_a_crashed_worker_has_started_ends_and_no_other_workers(
    services: Services, slipway_home: Path, started: list[int]
) -> None:
    service = services.serve(SOURCE, "--workers", "2", "--prediction-timeout", "60")
    held, answered = slipway_home / "held", threading.Event()
    body = json.dumps({"do": "daemon", "then": "wait", "tell": str(held), "end": str(slipway_home / "end")})
    holding = threading.Thread(target=lambda: (service.predict(body.encode()), answered.set()))
    holding.start()
    try:
        kept = psutil.Process(int(eventually(lambda: held.exists() and held.read_text().strip(), "a daemon")))
        started.append(kept.pid)
        assert eventually(kept.ppid, "its parent") in {
            process.pid for process in psutil.Process(service.process.pid).children()
        }, "it has been adopted"
        for what in ALL:
            status, process = do(service, slipway_home, what, "exit")
            started.append(process)
            assert status == 500
            eventually(lambda process=process: gone(process), f"the {what} process ends")
        assert not gone(kept.pid)
    finally:
        (slipway_home / "end").touch()
        holding.join(PATIENCE)
    assert answered.is_set()
    os.kill(int(kept.environ()["SLIPWAY_WORKER"]), signal.SIGKILL)
    eventually(lambda: gone(kept.pid), "it ends with its own worker")


def test_what_a_hanging_worker_has_started_ends(
    services: Services, slipway_home: Path, started: list[int]
) -> None:
    service = services.serve(SOURCE, "--prediction-timeout", "1")
    for what in ALL:
        status, process = do(service, slipway_home, what, "hang")
        started.append(process)
        assert status == 504
        eventually(lambda process=process: gone(process), f"the {what} process ends")


def test_all_ends_with_the_service(services: Services, slipway_home: Path, started: list[int]) -> None:
    service = services.serve(SOURCE)
    started += [do(service, slipway_home, what)[1] for what in ALL]
    assert not any(map(gone, started))
    control.stop(service.run_dir)
    assert service.wait_end() == 0
    assert all(map(gone, started))


def test_what_a_killed_service_leaves_is_found_by_its_release(
    services: Services,
    slipway_home: Path,
    started: list[int],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    release = f"test-{time.monotonic_ns()}"
    monkeypatch.setenv(RELEASE_VARIABLE, release)
    service = services.serve(SOURCE)
    monkeypatch.delenv(RELEASE_VARIABLE)
    started += [do(service, slipway_home, what)[1] for what in ALL[:3]]
    service.process.kill()
    service.wait_end()
    assert not any(map(gone, started[1:]))
    end_strays(release)
    assert all(map(gone, started))


def test_adopted_processes_that_end_leave_nothing(services: Services, slipway_home: Path) -> None:
    service = services.serve(SOURCE)
    _, process = do(service, slipway_home, "daemon")
    os.kill(process, signal.SIGKILL)
    eventually(lambda: not psutil.pid_exists(process), "it was waited for")

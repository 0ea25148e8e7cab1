"""The life of one service: how it starts or does not, what hanging and killed workers cost, how it ends."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
from typing import TYPE_CHECKING

import psutil
import pytest
from runtime_fixtures import PATIENCE, RunningService, Services, eventually, open_connection, problem
from slipway_runtime import control

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

UNLOADABLE = """
class Bad:
    def __reduce__(self):
        return (int, ("x",))

b = Bad()

def predictor(x):
    return b
"""


HANGS = """
import time

def predictor(x):
    if x == "hang":
        time.sleep(3600)
    if x == "exit":
        import os
        os._exit(7)
    time.sleep(x if isinstance(x, (int, float)) else 0)
    return x
"""


def established(service: RunningService) -> bool:
    """Has the service accepted a TCP connection?"""
    return any(c.status == "ESTABLISHED" for c in psutil.Process(service.process.pid).net_connections("tcp"))


def test_a_hanging_prediction_is_cut_off_and_the_worker_replaced(services: Services) -> None:
    service = services.serve(HANGS, "--prediction-timeout", "2")
    before = {worker.pid for worker in service.workers()}
    assert problem(service.predict(b'"hang"'))["status"] == 504
    assert service.predict(b"0").body == b"0"
    assert not before & {worker.pid for worker in service.workers()}


def test_what_a_hanging_predictor_started_ends_with_it(services: Services) -> None:
    source = "import subprocess\n\ndef predictor(x):\n    subprocess.run(['sleep', str(x)])\n"
    service = services.serve(source, "--prediction-timeout", "2")
    threading.Thread(target=service.predict, args=(b"3601",), daemon=True).start()
    sleeper = eventually(
        lambda: [child for child in service.family() if child.name() == "sleep"],
        "the predictor's process runs",
    )[0]
    eventually(lambda: not sleeper.is_running() or sleeper.status() == psutil.STATUS_ZOMBIE, "it ended")


def test_a_predictor_that_exits_costs_its_own_request_only(services: Services) -> None:
    service = services.serve(HANGS)
    for _ in range(7):
        assert problem(service.predict(b'"exit"'))["status"] == 500
        assert service.predict(b"0").body == b"0"
    assert service.state() == "ready"


def test_a_killed_worker_is_replaced(services: Services) -> None:
    service = services.serve(HANGS)
    (worker,) = service.workers()
    worker.kill()
    eventually(lambda: service.get("/readyz").status == 200 and service.workers() != [worker], "a new worker")
    assert service.predict(b"0").body == b"0"


def test_a_killed_model_is_loaded_again_and_a_crash_loop_ends_the_service(services: Services) -> None:
    service = services.serve(HANGS)
    for _ in range(4):
        (parent,) = psutil.Process(service.process.pid).children()
        parent.kill()
        eventually(lambda: service.predict(b"0").status == 200, "the model scores again")
        assert service.get("/livez").status == 200
        eventually(
            lambda old=parent: psutil.Process(service.process.pid).children() not in ([], [old]), "a parent"
        )
    psutil.Process(service.process.pid).children()[0].kill()
    assert service.wait_end() == 1
    assert "signal 9, 5 times" in service.log.splitlines()[-1]
    assert control.status(service.run_dir)["state"] == "failed"


def test_ready_is_false_where_no_worker_can_score(services: Services) -> None:
    service = services.serve(HANGS)
    (parent,) = psutil.Process(service.process.pid).children()
    (worker,) = service.workers()
    parent.suspend()
    try:
        worker.kill()
        reply = eventually(
            lambda: (found := service.get("/readyz")).status == 503 and found,
            "readyz says that nobody scores",
        )
        assert "able to score" in problem(reply)["detail"]
        assert reply.headers["retry-after"]
        assert service.get("/livez").status == 200
    finally:
        parent.resume()
    eventually(lambda: service.get("/readyz").status == 200, "ready again")


def test_too_many_requests_are_told_to_come_back(services: Services) -> None:
    service = services.serve(HANGS, "--queue", "1")
    replies: list[control.Reply] = []
    threads = [threading.Thread(target=lambda: replies.append(service.predict(b"1.5"))) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert {reply.status for reply in replies} == {200, 503}
    assert all(reply.headers["retry-after"] for reply in replies if reply.status == 503)
    assert service.predict(b"0").status == 200


def test_not_ready_until_the_sample_is_answered(services: Services) -> None:
    source = "import time\n\ndef predictor(x):\n    time.sleep(3)\n    return x\n"
    service = services.start(services.bundle(source, [1]))
    eventually(lambda: service.state() == "starting", "the service listens")
    assert service.get("/livez").status == 200
    assert problem(service.get("/readyz"))["status"] == 503
    assert problem(service.predict(b"1"))["status"] == 503
    service.wait_ready()
    assert service.get("/readyz").status == 200


@pytest.mark.parametrize(
    ("source", "samples", "said"),
    [
        ("def predictor(x):\n    raise ValueError('no such')\n", [1], "does not answer its first sample"),
        ("def predictor(x):\n    import os\n    os._exit(3)\n", [1], "on its first sample"),
        (UNLOADABLE, None, "The model does not load: ValueError"),
    ],
)
def test_a_model_that_cannot_serve_ends_with_the_reason(
    services: Services, source: str, samples: list[int] | None, said: str
) -> None:
    service = services.start(services.bundle(source, samples))
    assert service.wait_end() == 1
    assert said in service.log.splitlines()[-1]
    status = control.status(service.run_dir)
    assert status["state"] == "failed"
    assert said in (status["reason"] or "").replace("The model does not answer", "does not answer")


def test_another_python_is_refused_before_anything_is_unpickled(
    services: Services, slipway_home: Path
) -> None:
    bundle = services.bundle(
        "class Trap:\n    def __reduce__(self):\n        return (print, ('loaded!',))\n\n"
        "t = Trap()\n\ndef predictor(x):\n    return t\n"
    )
    manifest = json.loads((bundle / "manifest.json").read_text())
    manifest["python"]["version"] = "3.6.15"
    (bundle / "manifest.json").write_text(json.dumps(manifest))
    service = services.start(bundle)
    assert service.wait_end() == 1
    assert "captured by cpython 3.6.15" in service.log.splitlines()[-1]
    assert "loaded!" not in service.log


def test_a_changed_model_is_refused(services: Services) -> None:
    bundle = services.bundle()
    with (bundle / "model.pkl").open("ab") as file:
        file.write(b"x")
    service = services.start(bundle)
    assert service.wait_end() == 1
    assert "digest differs" in service.log.splitlines()[-1]


def test_a_directory_that_is_no_bundle(services: Services, slipway_home: Path) -> None:
    service = services.start(slipway_home)
    assert service.wait_end() == 2
    assert "is no bundle" in service.log.splitlines()[-1]


def test_stop_answers_what_is_in_flight(services: Services) -> None:
    service = services.serve(HANGS)
    port = service.publish()
    connection = open_connection(port)
    connection.request("POST", "/predict", b"2", {"content-type": "application/json"})
    private: list[control.Reply] = []
    thread = threading.Thread(target=lambda: private.append(service.predict(b"1")))
    thread.start()
    family = service.family()
    eventually(lambda: established(service), "the connection was accepted")
    service.process.send_signal(signal.SIGTERM)
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"2")
    connection.close()
    assert service.wait_end() == 0
    thread.join(PATIENCE)
    eventually(lambda: not [p for p in family if p.is_running()], "every process ended")
    with pytest.raises(control.Unreachable):
        control.status(service.run_dir)


def test_stop_waits_for_no_prediction_for_ever(services: Services) -> None:
    service = services.serve(HANGS, "--drain-timeout", "1")
    port = service.publish()
    connection = open_connection(port)
    connection.request("POST", "/predict", b'"hang"', {"content-type": "application/json"})
    family = service.family()
    eventually(lambda: established(service), "the connection was accepted")
    control.stop(service.run_dir)
    assert service.wait_end() == 0
    eventually(lambda: not [p for p in family if p.is_running()], "every process ended")
    connection.close()


def test_nothing_survives_the_kill_of_the_service(services: Services) -> None:
    service = services.serve(HANGS, "--workers", "2")
    port = service.publish()
    eventually(lambda: len(service.workers()) == 2, "two workers")
    family = service.family()
    assert len(family) == 3
    os.kill(service.process.pid, signal.SIGKILL)
    service.wait_end()
    eventually(lambda: not [p for p in family if p.is_running()], "every process ended")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port), 5)
    following = services.start(services.bundle()).wait_ready()
    assert following.publish(port) == port


def test_a_run_directory_open_to_others_is_refused(services: Services, slipway_home: Path) -> None:
    (slipway_home / "run0").mkdir(mode=0o755)
    service = services.start(services.bundle())
    assert service.wait_end() == 2
    assert "mode 0700" in service.log.splitlines()[-1]


def test_bad_settings_are_refused(services: Services) -> None:
    service = services.start(services.bundle(), "--prediction-timeout", "0")
    assert service.wait_end() == 2
    assert "SLIPWAY_PREDICTION_TIMEOUT" in service.log.splitlines()[-1]


def test_ctrl_c_drains_too(services: Services) -> None:
    service = services.serve()
    service.process.send_signal(signal.SIGINT)
    assert service.wait_end() == 0

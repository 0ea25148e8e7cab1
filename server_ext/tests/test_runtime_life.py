"""The life of a service's workers, and what it tells of itself: metrics, access log, request ids."""

from __future__ import annotations

import json
import os
import signal
import threading
import time
from datetime import datetime
from typing import TYPE_CHECKING, Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from runtime_fixtures import PATIENCE, RunningService, Services, eventually, problem
from slipway_runtime import control

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

SOURCE = """
import os, re, time

kept = []

def validator(x):
    return x != "refused"

def predictor(x):
    if not isinstance(x, dict):
        return os.getpid() if x == "pid" else x
    if "tell" in x:
        with open(x["tell"], "w") as file:
            file.write(str(os.getpid()))
    do = x.get("do")
    if do == "exit":
        os._exit(7)
    if do == "sys.exit":
        raise SystemExit(3)
    if do == "no memory":
        raise MemoryError
    if do == "grow":
        kept.append(bytearray(os.urandom(1 << 20) * x["megabytes"]))
    if do == "hang":
        time.sleep(3600)
    if do == "hold the lock":
        re.match("(a+)+$", "a" * 60 + "b")
    if do == "abort":
        os.abort()
    return "done"
"""


@pytest.fixture(scope="module")
def shared(slipway_homes: Path) -> Iterator[RunningService]:
    home = slipway_homes / "life"
    home.mkdir(mode=0o700)
    services = Services(home)
    options = ["--workers", "2", "--prediction-timeout", "3", "--access-log", "json"]
    service = services.serve(SOURCE, *options, samples=["a sample"])
    eventually(lambda: figures(service)["slipway_workers"] == 2, "two workers")
    yield service
    services.close()


@pytest.fixture
def service(shared: RunningService) -> Iterator[RunningService]:
    """The shared one, whole before and after."""
    yield shared
    eventually(lambda: figures(shared)["slipway_workers"] == 2, "two workers")
    assert shared.predict(b"7").body == b"7"
    assert shared.state() == "ready"


def figures(service: RunningService) -> dict[str, float]:
    """By name and, in their order, the labels' values, joined by blanks."""
    reply = service.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return {
        " ".join([sample.name, *sample.labels.values()]): sample.value
        for family in text_string_to_metric_families(reply.body.decode())
        for sample in family.samples
    }


def restarts(service: RunningService, reason: str) -> float:
    return figures(service)[f"slipway_worker_restarts_total {reason}"]


def do(service: RunningService, what: str, **more: Any) -> control.Reply:
    return service.predict(json.dumps({"do": what, **more}).encode())


def begin(service: RunningService, home: Path, what: str) -> tuple[int, Callable[[], control.Reply]]:
    """A request that is being worked on: the worker's process id, and its reply to come."""
    replies: list[control.Reply] = []
    place = home / f"told-{time.monotonic_ns()}"
    thread = threading.Thread(target=lambda: replies.append(do(service, what, tell=str(place))), daemon=True)
    thread.start()
    pid = eventually(lambda: place.exists() and place.read_text(), "a worker has begun")

    def reply() -> control.Reply:
        thread.join(PATIENCE)
        return replies[0]

    return int(pid), reply


# ---------------------------------------------------------------- workers that end


def test_a_killed_worker_costs_its_request_which_may_come_again(
    service: RunningService, slipway_home: Path
) -> None:
    before = restarts(service, "crash")
    pid, reply = begin(service, slipway_home, "hang")
    os.kill(pid, signal.SIGKILL)
    assert problem(reply())["status"] == 503
    assert reply().headers["retry-after"]
    assert restarts(service, "crash") == before + 1
    assert pid not in {worker.pid for worker in service.workers()}


@pytest.mark.parametrize("how", ["exit", "sys.exit", "abort"])
def test_a_predictor_that_ends_its_process_is_a_fault_of_the_model(service: RunningService, how: str) -> None:
    before = restarts(service, "crash")
    reply = do(service, how)
    assert problem(reply)["status"] == 500
    assert "retry-after" not in reply.headers
    assert restarts(service, "crash") == before + 1
    request = reply.headers["x-request-id"]
    said = {"exit": "exit code 7", "sys.exit": "exit code 1", "abort": "signal 6"}[how]
    eventually(
        lambda: f"{request}: the model's process ended while it scored ({said})" in service.log, "a line"
    )


def test_no_memory_costs_one_request_and_renews_the_worker(service: RunningService) -> None:
    before = restarts(service, "recycled")
    workers = {worker.pid for worker in service.workers()}
    reply = do(service, "no memory")
    assert problem(reply)["status"] == 503
    assert reply.headers["retry-after"]
    eventually(lambda: len(workers & {worker.pid for worker in service.workers()}) == 1, "one is new")
    assert restarts(service, "recycled") == before + 1
    eventually(lambda: "MemoryError" in service.log, "the traceback")


def test_a_hanging_prediction_leaves_the_others_alone(service: RunningService, slipway_home: Path) -> None:
    before = restarts(service, "timeout")
    pid, reply = begin(service, slipway_home, "hang")
    answered = [service.predict(b"%d" % number) for number in range(200)]
    assert [(each.status, each.body) for each in answered] == [(200, b"%d" % number) for number in range(200)]
    assert problem(reply())["status"] == 504
    assert restarts(service, "timeout") == before + 1
    assert pid not in {worker.pid for worker in service.workers()}


def test_health_is_answered_while_all_workers_hold_the_lock(
    service: RunningService, slipway_home: Path
) -> None:
    replies = [begin(service, slipway_home, "hold the lock")[1] for _ in range(2)]
    for _ in range(20):
        for path in ("/livez", "/readyz", "/v2/health/live", "/v2/health/ready"):
            assert service.get(path).status == 200
    assert figures(service)["slipway_requests_in_flight"] == 3
    assert [problem(reply())["status"] for reply in replies] == [504, 504]


# ---------------------------------------------------------------- what it tells of itself


def test_metrics_count_what_has_happened(service: RunningService) -> None:
    before = figures(service)

    def grown(name: str) -> float:
        return after[name] - before.get(name, 0)

    for _ in range(3):
        service.predict(b"1")
    service.predict(b'"refused"')
    service.predict(b"{")
    service.get("/nothing")
    service.get("/nothing/else")
    headers = {"content-type": "application/json"}
    batch = control.http_request(service.run_dir, "POST", "/predict/batch", b'[1,2,"refused"]', headers)
    assert batch.status == 200
    after = figures(service)
    assert grown("slipway_requests_total /predict 200") == 3
    assert grown("slipway_requests_total /predict 422") == 1
    assert grown("slipway_requests_total /predict 400") == 1
    assert grown("slipway_requests_total other 404") == 2
    assert grown("slipway_requests_total /predict/batch 200") == 1
    assert grown("slipway_requests_total /metrics 200") == 1
    assert grown("slipway_request_duration_seconds_count /predict") == 5
    assert grown("slipway_samples_total") == 7
    assert grown("slipway_validator_rejections_total") == 2
    assert grown("slipway_queue_wait_seconds_count") == 6
    assert grown("slipway_batch_rows_sum") == 7
    assert grown("slipway_scoring_seconds_sum") > 0
    assert after["slipway_ready"] == 1
    assert after["slipway_memory_bytes front"] > 1 << 20
    assert after["slipway_memory_bytes workers"] > 1 << 20
    info = next(name for name in after if name.startswith("slipway_model_info"))
    assert " release-0 " in f"{info} "
    assert " model " in f"{info} "


def test_request_ids_are_the_clients_or_new_and_never_twice(service: RunningService) -> None:
    own = "AZaz09._:/+=-"
    for path in ("/livez", "/nothing", "/metrics"):
        given = {"x-request-id": own}
        assert control.http_request(service.run_dir, "GET", path, None, given).headers["x-request-id"] == own
    longest = "a" * 128
    assert service.predict(b"1", x_request_id=longest).headers["x-request-id"] == longest
    odd = ["a" * 129, "", "a b", "a\tb", '"a"', "<a>", "{{7*7}}", "a;b", "a,b"]
    new = [service.predict(b"1", x_request_id=given).headers["x-request-id"] for given in odd]
    new += [service.predict(b"{").headers["x-request-id"] for _ in range(20)]
    assert len(set(new)) == len(new)
    assert all(len(each) == 32 and int(each, 16) >= 0 for each in new)


def lines(service: RunningService) -> list[dict[str, Any]]:
    return [json.loads(line) for line in service.log.splitlines() if line.startswith("{")]


def test_the_access_log_has_a_line_for_each_request(service: RunningService) -> None:
    service.predict(b"[1, 2]", x_request_id="log-1")
    service.predict(b'"refused"', x_request_id="log-2")
    given = {"x-request-id": "log-3", "authorization": "Bearer hidden"}
    control.http_request(service.run_dir, "GET", '/no"thing\\?token=hidden', None, given)

    def by_id() -> dict[str, dict[str, Any]]:
        return {line["requestId"]: line for line in lines(service)}

    eventually(lambda: "log-3" in by_id(), "the lines are written")
    found = by_id()
    first = found["log-1"]
    assert set(first) == {"time", "requestId", "client", "method", "path", "status", "seconds", "bytes"}
    assert (first["method"], first["path"], first["status"], first["bytes"]) == ("POST", "/predict", 200, 5)
    assert 0 < first["seconds"] < PATIENCE
    assert datetime.fromisoformat(first["time"]).tzinfo is not None
    assert found["log-2"]["status"] == 422
    assert (found["log-3"]["path"], found["log-3"]["status"]) == ('/no"thing\\', 404)
    assert "hidden" not in service.log


# ---------------------------------------------------------------- services of their own


def test_the_access_log_is_whole_when_the_service_has_ended(services: Services) -> None:
    service = services.serve(SOURCE, "--access-log", "json")
    ids = [f"last-{number}" for number in range(20)]
    for each in ids:
        service.predict(b"1", x_request_id=each)
    control.stop(service.run_dir)
    assert service.wait_end() == 0
    assert [line["requestId"] for line in lines(service) if line["path"] == "/predict"] == ids


def test_workers_are_renewed_after_so_many_requests(services: Services) -> None:
    service = services.serve(SOURCE, "--worker-requests", "5", "--workers", "2")
    answers = [service.predict(b'"pid"') for _ in range(60)]
    assert {reply.status for reply in answers} == {200}
    assert len({reply.body for reply in answers}) >= 60 // 6
    assert restarts(service, "recycled") >= 60 // 6 - 1
    assert restarts(service, "crash") == 0
    assert service.state() == "ready"


def test_a_worker_that_has_grown_is_renewed(services: Services) -> None:
    service = services.serve(SOURCE, "--worker-memory", str(200 << 20))
    (worker,) = service.workers()
    assert do(service, "grow", megabytes=10).status == 200
    assert service.workers() == [worker]
    assert do(service, "grow", megabytes=300).status == 200
    eventually(lambda: (found := service.workers()) and worker not in found, "another worker")
    eventually(lambda: service.get("/readyz").status == 200, "it is connected")
    assert restarts(service, "recycled") == 1
    assert "bytes of memory; it is replaced" in service.log
    assert service.predict(b"7").body == b"7"


ENDS_WHILE_LOADING = """
import os

class Bomb:
    def __reduce__(self):
        return (os._exit, (9,))

bomb = Bomb()

def predictor(x):
    return bomb
"""
ENDS_IN_A_PROCESS_OF_ITS_OWN = """
import os, threading, time

def start():
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return os

class Late:
    def __reduce__(self):
        return (start, ())

late = Late()

def predictor(x):
    late._exit(4)
"""


@pytest.mark.parametrize(
    ("source", "said"),
    [(ENDS_WHILE_LOADING, "exit code 9"), (ENDS_IN_A_PROCESS_OF_ITS_OWN, "on its first sample")],
    ids=["while it loads", "at the first sample, in a spawned worker"],
)
def test_a_start_that_fails_ends_with_the_reason(services: Services, source: str, said: str) -> None:
    service = services.start(services.bundle(source, [1]))
    assert service.wait_end() == 1
    assert said in service.log.splitlines()[-1]

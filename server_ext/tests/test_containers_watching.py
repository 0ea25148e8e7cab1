"""How a release's container is watched and asked, and what a cancel waits for."""

from __future__ import annotations

import secrets
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from containers_fixtures import FakeTool, begin
from jupyterlab_slipway.builder.cancellation import Cancelled
from jupyterlab_slipway.engines.containers import service as service_module
from jupyterlab_slipway.engines.containers.door import Door
from jupyterlab_slipway.engines.containers.service import ContainerService
from jupyterlab_slipway.engines.containers.tool import Container, Tool
from jupyterlab_slipway.engines.engine import Plan, ServiceRecord
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime.control import ControlError, Unreachable


def _change(change: str, fake_tool: FakeTool, record: ServiceRecord) -> None:
    container, holder = fake_tool.found[record["container"]], fake_tool.found[record["holder"]]
    match change:
        case "stopped":
            container.end(0)
        case "killed":
            container.end(137)
        case "out of memory":
            container.end(137)
            container.out_of_memory = True
        case "removed":
            fake_tool.call("rm", "--force", container.id)
        case "port stopped":
            holder.end(0)
        case "port removed":
            fake_tool.call("rm", "--force", holder.id)
        case _:
            raise AssertionError


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ("stopped", "Its container slipway-iris-1 ended with exit code 0: it was stopped from outside."),
        ("killed", "exit code 137: it was killed from outside, or the machine ran out of memory."),
        ("out of memory", "exit code 137: it reached its memory limit of 250 MB, which SLIPWAY_MEMORY sets."),
        ("removed", "Its container slipway-iris-1 was removed from outside."),
        ("port stopped", "The container that has its port, slipway-iris-port, was stopped or restarted"),
        ("port removed", "The container that has its port was removed from outside."),
    ],
)
@pytest.mark.parametrize("seen", [True, False], ids=["its process is seen", "the engine is asked"])
def test_why_it_is_gone(
    fake_tool: FakeTool,
    container_service: ContainerService,
    container_plan: Callable[[int], Plan],
    change: str,
    words: str,
    seen: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(service_module, "LOOK_INTERVAL", 0.0)
    if not seen:
        monkeypatch.setattr(service_module, "_seen_here", lambda _: None)
    record = begin(container_service, container_plan(1))
    assert ("pid" in record) is seen
    assert container_service.is_alive(record)
    _change(change, fake_tool, record)
    assert not container_service.is_alive(record)
    assert words in str(container_service.ending_words(record))
    container_service.stop(record, grace=0.0)
    assert (fake_tool.names(), fake_tool.volumes) == ([], {})


def test_a_restart_from_outside_is_an_end(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    record = begin(container_service, container_plan(1))
    container = fake_tool.named("slipway-iris-1")
    assert container is not None
    container.end(143)
    container.process = subprocess.Popen(["sleep", "600"])
    assert not container_service.is_alive(record)
    assert "slipway-iris-1 was restarted from outside" in str(container_service.ending_words(record))


def test_an_engine_that_does_not_answer_is_no_end_of_a_service(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first = container_plan(1)
    record = begin(container_service, first)
    unseen = record.copy()
    del unseen["pid"]
    fake_tool.silent = True
    assert container_service.is_alive(record)
    assert container_service.is_alive(unseen)
    assert not container_service.published(record)
    assert f"{fake_tool.name} does not answer" in str(container_service.ending_words(record))
    container_service.discard(first.identity)
    container_service.reattach(record, first.log)
    for ask in (
        lambda: container_service.stop(record, grace=1.0),
        lambda: container_service.publish(first, record, None),
        lambda: container_service.start(first, Recorder(), lambda _: None),
    ):
        with pytest.raises(SlipwayProblem) as caught:
            ask()
        assert caught.value.code is Code.ENGINE_SILENT


def test_another_process_of_the_same_id_is_not_taken_for_the_container(fake_tool: FakeTool) -> None:
    container = fake_tool.add("x", [], {})
    assert service_module._seen_here(Container(container.facts())) is not None
    container.started = "2020-01-01T00:00:00.123456789Z"
    assert service_module._seen_here(Container(container.facts())) is None


def test_a_cancel_waits_for_what_changes_something(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "docker"
    program.write_text(f"#!/bin/sh\nsleep 0.5\ntouch {tmp_path}/made\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    def cancel(*_: object) -> None:
        raise Cancelled

    before = signal.signal(signal.SIGUSR1, cancel)
    try:
        timer = threading.Timer(0.1, signal.raise_signal, [signal.SIGUSR1])
        timer.start()
        with pytest.raises(Cancelled):
            Tool("docker").whole("run", "x")
    finally:
        signal.signal(signal.SIGUSR1, before)
    assert (tmp_path / "made").exists()


def test_a_program_of_an_engine_gets_no_identity_of_a_release_and_no_token(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name in ("SLIPWAY_RELEASE", "JUPYTER_TOKEN", "JPY_API_TOKEN"):
        monkeypatch.setenv(name, "x")
    found = Tool("docker").environment()
    assert not {"SLIPWAY_RELEASE", "JUPYTER_TOKEN", "JPY_API_TOKEN"} & set(found)
    assert "PATH" in found


class TalkingTool(Tool):
    """Its `exec` runs this program."""

    def __init__(self, program: str) -> None:
        super().__init__("docker")
        self._program = program

    def argv(self, *_words: str) -> list[str]:
        return [sys.executable, "-c", self._program]


ECHO = """
import sys, json
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps({"ok": True, "status": 200, "headers": {"X-A": "b"}, "body": question["body"]}), flush=True)
"""


def test_a_body_of_any_size_goes_through_the_door_and_back() -> None:
    body = secrets.token_bytes(3_000_000)
    with Door(TalkingTool(ECHO), "c") as door:
        for _ in range(2):
            reply = door.request("POST", "/predict", body, {"Content-Type": "x"})
            assert (reply.status, reply.headers, reply.body) == (200, {"x-a": "b"}, body)


@pytest.mark.parametrize(
    ("program", "error", "words"),
    [
        ("import sys; sys.exit('No such container: c')", Unreachable, "No such container: c"),
        ("print('no JSON')", Unreachable, "cannot be asked"),
        ('print(\'{"ok": false, "message": "Busy.", "code": "SLP551"}\')', ControlError, "Busy."),
        ("import time; time.sleep(60)", ControlError, "did not answer within 0.3 s"),
    ],
)
def test_a_door_that_does_not_open(
    program: str, error: type[Exception], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "jupyterlab_slipway.engines.containers.door._STATUS_TIMEOUT", 0.3 if "sleep" in program else 9
    )
    began = time.monotonic()
    with Door(TalkingTool(program), "c") as door, pytest.raises(error, match=words):
        door.status()
    assert time.monotonic() - began < 10

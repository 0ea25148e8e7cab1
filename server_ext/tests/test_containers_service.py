"""How a release's container starts, gets its port and ends, with an engine in memory."""

from __future__ import annotations

import dataclasses
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from containers_fixtures import READY, FakeContainer, FakeTool, begin, environment, subset
from jupyterlab_slipway.builder.children import Completed
from jupyterlab_slipway.engines.containers.image_labels import release_labels
from jupyterlab_slipway.engines.containers.service import ContainerService
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.problems import Code, SlipwayProblem
from runtime_fixtures import free_port


def test_a_release_has_no_rights_and_its_token_is_in_no_argument(
    fake_tool: FakeTool,
    container_service: ContainerService,
    container_plan: Callable[[int], Plan],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLIPWAY_MEMORY", "250")
    monkeypatch.setenv("SLIPWAY_CPUS", "1.5")
    monkeypatch.setenv("SLIPWAY_QUEUE", "7")
    monkeypatch.setenv("SLIPWAY_NOTHING", "not a setting")
    first = container_plan(1)
    record = begin(container_service, first)
    assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-port"]
    container, holder = fake_tool.found[record["container"]], fake_tool.found[record["holder"]]
    for one in (container, holder):
        for word in ("--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges"):
            assert word in one.words
        assert subset(one.words, "--user", "10001:0")
        assert subset(one.words, "--log-opt", "max-size=10m")
        assert release_labels(first).items() <= one.labels.items()
    assert {"--memory=250000000", "--memory-swap=250000000", "--cpus=1.5", "--pids-limit=256"} <= set(
        container.words
    )
    assert container.network_of == holder.id
    assert holder.port == first.port
    assert container.port is None
    assert environment(container.words) == {
        "SLIPWAY_QUEUE": "7",
        "SLIPWAY_PRIVATE": "1",
        "SLIPWAY_IDENTITY": first.identity,
        "SLIPWAY_RUN_DIR": f"/run/slipway/{first.identity}",
        "SLIPWAY_TOKEN_FILE": f"/run/slipway/{first.identity}/token",
    }
    assert fake_tool.given == ["secret-token"]
    assert "secret-token" not in repr(fake_tool.asked)
    assert record["pid"] == container.process.pid
    assert record["drain_timeout"] == 25.0
    assert container_service.is_alive(record)
    assert container_service.occupies_port(first, record)


def test_the_next_release_takes_the_port_over_and_the_last_one_leaves_nothing(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first, second = container_plan(1), container_plan(2)
    one = begin(container_service, first)
    container_service.publish(first, one, None)
    two = begin(container_service, second)
    assert two["holder"] == one["holder"]
    container_service.publish(second, two, one)
    published = [question for question in fake_tool.questions() if question["do"] == "publish"]
    assert published == [
        {"do": "publish", "host": "0.0.0.0", "port": 8080, "take_over_from": old}
        for old in (None, f"/run/slipway/{first.identity}")
    ]
    container_service.stop(one, grace=3.0)
    assert fake_tool.names() == ["slipway-iris-2", "slipway-iris-port"]
    assert ("exec", one["holder"], "rm", "-rf", f"/run/slipway/{first.identity}") in fake_tool.asked
    assert not container_service.is_alive(one)
    assert container_service.is_alive(two)
    container_service.stop(two, grace=3.0)
    assert (fake_tool.names(), fake_tool.volumes) == ([], {})
    container_service.discard(second.identity)
    assert f"{2:064d}" not in fake_tool.images_by_id


def test_without_the_port_it_waits_in_a_network_of_its_own(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first = container_plan(1)
    with socket.socket() as other:
        other.bind(("127.0.0.1", first.port))
        other.listen()
        record = begin(container_service, first)
        assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-1-private"]
        assert not container_service.occupies_port(first, record)
        with pytest.raises(SlipwayProblem) as caught:
            container_service.publish(first, record, None)
        assert caught.value.code is Code.PORT_TAKEN
        assert container_service.is_alive(record)
    before = record.copy()
    container_service.publish(first, record, None)
    assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-port"]
    assert record["container"] != before["container"]
    assert container_service.is_alive(record)
    assert container_service.occupies_port(first, record)


def test_a_port_that_the_engine_finds_taken_leaves_no_container_behind(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first = container_plan(1)
    fake_tool.ports_taken.add(first.port)
    begin(container_service, first)
    assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-1-private"]


def test_names_that_others_have_are_left_to_them(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first = container_plan(1)
    fake_tool.add("slipway-iris-port", [], {"slipway.home": "another"})
    left = fake_tool.add("slipway-iris-1", [], {**release_labels(first), "slipway.role": "service"})
    left.end(137)
    begin(container_service, first)
    home = release_labels(first)["slipway.home"][:6]
    assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-port", f"slipway-iris-port-{home}"]
    assert left.id not in fake_tool.found
    fake_tool.add(f"slipway-iris-2-{home}", [], {})
    fake_tool.add("slipway-iris-2", [], {})
    with pytest.raises(SlipwayProblem, match="a container named slipway-iris-2 that is not of this Slipway"):
        container_service.start(container_plan(2), Recorder(), lambda _: None)


def test_what_a_killed_run_left_within_the_network_does_not_keep_the_port(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first, second, third = container_plan(1), container_plan(2), container_plan(3)
    one = begin(container_service, first)
    begin(container_service, second)  # its runner was killed
    three = begin(container_service, third)
    container_service.publish(third, three, one)
    assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-3", "slipway-iris-port"]


def test_all_of_a_release_is_found_by_its_identity(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first = container_plan(1)
    begin(container_service, first)
    container_service.stop_unrecorded(first.identity)
    assert (fake_tool.names(), fake_tool.volumes) == ([], {})
    container_service.stop_unrecorded(first.identity)
    fake_tool.volumes["slipway-x-run"] = release_labels(first)  # killed before there was a container
    container_service.discard(first.identity)
    assert (fake_tool.volumes, fake_tool.images_by_id) == ({}, {})


def test_an_image_that_somebody_removed(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    first = container_plan(1)
    fake_tool.images_by_id.clear()
    with pytest.raises(SlipwayProblem, match=f"is not in {fake_tool.name} any more"):
        container_service.start(first, Recorder(), lambda _: None)
    assert fake_tool.names() == []


def ends(code: int, **facts: bool) -> Callable[[FakeContainer], None]:
    def end(container: FakeContainer) -> None:
        if container.network_of is not None:
            container.end(code)
            container.out_of_memory = facts.get("out_of_memory", False)

    return end


@pytest.mark.parametrize(
    ("ended", "log", "words"),
    [
        (
            ends(1),
            "t INFO x\nt ERROR no bundle there.\n",
            "The service does not start: no bundle there. The log",
        ),
        (ends(1), "sh: 1: nothing of that\n", "ended with exit code 1 (sh: 1: nothing of that)."),
        (ends(3), "", "ended with exit code 3 (without a word)."),
        (
            ends(1, out_of_memory=True),
            "t ERROR x\n",
            "while it loaded its model, it reached its memory limit of 250 MB",
        ),
    ],
)
def test_why_it_does_not_start(
    fake_tool: FakeTool,
    container_service: ContainerService,
    container_plan: Callable[[int], Plan],
    ended: Callable[[FakeContainer], None],
    log: str,
    words: str,
) -> None:
    fake_tool.on_run, fake_tool.log = ended, log
    recorder = Recorder()
    with pytest.raises(SlipwayProblem) as caught:
        container_service.start(container_plan(1), recorder, lambda _: None)
    assert caught.value.code is Code.START_FAILED
    assert words in caught.value.message
    assert recorder.outputs["start"] == log


def test_a_service_that_says_that_it_failed(
    fake_tool: FakeTool, container_service: ContainerService, container_plan: Callable[[int], Plan]
) -> None:
    fake_tool.answers["status"] = {**READY, "state": "failed", "reason": "The model does not load."}
    with pytest.raises(SlipwayProblem, match=r"does not start: The model does not load\. The log"):
        container_service.start(container_plan(1), Recorder(), lambda _: None)


def test_limits_that_the_system_does_not_delegate_are_left_out_with_a_note(
    fake_tool: FakeTool,
    container_service: ContainerService,
    container_plan: Callable[[int], Plan],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SLIPWAY_MEMORY", "250MB")
    fake_tool.info = {
        "MemoryLimit": False,
        "PidsLimit": False,
        "host": {"security": {"rootless": True}, "cgroupVersion": "v2", "cgroupControllers": ["cpu"]},
    }
    recorder = Recorder()
    record = container_service.start(container_plan(1), recorder, lambda _: None)
    assert not [
        word for word in fake_tool.found[record["container"]].words if word.startswith(("--mem", "--pids"))
    ]
    assert f"{fake_tool.name} cannot limit a service's memory" in str(recorder.notes)


def test_a_plan_of_another_home_finds_nothing_of_this_one(
    fake_tool: FakeTool,
    container_service: ContainerService,
    container_plan: Callable[[int], Plan],
    tmp_path: Path,
) -> None:
    first = container_plan(1)
    begin(container_service, first)
    other = dataclasses.replace(first, home=tmp_path / "other", identity="f" * 16, port=free_port())
    fake_tool.images_by_id["9" * 64] = release_labels(other)
    record = begin(container_service, other)
    assert len(fake_tool.found) == 4
    assert len(fake_tool.volumes) == 2
    container_service.stop(record, grace=0.0)
    assert fake_tool.names() == ["slipway-iris-1", "slipway-iris-port"]


def test_a_container_that_somebody_else_removes_at_this_moment_is_waited_for(
    fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch
) -> None:
    container = fake_tool.add("slipway-iris-1", [], {})
    looks: list[bool] = []

    def being_removed(*words: str) -> Completed:
        assert "--volumes" in words, "an image may declare some that have no name"
        return Completed(
            1, "", f"Error response from daemon: removal of container {words[-1]} is already in progress\n"
        )

    def look(_: float) -> None:
        looks.append(True)
        if len(looks) == 3:
            container.end(137)
            del fake_tool.found[container.id]

    monkeypatch.setattr(fake_tool, "_rm", being_removed)
    monkeypatch.setattr(time, "sleep", look)
    fake_tool.remove(container.id)
    assert len(looks) == 3

"""A container engine in memory, with real processes for its containers' first ones."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Recorder
from jupyterlab_slipway.builder.children import Completed
from jupyterlab_slipway.engines.containers import service as service_module
from jupyterlab_slipway.engines.containers.diagnosis import diagnose
from jupyterlab_slipway.engines.containers.image_labels import release_labels
from jupyterlab_slipway.engines.containers.service import ContainerService
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.engine import Plan, ServiceRecord
from runtime_fixtures import free_port

_CONTROL = """
import json, sys
answers = json.load(open(sys.argv[1]))
asked = open(sys.argv[1] + ".asked", "a")
for line in sys.stdin:
    question = json.loads(line)
    print(json.dumps(question), file=asked, flush=True)
    print(json.dumps(answers[question["do"]]), flush=True)
"""
READY = {"ok": True, "state": "ready", "identity": "", "drain_timeout": 25.0, "address": None}


@dataclass
class FakeContainer:
    id: str
    name: str
    words: list[str]
    labels: dict[str, str]
    network_of: str | None
    port: int | None
    process: subprocess.Popen[bytes]
    image: str
    exit_code: int = 0
    out_of_memory: bool = False
    started: str = field(default_factory=lambda: datetime.now(UTC).isoformat())

    @property
    def running(self) -> bool:
        return self.process.poll() is None

    def end(self, code: int) -> None:
        if self.running:
            self.exit_code = code
        self.process.kill()
        self.process.wait()

    def facts(self) -> dict[str, Any]:
        bindings = {"8080/tcp": [{"HostIp": "127.0.0.1", "HostPort": str(self.port)}]} if self.port else {}
        return {
            "Id": self.id,
            "Name": f"/{self.name}",
            "Image": self.image,
            "Config": {"Labels": self.labels},
            "State": {
                "Running": self.running,
                "Pid": self.process.pid if self.running else 0,
                "ExitCode": self.exit_code,
                "OOMKilled": self.out_of_memory,
                "StartedAt": self.started,
            },
            "HostConfig": {
                "NetworkMode": f"container:{self.network_of}" if self.network_of else "bridge",
                "PortBindings": bindings,
                "Memory": 250_000_000,
            },
        }


class FakeTool(Tool):
    """Answers as the real engines were seen to. `log` is what a service's container says."""

    def __init__(self, name: str, place: Path) -> None:
        super().__init__(name)
        self.place = place
        self.found: dict[str, FakeContainer] = {}
        self.images_by_id: dict[str, dict[str, str]] = {}
        self.volumes: dict[str, dict[str, str]] = {}
        self.asked: list[tuple[str, ...]] = []
        self.given: list[str] = []
        """What went to standard input."""
        self.answers: dict[str, Any] = {"status": READY, "publish": {"ok": True}}
        self.info: dict[str, Any] = {}
        self.log = ""
        self.silent = False
        self.on_run: Callable[[FakeContainer], None] = lambda _: None
        self.ports_taken: set[int] = set()
        self._count = 0

    def questions(self) -> list[dict[str, Any]]:
        """What services were asked within their containers."""
        path = self.place / "answers.json.asked"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def names(self) -> list[str]:
        """Of its containers."""
        return sorted(container.name for container in self.found.values())

    def close(self) -> None:
        for container in self.found.values():
            container.end(0)

    def named(self, name: str) -> FakeContainer | None:
        return next((one for one in self.found.values() if name in (one.name, one.id)), None)

    def argv(self, *words: str) -> list[str]:
        if words[0] == "logs":
            return ["sh", "-c", 'printf "%s" "$1"', "sh", self.log, *words]
        path = self.place / "answers.json"
        path.write_text(json.dumps(self.answers))
        container = self.named(words[2])
        if self.silent or container is None or not container.running:
            return ["sh", "-c", 'echo "Error: container is not running" >&2; exit 1']
        return [sys.executable, "-c", _CONTROL, str(path)]

    def call(
        self,
        *words: str,
        timeout: float = 0.0,
        stdin: str | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        self.asked.append(words)
        if stdin is not None:
            self.given.append(stdin)
        if self.silent:
            return Completed(
                1, "", "Cannot connect to the Docker daemon at unix:///x. Is the docker daemon running?"
            )
        two = "_".join(words[:2])
        answer = getattr(self, f"_{two}", None) or getattr(self, f"_{words[0]}")
        found: Completed = answer(*words)
        return found

    # -- commands

    def _run(self, *words: str) -> Completed:
        name = words[words.index("--name") + 1]
        if self.named(name) is not None:
            return Completed(
                125, "", f'Conflict. The container name "/{name}" is already in use by container "x".'
            )
        image = next((word for word in words if word in self.images_by_id), None)
        if image is None:
            return Completed(125, "", "Error response from daemon: No such image: x:latest")
        port = int(words[words.index("--publish") + 1].split(":")[1]) if "--publish" in words else None
        network = words[words.index("--network") + 1] if "--network" in words else ""
        container = self.add(
            name, list(words), _labels(words), network.partition(":")[2] or None, port, image
        )
        if port in self.ports_taken:
            container.end(128)
            return Completed(125, "", "Error: listen tcp4 127.0.0.1:1: bind: address already in use")
        self.on_run(container)
        return Completed(0, container.id + "\n", "")

    def add(
        self,
        name: str,
        words: list[str],
        labels: dict[str, str],
        network_of: str | None = None,
        port: int | None = None,
        image: str = "",
    ) -> FakeContainer:
        self._count += 1
        process = subprocess.Popen(["sleep", "600"])
        container = FakeContainer(
            f"{self._count:064x}", name, words, labels, network_of, port, process, image
        )
        self.found[container.id] = container
        return container

    def _ps(self, *words: str) -> Completed:
        chosen = [one.id for one in self.found.values() if _filters(words) <= one.labels.items()]
        return Completed(0, "\n".join(chosen), "")

    def _container_inspect(self, *words: str) -> Completed:
        found = [self.named(name) for name in words[2:]]
        facts = json.dumps([one.facts() for one in found if one is not None])
        missing = [name for name, one in zip(words[2:], found, strict=True) if one is None]
        return Completed(
            1 if missing else 0, facts, "".join(f"No such container: {one}\n" for one in missing)
        )

    def _rm(self, *words: str) -> Completed:
        container = self.named(words[-1])
        if container is None:
            return Completed(1, "", f"Error: No such container: {words[-1]}")
        container.end(137)
        del self.found[container.id]
        return Completed(0, "", "")

    def _stop(self, *words: str) -> Completed:
        container = self.named(words[-1])
        assert container is not None
        container.end(0)
        return Completed(0, "", "")

    def _images(self, *words: str) -> Completed:
        chosen = [one for one, labels in self.images_by_id.items() if _filters(words) <= labels.items()]
        return Completed(0, "\n".join(f"sha256:{one}" for one in chosen), "")

    def _image(self, *words: str) -> Completed:
        if words[1] == "rm":
            self.images_by_id.pop(words[-1], None)
        return Completed(0, "", "")

    def _volume(self, *words: str) -> Completed:
        match words[1]:
            case "inspect":
                return Completed(0 if words[2] in self.volumes else 1, "", "")
            case "create":
                self.volumes[words[-1]] = _labels(words)
            case "rm":
                if any(f"{words[2]}:/run/slipway" in one.words for one in self.found.values()):
                    return Completed(1, "", "volume is in use")
                self.volumes.pop(words[2], None)
            case "ls":
                chosen = [name for name, labels in self.volumes.items() if _filters(words) <= labels.items()]
                return Completed(0, "\n".join(chosen), "")
        return Completed(0, "", "")

    def _info(self, *_words: str) -> Completed:
        return Completed(0, json.dumps(self.info), "")

    def _exec(self, *_words: str) -> Completed:
        return Completed(0, "", "")

    def _logs(self, *words: str) -> Completed:
        known = self.named(words[-1]) is not None
        return Completed(0 if known else 1, "", self.log if known else "Error: No such container")


def _labels(words: tuple[str, ...]) -> dict[str, str]:
    pairs = [words[at + 1].partition("=") for at, word in enumerate(words) if word == "--label"]
    return {name: value for name, _, value in pairs}


def _filters(words: tuple[str, ...]) -> set[tuple[str, str]]:
    chosen = [words[at + 1].removeprefix("label=") for at, word in enumerate(words) if word == "--filter"]
    return {(name, value) for name, _, value in (one.partition("=") for one in chosen)}


def subset(words: list[str], *wanted: str) -> bool:
    """Whether these words stand there one after the other."""
    return any(tuple(words[at : at + len(wanted)]) == wanted for at in range(len(words)))


def environment(words: list[str]) -> Mapping[str, str]:
    pairs = [words[at + 1].partition("=") for at, word in enumerate(words) if word == "--env"]
    return {name: value for name, _, value in pairs}


@pytest.fixture(params=["docker", "podman"])
def fake_tool(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[FakeTool]:
    found = FakeTool(request.param, tmp_path)
    if request.param == "podman":
        controllers = ["cpu", "memory", "pids"]
        found.info = {
            "host": {"security": {"rootless": True}, "cgroupVersion": "v2", "cgroupControllers": controllers}
        }
    yield found
    found.close()


@pytest.fixture
def container_service(fake_tool: FakeTool, monkeypatch: pytest.MonkeyPatch) -> ContainerService:
    monkeypatch.setattr(service_module, "wait_answered_by", lambda _: None)
    monkeypatch.setattr(service_module.logs, "wait_written", lambda _: None)
    return ContainerService(fake_tool)


@pytest.fixture
def container_plan(fake_tool: FakeTool, tmp_path: Path) -> Callable[[int], Plan]:
    """`plan(release)`, whose image is there."""
    port = free_port()
    (tmp_path / "token").write_text("secret-token\n")

    def make(release: int) -> Plan:
        found = Plan(
            home=tmp_path,
            bundle=tmp_path,
            deployment="iris",
            release=release,
            identity=secrets.token_hex(8),
            token_file=tmp_path / "token",
            log=tmp_path / f"{release}.log",
            host="127.0.0.1",
            port=port,
        )
        fake_tool.images_by_id[f"{release:064d}"] = release_labels(found)
        return found

    return make


def begin(service: ContainerService, plan: Plan) -> ServiceRecord:
    records: list[ServiceRecord] = []
    found = service.start(plan, Recorder(), lambda record: records.append(record.copy()))
    assert records[0] == {"engine": found["engine"], "identity": plan.identity, "run_dir": found["run_dir"]}
    assert records[-1] == found
    return found


REAL_BASE = "localhost/python:3.11-bookworm"
"""Image that `.ci/base-images` makes."""
AS_ORDINARY_USER = Path("/usr/local/lib/slipway-ci")
"""Where `.ci/engines` puts a podman that runs as an ordinary user, for tests that run as root."""


@pytest.fixture(params=["docker", "podman"])
def real_tool(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Tool:
    """An engine that works here; skips, with the reason, where it does not."""
    if AS_ORDINARY_USER.is_dir():
        monkeypatch.setenv("PATH", f"{AS_ORDINARY_USER}:{os.environ['PATH']}")
    tool = Tool(request.param)
    found = diagnose(tool)
    if not found.available:
        pytest.skip(f"{request.param} {found.detail}")
    return tool

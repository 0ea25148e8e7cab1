"""Images go to a real registry by the engines' own commands; registries that refuse, are full, or are cut off."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import os
import signal
import subprocess
import tarfile
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from deployments_fixtures import Said, finish, start_slipway, until
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.deployments.manager import Deployments
from jupyterlab_slipway.engines.containers import pushing
from jupyterlab_slipway.engines.containers.image_labels import IDENTITY
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.problems import Code, SlipwayProblem
from registry_fixtures import PASSWORD, USER, Fault, Registry, SpoiledRegistry
from runtime_fixtures import free_port

pytestmark = pytest.mark.slow

NAME = "small"


@dataclass
class Made:
    """A release whose image has one small layer."""

    deployments: Deployments
    tool: Tool
    image: str

    def push(self, destination: str) -> tuple[str, str]:
        """(reference by digest, tag)"""
        _, published = self.deployments.push(NAME, destination, None, lambda _: None)
        return published["reference"], published["tag"]

    def problem(self, destination: str) -> SlipwayProblem:
        with pytest.raises(SlipwayProblem) as caught:
            self.push(destination)
        assert self.names() == [self.own_name()], "nothing is left of a push"
        return caught.value

    def names(self) -> list[str]:
        done = self.tool.call("image", "inspect", "--format", "{{json .RepoTags}}", self.image)
        return sorted(json.loads(done.stdout))

    def own_name(self) -> str:
        return "localhost/slipway/small:1" if self.tool.name == "podman" else "slipway/small:1"


def a_release(deployments: Deployments, engine: str, name: str = NAME) -> str:
    """Of a notebook that was not really built; its identity."""
    notebook = Path("/nowhere/small.ipynb")
    records = deployments.records
    records.create(name, name, notebook, engine, free_port(), 0.0)
    options = BuildOptions(notebook, notebook.parent, name)
    event = {"kind": "created", "deployment": name, "notebook": "small.ipynb", "engine": engine}
    files = records.create_release(name, engine, options, b"{}", event)
    files.events.append({"kind": "state", "state": "stopped"})
    return files.record["identity"]


@pytest.fixture
def readable() -> Iterator[Path]:
    """A directory that Podman, another user here, may read; pytest's own are closed again by its next run."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def made(real_tool: Tool, deployments: Deployments, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    identity = a_release(deployments, real_tool.name)
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        entry = tarfile.TarInfo("data")
        entry.size = 300_000
        archive.addfile(entry, io.BytesIO(os.urandom(entry.size)))
    prefix = "localhost/" if real_tool.name == "podman" else ""
    words = ["import", "--change", f"LABEL {IDENTITY}={identity}", "-", f"{prefix}slipway/{NAME}:1"]
    subprocess.run(
        [real_tool.name, *words], input=content.getvalue(), check=True, capture_output=True, cwd="/"
    )
    (image,) = real_tool.images({IDENTITY: identity})

    @contextlib.contextmanager
    def for_everybody() -> Iterator[Path]:  # Podman is another user here
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o777)
            yield Path(name)

    monkeypatch.setattr(pushing, "scratch_directory", for_everybody)
    yield Made(deployments, real_tool, image)
    deployments.remove(NAME, force=True)
    assert real_tool.image_id(image) is None, "the image goes with its deployment"


def test_registries_take_images_or_say_why_not(
    made: Made,
    registry: Registry,
    locked_registry: Registry,
    spoiled_registry: Callable[[Fault], SpoiledRegistry],
    monkeypatch: pytest.MonkeyPatch,
    readable: Path,
) -> None:
    pushed_by_tag(made, registry)
    pushed_with_credentials(made, locked_registry, monkeypatch, readable)
    host = spoiled_registry("full").host
    for fault, code, words in (
        ("full", Code.REGISTRY_FAILED, f"The registry {host} has no room for the image"),
        ("broken", Code.REGISTRY_FAILED, f"The registry {host} made an error"),
        ("denied", Code.REGISTRY_REFUSES, f"The registry {host} does not let you do this with {host}/team/a"),
        ("unknown", Code.REGISTRY_REFUSES, f"The registry {host} knows no team/a"),
    ):
        if fault in ("full", "broken") and made.tool.name == "docker":
            continue  # it tries for most of a minute; what it says then: test_containers_registry_words.py
        spoiled_registry(fault)
        found = made.problem(f"{host}/team/a:1")
        assert found.code is code, (fault, str(found))
        assert words in str(found), (fault, str(found))
    found = made.problem(f"127.0.0.1:{free_port()}/team/a:1")
    assert found.code is Code.REGISTRY_UNREACHABLE
    assert "does not answer" in str(found)


def pushed_by_tag(made: Made, registry: Registry) -> None:
    reference, tag = made.push(f"{registry.host}/team/{made.tool.name}")
    assert tag == f"{registry.host}/team/{made.tool.name}:1"
    digest = registry.digest(f"team/{made.tool.name}", "1")
    assert reference == f"{registry.host}/team/{made.tool.name}@{digest}"
    assert made.names() == [made.own_name()]
    said = finish(start_slipway("ps", "--json"))
    (view,) = said.lines
    (published,) = view["releases"][0]["published"]
    assert (published["reference"], published["tag"]) == (reference, tag)


def pushed_with_credentials(
    made: Made, registry: Registry, monkeypatch: pytest.MonkeyPatch, readable: Path
) -> None:
    destination = f"{registry.host}/team/small:v1"
    found = made.problem(destination)
    assert found.code is Code.REGISTRY_REFUSES
    assert f"`{made.tool.name} login {registry.host}`" in str(found)
    monkeypatch.setenv("DOCKER_CONFIG", str(readable))
    config = readable / "config.json"
    monkeypatch.setenv("REGISTRY_AUTH_FILE", str(config))
    for password in ("not-the-password", PASSWORD):
        told = base64.b64encode(f"{USER}:{password}".encode()).decode()
        config.write_text(json.dumps({"auths": {registry.host: {"auth": told}}}))
        config.chmod(0o644)
        if password != PASSWORD:
            found = made.problem(destination)
            assert found.code is Code.REGISTRY_REFUSES
            assert password not in str(found)
            assert told not in str(found)
    assert made.push(destination)[1] == destination
    assert made.names() == [made.own_name()]


def test_a_connection_that_is_cut_off_and_ctrl_c_leave_nothing(
    made: Made, spoiled_registry: Callable[[Fault], SpoiledRegistry]
) -> None:
    spoiled = spoiled_registry("drop")
    destination = f"{spoiled.host}/team/cut:1"
    if made.tool.name == "podman":
        found = made.problem(destination)
        assert found.code is Code.REGISTRY_FAILED
        assert "was lost midway" in str(found)
        return
    process = start_slipway("push", NAME, destination, "--json")
    until(lambda: spoiled.spoiled >= 1, "the upload was cut off, and Docker tries again")
    began = time.monotonic()
    process.send_signal(signal.SIGINT)
    said: Said = finish(process)
    assert said.code == 130
    assert time.monotonic() - began < 10
    last: Any = said.last
    assert (last["state"], last["problem"]["code"]) == ("cancelled", Code.CANCELLED)
    assert made.names() == [made.own_name()]

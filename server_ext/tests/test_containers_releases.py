"""Notebooks go through Docker, and through rootless Podman as an ordinary user: `slipway deploy`, to the notebook's
own prediction. What the image holds and how it runs is looked at from outside."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from container_hosts import ROOT, Host, docker_host, podman_host
from jupyterlab_slipway.engines.containers.image_labels import home_label, image_name
from published_releases import leaves_this_machine
from pulled_releases import last_said
from runtime_fixtures import eventually

pytestmark = pytest.mark.slow

EXAMPLES = ROOT / "examples"
SECRET = "Tr0ub4dor-and-3-horses"
UNWANTED = (
    "pip",
    "ensurepip",
    "setuptools",
    "pkg_resources",
    "wheel",
    "uv",
    "IPython",
    "ipykernel",
    "nbclient",
    "notebook",
)
PROGRAMS = ("gcc", "cc", "g++", "cc1", "make", "ld", "pip", "pip3", "uv", "jupyter")
CACHES = ("root/.cache/", "var/lib/apt/lists/", "slipway/", "work/")


@pytest.fixture(params=["docker", "podman"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    found = docker_host() if request.param == "docker" else podman_host()
    yield found
    said = [found.slipway("rm", name, "--force").stderr for name in sorted(found.names)]
    left = found.left()
    shutil.rmtree(found.directory, ignore_errors=True)
    assert left == [], f"something is left in the engine: {said}"


def ask(url: str, sample: Any, token: str | None = None) -> tuple[int, Any]:
    headers = {"Content-Type": "application/json"}
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    request = urllib.request.Request(f"{url}/predict", json.dumps(sample).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=30) as reply:
            return reply.status, json.load(reply)
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def samples(host: Host, name: str, release: int) -> list[dict[str, Any]]:
    path = (
        Path(host.variables["SLIPWAY_HOME"])
        / "deployments"
        / name
        / "releases"
        / str(release)
        / "bundle/samples.json"
    )
    found: list[dict[str, Any]] = json.loads(path.read_text())
    return found


def token(host: Host, name: str) -> str:
    return (Path(host.variables["SLIPWAY_HOME"]) / "deployments" / name / "token").read_text().strip()


def answers_as_the_notebook(host: Host, said: dict[str, Any], release: int = 1) -> None:
    name = said["name"]
    recorded = samples(host, name, release)
    assert recorded
    for sample in recorded:
        assert ask(said["url"], sample["input"], token(host, name)) == (200, sample["output"])
    assert ask(said["url"], recorded[0]["input"])[0] == 401


def test_notebooks_are_built_and_served_in_containers(host: Host) -> None:
    kmeans = host.copy(EXAMPLES / "kmeans.ipynb")
    first = host.deploy(kmeans)
    answers_as_the_notebook(host, first)
    assert [
        event["phase"]
        for event in first["events"]
        if event.get("kind") == "phase" and event["status"] == "done"
    ] == [
        "check",
        "resolve",
        "install",
        "execute",
        "capture",
        "slim",
        "verify",
        "package",
        "start",
        "probe",
        "live",
    ]
    assert any(event.get("kind") == "cell" for event in first["events"]), (
        "cells are seen to run within the image build"
    )
    container_is_locked_in(host, "kmeans", first)
    runs_anywhere(host, "kmeans")

    if host.engine == "docker":  # once is enough: it takes its time
        kmeans.write_text(kmeans.read_text().replace("n_clusters=", "max_iter=299, n_clusters="))
        again = host.deploy(kmeans)
        answers_as_the_notebook(host, again, 2)
        assert again["url"] == first["url"]
        before, after = (host.image("kmeans", release)["RootFS"]["Layers"] for release in (1, 2))
        assert len(before) == len(after)
        changed = [place for place, (old, new) in enumerate(zip(before, after, strict=True)) if old != new]
        bundle = max(changed)
        assert changed == [bundle], "a model that was trained anew moves the bundle's layer alone"
        recorded = samples(host, "kmeans", 2)
        leaves_this_machine(
            host,
            "kmeans",
            lambda url, token: all(ask(url, one["input"], token) == (200, one["output"]) for one in recorded),
        )
        answers_as_the_notebook(host, last_said(host, "start", "kmeans", "--release", "1"), 3)

    old = host.copy(EXAMPLES / "kmeans-2018.ipynb")
    host.variables["MY_TOKEN"] = SECRET
    said = host.deploy(old, "--env", "MY_TOKEN")
    answers_as_the_notebook(host, said)
    assert host.image("kmeans-2018", 1)["Config"]["Labels"]["slipway.python"].startswith("3.6.")
    image_is_as_promised(host, "kmeans-2018")
    runs_anywhere(host, "kmeans-2018")

    beside = host.copy(EXAMPLES / "nearest-place") / "nearest-place.ipynb"
    answers_as_the_notebook(host, host.deploy(beside))

    ended_from_outside(host, "nearest-place")
    for name in sorted(host.names):
        done = host.slipway("rm", name, "--force")
        assert done.returncode == 0, done.stderr


def image_is_as_promised(host: Host, name: str) -> None:
    image = host.image(name, 1)
    config = image["Config"]
    assert config["User"] == "10001:0"
    assert config["Entrypoint"] == ["/opt/slipway/front/run"]
    assert "8080/tcp" in config["ExposedPorts"]
    if host.engine == "docker":  # the other does not tell
        assert config["Healthcheck"]["Test"][0] == "CMD"
    assert "PORT=8080" in config["Env"]
    labels = config["Labels"]
    assert labels["org.opencontainers.image.title"] == name
    for label in (
        "slipway.notebook.sha256",
        "slipway.lock.sha256",
        "slipway.schema",
        "slipway.bundle.digest",
    ):
        assert labels[label]
    image_reference = image_name(host.engine, name, 1)
    saved = subprocess.run(
        [*host.program, "save", image_reference], capture_output=True, cwd="/", check=True
    ).stdout
    for secret in (SECRET, token(host, name), host.variables["SLIPWAY_HOME"]):
        assert secret.encode() not in saved
    words = ["run", "--rm", "--user", "0:0", "--entrypoint", "tar", image_reference]
    exported = subprocess.run(
        [*host.program, *words, "--create", "--one-file-system", "--directory", "/", "."],
        stdout=subprocess.PIPE,
        cwd="/",
        check=True,
    ).stdout
    with tarfile.open(fileobj=io.BytesIO(exported)) as archive:
        members = archive.getmembers()
        for member in members:
            path = member.name.lstrip("./")
            parts = Path(path).parts
            if not member.isdir():
                assert not path.startswith(CACHES), path
                assert not (parts[-1] in PROGRAMS and parts[-2] in ("bin", "sbin")), path
            if "site-packages" in parts or "dist-packages" in parts:
                names = ("site-packages", "dist-packages")
                package = parts[max(parts.index(one) for one in names if one in parts) + 1 :][:1]
                assert not package or package[0].partition("-")[0] not in UNWANTED, path
                assert not package or not package[0].startswith("jupyter"), path
            assert "ensurepip" not in parts, path
            if path.startswith("opt/slipway/") and not member.issym():
                assert (member.uid, member.gid) == (0, 0), path
                assert not member.mode & 0o022, f"{path} can be written by others"
                assert member.mode & 0o004, f"{path} cannot be read by others"
        notebook = archive.extractfile(
            next(one for one in members if one.name.endswith("opt/slipway/bundle/notebook.ipynb"))
        )
        assert notebook is not None
        cells = json.load(notebook)["cells"]
    assert all(not cell.get("outputs") for cell in cells)


def container_is_locked_in(host: Host, name: str, said: dict[str, Any]) -> None:
    home = home_label(Path(host.variables["SLIPWAY_HOME"]))
    ids = host.call("ps", "--quiet", "--filter", f"label=slipway.home={home}").split()
    found = {one["Config"]["Labels"]["slipway.role"]: one for one in json.loads(host.call("inspect", *ids))}
    assert set(found) == {"service", "port"}
    for one in found.values():
        settings = one["HostConfig"]
        assert settings["ReadonlyRootfs"]
        assert not settings["Privileged"]
        assert "no-new-privileges" in " ".join(settings["SecurityOpt"])
        assert one["Config"]["User"] == "10001:0"
        status = host.call("exec", one["Id"], "cat", "/proc/1/status")
        lines = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
        assert int(lines["CapEff"], 16) == int(lines["CapBnd"], 16) == 0
        assert lines["NoNewPrivs"] == "1"
        assert token(host, name) not in json.dumps(one), "whoever may inspect does not see the token"
    bindings = found["port"]["HostConfig"]["PortBindings"]
    assert [(end["HostIp"], end["HostPort"]) for ends in bindings.values() for end in ends] == [
        ("127.0.0.1", said["url"].rpartition(":")[2])
    ]
    if host.engine == "docker":
        assert found["service"]["HostConfig"]["PidsLimit"] == 256
        assert found["service"]["HostConfig"]["LogConfig"]["Config"]["max-size"]


def runs_anywhere(host: Host, name: str) -> None:
    """By itself, as any user, with nothing to write to but /tmp, at the port that the platform names; and it drains."""
    image_reference = image_name(host.engine, name, 1)
    locked = ["--read-only", "--tmpfs", "/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    words = [
        "run",
        "--detach",
        "--user",
        "54321:0",
        *locked,
        "--env",
        "PORT=9000",
        "--publish",
        "127.0.0.1::9000",
    ]
    container = host.call(*words, image_reference).strip()
    try:
        port = host.call("port", container, "9000").strip().rpartition(":")[2]
        (sample, *_) = samples(host, name, 1)

        def answered() -> bool:
            try:
                return ask(f"http://127.0.0.1:{port}", sample["input"]) == (200, sample["output"])
            except OSError:
                return False

        eventually(answered, "the image serves by itself")
        host.call("exec", container, "/opt/slipway/front/run", "healthy")
        host.call("stop", "--time", "20", container)
        (state,) = json.loads(host.call("inspect", container))
        assert state["State"]["ExitCode"] == 0
    finally:
        host.call("rm", "--force", container)


def ended_from_outside(host: Host, name: str) -> None:
    home = home_label(Path(host.variables["SLIPWAY_HOME"]))
    ids = host.call("ps", "--quiet", "--filter", f"label=slipway.home={home}").split()
    containers = [
        one["Config"]["Labels"] | {"id": one["Id"]} for one in json.loads(host.call("inspect", *ids))
    ]
    wanted = (name, "service")
    (service,) = [
        one["id"] for one in containers if (one["slipway.deployment"], one["slipway.role"]) == wanted
    ]
    host.call("stop", service)
    done = host.slipway("ps", "--json")
    (view,) = [
        view for view in (json.loads(line) for line in done.stdout.splitlines()) if view["name"] == name
    ]
    assert view["releases"][0]["state"] == "lost"
    assert "exit code 0" in view["releases"][0]["problem"]["message"]

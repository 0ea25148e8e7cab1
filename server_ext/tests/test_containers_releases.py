"""Notebooks go through Docker, and through rootless Podman as an ordinary user: `slipway deploy`, to the notebook's
own prediction. What the image holds and how it runs is looked at from outside."""

from __future__ import annotations

import io
import json
import os
import pwd
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.engines.containers.image_labels import home_label
from runtime_fixtures import eventually

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
IMAGES = {"3.6": "localhost/python:3.6", "3.11": "localhost/python:3.11-bookworm"}
USER = "slipway-ci"
"""The ordinary user to whom `.ci/engines` gives subordinate ids."""
SHIM = Path("/usr/local/lib/slipway-ci/podman")
"""podman as that user."""
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


@dataclass
class Host:
    """An engine, and `slipway` of the user who uses it."""

    engine: str
    program: list[str]
    slipway_words: list[str]
    variables: dict[str, str]
    directory: Path
    """Readable and writable for that user."""
    owner: tuple[int, int] | None = None
    names: set[str] = field(default_factory=set)

    def call(self, *words: str, given: str | None = None) -> str:
        done = subprocess.run(
            [*self.program, *words],
            capture_output=True,
            text=True,
            input=given,
            cwd="/",
            timeout=300,
            check=False,
        )
        assert done.returncode == 0, f"{words}: {done.stderr}"
        return done.stdout

    def slipway(self, *words: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.slipway_words, *map(str, words)],
            env=self.variables,
            capture_output=True,
            text=True,
            cwd="/",
            timeout=900,
            check=False,
        )

    def deploy(self, notebook: Path, *words: str) -> dict[str, Any]:
        """What `slipway deploy` says at its end."""
        name = notebook.stem
        self.names.add(name)
        done = self.slipway("deploy", notebook, "--engine", self.engine, "--json", *words)
        events = [json.loads(line) for line in done.stdout.splitlines()]
        assert done.returncode == 0, events[-1] if events else done.stderr
        return {**events[-1], "events": events}

    def copy(self, source: Path) -> Path:
        target = self.directory / "notebooks" / source.name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            target.parent.mkdir(exist_ok=True)
            shutil.copy(source, target)
        self.give(self.directory / "notebooks")
        return target

    def give(self, path: Path) -> None:
        if self.owner is not None:
            for entry in (path, *path.rglob("*")):
                os.chown(entry, *self.owner)

    def image(self, name: str, release: int) -> dict[str, Any]:
        prefix = "localhost/" if self.engine == "podman" else ""
        found: list[dict[str, Any]] = json.loads(
            self.call("image", "inspect", f"{prefix}slipway/{name}:{release}")
        )
        return found[0]

    def left(self) -> list[str]:
        """All that is there of this home; podman takes several labels for alternatives."""
        label = ["--filter", f"label=slipway.home={home_label(Path(self.variables['SLIPWAY_HOME']))}"]
        found = self.call("ps", "--all", "--quiet", *label).split()
        found += self.call("images", "--quiet", *label).split()
        found += self.call("volume", "ls", "--quiet", *label).split()
        return found


def variables(home: Path, environment: dict[str, str]) -> dict[str, str]:
    images = ",".join(f"{version}={image}" for version, image in IMAGES.items())
    return {**environment, "SLIPWAY_HOME": str(home), "SLIPWAY_BASE_IMAGES": images, "SLIPWAY_ENGINE": ""}


def answers(*words: str | Path) -> bool:
    try:
        return (
            subprocess.run(
                [*map(str, words)], capture_output=True, cwd="/", timeout=60, check=False
            ).returncode
            == 0
        )
    except OSError:
        return False


def require(program: list[str], *words: str) -> None:
    for image in IMAGES.values():
        if not answers(*program, "image", "inspect", image):
            pytest.skip(f"{program[-1]} does not answer, or has no image {image} (.ci/engines makes both)")
    if words and not answers(*program, *words):
        pytest.skip(f"{program[-1]} lacks {' '.join(words)}")


@pytest.fixture(params=["docker", "podman"])
def host(request: pytest.FixtureRequest) -> Iterator[Host]:
    if request.param == "docker":
        require(["docker"], "buildx", "version")
        directory = Path(tempfile.mkdtemp(prefix="slipway-docker-"))
        words = [sys.executable, "-m", "jupyterlab_slipway"]
        found = Host("docker", ["docker"], words, variables(directory / "home", dict(os.environ)), directory)
    else:
        if os.getuid() != 0 or not SHIM.exists():
            pytest.skip(f"only root becomes {USER}, whom .ci/engines makes")
        require([str(SHIM)])
        found = ordinary_user()
    yield found
    said = [found.slipway("rm", name, "--force").stderr for name in sorted(found.names)]
    left = found.left()
    shutil.rmtree(found.directory, ignore_errors=True)
    assert left == [], f"something is left in the engine: {said}"


def ordinary_user() -> Host:
    """`slipway` in an environment of that user's own: what belongs to root is not readable for them."""
    from uv import find_uv_bin

    entry = pwd.getpwnam(USER)
    directory = Path(tempfile.mkdtemp(prefix="slipway-podman-", dir=entry.pw_dir))
    source = directory / "source"
    source.mkdir()
    skip = shutil.ignore_patterns("__pycache__", "labextension")
    for path in (ROOT / "server_ext/jupyterlab_slipway", ROOT / "server_ext/runtime"):
        shutil.copytree(path, source / path.name, ignore=skip)
    shutil.copy(ROOT / "package.json", directory)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    listed = directory / "requirements.txt"
    listed.write_text("\n".join(project["dependencies"]))
    uv, python = find_uv_bin(), directory / "venv/bin/python"
    quiet = ["--quiet", "--link-mode", "copy"]
    subprocess.run([uv, "venv", "--quiet", "--python", "/usr/bin/python3", directory / "venv"], check=True)
    subprocess.run([uv, "pip", "install", *quiet, "--python", python, "-r", listed], check=True)
    (packages,) = directory.glob("venv/lib/python3*/site-packages")
    (packages / "slipway.pth").write_text(f"{source}\n{source / 'runtime'}\n")
    owner = (entry.pw_uid, entry.pw_gid)
    environment = {
        "HOME": entry.pw_dir,
        "XDG_RUNTIME_DIR": f"/run/user/{entry.pw_uid}",
        "PATH": f"{directory}/venv/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
        "LANG": "C.UTF-8",
        "SSL_CERT_FILE": os.environ.get("SSL_CERT_FILE", ""),
    }
    become = ["setpriv", f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--init-groups"]
    found = Host(
        "podman",
        [str(SHIM)],
        [*become, str(python), "-m", "jupyterlab_slipway"],
        variables(directory / "home", environment),
        directory,
        owner,
    )
    found.give(directory)
    os.chown(directory, *owner)
    return found


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
        *(
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
        )
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
    prefix = "localhost/" if host.engine == "podman" else ""
    saved = subprocess.run(
        [*host.program, "save", f"{prefix}slipway/{name}:1"], capture_output=True, cwd="/", check=True
    ).stdout
    for secret in (SECRET, token(host, name), host.variables["SLIPWAY_HOME"]):
        assert secret.encode() not in saved
    words = ["run", "--rm", "--user", "0:0", "--entrypoint", "tar", f"{prefix}slipway/{name}:1"]
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
    prefix = "localhost/" if host.engine == "podman" else ""
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
    container = host.call(*words, f"{prefix}slipway/{name}:1").strip()
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

"""Who uses a container engine in tests: this user Docker, an ordinary one Podman, both by `slipway`."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from containers_fixtures import AS_ORDINARY_USER, REAL_BASE
from jupyterlab_slipway.engines.containers.image_labels import home_label, image_name

ROOT = Path(__file__).parents[2]
IMAGES = {"3.6": "localhost/python:3.6", "3.11": REAL_BASE}
USER = "slipway-ci"
"""The ordinary user to whom `.ci/engines` gives subordinate ids."""
SHIM = AS_ORDINARY_USER / "podman"
"""podman as that user."""


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
        words = ("image", "inspect", image_name(self.engine, name, release))
        found: list[dict[str, Any]] = json.loads(self.call(*words))
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


def docker_host() -> Host:
    require(["docker"], "buildx", "version")
    directory = Path(tempfile.mkdtemp(prefix="slipway-docker-"))
    words = [sys.executable, "-m", "jupyterlab_slipway"]
    return Host("docker", ["docker"], words, variables(directory / "home", dict(os.environ)), directory)


def podman_host() -> Host:
    """`slipway` in an environment of that user's own: what belongs to root is not readable for them."""
    if os.getuid() != 0 or not SHIM.exists():
        pytest.skip(f"only root becomes {USER}, whom .ci/engines makes")
    require([str(SHIM)])
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

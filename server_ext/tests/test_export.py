"""What `slipway export` writes: texts that shells and Compose take as they are meant, and a context to build from."""

from __future__ import annotations

import re
import shlex
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from context_parts import fill
from deployments_fixtures import DOUBLING, Said
from jupyterlab_slipway.deployments.manager import Deployments
from jupyterlab_slipway.engines.containers.export_texts import Texts
from jupyterlab_slipway.engines.containers.running import hardened, service_words
from jupyterlab_slipway.engines.containers.settings import ContainerSettings
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.containers.tools_files import IMAGE
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.problems import Code

HOSTILE = 'it\'s a "$(touch pwned)" `touch pwned` $HOME \\ ; & @NAME@ é'
ARGUMENTS = {"BASE_IMAGE": "python:3.11-slim", "TOOLS_IMAGE": "python:3.11-slim", "RELEASE": "kmeans-3"}
TEXTS = Texts(
    deployment="kmeans",
    release=3,
    title="K-means",
    arguments=ARGUMENTS,
    labels={"org.opencontainers.image.title": HOSTILE},
    settings=ContainerSettings(memory=500_000_000, cpus=1.5),
    beside=True,
    environment=(),
    revision=None,
)


def called(tmp_path: Path, *words: str, **variables: str) -> list[str]:
    """The engine's words when `build.sh` is run."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("docker", "podman"):
        program = programs / name
        program.write_text(f'#!/bin/sh\nprintf "%s\\0" {name} "$@" > "$SAID"\n')
        program.chmod(0o755)
    script = tmp_path / "an export" / "build.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(TEXTS.filled("build.sh"))
    said = tmp_path / "said"
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "SAID": str(said), **variables}
    subprocess.run(["sh", str(script), *words], env=environment, cwd=tmp_path, check=True)
    assert not (tmp_path / "pwned").exists()
    return said.read_text().split("\0")[:-1]


def test_the_script_calls_the_engine_whatever_a_notebook_is_called(tmp_path: Path) -> None:
    found = called(tmp_path)
    assert found[:4] == ["docker", "buildx", "build", "--load"]
    assert found[-1] == str(tmp_path / "an export" / "context")
    assert found[found.index("--tag") + 1] == "localhost/kmeans:3"
    assert found[found.index("--label") + 1] == f"org.opencontainers.image.title={HOSTILE}"
    assert "RELEASE=kmeans-3" in found
    assert "BASE_IMAGE=python:3.11-slim" in found
    assert "--secret" not in found
    found = called(
        tmp_path, "ghcr.io/team/a:1", ENGINE="podman", RELEASE="7", CA_FILE="/c a.pem", INDEX_FILE="i.json"
    )
    assert found[:4] == ["podman", "build", "--format", "docker"]
    assert found[found.index("--tag") + 1] == "ghcr.io/team/a:1"
    assert "RELEASE=7" in found
    assert {"id=ca,src=/c a.pem", "id=index,src=i.json"} <= set(found)


def composed(texts: Texts) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(texts.filled("compose.yaml"))
    assert list(found["services"]) == ["kmeans"]
    service: dict[str, Any] = found["services"]["kmeans"]
    assert found["secrets"] == {"token": {"file": "./secrets/token"}}
    return service


def test_compose_runs_it_as_slipway_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLIPWAY_CORS_ORIGINS", 'https://a.example,$HOME "x"')
    service = composed(TEXTS)
    plan = Plan(tmp_path, tmp_path, "kmeans", 3, "ab", tmp_path, tmp_path, "127.0.0.1", 1)
    ours = hardened(Tool("docker"), plan, "service")
    ours += service_words(TEXTS.settings, frozenset({"memory", "cpus", "pids"}))
    theirs = [
        *("--user", service["user"]),
        *(["--read-only"] if service["read_only"] else []),
        *(f"--cap-drop={one}" for one in service["cap_drop"]),
        *(f"--security-opt={one.removesuffix(':true')}" for one in service["security_opt"]),
        *("--log-driver", service["logging"]["driver"]),
        *(word for pair in service["logging"]["options"].items() for word in ("--log-opt", "=".join(pair))),
        *(f"--tmpfs={one}" for one in service["tmpfs"]),
        f"--stop-timeout={service['stop_grace_period'].removesuffix('s')}",
        f"--memory={service['mem_limit']}",
        f"--memory-swap={service['memswap_limit']}",
        f"--cpus={service['cpus']}",
        f"--pids-limit={service['pids_limit']}",
    ]
    at = [index for index, word in enumerate(ours) if word == "--label"]
    ours = [word for index, word in enumerate(ours) if index not in at and index - 1 not in at]
    assert sorted(ours) == sorted(theirs)
    assert service["ports"] == ["127.0.0.1:${PORT:-8080}:8080"]
    assert service["environment"]["SLIPWAY_TOKEN_FILE"] == "/run/secrets/token"
    assert service["environment"]["SLIPWAY_CORS_ORIGINS"] == 'https://a.example,$$HOME "x"'
    assert service["secrets"] == ["token"]
    assert service["restart"] == "unless-stopped"


def test_compose_and_the_image_ask_alike_whether_it_is_well() -> None:
    health = composed(replace(TEXTS, settings=ContainerSettings()))["healthcheck"]
    dockerfile = (IMAGE / "Dockerfile").read_text()
    (line,) = re.findall(r"^HEALTHCHECK (.*) CMD (\[.*\])$", dockerfile, re.MULTILINE)
    options = {"--interval": "interval", "--timeout": "timeout", "--start-period": "start_period"}
    wanted = {options.get(name, "retries"): value for name, value in (w.split("=") for w in line[0].split())}
    assert {**wanted, "test": ["CMD", *yaml.safe_load(line[1])]} == {
        **health,
        "retries": str(health["retries"]),
    }


def test_the_readme_tells_what_is_missing() -> None:
    assert "that lay there when this was written" in TEXTS.filled("README.md")
    other = replace(TEXTS, beside=False, environment=("A", "B"), revision="ab" * 20, title="a\n# `b`")
    text = other.filled("README.md")
    assert "was not there when this was written" in text
    assert "the variables `A`, `B`" in text
    assert f"git revision `{'ab' * 20}`" in text
    assert "`a # b `" in text
    assert not re.search(r"@[A-Z_]+@", text)


@pytest.mark.slow
def test_a_process_release_is_exported_and_not_pushed(
    deployments: Deployments,
    slipway: Callable[..., Said],
    saved_notebook: Callable[..., Path],
    tmp_path: Path,
) -> None:
    """Every engine's releases can be built elsewhere; without the notebook's directory, of what the bundle has."""
    notebook = saved_notebook(
        "work/doubling.ipynb",
        *DOUBLING[:2],
        "import helper",
        "def predictor(x):\n    return helper.times(x, factor)",
        DOUBLING[3],
    )
    beside = {
        "helper.py": "def times(a, b):\n    return a * b\n",
        "train.csv": "1,2\n",
        ".env": "TOKEN=s3same\n",
    }
    fill(
        notebook.parent, {**beside, ".slipwayignore": "raw\n", "raw/a.bin": b"x" * 5000, "raw/b/c.bin": b"x"}
    )
    assert slipway("deploy", notebook, "--json").last["state"] == "live"

    said = slipway("push", "doubling", "ghcr.io/team/doubling", "--json")
    assert said.code == 1
    assert said.last["problem"]["code"] == Code.NO_IMAGE
    assert "`slipway deploy NOTEBOOK --name doubling --engine docker`" in said.last["problem"]["message"]
    said = slipway("push", "doubling", "carla:s3same@ghcr.io/doubling", "--json")
    assert said.last["problem"]["code"] == Code.IMAGE_NAME
    assert "s3same" not in said.out + said.err
    said = slipway("push", "doubling", "ghcr.io/team/doubling", "--release", "7", "--json")
    assert said.last["problem"]["code"] == Code.DEPLOYMENT_UNKNOWN

    # into the notebook's own directory, which must not take itself along
    target = notebook.parent / "image"
    said = slipway("export", "doubling", target)
    assert said.code == 0, said.err
    assert (
        "Left out by ignore files: 2 files, 5.0 kB. The biggest: raw/a.bin (5.0 kB), raw/b/c.bin (1 B)."
        in said.out
    )
    context = target / "context"
    assert sorted(path.name for path in (context / "notebook").iterdir()) == [
        ".slipwayignore",
        "doubling.ipynb",
        "helper.py",
        "train.csv",
    ]
    lock = (context / "build/requirements.lock").read_text()
    assert re.search(r"^cloudpickle==3\.\S+ \\\n    --hash=sha256:", lock, re.MULTILINE)
    dockerfile = (context / "Dockerfile").read_text()
    assert re.search(r"^ARG BASE_IMAGE=docker.io/library/python:3\.\d+-slim$", dockerfile, re.MULTILINE)
    assert re.search(r"^ARG RELEASE=doubling-1$", dockerfile, re.MULTILINE)
    token = deployments.records.token("doubling")
    home = str(deployments.home.root)
    for path in target.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(secret.encode() in content for secret in ("s3same", token, home, str(tmp_path))), path
    said = slipway("export", "doubling", target)
    assert said.code == 1
    assert "already there and not empty" in said.err

    notebook.parent.rename(tmp_path / "moved")
    said = slipway("export", "doubling", tmp_path / "later", "--json")
    assert (said.code, said.last["state"], said.last["beside"]) == (0, "exported", False)
    assert sorted(path.name for path in (tmp_path / "later/context/notebook").iterdir()) == [
        "doubling.ipynb",
        "helper.py",
    ]
    assert "was not there when this was written" in (tmp_path / "later/README.md").read_text()
    assert shlex.split((tmp_path / "later/build.sh").read_text(), comments=True)
    assert not list(tmp_path.glob(".later.*"))
    said = slipway("export", "doubling", tmp_path / "no/where", "--json")
    assert said.last["problem"]["code"] == Code.REQUEST_INVALID

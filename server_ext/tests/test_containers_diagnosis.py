"""What is said of engines that do not work: programs on PATH that say what the real ones were seen to say."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.engines.containers import diagnosis
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.engine import Diagnosis

DOCKER = {"Client": {"Version": "28.2.2"}, "Server": {"Version": "20.10.24+dfsg1", "Os": "linux"}}
INFO: dict[str, Any] = {"SecurityOptions": ["name=seccomp,profile=default"], "MemoryLimit": True}
BUILDX = "github.com/docker/buildx v0.14.1 171fcbeb"
SOCKET = "unix:///var/run/docker.sock"
IDS = [{"container_id": 0, "host_id": 1001, "size": 1}, {"container_id": 1, "host_id": 100000, "size": 65536}]
ONE_ID = [{"container_id": 0, "host_id": 1001, "size": 1}]


def podman(version: str = "4.9.3", *, ids: Any = None, rootless: bool = True, **host: Any) -> dict[str, Any]:
    mapped = ids or IDS
    return {
        "version": {"Version": version},
        "host": {
            "security": {"rootless": rootless},
            "cgroupVersion": "v2",
            "cgroupControllers": ["cpu", "memory", "pids"],
            "serviceIsRemote": False,
            "idMappings": {"uidmap": mapped, "gidmap": mapped},
            **host,
        },
    }


Diagnose = Callable[..., Diagnosis]


@pytest.fixture
def diagnose(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Diagnose:
    """`diagnose(name, {first words: answer})`; an answer is (exit code, standard output, standard error)."""
    monkeypatch.setenv("PATH", str(tmp_path))
    for variable in ("DOCKER_HOST", "DOCKER_CONTEXT", "CONTAINER_HOST"):
        monkeypatch.delenv(variable, raising=False)

    def run(name: str, answers: dict[str, tuple[int, str, str]]) -> Diagnosis:
        cases = "".join(
            f"{shlex.quote(words)}*) printf %s {shlex.quote(out)}; printf %s {shlex.quote(err)} >&2; exit {code};;\n"
            for words, (code, out, err) in answers.items()
        )
        program = tmp_path / name
        program.write_text(f'#!/bin/sh\ncase "$*" in\n{cases}esac\necho unexpected: "$*" >&2; exit 64\n')
        program.chmod(0o755)
        diagnosis.forget()
        found = diagnosis.diagnose(Tool(name))
        diagnosis.forget()
        return found

    return run


def docker(**changes: Any) -> dict[str, tuple[int, str, str]]:
    return {
        "version": (0, json.dumps(DOCKER), ""),
        "info": (0, json.dumps(INFO), ""),
        "context": (0, f"{SOCKET}\n", ""),
        "buildx": (0, BUILDX, ""),
        **changes,
    }


def test_docker_that_works_tells_its_versions(diagnose: Diagnose) -> None:
    assert diagnose("docker", docker()) == Diagnosis(
        True, "Docker 20.10.24, buildx 0.14.1, daemon runs as root"
    )
    rootless = {**INFO, "SecurityOptions": ["name=seccomp", "name=rootless"], "CpuCfsQuota": False}
    found = diagnose(
        "docker",
        docker(info=(0, json.dumps(rootless), ""), buildx=(0, "github.com/docker/buildx v0.0.0+unknown", "")),
    )
    assert found.available
    assert found.detail.startswith("Docker 20.10.24, buildx, rootless, no limits of processors (")


SILENT = (1, '{"Client":{"Version":"28.2.2"},"Server":null}')


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        (
            {
                "version": (
                    *SILENT,
                    f"Cannot connect to the Docker daemon at {SOCKET}. Is the docker daemon running?",
                )
            },
            "its daemon does not run (unix:///var/run/docker.sock). Start it",
        ),
        (
            {
                "version": (
                    *SILENT,
                    (
                        "permission denied while trying to connect to the Docker daemon socket at "
                        f"{SOCKET}: dial unix /var/run/docker.sock: connect: permission denied"
                    ),
                )
            },
            "does not let this user talk to it (unix:///var/run/docker.sock). Have an administrator add you",
        ),
        ({"version": (*SILENT, "Error: something else")}, "does not work: something else."),
        ({"buildx": (1, "", "docker: 'buildx' is not a docker command.")}, "lacks buildx"),
        (
            {"version": (0, json.dumps({**DOCKER, "Server": {"Version": "19.03.15"}}), "")},
            "is version 19.03.15; 20.10 or newer is needed",
        ),
        (
            {"version": (0, json.dumps({"Server": {"Version": "24.0.7", "Os": "windows"}}), "")},
            "runs Windows containers",
        ),
        ({"context": (0, "ssh://user@far\n", "")}, "on another machine (ssh://far, by Docker's context)"),
        (
            {
                "version": (
                    0,
                    '{"Client":{"APIVersion":"4.3.1","Version":"4.3.1"}}',
                    "Emulate Docker CLI using podman.",
                )
            },
            "is podman under another name",
        ),
        ({"version": (0, "[]", "")}, "answers in a way that is not understood"),
        ({"version": (0, "{", "")}, "answers in a way that is not understood"),
    ],
)
def test_docker_that_does_not_work_says_what_to_do(
    diagnose: Diagnose, changes: dict[str, Any], words: str
) -> None:
    found = diagnose("docker", docker(**changes))
    assert not found.available
    assert words in found.detail


def test_variables_that_lead_to_another_machine_are_named(
    diagnose: Diagnose, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.7:2375")
    found = diagnose("docker", docker(context=(0, "tcp://10.0.0.7:2375\n", "")))
    assert "on another machine (tcp://10.0.0.7, by DOCKER_HOST)" in found.detail
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:2375")
    assert diagnose("docker", docker(context=(0, "tcp://127.0.0.1:2375\n", ""))).available
    monkeypatch.setenv("CONTAINER_HOST", "ssh://core@far/run/podman.sock")
    found = diagnose("podman", {"info": (125, "", "never asked")})
    assert "on another machine (ssh://far, by CONTAINER_HOST)" in found.detail


def test_podman_that_works_tells_its_version(diagnose: Diagnose) -> None:
    assert diagnose("podman", {"info": (0, json.dumps(podman()), "")}) == Diagnosis(
        True, "Podman 4.9.3, rootless"
    )
    old = podman("4.3.1", cgroupVersion="v1", cgroupControllers=[])
    found = diagnose("podman", {"info": (0, json.dumps(old), "")})
    assert found.detail.startswith("Podman 4.3.1, rootless, no limits of processors, memory, processes (")
    assert diagnose("podman", {"info": (0, json.dumps(podman(rootless=False, ids=ONE_ID)), "")}).available


@pytest.mark.parametrize(
    ("info", "words"),
    [
        ((0, json.dumps(podman(ids=ONE_ID)), "level=error"), "has no subordinate user ids for this user"),
        ((0, json.dumps(podman("3.4.4")), ""), "is version 3.4.4; 4.3 or newer is needed"),
        (
            (
                1,
                "",
                (
                    'time="…" level=error msg="invalid internal status, try resetting the pause process: command '
                    'required for rootless mode with multiple IDs: exec: \\"newuidmap\\": executable file not found in '
                    '$PATH"'
                ),
            ),
            "newuidmap or newgidmap is missing",
        ),
        (
            (125, "", "cannot clone: Operation not permitted\nError: cannot re-exec process"),
            "user namespaces",
        ),
        ((125, "", "Error: database is locked"), "does not work: database is locked."),
    ],
)
def test_podman_that_does_not_work_says_what_to_do(
    diagnose: Diagnose, info: tuple[int, str, str], words: str
) -> None:
    found = diagnose("podman", {"info": info})
    assert not found.available
    assert words in found.detail


def test_a_remote_podman_is_one_of_another_machine_by_its_connection(diagnose: Diagnose) -> None:
    info = (0, json.dumps(podman(serviceIsRemote=True)), "")

    def connected(uri: str) -> Diagnosis:
        connections = json.dumps([{"URI": "ssh://other", "Default": False}, {"URI": uri, "Default": True}])
        return diagnose("podman", {"info": info, "system connection list": (0, connections, "")})

    assert connected("ssh://core@127.0.0.1:50000/run/podman.sock").available  # podman's virtual machine
    assert "(ssh://far, by podman's default connection)" in connected("ssh://core@far/run").detail


@pytest.mark.parametrize("name", ["docker", "podman"])
def test_one_that_is_not_installed(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    diagnosis.forget()
    found = diagnosis.diagnose(Tool(name))
    assert not found.available
    assert found.detail.startswith("is not installed. Install ")


def test_a_diagnosis_is_kept_for_a_while(diagnose: Diagnose, tmp_path: Path) -> None:
    assert diagnose("podman", {"info": (0, json.dumps(podman()), "")}).available
    first = diagnosis.diagnose(Tool("podman"))
    (tmp_path / "podman").unlink()
    assert diagnosis.diagnose(Tool("podman")) is first
    diagnosis.forget()
    assert not diagnosis.diagnose(Tool("podman")).available


def test_one_that_hangs_is_not_waited_for(
    diagnose: Diagnose, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "PATIENCE", 0.3)
    (tmp_path / "podman").write_text("#!/bin/sh\nexec /bin/sleep 60\n")
    (tmp_path / "podman").chmod(0o755)
    diagnosis.forget()
    assert "does not answer within 0.3 s" in diagnosis.diagnose(Tool("podman")).detail
    diagnosis.forget()


def test_limits_that_can_be_had() -> None:
    assert diagnosis.docker_limits({"MemoryLimit": False, "CpuCfsQuota": True}) == {"cpus", "pids"}
    assert diagnosis.podman_limits(podman(cgroupControllers=["memory", "pids"])) == {"memory", "pids"}
    assert diagnosis.podman_limits(podman(cgroupVersion="v1")) == set()
    assert diagnosis.podman_limits(podman(rootless=False, cgroupVersion="v1")) == diagnosis.ALL_LIMITS

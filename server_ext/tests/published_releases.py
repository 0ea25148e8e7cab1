"""A release leaves this machine: to a registry and back by its digest, and as an export that others build and run."""

from __future__ import annotations

import contextlib
import json
import secrets
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import yaml
from container_hosts import Host
from pulled_releases import served_here
from registry_fixtures import PROGRAM, Registry, running_registry
from runtime_fixtures import eventually, free_port

LOCKED = ["--read-only", "--tmpfs", "/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]

Answers = Callable[[str, str | None], bool]
"""Whether the service at a URL, asked with a token, answers the recorded samples as the notebook did."""


def leaves_this_machine(host: Host, name: str, answers: Answers) -> None:
    """Where a registry is installed: the live release of a deployment of Docker's."""
    if shutil.which(PROGRAM) is None:
        return  # test_containers_push.py skips, and says so
    with running_registry(host.directory / "registry") as registry:
        pushed_and_fetched(host, registry, name, answers)
    exported_and_built(host, name, answers)


def pushed_and_fetched(host: Host, registry: Registry, name: str, answers: Answers) -> None:
    before = host.call("images", "--format", "{{.Repository}}:{{.Tag}}@{{.Digest}}").splitlines()
    done = host.slipway("push", name, f"{registry.host}/team/{name}:v1")
    assert done.returncode == 0, done.stderr
    reference = done.stdout.splitlines()[-1]
    assert reference == f"{registry.host}/team/{name}@{registry.digest(f'team/{name}', 'v1')}"
    after = host.call("images", "--format", "{{.Repository}}:{{.Tag}}@{{.Digest}}").splitlines()
    assert sorted(before) == sorted(after)
    with removed(host, reference):
        host.call("pull", reference)
        port = free_port()
        words = ["run", "--detach", *LOCKED, "--publish", f"127.0.0.1:{port}:8080", reference]
        container = host.call(*words).strip()
        try:
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: _answered(answers, url, None), "what was fetched by its digest serves")
        finally:
            host.call("rm", "--force", container)
    served_here(host, reference, answers)


def exported_and_built(host: Host, name: str, answers: Answers) -> None:
    target = host.directory / "export"
    done = host.slipway("export", name, target)
    assert done.returncode == 0, done.stderr
    tag = f"localhost/slipway-test-export:{secrets.token_hex(4)}"
    variables = {**host.variables, "RELEASE": "trained-anew"}
    if variables.get("SSL_CERT_FILE"):
        variables["CA_FILE"] = variables["SSL_CERT_FILE"]
    with removed(host, tag):
        built = subprocess.run(
            [target / "build.sh", tag], env=variables, cwd="/", capture_output=True, text=True, check=False
        )
        assert built.returncode == 0, built.stderr[-3000:]
        (image,) = json.loads(host.call("image", "inspect", tag))
        labels = image["Config"]["Labels"]
        assert labels["org.opencontainers.image.title"] == name
        assert not {"slipway.identity", "slipway.home"} & set(labels), "it is nobody's release"
        token = secrets.token_hex(16)
        (target / "secrets").mkdir(mode=0o700)
        (target / "secrets/token").write_text(f"{token}\n")
        (target / "secrets/token").chmod(0o644)
        port = free_port()
        with composed(target, {**host.variables, "IMAGE": tag, "PORT": str(port)}, host):
            url = f"http://127.0.0.1:{port}"
            eventually(lambda: _answered(answers, url, token), "what others have built serves")
            assert not answers(url, None), "it wants the token"


@contextlib.contextmanager
def composed(target: Path, variables: dict[str, str], host: Host) -> Iterator[None]:
    """The service that compose.yaml describes: by Compose, else by the same words."""
    program = shutil.which("docker-compose")
    if program is not None:
        compose = [program, "--project-name", f"slipway{secrets.token_hex(4)}", "--project-directory", target]
        compose += ["--file", target / "compose.yaml"]
        try:
            up = [*compose, "up", "--detach", "--no-build"]
            done = subprocess.run(up, env=variables, capture_output=True, text=True, check=False)
            assert done.returncode == 0, done.stderr
            yield
        finally:
            subprocess.run([*compose, "down"], env=variables, capture_output=True, check=True)
        return
    (service,) = yaml.safe_load((target / "compose.yaml").read_text())["services"].values()
    words = ["run", "--detach", *LOCKED[:1], "--cap-drop=ALL", "--user", service["user"]]
    words += [word for one in service["tmpfs"] for word in ("--tmpfs", one)]
    words += [f"--security-opt={one}" for one in service["security_opt"]]
    words += [word for pair in service["environment"].items() for word in ("--env", "=".join(map(str, pair)))]
    words += ["--volume", f"{target}/secrets/token:/run/secrets/token:ro"]
    words += ["--publish", f"127.0.0.1:{variables['PORT']}:8080", variables["IMAGE"]]
    container = host.call(*words).strip()
    try:
        yield
    finally:
        host.call("rm", "--force", container)


@contextlib.contextmanager
def removed(host: Host, reference: str) -> Iterator[None]:
    try:
        yield
    finally:
        host.call("image", "rm", "--force", reference)


def _answered(answers: Answers, url: str, token: str | None) -> bool:
    try:
        return answers(url, token)
    except OSError:
        return False

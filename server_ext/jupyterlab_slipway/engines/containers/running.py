"""How containers are started: names, labels, and what they may not do."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import fields

from slipway_runtime import settings as service_settings

from ...builder.children import Completed
from ...problems import Code, SlipwayProblem
from ..engine import Plan
from .engine_words import engine_problem, last_words
from .image_labels import IDENTITY, deployment_labels, home_label, release_labels
from .settings import ContainerSettings
from .tool import Container, Tool, says_absent

ROLE = "slipway.role"
"""Label: what a container is there for, PORT_ROLE or SERVICE_ROLE."""
PORT_ROLE = "port"
SERVICE_ROLE = "service"
PORT_WITHIN = 8080
"""Where a service listens, within the network of the holder."""
RUN = "/run/slipway"
"""Where the deployment's volume is mounted."""
USER_ID = 10001
"""What the image is made for, in group 0."""
STOP_TIMEOUT = 30
"""Seconds between SIGTERM and SIGKILL where somebody else stops a container: more than a drain takes."""

LOG_DRIVERS = {"docker": "json-file", "podman": "k8s-file"}
"""Those whose lines can be read again, and are rotated, whatever the engine's default is."""
_TEMPORARY = 64 * 1024 * 1024
"""Bytes of /tmp, the one place that can be written to."""
TMPFS = f"/tmp:rw,nosuid,nodev,size={_TEMPORARY}"  # noqa: S108  the container's own
LOG_OPTIONS = {"max-size": "10m", "max-file": "2"}
"""Podman knows the first alone."""
_PORT_TAKEN = re.compile(r"address already in use|port is already allocated", re.IGNORECASE)
_NAME_TAKEN = re.compile(r"name .{0,300}is already in use", re.IGNORECASE | re.DOTALL)


def container_name(plan: Plan, what: str | int) -> str:
    return f"slipway-{plan.deployment}-{what}"


def hardened(tool: Tool, plan: Plan, role: str) -> list[str]:
    """Words for any container of ours: its labels, user and log, and no rights."""
    labels = {**release_labels(plan), ROLE: role}
    return [
        *(word for name, value in labels.items() for word in ("--label", f"{name}={value}")),
        *("--user", f"{USER_ID}:0"),
        "--read-only",
        "--cap-drop=ALL",
        "--security-opt=no-new-privileges",
        *("--log-driver", LOG_DRIVERS[tool.name]),
        *(
            word
            for name, value in LOG_OPTIONS.items()
            if tool.name == "docker" or name == "max-size"
            for word in ("--log-opt", f"{name}={value}")
        ),
    ]


def service_words(settings: ContainerSettings, limits: frozenset[str]) -> list[str]:
    """Words for a service's container. Of its limits, those in `limits` can be had."""
    words = [
        f"--tmpfs={TMPFS}",
        f"--stop-timeout={STOP_TIMEOUT}",
    ]
    if "memory" in limits and settings.memory is not None:
        words += [f"--memory={settings.memory}", f"--memory-swap={settings.memory}"]
    if "cpus" in limits and settings.cpus is not None:
        words.append(f"--cpus={settings.cpus:g}")
    if "pids" in limits:
        words.append(f"--pids-limit={settings.pids}")
    return words


def wanted_limits(settings: ContainerSettings) -> frozenset[str]:
    """Those that the user chose."""
    chosen = {"memory": settings.memory, "cpus": settings.cpus}
    return frozenset(name for name, value in chosen.items() if value is not None)


def service_variables(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What was set of the service: in a container it does not inherit anything."""
    names = [service_settings.variable(entry.name) for entry in fields(service_settings.Settings)]
    return {name: variables[name] for name in names if name in variables}


class PortTaken(Exception):
    """Somebody else has the port that a container was to get; nothing is left of it."""


def run_detached(tool: Tool, plan: Plan, name: str, words: list[str]) -> Container:
    """Starts a container of that name, or of one like it where somebody else's has it.

    What a run that was killed has left under the name goes.

    Raises:
        PortTaken: `words` publish a port.
        SlipwayProblem: START_FAILED, ENGINE_SILENT, DISK_FULL, UNSUPPORTED; no container is left then.
    """
    for chosen in (name, f"{name}-{home_label(plan.home)[:6]}"):
        done = _run(tool, chosen, words)
        if done.code != 0 and _NAME_TAKEN.search(done.stderr) and _remove_ours(tool, plan, chosen):
            done = _run(tool, chosen, words)
        if done.code == 0:
            found = tool.inspect(chosen)
            if found:
                return found[0]
            raise SlipwayProblem(
                Code.START_FAILED, f"The container {chosen} was removed while it was started. Deploy again."
            )
        if not _NAME_TAKEN.search(done.stderr):
            _remove_ours(tool, plan, chosen)
            raise _as_exception(tool, done)
    raise SlipwayProblem(
        Code.START_FAILED,
        f"{tool.name} has a container named {name} that is not of this Slipway. Rename it or remove it "
        f"(`{tool.name} rm {name}`), then deploy again.",
    )


def image_gone(tool: Tool) -> SlipwayProblem:
    return SlipwayProblem(
        Code.START_FAILED,
        f"The image of this release is not in {tool.name} any more: somebody removed it. Deploy again.",
    )


def _run(tool: Tool, name: str, words: list[str]) -> Completed:
    return tool.whole("run", "--detach", "--pull=never", "--name", name, *words)


def _remove_ours(tool: Tool, plan: Plan, name: str) -> bool:
    """Removes the container of this name unless it is somebody else's, or serves; whether it is gone."""
    for container in tool.inspect(name):
        ours = deployment_labels(plan).items() <= container.labels.items()
        if not ours or (container.running and container.labels.get(IDENTITY) != plan.identity):
            return False
        tool.remove(container.id)
    return True


def _as_exception(tool: Tool, done: Completed) -> Exception:
    words = done.stderr
    if _PORT_TAKEN.search(words):
        return PortTaken()
    if says_absent(words) and "image" in words.lower():
        return image_gone(tool)
    return engine_problem(tool.name, words) or SlipwayProblem(
        Code.START_FAILED, f"{tool.name} does not start the container: {last_words(words)}."
    )

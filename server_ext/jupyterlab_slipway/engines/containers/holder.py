"""The container that has a deployment's port, and the volume that its releases meet in.

A port is bound when a container is made, and cannot be given to another one. So one that does nothing has it,
and the releases' containers share its network: within it, a new release takes the listening socket over from
the one before, whose run directory it sees in the volume. The volume is in memory: it holds tokens.
"""

from __future__ import annotations

from collections.abc import Mapping

from ...problems import Code, SlipwayProblem
from ..engine import Plan
from ..ports import is_free, port_taken
from .engine_words import says_disk_full
from .image_labels import DEPLOYMENT, HOME, IDENTITY, deployment_labels, release_labels
from .running import (
    PORT_ROLE,
    PORT_WITHIN,
    ROLE,
    RUN,
    USER_ID,
    PortTaken,
    container_name,
    hardened,
    run_detached,
)
from .tool import Container, Tool

_WAIT = 'trap "exit 0" TERM INT; while :; do sleep 3600 & wait $!; done'
_TMPFS = f"uid={USER_ID},gid=0,mode=0770,nosuid,nodev"


def provide_holder(tool: Tool, plan: Plan, image: str) -> Container | None:
    """The container that has the deployment's port, made from `image` where there is none.

    None where somebody else has the port.

    Raises:
        SlipwayProblem: START_FAILED, ENGINE_SILENT, DISK_FULL, UNSUPPORTED.
    """
    for holder in tool.containers({**deployment_labels(plan), ROLE: PORT_ROLE}):
        if holder.running and plan.port in holder.host_ports:
            return holder
        if not holder.running or holder.host_ports:
            remove_unused_holder(tool, holder.id)
    if not is_free(plan.port):
        return None
    publish = ["--publish", f"{plan.host}:{plan.port}:{PORT_WITHIN}"]
    try:
        return _make(tool, plan, image, container_name(plan, "port"), publish)
    except PortTaken:
        return None


def require_holder(tool: Tool, plan: Plan, image: str) -> Container:
    """
    Raises:
        SlipwayProblem: PORT_TAKEN; and what `provide_holder` raises.
    """
    holder = provide_holder(tool, plan, image)
    if holder is None:
        raise port_taken(plan.port)
    return holder


def private_holder(tool: Tool, plan: Plan, image: str) -> Container:
    """One without a port, for a release that has to wait for it."""
    return _make(tool, plan, image, container_name(plan, f"{plan.release}-private"), [])


def remove_unused_holder(tool: Tool, holder: str) -> None:
    """Removes a holder that no container needs."""
    for found in tool.inspect(holder):
        deployment = {name: found.labels.get(name, "") for name in (HOME, DEPLOYMENT)}
        others = tool.containers(deployment)
        if found.labels.get(ROLE) == PORT_ROLE and all(one.network_of != found.id for one in others):
            tool.remove(found.id)
            # images of old releases, which this container was made from and kept
            tool.whole("image", "prune", "--force", *tool.filters(deployment))


def volumes_made_for(tool: Tool, identity: str) -> set[str]:
    """Names of volumes that a release was the first to need."""
    done = tool.call("volume", "ls", "--format", "{{.Name}}", *tool.filters({IDENTITY: identity}))
    return set(tool.require(done, "does not list volumes").stdout.split())


def remove_unused_volume(tool: Tool, volume: str) -> None:
    """Engines refuse where a container has it, and it goes on."""
    tool.whole("volume", "rm", volume)


def mounted(plan: Plan) -> list[str]:
    """Words that mount the deployment's volume."""
    return ["--volume", f"{volume_name(deployment_labels(plan))}:{RUN}"]


def run_dir(identity: str) -> str:
    """A release's directory in the volume."""
    return f"{RUN}/{identity}"


def token_file(identity: str) -> str:
    return f"{run_dir(identity)}/token"


def make_run_dir(tool: Tool, holder: str, identity: str, token: str) -> None:
    """Makes it, with the token in it, for the container's user alone.

    Through standard input: everybody who may ask the engine can read variables and arguments.
    """
    path = run_dir(identity)
    script = f"umask 077 && rm -rf {path} && mkdir {path} && cat > {token_file(identity)}"
    done = tool.whole("exec", "--interactive", holder, "sh", "-c", script, stdin=token)
    if done.code != 0 and says_disk_full(done.stderr):
        raise SlipwayProblem(
            Code.START_FAILED,
            f"The deployment's volume, mounted at {RUN}, is full: a release has written into it, which is "
            "for sockets alone. Stop the deployment with `slipway stop`, which removes the volume, and "
            "deploy again.",
        )
    tool.require(done, "does not prepare the service's directory")


def remove_run_dir(tool: Tool, holder: str, identity: str) -> None:
    """Where the holder goes on without this release."""
    tool.whole("exec", holder, "rm", "-rf", run_dir(identity))


def _make(tool: Tool, plan: Plan, image: str, name: str, publish: list[str]) -> Container:
    _make_volume(tool, plan)
    words = [
        *hardened(tool, plan, PORT_ROLE),
        *mounted(plan),
        *publish,
        "--no-healthcheck",
        *("--entrypoint", "sh", image, "-c", _WAIT),
    ]
    return run_detached(tool, plan, name, words)


def _make_volume(tool: Tool, plan: Plan) -> None:
    labels = deployment_labels(plan)
    name = volume_name(labels)
    if tool.call("volume", "inspect", name).code == 0:
        return
    options = f"{_TMPFS},size=1m" if tool.name == "docker" else _TMPFS  # podman takes it for a disk quota
    words = [
        word for label, value in release_labels(plan).items() for word in ("--label", f"{label}={value}")
    ]
    for option in ("type=tmpfs", "device=tmpfs", f"o={options}"):
        words += ["--opt", option]
    done = tool.whole("volume", "create", *words, name)
    if done.code != 0 and tool.call("volume", "inspect", name).code != 0:
        tool.require(done, "does not make the service's volume")


def volume_name(labels: Mapping[str, str]) -> str:
    """Of the deployment that these labels name. Volumes with one name are one, whosever they are."""
    return f"slipway-{labels[DEPLOYMENT]}-{labels[HOME][:6]}-run"

"""Whether a container engine works here, and what to do where it does not. A few tenths of a second.

What the programs print as JSON: https://docs.docker.com/reference/cli/docker/version/,
https://docs.docker.com/reference/cli/docker/system/info/ and
https://docs.podman.io/en/latest/markdown/podman-info.1.html
"""

from __future__ import annotations

import json
import os
import re
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from ...builder.children import Completed
from ...problems import Code, SlipwayProblem
from ..engine import Diagnosis
from .engine_words import ADD_IDS, engine_problem, last_words, says_silent
from .running import USER_ID
from .tool import Tool

PATIENCE = 15.0
"""Seconds for an answer of a program; one that works needs some tenths, or several on a busy machine."""
KEPT = 5.0
"""Seconds for which a diagnosis holds, so that several who ask at once ask the engine once."""
OLDEST_DOCKER = (20, 10)
"""The first whose builder reads secret mounts without a frontend from a registry."""
OLDEST_PODMAN = (4, 3)
"""The oldest that this was tried with; `build --output` came shortly before."""

_LOCAL = ("", "localhost", "127.0.0.1", "::1")
_GET_DOCKER = "Install Docker Engine with its package docker-buildx-plugin (Debian: docker.io), or use podman"
_GET_PODMAN = "Install the package podman, with uidmap and slirp4netns or passt"
_GET_BUILDX = (
    "Install buildx: the package docker-buildx-plugin (Docker's own packages) or docker-buildx (Debian's, "
    "Ubuntu's), or its binary as ~/.docker/cli-plugins/docker-buildx"
)
_GET_IDS = (
    f"Have an administrator add them (`{ADD_IDS}`), install the package uidmap, then run `podman system "
    "migrate`"
)

_known: dict[tuple[str, ...], tuple[float, Diagnosis]] = {}
_lock = threading.Lock()


class _NotUsable(Exception):
    """Its words say why, and what to do."""


def diagnose(tool: Tool) -> Diagnosis:
    """Raises nothing. Kept for KEPT seconds, unless what it depends on changes."""
    variables = ("PATH", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_CONFIG", "CONTAINER_HOST")
    key = (tool.name, *(os.environ.get(name, "") for name in variables))
    with _lock:
        found = _known.get(key)
        if found is None or time.monotonic() - found[0] > KEPT:
            found = (time.monotonic(), _look(tool))
            _known[key] = found
        return found[1]


def forget() -> None:
    """The next diagnosis looks again."""
    with _lock:
        _known.clear()


def _look(tool: Tool) -> Diagnosis:
    if tool.program is None:
        return Diagnosis(False, f"is not installed. {_GET_DOCKER if tool.name == 'docker' else _GET_PODMAN}.")
    try:
        return Diagnosis(True, _docker(tool) if tool.name == "docker" else _podman(tool))
    except _NotUsable as reason:
        return Diagnosis(False, str(reason))
    except SlipwayProblem as problem:
        if problem.code is Code.ENGINE_SILENT:
            return Diagnosis(False, f"does not answer within {PATIENCE:g} s. Is it about to start, or stuck?")
        return Diagnosis(False, problem.message)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        return Diagnosis(False, f"answers in a way that is not understood ({type(error).__name__}: {error}).")


def _at_once(tool: Tool, *calls: Sequence[str]) -> list[Completed]:
    with ThreadPoolExecutor(len(calls)) as executor:
        return list(executor.map(lambda words: tool.call(*words, timeout=PATIENCE), calls))


# -- docker


def _docker(tool: Tool) -> str:
    (endpoint,) = _at_once(tool, ("context", "inspect", "--format", "{{.Endpoints.docker.Host}}"))
    host = endpoint.stdout.strip()
    if os.environ.get("DOCKER_HOST"):
        _check_local(host, "DOCKER_HOST", "unset DOCKER_HOST")
    else:
        _check_local(host, "Docker's context", "docker context use default")
    version, info, buildx = _at_once(
        tool,
        ("version", "--format", "{{json .}}"),
        ("info", "--format", "{{json .}}"),
        ("buildx", "version"),
    )
    if "emulate docker cli" in version.stderr.lower() or '"APIVersion"' in version.stdout:
        raise _NotUsable("is podman under another name here. Use the engine podman.")
    facts = _json(version)
    server = facts.get("Server")
    if not server:
        raise _NotUsable(_docker_silence(version.stderr, host))
    number = _plain(str(server["Version"]))
    if _numbers(number) < OLDEST_DOCKER:
        raise _NotUsable(
            f"is version {number}; {'.'.join(map(str, OLDEST_DOCKER))} or newer is needed. Upgrade it, or "
            "use podman."
        )
    if server.get("Os", "linux") != "linux":
        raise _NotUsable("runs Windows containers. Switch it to Linux containers.")
    if buildx.code != 0:
        raise _NotUsable(
            f"is version {number} but lacks buildx: its plain builder has no secret mounts. {_GET_BUILDX}."
        )
    known = _json(info) if info.code == 0 else {}
    options = [str(option) for option in known.get("SecurityOptions") or ()]
    rootless = any("name=rootless" in option for option in options)
    found = re.search(r"\bv(\d[\w.-]*)", buildx.stdout)
    words = [
        f"Docker {number}",
        "buildx" if found is None or found.group(1).startswith("0.0.0") else f"buildx {found.group(1)}",
        "rootless" if rootless else "daemon runs as root",
        *_limits_words(docker_limits(known)),
    ]
    return ", ".join(words)


def _docker_silence(words: str, host: str) -> str:
    if "permission denied" in words.lower():
        return (
            f"does not let this user talk to it ({host}). Have an administrator add you to the group docker "
            "(`usermod -aG docker USER`) and log in again, or use rootless Docker or podman. Whoever is in "
            "that group is as good as root on this machine."
        )
    if says_silent(words):
        return (
            f"is installed, but its daemon does not run ({host or 'no socket'}). Start it: `systemctl start "
            "docker`, or Docker Desktop."
        )
    return f"does not work: {last_words(words)}."


# -- podman


def _podman(tool: Tool) -> str:
    chosen = os.environ.get("CONTAINER_HOST", "")
    if chosen:
        _check_local(chosen, "CONTAINER_HOST", "unset CONTAINER_HOST")
    (info,) = _at_once(tool, ("info", "--format", "json"))
    if info.code != 0:
        raise _NotUsable(_podman_silence(info.stderr))
    facts = _json(info)
    host = facts["host"]
    number = _plain(str(facts["version"]["Version"]))
    if _numbers(number) < OLDEST_PODMAN:
        raise _NotUsable(
            f"is version {number}; {'.'.join(map(str, OLDEST_PODMAN))} or newer is needed. Upgrade it, or "
            "use docker."
        )
    if host.get("serviceIsRemote") and not chosen:
        _check_local(
            _default_connection(tool), "podman's default connection", "podman system connection default NAME"
        )
    rootless = bool(host["security"]["rootless"])
    if rootless and not _has_ids(host.get("idMappings") or {}):
        raise _NotUsable(
            f"has no subordinate user ids for this user, which it needs without root. {_GET_IDS}."
        )
    words = [
        f"Podman {number}",
        "rootless" if rootless else "as root",
        *_limits_words(podman_limits(facts)),
    ]
    return ", ".join(words)


def _podman_silence(words: str) -> str:
    if "newuidmap" in words or "newgidmap" in words:
        return (
            "cannot give this user other user ids: newuidmap or newgidmap is missing, or may not do it. "
            "Install the package uidmap (Fedora: shadow-utils), whose programs have to be setuid."
        )
    if re.search(r"cannot clone|user namespaces|max_user_namespaces|unshare", words, re.IGNORECASE):
        return (
            "may not make user namespaces for ordinary users on this machine, which it needs without root. "
            "Have an administrator allow them (sysctl user.max_user_namespaces, "
            "kernel.unprivileged_userns_clone)."
        )
    known = engine_problem("podman", words)
    return known.message if known is not None else f"does not work: {last_words(words)}."


def _default_connection(tool: Tool) -> str:
    """URL of the service that a remote podman talks to."""
    (done,) = _at_once(tool, ("system", "connection", "list", "--format", "json"))
    connections = json.loads(done.stdout or "[]")
    return next((str(one.get("URI", "")) for one in connections if one.get("Default")), "")


def _has_ids(mappings: Mapping[str, Any]) -> bool:
    """Whether there are subordinate ids up to that of the user within containers."""
    kinds = ("uidmap", "gidmap")
    return all(sum(int(part["size"]) for part in mappings.get(kind) or ()) > USER_ID for kind in kinds)


# -- both


def _check_local(url: str, chosen_by: str, command: str) -> None:
    parts = urlsplit(url)
    if parts.scheme in ("", "unix", "npipe", "fd") or (parts.hostname or "") in _LOCAL:
        return
    where = f"{parts.scheme}://{parts.hostname}"
    raise _NotUsable(
        f"is set to run containers on another machine ({where}, by {chosen_by}): services have to run on "
        f"this one. Choose the engine of this machine: `{command}`."
    )


def _json(done: Completed) -> dict[str, Any]:
    found = json.loads(done.stdout or "{}")
    if not isinstance(found, dict):
        raise TypeError("no JSON object")
    return found


def _plain(version: str) -> str:
    """Without what a distribution adds."""
    return version.partition("+")[0]


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", version)[:2])


# -- limits

Limits = frozenset[str]
"""Of `memory`, `cpus` and `pids`: those that the engine can hold a container to."""
ALL_LIMITS: Limits = frozenset({"memory", "cpus", "pids"})


def limits(tool: Tool) -> Limits:
    """
    Raises:
        SlipwayProblem: the engine does not answer.
    """
    done = tool.require(tool.call("info", "--format", "{{json .}}"), "does not tell what it can do")
    try:
        return _LIMITS[tool.name](_json(done))
    except (ValueError, KeyError, TypeError, AttributeError):
        return ALL_LIMITS  # the engine refuses, with words, what it cannot do


def docker_limits(info: Mapping[str, Any]) -> Limits:
    keys = {"memory": "MemoryLimit", "cpus": "CpuCfsQuota", "pids": "PidsLimit"}
    return frozenset(limit for limit, key in keys.items() if info.get(key, True))


def podman_limits(info: Mapping[str, Any]) -> Limits:
    """Without root it has the control groups' controllers that the system gives this user, if any."""
    host = info["host"]
    if not host["security"]["rootless"]:
        return ALL_LIMITS
    if host.get("cgroupVersion") != "v2":
        return frozenset()
    controllers = host.get("cgroupControllers") or ()
    names = {"memory": "memory", "cpus": "cpu", "pids": "pids"}
    return frozenset(limit for limit, name in names.items() if name in controllers)


_LIMITS: dict[str, Callable[[Mapping[str, Any]], Limits]] = {"docker": docker_limits, "podman": podman_limits}


def _limits_words(found: Limits) -> list[str]:
    if found == ALL_LIMITS:
        return []
    lacking = limit_names(ALL_LIMITS - found)
    return [f"no limits of {lacking} (the system delegates no control groups for them)"]


def limit_names(found: Limits) -> str:
    names = {"cpus": "processors", "memory": "memory", "pids": "processes"}
    return ", ".join(names[limit] for limit in sorted(found))

"""What engines say while they send an image to a registry, or fetch one.

Of each layer, and why it failed; the registry's own words come through:
https://distribution.github.io/distribution/spec/api/#errors-2
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from ...builder.uv import without_credentials
from ...problems import Code, SlipwayProblem
from .engine_words import engine_problem, last_words, says_disk_full
from .references import RegistryReference

LayerStatus = Literal["begun", "sent", "fetched", "there", "again"]
"""`there`: where it goes to, it was already; `again`: it could not be sent, and is tried once more."""

_DOCKER = re.compile(
    r"([0-9a-f]{12}): (Preparing|Pushed|Layer already exists|Mounted from .*|Retrying in [0-9]+ seconds?"
    r"|Pulling fs layer|Pull complete|Already exists)"
)
_DOCKERS: dict[str, LayerStatus] = {
    "Preparing": "begun",
    "Pushed": "sent",
    "Retrying": "again",
    "Pulling": "begun",
    "Pull": "fetched",
}
_PODMAN = re.compile(r"Copying blob (?:sha256:)?([0-9a-f]{12})[0-9a-f]*( .*already exists.*)?")
_DIGEST = re.compile(r"digest: (sha256:[0-9a-f]{64}) size: ")

_CERTIFICATE = re.compile(
    r"x509:|certificate|tls: (?!.*timeout)|server gave HTTP response to HTTPS", re.IGNORECASE
)
_WANTS_LOGIN = re.compile(
    r"unauthorized|authentication required|no basic auth credentials|invalid username/password|status: 401"
    r"|\b401\b|incorrect username or password",
    re.IGNORECASE,
)
_DENIED = re.compile(r"denied|forbidden|status: 403|\b403\b|insufficient_scope", re.IGNORECASE)
_UNKNOWN = re.compile(
    r"name unknown|name_unknown|repository name not known|repository .*not found|\b404\b|project .* not found"
    r"|manifest unknown",
    re.IGNORECASE,
)
_TOO_LARGE = re.compile(r"\b413\b|request entity too large|size (?:limit|exceed)", re.IGNORECASE)
_FULL = re.compile(
    r"\b507\b|insufficient storage|no space left|quota|storage .*(?:full|limit)|disk .*full", re.IGNORECASE
)
_BUSY = re.compile(r"\b429\b|toomanyrequests|too many requests", re.IGNORECASE)
_SERVER = re.compile(
    r"\b50[0-4]\b|internal server error|bad gateway|service unavailable|gateway timeout"
    r"|unknown: unknown error|blob upload (?:unknown|invalid)|upload resumed at wrong offset",
    re.IGNORECASE,
)
_LOST = re.compile(
    r"\bEOF\b|connection reset|broken pipe|use of closed network connection|connection was forcibly closed"
    r"|client\.timeout|unexpected end|transport connection broken|server closed idle connection"
    r"|http2: .*(?:closed|lost|GOAWAY)",
    re.IGNORECASE,
)
_UNREACHABLE = re.compile(
    r"connection refused|no such host|i/o timeout|no route to host|network is unreachable"
    r"|TLS handshake timeout|context deadline exceeded|server misbehaving|dial tcp|name resolution"
    r"|proxyconnect",
    re.IGNORECASE,
)
_ASKED_REGISTRY = re.compile(
    r'\b(?:Get|Head|Post|Put|Patch) "?https?://|pinging container registry', re.IGNORECASE
)
_QUERY = re.compile(r"(https?://[^\s\"?]+)\?[^\s\"]*")


@dataclass(frozen=True)
class Layer:
    """What came of a layer."""

    id: str
    """12 hexadecimal digits: Docker's of the layer unpacked, Podman's of it as it is sent."""
    status: LayerStatus


def read_layer(line: str) -> Layer | None:
    """What a line of an engine says of a layer; None where it is about something else."""
    docker = _DOCKER.match(line)
    if docker is not None:
        word = docker.group(2).partition(" ")[0]
        return Layer(docker.group(1), _DOCKERS.get(word, "there"))
    podman = _PODMAN.match(line)
    if podman is not None:
        return Layer(podman.group(1), "there" if podman.group(2) else "begun")
    return None


def read_digest(words: str) -> str | None:
    """The digest that Docker tells at the end."""
    found = _DIGEST.findall(words)
    return found[-1] if found else None


def registry_problem(engine: str, reference: RegistryReference, words: str) -> SlipwayProblem:
    """Why an image did not get to a registry, or from there. `words` are the engine's."""
    host, name = reference.registry, reference.name
    words = "\n".join(line for line in words.splitlines() if not _is_progress(line.strip()))
    said = _last_said(words)
    asked = _ASKED_REGISTRY.search(words) is not None or host in words
    words = _without_names(words, reference)
    if _CERTIFICATE.search(words):
        return SlipwayProblem(
            Code.REGISTRY_UNREACHABLE,
            f"{engine} does not trust the connection to the registry {host}: {said}. Have the engine trust "
            f"its certificate (a file ca.crt in certs.d/{host}), or the registry speak TLS; without, engines "
            "take only one on this machine.",
        )
    if _FULL.search(words) and not _is_local_disk(words):
        return SlipwayProblem(
            Code.REGISTRY_FAILED,
            f"The registry {host} has no room for the image: {said}. Have its owner free space or raise the "
            "quota, then push again; the layers that it has already are not sent twice.",
        )
    if _TOO_LARGE.search(words):
        return SlipwayProblem(
            Code.REGISTRY_FAILED,
            f"The registry {host}, or a proxy before it, takes no layer of that size: {said}. Have its owner "
            "raise the limit.",
        )
    if _WANTS_LOGIN.search(words):
        return SlipwayProblem(
            Code.REGISTRY_REFUSES,
            f"The registry {host} wants credentials, or does not know those that {engine} has. "
            f"Run `{engine} login {host}`, then try again.",
        )
    if _DENIED.search(words):
        return SlipwayProblem(
            Code.REGISTRY_REFUSES,
            f"The registry {host} does not let you do this with {name}: {said}. Run `{engine} login {host}` "
            "with an account that may, or correct the name.",
        )
    if _BUSY.search(words):
        return SlipwayProblem(
            Code.REGISTRY_FAILED,
            f"The registry {host} was asked too often, and wants you to wait: {said}. Try again later, or "
            f"log in (`{engine} login {host}`), which raises the limit at many.",
        )
    if _UNKNOWN.search(words):
        return SlipwayProblem(
            Code.REGISTRY_REFUSES,
            f"The registry {host} knows no {reference.repository}: {said}. Correct the name, or make the "
            "repository there first, where the registry does not make it by itself.",
        )
    if _SERVER.search(words):
        return SlipwayProblem(
            Code.REGISTRY_FAILED,
            f"The registry {host} made an error: {said}. Try again later; its owner finds more in its log.",
        )
    if _UNREACHABLE.search(words) and (asked or "dial tcp" in words):
        return SlipwayProblem(
            Code.REGISTRY_UNREACHABLE,
            f"The registry {host} does not answer: {said}. Check its name, the network, and the proxy that "
            f"{engine} itself uses.",
        )
    if _LOST.search(words) and (asked or engine == "podman"):
        return lost(engine, reference, said)
    known = engine_problem(engine, words)
    if known is not None:
        return known
    if _LOST.search(words):
        return lost(engine, reference, said)
    return SlipwayProblem(
        Code.REGISTRY_FAILED, f"{engine} and the registry {host} did not get it done: {said}. Try again."
    )


def lost(engine: str, reference: RegistryReference, said: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.REGISTRY_FAILED,
        f"The connection to the registry {reference.registry} was lost midway, and {engine} has given up: "
        f"{said}. Do it again: layers that are there already are not sent twice.",
    )


def _without_names(words: str, reference: RegistryReference) -> str:
    """A name may look like a reason: team/denied, registry-500."""
    names = [reference.name, f"v2/{reference.repository}", reference.registry]
    if "/" in reference.repository:  # a word alone may be a reason
        names.append(reference.repository)
    pattern = "|".join(re.escape(name) for name in names)
    return re.sub(rf"(?<![\w.-])(?:{pattern})(?![\w-])", "…", words)


def _is_progress(line: str) -> bool:
    return read_layer(line) is not None or line.startswith("The push refers to repository")


def _is_local_disk(words: str) -> bool:
    """A full disk of this machine, which names a path of it."""
    return says_disk_full(words) and re.search(r"(?:write|mkdir|open|copy|sync) /", words) is not None


def _last_said(words: str) -> str:
    """What was said last; without queries, which may hold what only the registry is to know."""
    return last_words(_QUERY.sub(r"\1", without_credentials(words)))

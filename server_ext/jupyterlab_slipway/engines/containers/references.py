"""Names that reach an engine's command line: of images and of Debian packages."""

from __future__ import annotations

import re
from dataclasses import dataclass

from slipway_runtime.ports import is_port

from ...problems import Code, SlipwayProblem

_COMPONENT = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_DOMAIN = rf"{_LABEL}(?:\.{_LABEL})*(?::[0-9]{{1,5}})?"
_IMAGE = re.compile(
    rf"(?:{_DOMAIN}/)?{_COMPONENT}(?:/{_COMPONENT})*(?::[A-Za-z0-9_][A-Za-z0-9_.-]{{0,127}})?"
    r"(?:@sha256:[0-9a-f]{64})?",
    re.ASCII,
)
"""https://github.com/distribution/reference/blob/main/reference.go"""
_REPOSITORY = re.compile(rf"{_COMPONENT}(?:/{_COMPONENT})*", re.ASCII)
_REGISTRY = re.compile(_DOMAIN, re.ASCII)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}", re.ASCII)
_LONGEST_IMAGE = 255
_DOCKER_HUB = ("docker.io", "index.docker.io")
"""It has two names."""
_PACKAGE = re.compile(r"[a-z0-9][a-z0-9+.-]+", re.ASCII)
"""https://www.debian.org/doc/debian-policy/ch-controlfields.html#source"""
_LONGEST_PACKAGE = 128


EXAMPLE = "registry.example/team/model:1.0"


@dataclass(frozen=True)
class RegistryReference:
    """An image in a registry."""

    registry: str
    """Host, perhaps with a port."""
    repository: str
    tag: str | None = None
    digest: str | None = None

    @property
    def name(self) -> str:
        """Without tag and digest."""
        return f"{self.registry}/{self.repository}"

    @property
    def text(self) -> str:
        tag = "" if self.tag is None else f":{self.tag}"
        return f"{self.name}{tag}" if self.digest is None else f"{self.name}{tag}@{self.digest}"

    @property
    def is_local(self) -> bool:
        """On this machine, where engines may do without TLS."""
        host = self.registry.partition(":")[0]
        return host == "localhost" or re.fullmatch(r"127(\.[0-9]{1,3}){3}", host) is not None


def parse_registry_reference(text: str) -> RegistryReference:
    """
    Raises:
        SlipwayProblem: IMAGE_NAME; what was given is not repeated where it may hold a password.
    """
    if "://" in text:
        raise _no_name(
            f"A registry is named without a scheme: leave out {text.partition('://')[0][:20] + '://'!r}"
        )
    name, at, digest = text.partition("@")
    if at and _DIGEST.fullmatch(digest) is None:
        if digest.startswith("sha256:"):
            raise _no_name(f"{digest[:90]!r} is no digest: sha256: and 64 hexadecimal digits, in lower case")
        raise _no_name(
            "A name with an @ in it: credentials do not belong there. Log in once, with the engine's own "
            "`login`"
        )
    registry, slash, rest = name.partition("/")
    repository, colon, tag = rest.partition(":")
    shown = ascii(name)[:120]
    if not slash or not _is_registry(registry):
        raise _no_name(
            f"{shown} names no registry. Docker Hub's is docker.io, as in docker.io/USER/{_last(name)}"
        )
    if _REGISTRY.fullmatch(registry) is None or not _is_port(registry):
        raise _no_name(f"{ascii(registry)[:80]} is no registry: a host, perhaps with a port")
    if _REPOSITORY.fullmatch(repository) is None:
        if _REPOSITORY.fullmatch(repository.lower()) is not None:
            raise _no_name(f"{shown} has capital letters, which no repository may have")
        raise _no_name(f"{shown} names no repository: lower-case names divided by slashes")
    if len(f"{registry}/{repository}") > _LONGEST_IMAGE:
        raise _no_name(f"{shown} is too long: {_LONGEST_IMAGE} characters are the most")
    if colon and _TAG.fullmatch(tag) is None:
        raise _no_name(f"{ascii(tag)[:140]} is no tag: letters, digits and _.-, at most 128")
    return RegistryReference(registry, repository, tag if colon else None, digest if at else None)


def parse_destination(text: str) -> RegistryReference:
    """Where an image is pushed to. Raises SlipwayProblem, as `parse_registry_reference`."""
    found = parse_registry_reference(text)
    if found.digest is not None:
        raise _no_name(
            "A digest is what the registry answers, and cannot be chosen. Leave it out; a tag, after a "
            "colon, can be"
        )
    return found


def full_name(name: str) -> str:
    """The name of a repository of images as registries have it: Docker shortens those of Docker Hub.

    https://github.com/distribution/reference/blob/main/normalize.go
    """
    registry, slash, rest = name.partition("/")
    if not slash or not _is_registry(registry):
        registry, rest = _DOCKER_HUB[0], name
    if registry in _DOCKER_HUB:
        return f"{_DOCKER_HUB[0]}/{rest if '/' in rest else f'library/{rest}'}"
    return name


def _is_registry(first: str) -> bool:
    """Whether the part before a name's first slash is a registry."""
    return first == "localhost" or "." in first or ":" in first


def _is_port(registry: str) -> bool:
    port = registry.partition(":")[2]
    return not port or is_port(int(port))


def _last(name: str) -> str:
    last = name.rpartition("/")[2].lower()
    return last if re.fullmatch(rf"{_COMPONENT}(:[\w.-]+)?", last, re.ASCII) else "model"


def _no_name(words: str) -> SlipwayProblem:
    return SlipwayProblem(Code.IMAGE_NAME, f"{words}. An image is named as in {EXAMPLE}.")


def check_image(text: str) -> str:
    """The name of an image itself. Raises ValueError."""
    if len(text) > _LONGEST_IMAGE or _IMAGE.fullmatch(text) is None:
        raise ValueError(
            f"{text[:100]!r} is no name of an image: lower-case names divided by slashes, perhaps with a "
            "registry before and a tag or digest after them, as in registry.example:5000/team/python:3.11"
        )
    return text


def check_system_package(text: str) -> str:
    """The name of a Debian package itself. Raises ValueError."""
    if len(text) > _LONGEST_PACKAGE or _PACKAGE.fullmatch(text) is None:
        raise ValueError(
            f"{text[:100]!r} is no name of a Debian package: lower-case letters, digits, + . and -, as in "
            "libgomp1"
        )
    return text

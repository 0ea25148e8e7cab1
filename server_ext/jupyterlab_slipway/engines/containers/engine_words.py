"""What the words of a container engine mean that did not do what it was asked: problems with sentences."""

from __future__ import annotations

import re

from ...builder.uv import without_credentials
from ...problems import Code, SlipwayProblem
from .settings import BASE_IMAGES, SYSTEM_PACKAGES

_SILENT = re.compile(
    r"cannot connect to the docker daemon|is the docker daemon running|error during connect"
    r"|dial unix \S+: connect: |use of closed network connection|unexpected EOF"
    r"|error reading from server: EOF"
    r"|rpc error: code = Unavailable|transport is closing|cannot connect to podman",
    re.IGNORECASE,
)
_DISK_FULL = re.compile(r"no space left on device|disk quota exceeded|ENOSPC", re.IGNORECASE)
_NO_IMAGE = re.compile(
    r"manifest unknown|manifest for .* not found|not found: manifest|repository does not exist|name unknown"
    r"|no such image|pull access denied|: not found$|image not known"
    r"|requested access to the resource is denied",
    re.IGNORECASE | re.MULTILINE,
)
_REFUSED = re.compile(r"unauthorized|authentication required|access denied|denied:", re.IGNORECASE)
_ASKS_REGISTRY = re.compile(r"\b(Get|Head) \"https?://|pinging container registry|initializing source")
_UNREACHABLE = re.compile(
    r"connection refused|connection reset by peer|pinging container registry|"
    r"no such host|i/o timeout|dial tcp|TLS handshake timeout|network is unreachable|server misbehaving"
    r"|certificate signed by unknown authority|context deadline exceeded|failed to do request",
    re.IGNORECASE,
)
_NO_MOUNTS = re.compile(r"the --mount option requires BuildKit|unknown flag: mount|unknown flag: --secret")
_NO_PACKAGE = re.compile(r"Unable to locate package (\S+)")
_KILLED = re.compile(r"exit code: 137|exit status 137|signal: killed", re.IGNORECASE)
_SUBIDS = re.compile(
    r"no subuid ranges|cannot find UID/GID|potentially insufficient UIDs|newuidmap|newgidmap", re.IGNORECASE
)


ADD_IDS = "usermod --add-subuids 100000-165535 --add-subgids 100000-165535 USER"
"""Gives a user subordinate ids."""


def says_disk_full(words: str) -> bool:
    return _DISK_FULL.search(words) is not None


def says_silent(words: str) -> bool:
    return _SILENT.search(words) is not None


def silent(engine: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.ENGINE_SILENT,
        f"{engine} does not answer, or ended while it was needed. Start it (`slipway engines` says what it "
        "lacks), then deploy again; a release that served goes on, or is found again, once it is back.",
    )


def engine_problem(engine: str, words: str) -> SlipwayProblem | None:
    """What is wrong with the engine or its machine whatever it was asked; None where it is something else."""
    if says_disk_full(words):
        return SlipwayProblem(
            Code.DISK_FULL,
            f"The disk on which {engine} keeps its images is full. Free space: `{engine} system df` shows "
            f"what there is, `{engine} system prune` removes what nothing uses.",
        )
    if _SUBIDS.search(words):
        return SlipwayProblem(
            Code.UNSUPPORTED,
            f"{engine} has no subordinate user ids for this user, which it needs to run without root. Have "
            f"an administrator add them: `{ADD_IDS}`, with the package uidmap installed.",
        )
    if says_silent(words):
        return silent(engine)
    return None


def image_problem(engine: str, reference: str, words: str) -> SlipwayProblem:
    """Why an image cannot be had."""
    known = None if _ASKS_REGISTRY.search(words) else engine_problem(engine, words)
    if known is not None:
        return known
    if _UNREACHABLE.search(words):
        why = "its registry does not answer"
        advice = (
            "Check the network and the proxy that the engine itself uses, or name an image that is at hand "
            f"in {BASE_IMAGES}"
        )
    elif _REFUSED.search(words) and not _NO_IMAGE.search(words):
        why = "its registry wants credentials"
        advice = f"Log in (`{engine} login`)"
    elif _NO_IMAGE.search(words) or _REFUSED.search(words):
        why = "there is none of that name, or it may not be read"
        advice = f"Correct {BASE_IMAGES}, or log in (`{engine} login`)"
    else:
        why = last_words(words)
        advice = "The log has the details"
    return SlipwayProblem(Code.BASE_IMAGE, f"The base image {reference} cannot be had: {why}. {advice}.")


def build_problem(engine: str, images: tuple[str, ...], words: str) -> SlipwayProblem:
    """Why an image build failed that did not say so itself. `images` are those that it builds on."""
    known = None if _ASKS_REGISTRY.search(words) else engine_problem(engine, words)
    if known is not None:
        return known
    if _NO_MOUNTS.search(words):
        return SlipwayProblem(
            Code.UNSUPPORTED,
            f"This {engine} builds without BuildKit, which has no secret mounts. Install buildx (the package "
            "docker-buildx-plugin or docker-buildx).",
        )
    unknown = _NO_PACKAGE.search(words)
    if unknown is not None:
        return SlipwayProblem(
            Code.IMAGE_BUILD,
            f"{SYSTEM_PACKAGES} names {unknown.group(1)}, and the base image's distribution has no package "
            "of that name. Correct it.",
        )
    if _KILLED.search(words):
        return SlipwayProblem(
            Code.KERNEL_DIED,
            "The build was killed within the image: most likely it ran out of memory. Give the engine more, "
            "or train with less data.",
        )
    about_images = [image for image in images if image in words]
    if about_images and (_NO_IMAGE.search(words) or _UNREACHABLE.search(words) or _REFUSED.search(words)):
        return image_problem(engine, about_images[0], words)
    return SlipwayProblem(
        Code.IMAGE_BUILD,
        f"{engine} does not build the image: {last_words(words)}. The log of this phase has the details.",
    )


def last_words(text: str) -> str:
    """The line that says most: the last error, else the last line."""
    lines = [line.strip() for line in without_credentials(text).splitlines() if line.strip()]
    errors = [line for line in lines if re.match(r"(#\d+ )?(error|Error)\b", line)]
    chosen = re.sub(r"[\x00-\x1f\x7f]+", " ", (errors or lines or ["it gave no reason"])[-1])
    return re.sub(r"^(#\d+ )?(error|Error):? ?(response from daemon: )?", "", chosen)[:300].rstrip(".")

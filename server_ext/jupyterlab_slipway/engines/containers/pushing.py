"""Sends a release's image to a registry, with the engine's own command and credentials.

Docker sends what has a name, so the image gets the registry's for as long as that takes; Podman sends any
image under any name. What the image is called here is the same afterwards, whatever happens.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from ...builder.scratch import scratch_directory
from ...problems import Code, SlipwayProblem
from .references import RegistryReference
from .registry_words import read_digest, registry_problem
from .tool import Tool
from .transfers import Tell, transfer, without_tls

_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def push_image(tool: Tool, image: str, destination: RegistryReference, tell: Tell) -> str:
    """The digest under which the registry has the image now: `sha256:…`. `destination` has a tag.

    Raises:
        SlipwayProblem: REGISTRY_REFUSES, REGISTRY_UNREACHABLE, REGISTRY_FAILED, and what is wrong with the
            engine.
    """
    if tool.name == "podman":
        with scratch_directory() as scratch:
            told = scratch / "digest"
            words = ["push", "--digestfile", str(told), *without_tls(tool, destination)]
            _push(tool, [*words, image, f"docker://{destination.text}"], destination, tell)
            digest = told.read_text(encoding="ascii").strip() if told.is_file() else ""
    else:
        with _named(tool, image, destination):
            said = _push(tool, ["push", destination.text], destination, tell)
        digest = read_digest(said) or ""
    if _DIGEST.fullmatch(digest) is None:
        raise SlipwayProblem(
            Code.REGISTRY_FAILED,
            f"{tool.name} says that {destination.text} was sent, but not under which digest. Push again.",
        )
    return digest


def _push(tool: Tool, words: list[str], destination: RegistryReference, tell: Tell) -> str:
    """What the engine said."""
    code, said = transfer(tool, words, tell)
    if code != 0:
        raise registry_problem(tool.name, destination, said)
    return said


@contextmanager
def _named(tool: Tool, image: str, destination: RegistryReference) -> Iterator[None]:
    """While it lasts, the image has that name; afterwards the name is whose it was before."""
    name = destination.text
    names = _names(tool, image)
    before = tool.image_id(name)
    try:
        tool.require(tool.whole("tag", image, name), f"does not name the image {name}")
        yield
    finally:
        if before is not None and before != image:
            tool.whole("tag", before, name)
        elif before is None and names:  # without another one, it would go with this name
            tool.whole("image", "rm", "--no-prune", name)


def _names(tool: Tool, image: str) -> list[str]:
    done = tool.call("image", "inspect", "--format", '{{join .RepoTags "\\n"}}', image)
    return done.stdout.split() if done.code == 0 else []

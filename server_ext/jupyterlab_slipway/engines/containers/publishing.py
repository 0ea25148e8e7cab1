"""Sends a release's image to a registry, with the engine's own command and credentials.

Docker sends what has a name, so the image gets the registry's for as long as that takes; Podman sends any
image under any name. What the image is called here is the same afterwards, whatever happens.
"""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from ...builder.children import child, start
from ...builder.scratch import scratch_directory
from ...problems import Code, SlipwayProblem
from .push_words import Layer, read_digest, read_layer, registry_problem
from .references import RegistryReference
from .tool import Tool

_REMEMBERED = 200
"""Lines in which the reason of a failure is looked for."""
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")

Tell = Callable[[Layer], None]


def push_image(tool: Tool, image: str, destination: RegistryReference, tell: Tell) -> str:
    """The digest under which the registry has the image now: `sha256:…`. `destination` has a tag.

    Raises:
        SlipwayProblem: REGISTRY_REFUSES, REGISTRY_UNREACHABLE, REGISTRY_FAILED, and what is wrong with the
            engine.
    """
    if tool.name == "podman":
        with scratch_directory(_podmans_temporary()) as scratch:
            told = scratch / "digest"
            words = ["push", "--digestfile", str(told), *_without_tls(destination)]
            words += [image, f"docker://{destination.text}"]
            _run(tool, words, {"TMPDIR": str(scratch)}, destination, tell)
            digest = told.read_text(encoding="ascii").strip() if told.is_file() else ""
    else:
        with _named(tool, image, destination):
            said = _run(tool, ["push", destination.text], {}, destination, tell)
        digest = read_digest(said) or ""
    if _DIGEST.fullmatch(digest) is None:
        raise SlipwayProblem(
            Code.REGISTRY_FAILED,
            f"{tool.name} says that {destination.text} was sent, but not under which digest. Push again.",
        )
    return digest


def _podmans_temporary() -> Path | None:
    """Where Podman packs layers before it sends them, which it leaves there when it is interrupted."""
    given = Path(os.environ.get("TMPDIR") or "/var/tmp")  # noqa: S108  its own default
    return given if os.access(given, os.W_OK | os.X_OK) else None


def _without_tls(destination: RegistryReference) -> list[str]:
    """Docker finds out by itself what it may do on this machine."""
    return ["--tls-verify=false"] if destination.is_local else []


def _run(
    tool: Tool, words: list[str], variables: Mapping[str, str], destination: RegistryReference, tell: Tell
) -> str:
    """What the engine said. Whatever happens, its client has ended, which makes it give up."""
    last: deque[str] = deque(maxlen=_REMEMBERED)
    told: dict[str, str] = {}
    process = start(
        tool.argv(*words), env={**tool.environment(), **variables}, cwd=Path("/"), stderr=subprocess.STDOUT
    )
    with child(process):
        assert process.stdout is not None
        for raw in process.stdout:
            line = raw.decode("utf-8", "replace")
            last.append(line)
            layer = read_layer(line.strip())
            if layer is not None and told.get(layer.id) != layer.status:  # Docker counts seconds down
                told[layer.id] = layer.status
                tell(layer)
        code = process.wait()
    if code != 0:
        raise registry_problem(tool.name, destination, "".join(last))
    return "".join(last)


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

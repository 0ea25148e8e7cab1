"""Runs what moves an image between an engine and a registry, with the engine's own credentials."""

from __future__ import annotations

import os
import subprocess
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from ...builder.children import child, start
from ...builder.scratch import scratch_directory
from .references import RegistryReference
from .registry_words import Layer, read_layer
from .tool import Tool

_REMEMBERED = 200
"""Lines in which the reason of a failure is looked for."""

Tell = Callable[[Layer], None]
"""Gets each layer when something new is known of it."""


def transfer(tool: Tool, words: Sequence[str], tell: Tell) -> tuple[int, str]:
    """The exit code of the engine's command, and what it said last.

    Whatever happens, the engine's client has ended, which makes it give up, and left no file.
    """
    last: deque[str] = deque(maxlen=_REMEMBERED)
    told: dict[str, str] = {}
    with _temporary(tool) as variables:
        process = start(
            tool.argv(*words),
            env={**tool.environment(), **variables},
            cwd=Path("/"),
            stderr=subprocess.STDOUT,
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
            return process.wait(), "".join(last)


def without_tls(tool: Tool, reference: RegistryReference) -> list[str]:
    """Options for registries on this machine, which have no certificates. Docker finds that out by itself."""
    return ["--tls-verify=false"] if tool.name == "podman" and reference.is_local else []


@contextmanager
def _temporary(tool: Tool) -> Iterator[dict[str, str]]:
    """Podman packs and unpacks layers in files, which it leaves where it is interrupted."""
    if tool.name != "podman":
        yield {}
        return
    given = Path(os.environ.get("TMPDIR") or "/var/tmp")  # noqa: S108  its own default
    usable = os.access(given, os.W_OK | os.X_OK)
    with scratch_directory(given if usable else None) as scratch:
        yield {"TMPDIR": str(scratch)}

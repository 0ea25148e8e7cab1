"""The Pythons that base images provide, and whether an image holds what it is meant to hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...builder.interpreters import PROBE, Interpreter
from ...builder.progress import Progress
from ...json_files import read_json, write_json
from ...problems import Code, SlipwayProblem
from ...wire import Phase
from .engine_words import engine_problem, image_problem
from .settings import BASE_IMAGES, OLDEST_OF_OURS, TOOLS_IMAGE, Minor
from .tool import Tool

_PROBE_TIMEOUT = 120.0
_PULL_TIMEOUT = 3600.0
MACHINES = {"amd64": "x86_64", "arm64": "aarch64"}
"""Names of architectures: Linux's and uv's, by Go's."""


@dataclass(frozen=True)
class ImagePython(Interpreter):
    """One that is in an image; of its version only the minor one is known."""

    image: str

    @property
    def target(self) -> list[str]:
        return ["--python-version", self.short, "--python-platform", f"{self.machine}-unknown-linux-gnu"]

    @property
    def is_here(self) -> bool:
        return False


class ImagePythons:
    """Those of the base images (`builder.interpreters.Pythons`)."""

    where = "among the base images"
    advice = f"name an image with a Python that it supports in {BASE_IMAGES}"

    def __init__(self, images: Mapping[Minor, str], architecture: str) -> None:
        """`architecture` is the engine's, as Go names it.

        Raises:
            SlipwayProblem: UNSUPPORTED.
        """
        if architecture not in MACHINES:
            raise SlipwayProblem(
                Code.UNSUPPORTED,
                f"The container engine runs on {architecture}, for which few packages have wheels. "
                f"What works is {' and '.join(MACHINES)}.",
            )
        self._machine = MACHINES[architecture]
        self._images = dict(images)

    def newest_first(self) -> tuple[ImagePython, ...]:
        return tuple(self._python(minor) for minor in sorted(self._images, reverse=True))

    def fingerprint(self) -> Any:
        return [self._machine, sorted((list(minor), image) for minor, image in self._images.items())]

    def revived(self, facts: dict[str, Any]) -> Interpreter | None:
        minor = tuple(int(part) for part in facts["version"].split("."))
        return self._python((minor[0], minor[1])) if minor in self._images else None

    def _python(self, minor: Minor) -> ImagePython:
        return ImagePython(
            path=Path("python"),
            version=f"{minor[0]}.{minor[1]}",
            implementation="cpython",
            platform="linux",
            machine=self._machine,
            image=self._images[minor],
        )


@dataclass(frozen=True)
class BaseImage:
    """An image that was looked into."""

    reference: str
    id: str
    """The digest of its configuration."""
    version: str
    """Of its Python, complete."""


def look_into(
    tool: Tool,
    reference: str,
    minor: Minor | None,
    progress: Progress,
    phase: Phase,
    kept: Path | None = None,
) -> BaseImage:
    """Fetches an image where it is not here, and makes sure that it holds CPython of that version, on glibc.

    Without `minor` any version will do that runs the builder and the HTTP server. What an image says of
    itself is remembered in the directory `kept`: to ask takes a container.

    Raises:
        SlipwayProblem: BASE_IMAGE, ENGINE_SILENT.
    """
    identifier = tool.image_id(reference)
    if identifier is None:
        progress.output(phase, f"Fetching the base image {reference}.\n")
        done = tool.call(
            "pull", reference, timeout=_PULL_TIMEOUT, on_line=lambda line: progress.output(phase, line)
        )
        identifier = tool.image_id(reference) if done.code == 0 else None
        if identifier is None:
            raise image_problem(tool.name, reference, done.stderr)
    wanted = "python3" if minor is None else "python{}.{}".format(*minor)
    variable = TOOLS_IMAGE if minor is None else BASE_IMAGES
    facts = _facts(tool, reference, identifier, wanted, variable, kept)
    version = facts["version"]
    found = tuple(int(part) for part in version.split(".")[:2])
    fits = found >= OLDEST_OF_OURS if minor is None else found == minor
    if not fits or facts["implementation"] != "cpython":
        meant = "3.11 or newer" if minor is None else "{}.{}".format(*minor)
        raise SlipwayProblem(
            Code.BASE_IMAGE,
            f"The base image {reference} is meant to hold CPython {meant}, and its {wanted} is "
            f"{facts['implementation']} {version}. Correct {variable}.",
        )
    if facts["libc"] != "glibc":
        raise SlipwayProblem(
            Code.BASE_IMAGE,
            f"The base image {reference} is not built on glibc (Alpine's musl, perhaps), for which packages "
            f"have wheels. Name one on Debian, Ubuntu or Fedora in {variable}: `slim`, not `alpine`.",
        )
    return BaseImage(reference, identifier, version)


def _facts(
    tool: Tool, reference: str, identifier: str, wanted: str, variable: str, kept: Path | None
) -> dict[str, str]:
    """`version`, `implementation` and `libc` of the image's Python, as PROBE prints them."""
    key = hashlib.sha256(f"{tool.name} {identifier} {wanted}".encode()).hexdigest()[:32]
    file = kept / f"base-{key}.image" if kept is not None else None
    facts = _of_python(read_json(file)) if file is not None else None
    if facts is not None:
        return facts
    command = ["run", "--rm", "--network", "none", "--entrypoint", wanted, reference]
    done = tool.call(*command, "-I", "-c", PROBE, timeout=_PROBE_TIMEOUT)
    with suppress(ValueError):
        facts = _of_python(json.loads(done.stdout))
    if facts is None:
        known = engine_problem(tool.name, done.stderr)
        raise known or SlipwayProblem(
            Code.BASE_IMAGE,
            f"The base image {reference} has no {wanted} that runs ({_last_line(done.stderr)}). Name an "
            f"image with that Python, for glibc, in {variable}.",
        )
    if file is not None:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_json(file, facts)
    return facts


def _of_python(facts: Any) -> dict[str, str] | None:
    names = ("version", "implementation", "libc")
    if not isinstance(facts, dict) or not all(isinstance(facts.get(name), str) for name in names):
        return None
    return {name: facts[name] for name in names}


def _last_line(text: str) -> str:
    lines = [line.strip() for line in text.splitlines() if line.strip() and "--help" not in line]
    return lines[-1][:200] if lines else "it said nothing"

"""Fetches an image that Slipway made from a registry, with the engine's own command and credentials.

What was fetched loses the registry's name again, whatever happens, unless it is to be kept under it: a
release has an image with a name of its own. What had the name before gets it back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

from slipway_runtime.bundle import BundleError, Manifest

from ...builder.scratch import scratch_directory
from ...problems import Code, SlipwayProblem
from .bundle_out import checked_manifest, copy_bundle
from .deriving import never_started
from .image_labels import BUNDLE_DIGEST, DEPLOYMENT, VERSION
from .naming import printable, shown
from .references import RegistryReference, full_name
from .registry_words import registry_problem
from .tool import Tool
from .transfers import Tell, transfer, without_tls

DEFAULT_TAG = "latest"
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
_NOT_THERE = re.compile(
    r"manifest unknown|manifest for .* not found|name unknown|not known to registry"
    r"|reading manifest .*\b404\b|repository .*not found",
    re.IGNORECASE,
)
_OTHER_MACHINE = re.compile(
    r"no matching manifest for|no image found in (?:image index|manifest list) for"
    r"|does not match the (?:host|specified)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Fetched:
    """An image of a service, which came from a registry."""

    reference: str
    """With its digest: `registry/repository@sha256:…`."""
    repository: str
    """`registry/repository`"""
    image: str
    """Its id in the engine."""
    size: int
    """Bytes, with all layers."""
    bundle: Path
    """A copy, which may be taken."""
    manifest: Manifest
    deployment: str | None
    """What its maker called the deployment."""
    version: str
    """Of the Slipway that made it."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """All that the image has."""


@contextmanager
def fetch(tool: Tool, reference: RegistryReference, tell: Tell, *, keep: bool) -> Iterator[Fetched]:
    """The image, checked, and the bundle out of it, while the body runs.

    With `keep`, the image stays in the engine under the registry's name, if all goes well.

    Raises:
        SlipwayProblem: REGISTRY_REFUSES, REGISTRY_UNREACHABLE, REGISTRY_FAILED, IMAGE_FOREIGN,
            BUNDLE_INVALID, DISK_FULL, and what is wrong with the engine.
    """
    if reference.digest is not None:
        reference = replace(reference, tag=None)  # the digest says it all, and Podman takes no more
    elif reference.tag is None:
        reference = replace(reference, tag=DEFAULT_TAG)
    with _named(tool, reference, keep=keep), scratch_directory() as scratch:
        _pull(tool, reference, tell)
        image = _Image.inspect(tool, reference)
        image.check(tool.name, tool.architecture())
        bundle = scratch / "bundle"
        try:
            with never_started(tool, image.id, {}) as container:
                copy_bundle(tool, container, bundle, image.size)
            manifest = checked_manifest(bundle, image.labels[BUNDLE_DIGEST])
        except BundleError as error:
            words = printable(str(error).replace(str(bundle), "its bundle"))
            sentence = f"{reference.text} cannot be used. {words[:1].upper()}{words[1:]}"
            raise SlipwayProblem(Code.BUNDLE_INVALID, sentence) from None
        yield Fetched(
            reference=image.by_digest,
            repository=reference.name,
            image=image.id,
            size=image.size,
            bundle=bundle,
            manifest=manifest,
            deployment=image.labels.get(DEPLOYMENT),
            version=image.labels[VERSION],
            labels=image.labels,
        )


def _pull(tool: Tool, reference: RegistryReference, tell: Tell) -> None:
    code, said = transfer(tool, ["pull", *without_tls(tool, reference), reference.text], tell)
    if code != 0:
        raise _why_not(tool, reference, said)


def _why_not(tool: Tool, reference: RegistryReference, words: str) -> SlipwayProblem:
    if _OTHER_MACHINE.search(words):
        return _other_machine(reference.text, "other machines", tool.name)
    if _NOT_THERE.search(words):
        default = " It was asked for since no tag was named." if reference.tag == DEFAULT_TAG else ""
        return SlipwayProblem(
            Code.REGISTRY_REFUSES,
            f"The registry {reference.registry} has no {reference.text}.{default} Correct the name, the tag "
            "or the digest; `slipway push` prints all three.",
        )
    return registry_problem(tool.name, reference, words)


def _other_machine(name: str, its: str, engine: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.IMAGE_FOREIGN,
        f"{name} is for {its}, and not for the one on which {engine} runs. Pull it there, or deploy the "
        "notebook here.",
    )


@dataclass(frozen=True)
class _Image:
    """What an engine says of one."""

    name: str
    """With the tag or digest, as it was asked for."""
    id: str
    by_digest: str
    machine: str
    """`linux/amd64`"""
    size: int
    labels: Mapping[str, str]

    @classmethod
    def inspect(cls, tool: Tool, reference: RegistryReference) -> _Image:
        done = tool.call("image", "inspect", reference.text)
        tool.require(done, f"does not tell about {reference.text}")
        (facts,) = cast("list[dict[str, Any]]", json.loads(done.stdout))
        return cls(
            name=reference.text,
            id=str(facts["Id"]).removeprefix("sha256:"),
            by_digest=_by_digest(reference, facts.get("RepoDigests") or []),
            machine=shown(f"{facts.get('Os')}/{facts.get('Architecture')}"),
            size=int(facts["Size"]),
            labels=(facts.get("Config") or {}).get("Labels") or {},
        )

    def check(self, engine: str, architecture: str) -> None:
        """Raises SlipwayProblem IMAGE_FOREIGN."""
        lacks = [] if self.labels.get(VERSION) else [VERSION]
        if _DIGEST.fullmatch(self.labels.get(BUNDLE_DIGEST, "")) is None:
            lacks.append(BUNDLE_DIGEST)
        if lacks:
            raise SlipwayProblem(
                Code.IMAGE_FOREIGN,
                f"{self.name} is no service that Slipway made: it lacks the label{'s' * (len(lacks) - 1)} "
                f"{' and '.join(lacks)}. `slipway push` sends images that have them. A builder "
                "image is none, nor is an image that was built from an export.",
            )
        if self.machine != f"linux/{architecture}":
            raise _other_machine(self.name, self.machine, engine)


def _by_digest(reference: RegistryReference, known: list[str]) -> str:
    if reference.digest is not None:
        return reference.text
    for entry in known:
        name, _, digest = entry.partition("@")
        if full_name(name) == full_name(reference.name):
            return f"{reference.name}@{digest}"
    return reference.text


@contextmanager
def _named(tool: Tool, reference: RegistryReference, *, keep: bool) -> Iterator[None]:
    """While it lasts, the registry's name may be that of what was fetched."""
    name = reference.text
    before = tool.image_id(name)
    kept = False
    try:
        yield
        kept = keep
    finally:
        fetched = None if kept else tool.image_id(name)
        if fetched is not None and fetched != before:
            with suppress(SlipwayProblem):
                tool.whole("image", "rm", name)
                if before is not None and reference.digest is None:
                    tool.whole("tag", before, name)

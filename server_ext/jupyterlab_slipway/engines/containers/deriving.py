"""Images of releases that were not built: those of others, with labels and a name of their own.

Everything of a release is found by its labels, so each has an image that has them. It shares all layers with
the one that it is made of, and takes no space.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from ...builder.scratch import scratch_directory
from ..engine import Plan
from .image_labels import release_labels
from .tool import Tool

TIMEOUT = 600.0
"""Seconds: an engine without a layered file system copies the whole image."""


def derive_image(tool: Tool, plan: Plan, image: str, name: str) -> None:
    """Makes the release's image of `image`, an id.

    Docker's builder, which may run elsewhere, does not know images by their ids; Podman's commit would write
    variables of its own into the image.

    Raises:
        SlipwayProblem: START_FAILED, ENGINE_SILENT, DISK_FULL, UNSUPPORTED.
    """
    # the identity comes last: Podman makes an image for each label on the way
    labels = {"org.opencontainers.image.version": str(plan.release), **release_labels(plan)}
    if tool.name == "docker":
        changes = " ".join(f"{label}={value}" for label, value in labels.items())
        with never_started(tool, image, labels) as container:
            done = tool.whole("commit", "--change", f"LABEL {changes}", container, name, timeout=TIMEOUT)
    else:
        with scratch_directory() as scratch:
            (scratch / "Dockerfile").write_text(f"FROM {image}\n", encoding="ascii")
            words = ["--format", "docker", "--pull=never", "--layers", *_words(labels), "--tag", name]
            done = tool.whole("build", "--quiet", *words, str(scratch), timeout=TIMEOUT)
    tool.require(done, f"does not make the image {name}")


@contextmanager
def never_started(tool: Tool, image: str, labels: Mapping[str, str]) -> Iterator[str]:
    """The id of a container of the image that exists while the body runs. Nothing runs in it.

    With the labels of a release it goes with that one's `discard`, should this process be killed.
    """
    done = tool.whole("create", "--pull=never", "--network=none", *_words(labels), image, timeout=TIMEOUT)
    container = tool.require(done, "does not make a container of the image").stdout.strip()
    try:
        yield container
    finally:
        tool.remove(container)


def _words(labels: Mapping[str, str]) -> list[str]:
    return [word for label, value in labels.items() for word in ("--label", f"{label}={value}")]

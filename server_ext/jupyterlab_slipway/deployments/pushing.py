"""Which release is meant, and where its image goes: for `slipway push` and `slipway export`."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any, cast

from slipway_runtime.bundle import BundleError, read_manifest

from ..engines.containers.references import RegistryReference, parse_destination
from ..engines.containers.registry_words import Layer
from ..engines.engine import Pushable
from ..engines.registry import engine_named
from ..problems import Code, SlipwayProblem
from ..wire import Published
from .records import Records, ReleaseFiles

FINISHED = ("live", "stopped", "replaced", "lost")
"""States of releases that were built to their end."""
_SHORT = 7
"""Hexadecimal digits of a revision in a tag, as git shows it."""


def chosen_release(records: Records, name: str, number: int | None) -> ReleaseFiles:
    """The release of that number; without one, the live release, else the newest that was built to its end.

    Raises:
        SlipwayProblem: DEPLOYMENT_UNKNOWN, also where there is no such release; NO_IMAGE where it was not
            built to its end.
    """
    if number is not None:
        files = records.release(name, number)
        state = files.view()["state"]
        if state not in FINISHED:
            raise SlipwayProblem(
                Code.NO_IMAGE,
                f"Release {number} of {name} is {state}, so there is nothing of it to give away. "
                f"`slipway ps` shows the others.",
            )
        return files
    view = records.view(name)
    finished = [release["release"] for release in view["releases"] if release["state"] in FINISHED]
    chosen = view.get("live") or next(iter(finished), None)
    if chosen is None:
        raise SlipwayProblem(
            Code.NO_IMAGE,
            f"No release of {name} was built to its end yet. `slipway ps` says how they stand; deploy its "
            "notebook first.",
        )
    return records.release(name, chosen)


def push_release(
    records: Records, name: str, number: int | None, destination: str, tell: Callable[[Layer], None]
) -> tuple[ReleaseFiles, Published]:
    """Pushes the image of a release, and what is to be noted of it.

    Raises:
        SlipwayProblem: IMAGE_NAME, DEPLOYMENT_UNKNOWN, NO_IMAGE, and as `Engine.push`.
    """
    reference = parse_destination(destination)
    files = chosen_release(records, name, number)
    if reference.tag is None:
        reference = replace(reference, tag=default_tag(files))
    release = Pushable(name, files.number, files.record["identity"])
    digest = engine_named(files.record["engine"]).push(release, reference.text, tell)
    by_digest = RegistryReference(reference.registry, reference.repository, digest=digest)
    return files, {"reference": by_digest.text, "tag": reference.text, "time": time.time() * 1000}


def default_tag(files: ReleaseFiles) -> str:
    """`3`, or with the revision that it was built from `3-1a2b3c4`, and `-dirty` where files differed."""
    revision, dirty = _revision(files)
    short = f"-{revision[:_SHORT]}" if re.fullmatch(r"[0-9a-f]{40,64}", revision or "") and revision else ""
    return f"{files.number}{short}{'-dirty' if short and dirty else ''}"


def _revision(files: ReleaseFiles) -> tuple[str | None, bool]:
    """(the git revision, whether what was built differs from it)."""
    source = cast("Mapping[str, Any]", files.record).get("source")
    if isinstance(source, dict):
        return source.get("revision"), bool(source.get("dirty"))
    try:
        return read_manifest(files.bundle)["notebook"]["revision"], False
    except BundleError:
        return None, False

"""What a bundle holds, and how to read one without trusting it. `docs/bundle.md` describes the format.

Standard library only. Nothing here unpickles: the worker does, with the bytes whose digest it has checked.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

FORMAT = 1
"""Version of the bundle format that this code reads and the builder writes."""

MANIFEST = "manifest.json"
MODEL = "model.pkl"
LOCK = "requirements.lock"
SAMPLES = "samples.json"
NOTEBOOK = "notebook.ipynb"
MODULES = "modules"
"""Modules, packages and data files from beside the notebook."""
VALIDATIONS = "validations.json"
SBOM = "sbom.cdx.json"


class PythonIdentity(TypedDict):
    """What must be equal for a pickle to load: all of it but the patch version."""

    version: str
    implementation: str
    platform: str
    machine: str


class FileEntry(TypedDict):
    sha256: str
    size: int


class _NotebookAlways(TypedDict):
    name: str
    sha256: str
    revision: str | None
    """Of the git commit that it was built from, 40 hexadecimal digits."""


class NotebookEntry(_NotebookAlways, total=False):
    """The other keys are there where there is a commit, but in older bundles."""

    repository: str | None
    """Its address, without credentials."""
    ref: str | None
    """What was asked for, such as a tag; null where that was nothing but the files."""
    path: str
    """Of the notebook inside the repository."""
    dirty: bool
    """What was built is not quite what the commit holds."""


class Functions(TypedDict):
    predictor: bool
    validator: bool
    batch_predictor: bool


SampleSource = Literal["examples", "calls", "given"]


class BatchingEntry(TypedDict):
    """Whether samples may be scored together, and by what."""

    source: Literal["declared", "derived"] | None
    """The notebook's own `batch_predictor`, one that the builder made of `predictor`; null: one by one."""
    form: str | None
    """What a derived one asks of which models, such as "kmodel.predict(xs)"."""
    reason: str | None
    """Why there is none, or why a declared one was not checked."""


class SamplesEntry(TypedDict):
    source: SampleSource | None
    count: int


class CellEntry(TypedDict):
    """A code cell: `index` counts all cells from 1, `file` is the name in its tracebacks."""

    index: int
    id: str
    file: str


class PackageEntry(TypedDict):
    """A package that the notebook's requirements bring, and whether the service has it."""

    name: str
    version: str
    bytes: int
    kept: bool
    reason: str
    """Why it was kept or left out, in a few words."""
    modules: list[str]
    """Top-level names of what it brings to import."""


class PackagesEntry(TypedDict):
    """What the service has of the packages that the notebook declares."""

    packages: list[PackageEntry]
    """All that the declared requirements bring, by name."""
    before: int
    """Bytes of the environment with all of them."""
    after: int
    """Bytes of the environment of the service."""
    fallback: str | None
    """Why more was kept than seemed to be needed; null where nothing had to be."""


class SignatureEntry(TypedDict):
    """JSON Schemas of what goes in and comes out, as far as the samples show it."""

    input: dict[str, Any]
    output: dict[str, Any]


class _Always(TypedDict):
    """Keys of every manifest: a class, since `NotRequired` is not seen where annotations are postponed."""

    format: int
    title: str
    python: PythonIdentity
    environment: str
    requirements: list[list[str]]
    files: dict[str, FileEntry]
    notebook: NotebookEntry
    functions: Functions
    samples: SamplesEntry
    cells: list[CellEntry]


class Manifest(_Always, total=False):
    """The other keys are missing where there was nothing to say, and in older bundles."""

    packages: PackagesEntry
    signature: SignatureEntry
    deterministic: bool
    """False where a model that differs from itself was accepted: answers are not compared with the samples'.
    Missing without samples."""
    cloudpickle: str
    """Version of cloudpickle that made `model.pkl`; only the same one is sure to read it."""
    batching: BatchingEntry
    """Missing in older bundles, where a declared batch_predictor counts."""
    data: list[str]
    """Those of `files`, below `modules/`, that predictions read; workers then run in that directory."""
    indexes: dict[str, str]
    """Package indexes, by the package that the notebook wants from there; never with credentials."""


class Sample(TypedDict):
    """An input and the notebook's own answer to it, both as JSON."""

    input: Any
    output: Any


class Validation(TypedDict):
    """A changed sample, and whether the notebook's own validator accepts it."""

    input: Any
    accepted: bool


class BundleError(Exception):
    """The bundle cannot be used; `str()` is a sentence that says why and what to do."""


def digest(content: bytes) -> FileEntry:
    return {"sha256": hashlib.sha256(content).hexdigest(), "size": len(content)}


def digest_of(path: Path) -> FileEntry:
    """Of a file that may be larger than memory. Raises OSError."""
    with path.open("rb") as file:
        return {"sha256": hashlib.file_digest(file, "sha256").hexdigest(), "size": file.tell()}


def bundle_digest(bundle: Path) -> str:
    """`sha256:` and the SHA-256 of the manifest, which has the digests of all other files. Raises OSError."""
    return f"sha256:{digest_of(bundle / MANIFEST)['sha256']}"


def read_manifest(bundle: Path) -> Manifest:
    """Reads `manifest.json`.

    Raises BundleError where there is none, it is not JSON, or a newer format than this code knows.
    """
    path = bundle / MANIFEST
    if not path.is_file():
        raise BundleError(f"{bundle} is no bundle: it has no {MANIFEST}. Make one with `slipway build`.")
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError) as error:
        raise BundleError(f"{path} cannot be read: {error}. Build the bundle again.") from None
    if not isinstance(content, dict) or type(content.get("format")) is not int:
        raise BundleError(f"{path} is not a bundle's manifest. Build the bundle again.")
    if content["format"] > FORMAT:
        raise BundleError(
            f"This bundle has format {content['format']}, and this Slipway reads formats up to {FORMAT}. "
            "Use the Slipway that made it, or a newer one."
        )
    missing = [key for key in Manifest.__required_keys__ if key not in content]
    if missing:
        raise BundleError(f"{path} lacks {', '.join(sorted(missing))}. Build the bundle again.")
    wrong = [key for key, kind in _KINDS.items() if not isinstance(content[key], kind)]
    if wrong or not _is_whole(content):
        raise BundleError(f"{path} was damaged{f': {wrong[0]}' if wrong else ''}. Build the bundle again.")
    return cast("Manifest", content)


_KINDS = {
    "title": str,
    "python": dict,
    "environment": str,
    "requirements": list,
    "files": dict,
    "notebook": dict,
    "functions": dict,
    "samples": dict,
    "cells": list,
}


def _is_whole(content: dict[str, Any]) -> bool:
    """Has what is read of it without a further look the right types?"""
    python = content["python"]
    return (
        all(isinstance(python.get(key), str) for key in PythonIdentity.__required_keys__)
        and python["version"].count(".") > 0
        and all(
            isinstance(entry, dict)
            and isinstance(entry.get("sha256"), str)
            and isinstance(entry.get("size"), int)
            for entry in content["files"].values()
        )
        and isinstance(content["samples"].get("count"), int)
        and isinstance(content.get("packages", {}), dict)
        and isinstance(content.get("batching", {}), dict)
        and isinstance(content.get("indexes", {}), dict)
        and isinstance(content.get("data", []), list)
    )


def read_file(bundle: Path, manifest: Manifest, name: str) -> bytes:
    """One file of the bundle, read once; these bytes are what the digest was checked of.

    Raises BundleError where it is missing, not listed, or not what the manifest says.
    """
    entry = _entry(bundle, manifest, name)
    path = bundle / name
    if path.exists() and (not path.is_file() or path.stat().st_size != entry["size"]):
        raise _changed(path)  # not even read: it may be endless
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(bundle / name, error) from None
    if digest(content) != entry:
        raise _changed(bundle / name)
    return content


def _entry(bundle: Path, manifest: Manifest, name: str) -> FileEntry:
    entry = manifest["files"].get(name)
    if entry is None:
        raise BundleError(f"The manifest of {bundle} does not list {name}. Build the bundle again.")
    return entry


def _unreadable(path: Path, error: OSError) -> BundleError:
    return BundleError(f"{path} cannot be read: {error}. Build the bundle again.")


def _changed(path: Path) -> BundleError:
    return BundleError(
        f"{path} was changed after the build: its digest differs from the manifest's. Build the bundle again."
    )


def read_samples(bundle: Path, manifest: Manifest) -> list[Sample]:
    """The recorded samples; empty where the notebook gave none. Raises BundleError as read_file."""
    if not manifest["samples"]["count"]:
        return []
    found = _list_of_objects(bundle, manifest, SAMPLES)
    if len(found) != manifest["samples"]["count"]:
        raise _changed(bundle / SAMPLES)
    return cast("list[Sample]", found)


def read_validations(bundle: Path, manifest: Manifest) -> list[Validation]:
    """What the notebook's validator said of changed samples. Raises BundleError as read_file."""
    if VALIDATIONS not in manifest["files"]:
        return []
    return cast("list[Validation]", _list_of_objects(bundle, manifest, VALIDATIONS))


def _list_of_objects(bundle: Path, manifest: Manifest, name: str) -> list[dict[str, Any]]:
    """Raises BundleError as read_file, and where it is no list of objects with an input."""
    content = read_file(bundle, manifest, name)
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or not all(
        isinstance(entry, dict) and "input" in entry for entry in found
    ):
        raise BundleError(f"{bundle / name} cannot be read. Build the bundle again.")
    return found


def check_files(bundle: Path, manifest: Manifest) -> None:
    """Raises BundleError unless every listed file is there as listed, and nothing else is."""
    files = (path.relative_to(bundle) for path in bundle.rglob("*") if path.is_file())
    present = {path.as_posix() for path in files if "__pycache__" not in path.parts}
    for name, entry in manifest["files"].items():
        if name not in present:  # nor is a name that leads elsewhere, where something endless may be
            raise BundleError(f"{bundle}/{name} cannot be read: it is not there. Build the bundle again.")
        try:
            found = digest_of(bundle / name)
        except OSError as error:
            raise _unreadable(bundle / name, error) from None
        if found != entry:
            raise _changed(bundle / name)
    extra = sorted(present - set(manifest["files"]) - {MANIFEST})
    if extra:
        raise BundleError(f"{bundle} holds files that its manifest does not list: {', '.join(extra)}.")

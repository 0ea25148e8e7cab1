"""Writes a bundle: the same bytes for the same notebook, data and lock, whenever and wherever."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from slipway_runtime.bundle import (
    FORMAT,
    LOCK,
    MANIFEST,
    MODEL,
    MODULES,
    NOTEBOOK,
    SAMPLES,
    SBOM,
    VALIDATIONS,
    BatchingEntry,
    FileEntry,
    Manifest,
    PackagesEntry,
    Sample,
    Validation,
    digest_of,
)
from slipway_runtime.bundle import digest as file_digest

from .bundle_modules import copy_beside
from .capture import Captured
from .environments import digest as environment_digest
from .installed import read_environment
from .notebook import Notebook
from .options import BuildOptions
from .progress import Progress
from .provenance import describe_notebook
from .requirements import Pin
from .samples import Scored
from .sbom import sbom
from .signature import infer_signature


def write_bundle(
    directory: Path,
    *,
    options: BuildOptions,
    notebook: Notebook,
    pins: list[Pin],
    lock: str,
    captured: Captured,
    scored: Scored,
    progress: Progress,
) -> Manifest:
    """Fills the new directory `directory`; the manifest comes last. Raises OSError.

    `lock` is that of all declared packages; `relock` puts that of the service in its place, and adds the bill
    of materials.
    """
    directory.mkdir(parents=True)
    (directory / LOCK).write_text(lock, encoding="utf-8")
    (directory / NOTEBOOK).write_bytes(notebook.source)
    write_samples(directory, scored.samples)
    if scored.validations:
        write_validations(directory, scored.validations)
    shutil.copyfile(captured.model, directory / MODEL)
    copy_beside(
        captured.modules,
        captured.data,
        directory / MODULES,
        directory=options.directory,
        largest=options.largest_file,
        progress=progress,
    )
    manifest = Manifest(
        format=FORMAT,
        title=options.title,
        python=captured.python,
        cloudpickle=captured.cloudpickle,
        environment=environment_digest(lock, captured.python),
        requirements=[list(pin) for pin in pins],
        files=list_files(directory),
        notebook=describe_notebook(
            {"name": f"{options.title}.ipynb", "sha256": notebook.sha256, "revision": None}, options.source
        ),
        functions=captured.functions,
        samples={"source": scored.source, "count": len(scored.samples)},
        cells=[{"index": cell.index, "id": cell.id, "file": cell.file} for cell in notebook.running],
    )
    manifest["batching"] = captured.batching
    if captured.data:
        manifest["data"] = [f"{MODULES}/{file.target}" for file in captured.data]
    signature = infer_signature(scored.samples)
    if signature is not None:
        manifest["signature"] = signature
    if notebook.settings.indexes:
        manifest["indexes"] = dict(notebook.settings.indexes)
    if scored.deterministic is not None:
        manifest["deterministic"] = scored.deterministic
    _write_manifest(directory, manifest)
    return manifest


def relock(
    directory: Path, manifest: Manifest, *, lock: str, python: Path, packages: PackagesEntry | None
) -> Manifest:
    """Gives the bundle another lock with the same versions; its manifest afterwards. Raises OSError.

    `python` is the executable of the environment that the lock makes.
    """
    (directory / LOCK).write_text(lock, encoding="utf-8")
    materials = sbom(
        lock,
        read_environment(python),
        manifest["python"],
        title=manifest["title"],
        notebook_sha256=manifest["notebook"]["sha256"],
        pins=[(name, specifier) for name, specifier in manifest["requirements"]],
        indexes=manifest.get("indexes"),
    )
    (directory / SBOM).write_bytes(materials)
    changed = [LOCK, SBOM]
    manifest = {
        **manifest,
        "environment": environment_digest(lock, manifest["python"]),
        "files": {
            **manifest["files"],
            **{name: file_digest((directory / name).read_bytes()) for name in changed},
        },
    }
    if packages is not None:
        manifest["packages"] = packages
    _write_manifest(directory, manifest)
    return manifest


def settle_batching(directory: Path, manifest: Manifest, entry: BatchingEntry) -> Manifest:
    """Says how the service scores; the manifest afterwards. Raises OSError."""
    manifest = {**manifest, "batching": entry}
    _write_manifest(directory, manifest)
    return manifest


def _write_manifest(directory: Path, manifest: Manifest) -> None:
    # Sorted but for the signature, whose properties stand in the order of the samples' keys.
    ordered = {
        name: part if name == "signature" else _sorted(part) for name, part in sorted(manifest.items())
    }
    text = json.dumps(ordered, indent=1, ensure_ascii=False)
    (directory / MANIFEST).write_bytes((text + "\n").encode("utf-8", "backslashreplace"))


def _sorted(part: Any) -> Any:
    """With the keys of all objects in it sorted."""
    return json.loads(json.dumps(part, sort_keys=True))


def write_samples(directory: Path, samples: list[Sample]) -> None:
    _write_json(directory / SAMPLES, samples)


def write_validations(directory: Path, validations: list[Validation]) -> None:
    _write_json(directory / VALIDATIONS, validations)


def _write_json(path: Path, content: object) -> None:
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    path.write_bytes((text + "\n").encode("utf-8", "backslashreplace"))


def list_files(directory: Path) -> dict[str, FileEntry]:
    """Digest and size of every file below, by its path with forward slashes."""
    return {
        path.relative_to(directory).as_posix(): digest_of(path)
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }

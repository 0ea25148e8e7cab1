"""Writes a bundle: the same bytes for the same notebook, data and lock, whenever and wherever."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

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
    FileEntry,
    Manifest,
    PackagesEntry,
    Sample,
    Validation,
)
from slipway_runtime.bundle import digest as file_digest

from .capture import Captured
from .environments import digest as environment_digest
from .installed import read_environment
from .notebook import Notebook
from .options import BuildOptions
from .progress import Progress
from .requirements import Pin
from .samples import Scored
from .sbom import sbom
from .signature import infer_signature

_LEFT_OUT = ("__pycache__", ".ipynb_checkpoints")


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
    copy_modules(captured.modules, directory / MODULES, progress)
    manifest = Manifest(
        format=FORMAT,
        title=options.title,
        python=captured.python,
        environment=environment_digest(lock, captured.python),
        requirements=[list(pin) for pin in pins],
        files=list_files(directory),
        notebook={"name": f"{options.title}.ipynb", "sha256": notebook.sha256, "revision": None},
        functions=captured.functions,
        samples={"source": scored.source, "count": len(scored.samples)},
        cells=[{"index": cell.index, "id": cell.id, "file": cell.file} for cell in notebook.running],
    )
    signature = infer_signature(scored.samples)
    if signature is not None:
        manifest["signature"] = signature
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


def _write_manifest(directory: Path, manifest: Manifest) -> None:
    text = json.dumps(manifest, indent=1, sort_keys=True, ensure_ascii=False)
    (directory / MANIFEST).write_bytes((text + "\n").encode("utf-8", "backslashreplace"))


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
        path.relative_to(directory).as_posix(): file_digest(path.read_bytes())
        for path in sorted(directory.rglob("*"))
        if path.is_file()
    }


def copy_modules(modules: dict[str, list[str]], target: Path, progress: Progress) -> None:
    """Copies the modules and packages from beside the notebook; what a link leads out of them is left out."""
    for name in sorted(modules):
        for place in modules[name]:
            source = Path(place)
            target.mkdir(exist_ok=True)
            if source.is_dir():
                _copy_package(source, target / name, progress)
            else:
                shutil.copyfile(source, target / source.name)
    if modules:
        progress.note("capture", f"Taken along from beside the notebook: {', '.join(sorted(modules))}.")


def _copy_package(source: Path, target: Path, progress: Progress) -> None:
    root = source.resolve()
    for parent, directories, files in os.walk(source):
        directories[:] = sorted(name for name in directories if name not in _LEFT_OUT and name[0] != ".")
        for name in sorted(files):
            path = Path(parent) / name
            if name.endswith(".pyc") or not path.is_file():
                continue
            if not path.resolve().is_relative_to(root):
                progress.note("capture", f"{path} leads out of its package and is left out.", "warning")
                continue
            copy = target / path.relative_to(source)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)

"""Bundles and images as a registry may have them, made without a build."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyterlab_slipway.engines.containers.image_labels import BUNDLE_DIGEST, VERSION
from slipway_runtime.bundle import MANIFEST, NOTEBOOK, digest
from slipway_runtime.container import BUNDLE

FILES = {NOTEBOOK: b'{"cells": []}', "model.pkl": b"no pickle", "modules/beside.py": b"VALUE = 1\n"}


def manifest(files: Mapping[str, bytes] = FILES, **changes: Any) -> bytes:
    content = {
        "format": 1,
        "title": "Small model",
        "python": {
            "version": "3.11.2",
            "implementation": "cpython",
            "platform": "linux",
            "machine": "x86_64",
        },
        "environment": "none",
        "requirements": [],
        "files": {name: digest(file) for name, file in files.items()},
        "notebook": {"name": "Small model.ipynb", "sha256": "", "revision": None},
        "functions": {"predictor": True, "validator": False, "batch_predictor": False},
        "samples": {"source": None, "count": 0},
        "cells": [],
        **changes,
    }
    return json.dumps(content).encode()


def image_files(
    manifest_file: bytes | None = None, files: Mapping[str, bytes] = FILES, root: str = str(BUNDLE)
) -> bytes:
    """A file system, as a tar archive, with a bundle in it."""
    whole = {**files, MANIFEST: manifest(files) if manifest_file is None else manifest_file}
    return archive(*(entry(f"{root.lstrip('/')}/{name}", file) for name, file in whole.items()))


def entry(name: str, content: bytes = b"", **attributes: Any) -> tuple[tarfile.TarInfo, bytes]:
    found = tarfile.TarInfo(name)
    found.size = len(content)
    for key, value in attributes.items():
        setattr(found, key, value)
    return found, content


def archive(*entries: tuple[tarfile.TarInfo, bytes]) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as writing:
        for info, content in entries:
            writing.addfile(info, io.BytesIO(content))
    return file.getvalue()


def labels(manifest_file: bytes | None = None) -> dict[str, str]:
    """Those by which an image with that bundle is known."""
    content = manifest() if manifest_file is None else manifest_file
    return {VERSION: "0.1.0", BUNDLE_DIGEST: f"sha256:{digest(content)['sha256']}"}


def write_bundle(directory: Path) -> Path:
    for name, content in {**FILES, MANIFEST: manifest()}.items():
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return directory

"""Names and labels of what Slipway makes in a container engine.

`org.opencontainers.image.*`: https://github.com/opencontainers/image-spec/blob/main/annotations.md
"""

from __future__ import annotations

import hashlib
import json
import re
from pathlib import Path

from slipway_runtime.bundle import LOCK, Manifest, bundle_digest

from ..engine import Plan
from .base_images import BaseImage

HOME = "slipway.home"
DEPLOYMENT = "slipway.deployment"
RELEASE = "slipway.release"
IDENTITY = "slipway.identity"
SCHEMA = "slipway.schema"
VERSION = "slipway.version"
"""Of Slipway."""
BUNDLE_DIGEST = "slipway.bundle.digest"
_LONGEST_SCHEMA = 32 * 1024
"""Characters; a longer one is left out: it is in the bundle."""


def home_label(home: Path) -> str:
    """Tells what is of one SLIPWAY_HOME: an engine may serve several users."""
    return hashlib.sha256(str(home).encode("utf-8", "surrogateescape")).hexdigest()[:16]


def deployment_labels(plan: Plan) -> dict[str, str]:
    """By these everything of a deployment is found."""
    return {HOME: home_label(plan.home), DEPLOYMENT: plan.deployment}


def release_labels(plan: Plan) -> dict[str, str]:
    """On everything that belongs to one release."""
    return {
        **deployment_labels(plan),
        RELEASE: str(plan.release),
        IDENTITY: plan.identity,
    }


def image_name(engine: str, deployment: str, release: int, home: Path | None = None) -> str:
    """With `home`, a name that no other SLIPWAY_HOME's image has."""
    prefix = "localhost/" if engine == "podman" else ""
    suffix = "" if home is None else f"-{home_label(home)[:6]}"
    return f"{prefix}slipway/{deployment}{suffix}:{release}"


def image_labels(plan: Plan, manifest: Manifest, base: BaseImage, version: str) -> dict[str, str]:
    """`version` is Slipway's."""
    return {
        **release_labels(plan),
        **bundle_labels(plan.bundle, manifest, version),
        "org.opencontainers.image.version": str(plan.release),
        "org.opencontainers.image.base.name": base.reference,
        "slipway.base.id": base.id,
    }


def bundle_labels(bundle: Path, manifest: Manifest, version: str) -> dict[str, str]:
    """What an image tells of the service in it, whoever has built it. `version` is Slipway's."""
    notebook = manifest["notebook"]
    labels = {
        "org.opencontainers.image.title": _one_line(manifest["title"]),
        VERSION: version,
        "slipway.python": manifest["python"]["version"],
        BUNDLE_DIGEST: bundle_digest(bundle),
        "slipway.notebook.name": _one_line(notebook["name"]),
        "slipway.notebook.sha256": notebook["sha256"],
        "slipway.lock.sha256": manifest["files"][LOCK]["sha256"],
    }
    if notebook["revision"] is not None:
        labels["org.opencontainers.image.revision"] = _one_line(str(notebook["revision"]))
        if notebook.get("repository"):
            labels["org.opencontainers.image.source"] = _one_line(str(notebook["repository"]))
        labels["slipway.notebook.dirty"] = "true" if notebook.get("dirty") else "false"
    schema = json.dumps(manifest.get("signature"), separators=(",", ":"), sort_keys=True)
    schema = schema.replace("$", "\\u0024")  # as _one_line
    if manifest.get("signature") is not None and len(schema) <= _LONGEST_SCHEMA:
        labels[SCHEMA] = schema
    return labels


def _one_line(text: str) -> str:
    """Without control characters, which some engines refuse in a label, and dollars, which podman expands."""
    return re.sub(r"[\x00-\x1f\x7f\u2028\u2029$]+", " ", text).strip()[:250]

"""The command that one copies to ask a service for a first prediction."""

from __future__ import annotations

import json
import shlex
from pathlib import Path

from slipway_runtime.bundle import BundleError, read_manifest, read_samples


def curl_command(url: str, bundle: Path, token: str | Path) -> str:
    """Scores the bundle's first sample at the service `url`. `token`: itself, or the file that holds it."""
    if isinstance(token, Path):
        path = shlex.quote(str(token))
        authorization = f'"Authorization: Bearer $(cat {path})"'
    else:
        authorization = shlex.quote(f"Authorization: Bearer {token}")
    rest = ["-H", "Content-Type: application/json", "-d", _first_sample(bundle) or "SAMPLE", f"{url}/predict"]
    return f"curl -H {authorization} {shlex.join(rest)}"


def _first_sample(bundle: Path) -> str | None:
    """JSON text of the first recorded sample."""
    try:
        samples = read_samples(bundle, read_manifest(bundle))
    except BundleError:
        return None
    return json.dumps(samples[0]["input"], ensure_ascii=False) if samples else None

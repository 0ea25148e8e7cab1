"""Slipway: notebooks become tested model services."""

from __future__ import annotations

import json
from importlib import metadata
from pathlib import Path
from typing import Any

DISTRIBUTION = "jupyterlab-slipway"


def _find_version() -> str:
    """It stands once, in `package.json`: read there in a checkout, from the metadata once installed."""
    package = Path(__file__).parents[2] / "package.json"
    try:
        facts = json.loads(package.read_text(encoding="utf-8"))
        if facts["name"] == DISTRIBUTION:
            return str(facts["version"])
    except (OSError, ValueError, KeyError, TypeError):
        pass
    try:
        return metadata.version(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        return "0.0.0"


__version__ = _find_version()


def _jupyter_labextension_paths() -> list[dict[str, str]]:
    """Where JupyterLab finds the built front end, and under which name."""
    return [{"src": "labextension", "dest": DISTRIBUTION}]


def _jupyter_server_extension_points() -> list[dict[str, Any]]:
    """The Jupyter server's way in; nothing of the server is imported before it asks."""
    from .server.app import SlipwayExtension

    return [{"module": "jupyterlab_slipway", "app": SlipwayExtension}]

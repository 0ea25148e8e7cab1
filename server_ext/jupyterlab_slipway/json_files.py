"""Small JSON files for the owner alone, which are either whole or not there."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from .builder.files import write_atomically


def write_json(path: Path, content: Mapping[str, Any]) -> None:
    """Raises OSError, leaving the file as it was."""
    text = json.dumps(content, ensure_ascii=False, indent=1)
    # what a path has that is not UTF-8 becomes an escape of JSON's
    write_atomically(path, text.encode("utf-8", "backslashreplace") + b"\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """None where there is no such file, or it is no JSON object."""
    try:
        content = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return content if isinstance(content, dict) else None

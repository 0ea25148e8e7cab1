"""What a notebook says about its model: the prose of its first Markdown cell."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from ..bundle import NOTEBOOK, Manifest, read_file

LONGEST = 4000
"""Characters; what is longer ends with an ellipsis."""

_HEADING = re.compile(r"(#{1,6}([ \t][^\n]*)?|[^\n]+\n(=+|-+)[ \t]*)(\n|$)")
_IMAGE = re.compile(r"!\[([^\]\n]*)\]\([^)\n]*\)")


def read_prose(bundle: Path, manifest: Manifest) -> str:
    """Markdown; empty where the notebook begins with none. Raises BundleError as `read_file`."""
    try:
        notebook = json.loads(read_file(bundle, manifest, NOTEBOOK))
    except (ValueError, RecursionError):
        return ""  # other versions of the format are none of the service's business
    return prose_of(notebook)


def prose_of(notebook: Any) -> str:
    """The text of the first Markdown cell that has more than headings; it stands before any code.

    `notebook` is one of nbformat 4 (https://nbformat.readthedocs.io/en/latest/format_description.html) as
    `json.loads` gives it; anything else has no prose. Headings that the text begins with are left out, and of
    images only their words stay: the files do not come along.
    """
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    for cell in cells if isinstance(cells, list) else []:
        if not isinstance(cell, dict) or cell.get("cell_type") == "code":
            break
        if cell.get("cell_type") == "markdown":
            text = _text(cell.get("source")).strip()
            while heading := _HEADING.match(text):
                text = text[heading.end() :].lstrip()
            text = _IMAGE.sub(r"\1", text).strip()
            if text:
                return text if len(text) <= LONGEST else text[: LONGEST - 1].rstrip() + "…"
    return ""


def _text(source: Any) -> str:
    """nbformat has it as a text or as a list of lines."""
    lines = source if isinstance(source, list) else [source]
    return "".join(line for line in lines if isinstance(line, str))

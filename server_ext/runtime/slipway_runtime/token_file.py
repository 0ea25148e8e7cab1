"""The file that holds a service's bearer token."""

from __future__ import annotations

import re
from pathlib import Path

_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""`b64token` of RFC 6750, section 2.1."""


def read_token(path: Path) -> str:
    """Without the white space around it. Raises OSError; ValueError where the file holds no token."""
    token = path.read_text(encoding="utf-8").strip()
    if _TOKEN.fullmatch(token) is None:
        raise ValueError(
            f"{path} holds no token: letters, digits and ._~+/- are allowed, and at least one is needed."
        )
    return token

"""Names made from a notebook's title, which are safe in URLs, as host labels and as directories."""

from __future__ import annotations

import re
import unicodedata

MAX_LENGTH = 42


def slug(text: str) -> str:
    """Lower-case letters a to z, digits and single hyphens; empty where no letter or digit can be kept."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss"))
    ascii_only = "".join(
        character if character.isascii() else " "
        for character in plain
        if not unicodedata.combining(character)
    )
    joined = re.sub(r"[^a-z0-9]+", "-", ascii_only.lower()).strip("-")
    return joined[:MAX_LENGTH].rstrip("-")

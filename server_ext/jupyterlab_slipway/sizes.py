"""Numbers of bytes as people read them; `size` in src/panel/words.ts says the same."""

from __future__ import annotations

import re

_SIZE = re.compile(r"([0-9]+(?:\.[0-9]+)?)\s*(?:([KMGT])(I?)B?|B)?", re.IGNORECASE)
_UNITS = ("kB", "MB", "GB", "TB")


def size_words(count: int) -> str:
    """Short, with base 1000: `340 B`, `1.5 kB`, `98 MB`, `2.3 GB`."""
    if count < 1000:
        return f"{count} B"
    value = count / 1000
    for unit in _UNITS:
        if value < 999.5 or unit == _UNITS[-1]:
            break
        value /= 1000
    return f"{value:.1f} {unit}" if value < 9.95 else f"{value:.0f} {unit}"


def parse_size(text: str) -> int:
    """Bytes in what a person wrote: `5GB` or `500 M` (base 1000), `2GiB` (base 1024), `1000`.

    Raises ValueError.
    """
    found = _SIZE.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no size such as 5GB, 500MB or 2GiB")
    number, unit, binary = found.groups()
    exponent = "KMGT".index(unit.upper()) + 1 if unit else 0
    return int(float(number) * (1024 if binary else 1000) ** exponent)

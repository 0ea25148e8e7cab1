"""Numbers of bytes as people read them; `size` in src/panel/words.ts says the same."""

from __future__ import annotations

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

"""What the service has of the declared packages, in words for terminals and logs."""

from __future__ import annotations

from .sizes import size_words
from .wire import ServedPackage, ServedPackages

SHOWN = 20
"""Packages that are listed one by one; the panel and the manifest have all."""


def summary(packages: ServedPackages) -> str:
    """`4 of 31 packages, 98 MB instead of 412 MB`"""
    count = len(packages["packages"])
    kept = count - len(left_out(packages))
    noun = "package" if count == 1 else "packages"
    if kept == count:
        return f"{count} {noun}, {size_words(packages['after'])}"
    return (
        f"{kept} of {count} {noun}, {size_words(packages['after'])} instead of "
        f"{size_words(packages['before'])}"
    )


def heading(packages: ServedPackages) -> str:
    """What to say above what was left out. Phase `slim` ends with the sum; a fallback comes later."""
    if packages["fallback"] is not None:
        return f"{summary(packages)}; left out:" if left_out(packages) else summary(packages)
    return f"left out, {size_words(packages['before'] - packages['after'])}:" if left_out(packages) else ""


def left_out(packages: ServedPackages) -> list[ServedPackage]:
    """The largest first; those of a size by name."""
    found = [package for package in packages["packages"] if not package["kept"]]
    return sorted(found, key=lambda package: (-package["bytes"], package["name"]))


def left_out_rows(packages: ServedPackages) -> tuple[list[tuple[str, str, str, str]], str]:
    """(name, version, size and reason of each, what is not listed any more: `and 12 more, 3.4 MB`)."""
    found = left_out(packages)
    rows = [
        (package["name"], package["version"], size_words(package["bytes"]), package["reason"])
        for package in found[:SHOWN]
    ]
    rest = found[SHOWN:]
    more = f"and {len(rest)} more, {size_words(sum(package['bytes'] for package in rest))}" if rest else ""
    return rows, more

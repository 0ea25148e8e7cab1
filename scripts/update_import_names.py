"""Compares `scripts/import-names/distributions.txt` with what wheels and installed distributions bring.

    python scripts/update_import_names.py a.whl wheels/     wheels, and directories of wheels
    python scripts/update_import_names.py --installed       what this interpreter has installed
    python scripts/update_import_names.py --get NAME …      the newest wheels of a few, got by pip

Says what the list lacks or has otherwise; `--write` puts it into the list, which stays sorted. Look at the
change by hand: what a wheel happens to carry beside its own package does not belong there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import zipfile
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from generate_import_names import LISTS, ListError, normalised, read_distributions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

LIST = LISTS / "distributions.txt"
# `--get` is for a handful of names, not for a copy of an index.
MOST_TO_GET = 10
SUFFIXES = (".py", ".pyd", ".so")
# What distributions leave beside their own packages.
NOT_MEANT = {
    *("bench", "benchmark", "benchmarks", "dist", "doc", "docs", "example", "examples", "notebooks"),
    *("sample", "samples", "script", "scripts", "setup", "src", "test", "testing", "tests", "tools", "utils"),
}


def is_meant(name: str) -> bool:
    return name.isidentifier() and not name.startswith("_") and name not in NOT_MEANT


def modules_in(files: Iterable[str], namespaces: set[str]) -> list[str]:
    """The modules to import from these files of a distribution: top ones, or in dots below a namespace."""
    found = set()
    for path in (PurePosixPath(file) for file in files if file.endswith(SUFFIXES)):
        stem = path.name.partition(".")[0]
        parts = [*path.parts[:-1], *([] if stem == "__init__" else [stem])]
        name = ""
        for part in parts:
            name = f"{name}.{part}" if name else part
            if not is_meant(part):
                break
            if name not in namespaces:
                found.add(name)
                break
    return sorted(found)


def shared_namespaces(distributions: dict[str, list[str]]) -> set[str]:
    """What stands above modules of the list and is none of them."""
    modules = {module for brought in distributions.values() for module in brought}
    parents = {str(PurePosixPath(*module.split(".")).parent).replace("/", ".") for module in modules}
    above = {
        ".".join(name.split(".")[:length])
        for name in parents
        for length in range(1, len(name.split(".")) + 1)
    }
    return above - modules - {""}


def wheels_of(places: Iterable[Path]) -> Iterator[Path]:
    for place in places:
        yield from sorted(place.glob("*.whl")) if place.is_dir() else [place]


def read_wheels(places: Iterable[Path], namespaces: set[str]) -> Iterator[tuple[str, list[str]]]:
    for wheel in wheels_of(places):
        with zipfile.ZipFile(wheel) as archive:
            # `name.data/purelib/` and `platlib/` are laid out beside the rest.
            files = [
                name.partition("lib/")[2] if ".data/p" in name and "lib/" in name else name
                for name in archive.namelist()
            ]
        yield wheel.name.partition("-")[0], modules_in(files, namespaces)


def read_installed(namespaces: set[str]) -> Iterator[tuple[str, list[str]]]:
    for distribution in metadata.distributions():
        files = [str(file) for file in distribution.files or [] if ".." not in file.parts]
        yield distribution.metadata["Name"], modules_in(files, namespaces)


def get(names: list[str], directory: Path) -> None:
    """The newest wheels of these, by pip and its own settings."""
    if len(names) > MOST_TO_GET:
        raise ListError(f"Give at most {MOST_TO_GET} names at once; for more, name wheels that you have.")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary", ":all:"]
    done = subprocess.run([*command, "--dest", str(directory), *names], check=False)
    if done.returncode != 0:
        raise ListError("pip could not get them.")


def line_of(name: str, modules: list[str]) -> str:
    is_plain = normalised(name) == name and modules == [name.replace("-", "_")]
    return name if is_plain else f"{name}: {' '.join(modules)}"


def write(distributions: dict[str, list[str]], path: Path) -> None:
    heading = [line for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("#")]
    lines = [line_of(name, distributions[name]) for name in sorted(distributions, key=normalised)]
    path.write_text("\n".join([*heading, *lines]) + "\n", encoding="utf-8")


def compare(found: Iterable[tuple[str, list[str]]], distributions: dict[str, list[str]]) -> list[str]:
    """Enters what was found; the lines that are new or other."""
    spelling = {normalised(name): name for name in distributions}
    changes = []
    for written, modules in found:
        name = spelling.get(normalised(written), normalised(written))
        listed = distributions.get(name, [])
        # Private modules stand in the list because somebody put them there.
        kept = sorted({*modules, *(module for module in listed if module.startswith("_"))})
        if modules and kept != sorted(listed):
            changes.append(line_of(name, kept) + (f"  (was: {' '.join(listed)})" if listed else "  (new)"))
            distributions[name] = kept
    return changes


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("wheels", type=Path, nargs="*", help="wheels, or directories of wheels")
    parser.add_argument("--installed", action="store_true", help="what this interpreter has installed")
    parser.add_argument("--get", metavar="NAME", nargs="+", default=[], help="the newest wheels of these")
    parser.add_argument("--list", type=Path, default=LIST, help="the list (default: %(default)s)")
    parser.add_argument("--write", action="store_true", help="put what differs into the list")
    options = parser.parse_args(arguments)
    try:
        distributions = read_distributions(options.list)
        namespaces = shared_namespaces(distributions)
        with tempfile.TemporaryDirectory() as directory:
            if options.get:
                get(options.get, Path(directory))
            found = [*read_wheels([*options.wheels, Path(directory)], namespaces)]
        if options.installed:
            found += read_installed(namespaces)
    except ListError as error:
        print(error, file=sys.stderr)
        return 2
    for change in compare(found, distributions):
        print(change)
    if options.write:
        write(distributions, options.list)
    return 0


if __name__ == "__main__":
    sys.exit(main())

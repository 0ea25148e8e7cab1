"""Writes the tables of import names from the lists in `scripts/import-names`.

The builder reads one of the two files, the lint the other; they are the same.

    python scripts/generate_import_names.py            writes both files
    python scripts/generate_import_names.py --check    exits with 1 and a sentence when one is out of date
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import textwrap
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
LISTS = ROOT / "scripts" / "import-names"
TARGETS = (
    ROOT / "server_ext" / "jupyterlab_slipway" / "builder" / "data" / "import-names.json",
    ROOT / "src" / "contract" / "packages" / "import-names.json",
)
WIDTH = 110


class ListError(Exception):
    """One of the lists says something that cannot be; the text says what."""


class Lists(NamedTuple):
    """What the three files say."""

    distributions: dict[str, list[str]]  # as it is written → what it brings
    preferred: dict[str, str]
    standard_library: dict[str, str]  # module → the version that no longer has it, or nothing


def normalised(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def read_lines(path: Path) -> list[tuple[str, str]]:
    """The entries of a list, in its order: what stands before the colon, and what after it."""
    entries = []
    for line in path.read_text(encoding="utf-8").splitlines():
        name, _, rest = line.partition("#")[0].partition(":")
        if name.strip():
            entries.append((name.strip(), rest.strip()))
    return entries


def read_distributions(path: Path) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    seen: set[str] = set()
    for name, rest in read_lines(path):
        if normalised(name) in seen:
            raise ListError(f"{path.name} has `{name}` twice.")
        seen.add(normalised(name))
        found[name] = rest.split() or [normalised(name).replace("-", "_")]
    return found


def read_lists(directory: Path) -> Lists:
    return Lists(
        read_distributions(directory / "distributions.txt"),
        dict(read_lines(directory / "preferred.txt")),
        dict(read_lines(directory / "standard-library.txt")),
    )


def choose(module: str, candidates: list[str], preferred: str | None) -> str:
    """The distribution that an import of the module most likely means."""
    if preferred is not None:
        if preferred not in candidates:
            raise ListError(f"preferred.txt names `{preferred}` for `{module}`, which does not bring it.")
        return preferred
    if len(candidates) == 1:
        return candidates[0]
    for candidate in candidates:
        if normalised(candidate) == normalised(module):
            return candidate
    raise ListError(f"`{module}` comes with {', '.join(candidates)}: say in preferred.txt which is meant.")


def words(names: list[str]) -> list[str]:
    """Many short names in lines of many."""
    return textwrap.wrap(" ".join(names), WIDTH, break_on_hyphens=False, break_long_words=False)


def generate(lists: Lists) -> str:
    bringing: dict[str, list[str]] = defaultdict(list)
    for name, modules in lists.distributions.items():
        for module in modules:
            bringing[module].append(name)
    still_there = {module for module, removed in lists.standard_library.items() if not removed}
    differing: dict[str, str] = {}
    same: list[str] = []
    others: dict[str, list[str]] = defaultdict(list)
    for module in sorted(bringing):
        candidates = bringing[module]
        chosen = (
            None
            if module.partition(".")[0] in still_there
            else choose(module, candidates, lists.preferred.get(module))
        )
        for candidate in candidates:
            if candidate != chosen:
                others[normalised(candidate)].append(module)
        if chosen == normalised(module):
            same.append(module)
        elif chosen is not None:
            differing[module] = chosen
    known = {*differing, *same}
    parts = [module.split(".") for module in bringing]
    namespaces = {".".join(part[:length]) for part in parts for length in range(1, len(part))} - known
    unused = set(lists.preferred) - known - namespaces
    if unused:
        raise ListError(f"Nothing brings {', '.join(sorted(unused))} of preferred.txt.")
    table = {
        "modules": differing,
        "same": words(same),
        "others": {name: " ".join(others[name]) for name in sorted(others)},
        "namespaces": {name: lists.preferred.get(name, "") for name in sorted(namespaces)},
        "standardLibrary": words(sorted(lists.standard_library)),
        "removed": {name: version for name, version in sorted(lists.standard_library.items()) if version},
    }
    return json.dumps(table, indent=2, ensure_ascii=False) + "\n"


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing; fail if a file is out of date")
    parser.add_argument(
        "--lists", type=Path, default=LISTS, help="where the lists are (default: %(default)s)"
    )
    parser.add_argument("targets", type=Path, nargs="*", help="the files (default: the two of the project)")
    options = parser.parse_args(arguments)
    try:
        text = generate(read_lists(options.lists))
    except ListError as error:
        print(error, file=sys.stderr)
        return 2
    stale = False
    for target in options.targets or TARGETS:
        if not options.check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(text, encoding="utf-8")
        elif not target.is_file() or target.read_text(encoding="utf-8") != text:
            stale = True
            print(
                f"{target} is not what the lists say: run `python scripts/generate_import_names.py` "
                "and commit the result.",
                file=sys.stderr,
            )
    return int(stale)


if __name__ == "__main__":
    sys.exit(main())

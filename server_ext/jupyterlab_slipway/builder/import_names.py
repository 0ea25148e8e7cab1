"""Which distribution brings a module. The lint reads the same table, see scripts/generate_import_names.py."""

from __future__ import annotations

import json
from functools import cache
from importlib import resources
from typing import NamedTuple

from packaging.utils import canonicalize_name


class _Names(NamedTuple):
    modules: dict[str, str]
    namespaces: dict[str, str]


@cache
def _names() -> _Names:
    text = resources.files(__package__).joinpath("data", "import-names.json").read_text(encoding="utf-8")
    table = json.loads(text)
    same = {module: module.replace("_", "-").replace(".", "-").lower() for module in _words(table["same"])}
    return _Names({**same, **table["modules"]}, table["namespaces"])


def _words(lines: list[str]) -> list[str]:
    return [word for line in lines for word in line.split()]


def misnomer(package: str) -> str | None:
    """The package that is meant where one is asked for by the name that is imported: `sklearn`, `pil`."""
    names = _names()
    alike = (known for known in names.modules if known.lower() == package.lower())
    module = package if package in names.modules else next(alike, package)
    found = names.modules.get(module) or names.namespaces.get(module)
    return found if found is not None and canonicalize_name(found) != canonicalize_name(package) else None


def package_of(module: str) -> str:
    """The likely name on the package index of what `import module` needs: by the longest name that is known.

    Of a bare namespace, such as `google`, it is what most others below it build on.
    """
    names = _names()
    if found := names.namespaces.get(module):
        return found
    parts = module.split(".")
    prefixes = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
    for prefix in prefixes:
        if prefix in names.modules:
            return names.modules[prefix]
    # Below a namespace, distributions are called as what they bring: `azure.quantum` is in azure-quantum.
    shared = next((prefix for prefix in prefixes[1:] if prefix in names.namespaces), None)
    return parts[0] if shared is None else "-".join(parts[: shared.count(".") + 2])

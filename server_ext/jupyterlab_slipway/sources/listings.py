"""What git lists of a commit, as Python has it."""

from __future__ import annotations


def entries(printed: bytes) -> dict[str, tuple[str, str]]:
    """Path → (mode, id), from `git ls-tree -r -z`."""
    found = {}
    for line in printed.decode("utf-8", "surrogateescape").split("\0"):
        facts, tab, path = line.partition("\t")
        if tab:
            mode, _, identity = facts.split(" ")
            found[path] = (mode, identity)
    return found


def module_addresses(printed: bytes) -> dict[str, str]:
    """Path → address, from `git config -z` of a .gitmodules file."""
    modules: dict[str, dict[str, str]] = {}
    for entry in printed.decode("utf-8", "surrogateescape").split("\0"):
        key, _, value = entry.partition("\n")
        name, _, what = key.removeprefix("submodule.").rpartition(".")
        if name:
            modules.setdefault(name, {})[what] = value
    return {found["path"]: found["url"] for found in modules.values() if "path" in found and "url" in found}

"""Answers `pip install …` and its like in a cell: a program of its own, found first on the cells' PATH.

    python -I install_line.py DIRECTORY TOOL ARGUMENTS…

An install line succeeds if the lock satisfies it; else it fails and names what to add to `requirements`, and
the refusal is noted in DIRECTORY, because a `!` line that fails does not fail its cell.
"""

from __future__ import annotations

import json
import re
import shlex
import sys
from pathlib import Path

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

LOCKED, REFUSED = "locked.json", "refused.jsonl"
TOOLS = ("pip", "pip3", "conda", "mamba", "micromamba", "uv")

_HARMLESS = frozenset({"pip", "wheel", "uv", "conda", "mamba", "python"})
"""Tools that notebooks bring up to date by habit; the service needs none of them."""

_INSTALLING = frozenset({"install", "add", "update", "upgrade", "create", "sync"})
_TAKES_VALUE = frozenset(
    [
        "-c",
        "--constraint",
        "-e",
        "--editable",
        "-t",
        "--target",
        "-i",
        "--index-url",
        "--extra-index-url",
        "-f",
        "--find-links",
        "--prefix",
        "--root",
        "--platform",
        "--python-version",
        "--implementation",
        "--abi",
        "--trusted-host",
        "--proxy",
        "--retries",
        "--timeout",
        "--cert",
        "--client-cert",
        "--cache-dir",
        "--log",
        "--src",
        "--progress-bar",
        "--no-binary",
        "--only-binary",
        "--upgrade-strategy",
        "--config-settings",
        "--report",
        "--channel",
        "-n",
        "--name",
        "-p",
        "--python",
        "--file",
        "--index",
    ]
)


def main(arguments: list[str]) -> int:
    """The exit code: 0 where the lock satisfies the line."""
    directory, tool, words = Path(arguments[0]), arguments[1], arguments[2:]
    locked: dict[str, str] = json.loads((directory / LOCKED).read_text(encoding="utf-8"))
    verb, rest = split_verb(words)
    if verb in ("list", "freeze"):
        print("".join(f"{name}=={version}\n" for name, version in sorted(locked.items())), end="")
        return 0
    if verb not in _INSTALLING:
        print(
            f"{tool} {verb}: nothing is changed while Slipway builds; the environment is what "
            "`requirements` says."
        )
        return 0
    missing = [
        text for text in wanted(rest, conda="conda" in tool or "mamba" in tool) if not has(text, locked)
    ]
    if not missing:
        print("Already there, by `requirements`.")
        return 0
    with (directory / REFUSED).open("a", encoding="utf-8") as file:
        file.write(json.dumps({"line": shlex.join([tool, *words]), "missing": missing}) + "\n")
    print(refusal(missing), file=sys.stderr)
    return 1


def split_verb(words: list[str]) -> tuple[str, list[str]]:
    """The subcommand and what follows; uv's `pip install` is `install`."""
    bare = [index for index, word in enumerate(words) if not word.startswith("-")]
    if bare and words[bare[0]] in ("pip", "env"):
        bare = bare[1:]
    return (words[bare[0]], words[bare[0] + 1 :]) if bare else ("", [])


def wanted(words: list[str], *, conda: bool) -> list[str]:
    """What the line asks for, one text a package; requirement files are read."""
    found: list[str] = []
    queue = list(words)
    while queue:
        word = queue.pop(0)
        if word in ("-r", "--requirement") and queue:
            found += from_file(Path(queue.pop(0)))
        elif word in ("-e", "--editable") and queue:
            found.append(queue.pop(0))
        elif word in _TAKES_VALUE and queue:
            queue.pop(0)
        elif not word.startswith("-"):
            found.append(re.sub(r"(?<![=<>!~])=(?!=)", "==", word) if conda else word)
    return found


def from_file(path: Path) -> list[str]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return [str(path)]
    texts = [re.sub(r"(^|\s)#.*", "", line).strip() for line in lines]
    return [text for text in texts if text and not text.startswith("-")]


def has(text: str, locked: dict[str, str]) -> bool:
    """Does the lock satisfy this requirement? Paths and addresses it never does."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return False
    if requirement.url is not None:
        return False
    name = canonicalize_name(requirement.name)
    if name in _HARMLESS or (requirement.marker is not None and not requirement.marker.evaluate()):
        return True
    version = locked.get(name)
    if version is None:
        return False
    specifier = str(requirement.specifier)
    # conda's `numpy=1.15` means any 1.15
    return requirement.specifier.contains(version, prereleases=True) or (
        specifier.startswith("==") and version.startswith(specifier[2:] + ".")
    )


def refusal(missing: list[str]) -> str:
    pairs = ", ".join(pair(text) for text in missing)
    return (
        f"Slipway installs what `requirements` declares, nothing else. Add {pairs} to it and drop this line."
    )


UNKNOWN_VERSION = "its version"
"""Where a requirement names none; what ends a build gets one from the index, see newest.py."""


def pair(text: str) -> str:
    """The entry of `requirements` that stands for a requirement."""
    try:
        requirement = Requirement(text)
    except InvalidRequirement:
        return f"the package that {text!r} brings"
    specifier = str(requirement.specifier).removeprefix("==")
    extras = f"[{','.join(sorted(requirement.extras))}]" if requirement.extras else ""
    return f'["{requirement.name}{extras}", "{specifier or UNKNOWN_VERSION}"]'


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""`assemble.py BUILD BUNDLE HOME TARGET`: the model's environment, as the service gets it.

Runs within an image build, after `builder/inside.py`; standard library only. Copies the environment that the
bundle names from below HOME to the empty directory TARGET, without programs but Python itself. All times are
fixed, also those of sources that byte code holds, so that the same packages make the same layer.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import struct
import sys
from collections.abc import Callable
from pathlib import Path

TIME = 315619200
"""1980-01-02, the first day that a zip file can hold in every time zone."""
_PYTHON = re.compile(r"python[0-9.]*")
"""What stays of an environment's programs."""
_LEFTOVERS = (".gitignore", ".lock", "CACHEDIR.TAG")
"""What uv writes beside an environment."""
_TESTS = "tests"
_IMPORTED = re.compile(rb"^\s*(?:from|import)\s+(\.*)([A-Za-z0-9_.]*\btests\b[A-Za-z0-9_.]*)", re.MULTILINE)
_IMPORTED_FROM = re.compile(rb"^\s*from\s+(\.*)([A-Za-z0-9_.]*)\s+import\s+[^#\n]*\btests\b", re.MULTILINE)
_FLAGS_SINCE = (3, 7)
"""From here on byte code has a word of flags before the time (PEP 552)."""


def main(build: Path, bundle: Path, home: Path, target: Path) -> None:
    facts = json.loads((build / "build.json").read_text(encoding="utf-8"))
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    source = home / facts["base"] / "environments" / manifest["environment"]
    minor = tuple(int(part) for part in manifest["python"]["version"].split(".")[:2])
    copy_environment(source, target, slim=facts["options"]["slim"])
    for parent, directories, names in os.walk(target):
        for name in names:
            path = Path(parent) / name
            if path.suffix == ".pyc" and not path.is_symlink():
                retime(path, minor >= _FLAGS_SINCE)
        for name in [*directories, *names]:
            settle(Path(parent) / name)
    settle(target)
    for parent, directories, names in os.walk(bundle):
        for name in [*directories, *names]:
            settle(Path(parent) / name)


def copy_environment(source: Path, target: Path, *, slim: bool, link: bool = False) -> None:
    """Copies an environment as the service gets it. With `link`, files of both are the same: hard links."""
    copy = os.link if link else shutil.copy2
    shutil.copytree(
        source, target, symlinks=True, dirs_exist_ok=True, ignore=_left_out(source), copy_function=copy
    )
    if slim:
        for packages in target.glob("lib/python*/site-packages"):
            remove_tests(packages)


def _left_out(source: Path) -> Callable[[str, list[str]], list[str]]:
    def ignored(directory: str, names: list[str]) -> list[str]:
        if directory == str(source / "bin"):
            return [name for name in names if _PYTHON.fullmatch(name) is None]
        return [name for name in names if name in _LEFTOVERS] if directory == str(source) else []

    return ignored


def remove_tests(packages: Path) -> None:
    """Removes packages' own tests, a quarter of what many numerical packages weigh, but what is imported.

    They are directories `tests` within packages, with modules `test_*`. The running service is compared
    with the notebook afterwards, as everywhere.
    """
    imported: set[str] = set()
    for path in packages.rglob("*.py"):
        within = path.relative_to(packages).parts
        if _TESTS in within:
            continue
        content = path.read_bytes()
        found = [
            *_IMPORTED.findall(content),
            *((d, n + b".tests") for d, n in _IMPORTED_FROM.findall(content)),
        ]
        for dots, name in found:
            above = within[: -len(dots)] if dots else ()
            words = [*above, *(word for word in name.decode("ascii").split(".") if word)]
            if _TESTS in words:
                imported.add("/".join(words[: words.index(_TESTS) + 1]))
    for directory in sorted(packages.rglob(_TESTS)):
        inner = (directory.parent / "__init__.py").is_file() and any(directory.glob("test_*.py"))
        if inner and directory.relative_to(packages).as_posix() not in imported:
            for parent in (directory.parent, directory, *directory.rglob("*")):
                if parent.is_dir() and not parent.is_symlink():
                    parent.chmod(0o755)  # environments in the store are read-only
            shutil.rmtree(directory)


def retime(path: Path, has_flags: bool) -> None:
    """Puts the fixed time where byte code holds that of its source; other kinds are left as they are."""
    content = path.read_bytes()
    offset = 8 if has_flags else 4
    if has_flags and content[4:8] != b"\0\0\0\0":
        return  # goes by a hash
    path.chmod(0o644)
    path.write_bytes(content[:offset] + struct.pack("<I", TIME) + content[offset + 4 :])


def settle(path: Path) -> None:
    """Readable by everybody, written by nobody but root, to whom it will belong."""
    if path.is_symlink():
        os.utime(path, (TIME, TIME), follow_symlinks=False)
        return
    executable = path.is_dir() or path.stat().st_mode & 0o100
    path.chmod(0o755 if executable else 0o644)
    os.utime(path, (TIME, TIME))


if __name__ == "__main__":
    main(*(Path(word) for word in sys.argv[1:5]))

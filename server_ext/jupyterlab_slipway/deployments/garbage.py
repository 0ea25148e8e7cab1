"""Environments that nothing needs any more: found, and removed.

Needed is what the bundle of a release names, and what a running build or service uses (`builder/uses.py`).
Everything here may be killed at any moment, and may run at the same time as builds, services and itself:
a directory is renamed under its lock, which makes it gone for everybody at once, and deleted afterwards.
"""

from __future__ import annotations

import contextlib
import os
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from filelock import Timeout
from slipway_runtime.bundle import MANIFEST

from ..builder import environments, uses
from ..builder.files import remove_tree
from ..builder.interpreters import LocalPythons
from ..builder.resolve import KEPT_FOR, kept_resolution
from ..builder.scratch import PREFIX as SCRATCH
from ..builder.scratch import abandoned
from ..engines import front
from ..json_files import read_json
from ..problems import Code, SlipwayProblem
from ..sizes import parse_size
from .home import Home

LIMIT_VARIABLE = "SLIPWAY_ENVIRONMENTS_LIMIT"
_REMOVED = ".removed-"
_YOUNG = 3600.0
"""Seconds for which a file without a name of its own may still be in the making."""

Kind = Literal["environment", "overlay", "front", "resolution", "leftover"]


@dataclass(frozen=True)
class Item:
    """Something that may be removed, or has been."""

    kind: Kind
    path: Path
    bytes: int
    """Of its files; those that are hard links into uv's cache take no space of their own."""
    used: float
    """When it was last asked for, in seconds since the epoch; 0 where nobody knows."""


@dataclass
class Collected:
    """What one collection did, or would do."""

    removed: list[Item] = field(default_factory=list)
    needed: int = 0
    """Bytes of what is needed, and stays."""
    spared: int = 0
    """Bytes of what is not needed, but stays since all fits."""

    @property
    def bytes(self) -> int:
        """Of what was removed."""
        return sum(item.bytes for item in self.removed)


def environments_limit() -> int | None:
    """The bytes that SLIPWAY_ENVIRONMENTS_LIMIT allows; None where it is not set.

    Raises:
        SlipwayProblem: REQUEST_INVALID for a value that is no size.
    """
    text = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not text:
        return None
    try:
        return parse_size(text)
    except ValueError as error:
        raise SlipwayProblem(
            Code.REQUEST_INVALID, f"{LIMIT_VARIABLE}: {error}. Correct or unset it."
        ) from None


def collect(
    home: Home,
    *,
    limit: int | None = None,
    dry_run: bool = False,
    on_removed: Callable[[Item], None] = lambda _: None,
) -> Collected:
    """Removes what is not needed: all of it, or the least recently used until what stays fits `limit` bytes.

    What is broken or too old to be used goes in any case. `on_removed` gets each as it goes.
    """
    return _Collection(home, dry_run, on_removed).run(limit)


class _Collection:
    def __init__(self, home: Home, dry_run: bool, on_removed: Callable[[Item], None]) -> None:
        self._home = home
        self._dry_run = dry_run
        self._on_removed = on_removed
        self._collected = Collected()

    def run(self, limit: int | None) -> Collected:
        for item in self._leftovers():
            self._remove(item)
        self._forget_gone()
        unneeded = []
        named = self._named_by_bundles()
        for item in self._whole():
            if self._is_needed(item, named):
                self._collected.needed += item.bytes
            else:
                unneeded.append(item)
        stays = self._collected.needed + sum(item.bytes for item in unneeded)
        for item in sorted(unneeded, key=lambda item: item.used):
            if limit is not None and stays <= limit:
                self._collected.spared += item.bytes
            elif self._remove(item):
                stays -= item.bytes
            else:
                self._collected.needed += item.bytes  # somebody was quicker to use it
        for item in self._old_resolutions():
            self._remove_file(item)
        return self._collected

    # -- what there is

    def _whole(self) -> Iterator[Item]:
        for kind, parent, marker in self._places():
            for path in _directories(parent):
                if (path / marker).is_file():
                    yield Item(kind, path, tree_size(path), uses.last_used(path))

    def _places(self) -> list[tuple[Kind, Path, str]]:
        root = self._home.root
        return [
            ("environment", root / environments.ENVIRONMENTS, environments.MARKER),
            ("overlay", root / environments.OVERLAYS, environments.MARKER),
            ("front", root / front.FRONTS, front.MARKER),
        ]

    def _leftovers(self) -> Iterator[Item]:
        """What was half made or half removed when somebody was killed."""
        for _, parent, marker in self._places():
            for path in _directories(parent):
                if not (path / marker).is_file():
                    yield Item("leftover", path, tree_size(path), uses.last_used(path))
            for path in parent.glob(f"{_REMOVED}*"):
                yield Item("leftover", path, tree_size(path), 0.0)
        for path in (*self._home.deployments.glob(f"{_REMOVED}*"), *abandoned(self._home.checkouts)):
            yield Item("leftover", path, tree_size(path), 0.0)

    def _old_resolutions(self) -> Iterator[Item]:
        """Those that are too old, and those whose environment goes or is not there."""
        gone = {item.path.name for item in self._collected.removed if item.kind == "environment"}
        with contextlib.suppress(FileNotFoundError):
            for path in sorted((self._home.root / environments.RESOLUTIONS).iterdir()):
                with contextlib.suppress(FileNotFoundError):
                    facts = path.stat()
                    age = time.time() - facts.st_mtime
                    if path.name.startswith("."):
                        useless = age > _YOUNG
                    elif path.suffix == ".json":
                        useless = self._leads_nowhere(path, gone)
                    else:
                        useless = age > KEPT_FOR
                    if useless:
                        yield Item("resolution", path, facts.st_size, facts.st_mtime)

    def _leads_nowhere(self, path: Path, gone: set[str]) -> bool:
        found = kept_resolution(path, LocalPythons())
        if found is None:
            return True
        name = environments.digest(found.lock, found.interpreter)
        return name in gone or not (self._home.root / environments.ENVIRONMENTS / name).is_dir()

    def _forget_gone(self) -> None:
        """Notes on users of what is not there any more."""
        for _, parent, _ in self._places():
            for path in parent.glob(f"*{uses.USERS_SUFFIX}"):
                directory = path.with_name(path.name.removesuffix(uses.USERS_SUFFIX))
                if not self._dry_run and not directory.exists() and not uses.users_of(directory):
                    with contextlib.suppress(Timeout), uses.lock_of(directory).acquire(timeout=0):
                        if not directory.exists() and not uses.users_of(directory):
                            uses.forget(directory)

    # -- what is needed

    def _is_needed(self, item: Item, named: set[str]) -> bool:
        if uses.users_of(item.path):
            return True
        if item.kind == "environment":
            return item.path.name in named
        if item.kind == "front":
            return bool(named) and item.path == front.front_directory(self._home.root)
        return False

    def _named_by_bundles(self) -> set[str]:
        """Environments of the bundles that are kept, those of a damaged deployment among them."""
        named = set()
        for path in self._home.deployments.glob(f"*/releases/*/bundle/{MANIFEST}"):
            manifest = read_json(path)
            if manifest is not None:
                named.add(str(manifest.get("environment")))
        return named

    # -- removing

    def _remove(self, item: Item) -> bool:
        """Whether it goes; not where somebody makes or uses it at this moment."""
        if item.path.name.startswith((_REMOVED, SCRATCH)):
            doomed = item.path
        else:
            doomed = item.path.with_name(f"{_REMOVED}{uuid.uuid4().hex}")
            lock = uses.lock_of(item.path)
            try:
                lock.acquire(timeout=0)
            except Timeout:
                return False
            try:
                if not item.path.is_dir() or self._is_needed(item, self._named_by_bundles()):
                    return False  # there was time for somebody else since we looked
                if not self._dry_run:
                    item.path.rename(doomed)
                    uses.forget(item.path)
            finally:
                lock.release()
        if not self._dry_run:
            remove_tree(doomed)
        self._note(item)
        return True

    def _remove_file(self, item: Item) -> None:
        if not self._dry_run:
            item.path.unlink(missing_ok=True)
        self._note(item)

    def _note(self, item: Item) -> None:
        self._collected.removed.append(item)
        self._on_removed(item)


def tree_size(directory: Path) -> int:
    """Bytes of the files below, each once, however many names it has there."""
    seen = set()
    total = 0
    for parent, _, names in os.walk(directory):
        for name in names:
            with contextlib.suppress(OSError):
                found = Path(parent, name).lstat()
                if (found.st_dev, found.st_ino) not in seen:
                    seen.add((found.st_dev, found.st_ino))
                    total += found.st_size
    return total


def _directories(parent: Path) -> list[Path]:
    """The visible ones."""
    try:
        found = sorted(parent.iterdir())
    except FileNotFoundError:
        return []
    return [path for path in found if path.is_dir() and not path.name.startswith(".")]

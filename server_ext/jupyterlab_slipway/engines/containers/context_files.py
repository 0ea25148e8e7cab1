"""The files beside a notebook on their way into a build context: which ones, and copies of them."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import posixpath
import stat
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...builder.disk import FULL
from ...problems import Code, SlipwayProblem
from ...sizes import size_words
from .ignore import SLIPWAYIGNORE, IgnoreRules
from .ignored import Ignored
from .naming import NAMED, name_some, shown
from .never_sent import directory_stays, file_stays, has_to_be_looked_at, holds_secret
from .settings import CONTEXT_LIMIT, MOUNT_DATA

MOST_ENTRIES = 100_000
"""Files, directories and links that are sent; nobody trains a model with more of them one by one."""
_LOOKED_FURTHER = 20_000
"""Entries that are still looked at where the limit is exceeded, to name the biggest files."""
_CHUNK = 1 << 20
_LARGEST_NOTEBOOK = 200_000_000
_OLDEST_TIME = 315_619_200
"""1980-01-02."""
_TIMES = 1 << 30
_LEAVE_OUT = (
    f"Leave out what cells do not read, with a line for each in a file {SLIPWAYIGNORE} beside the notebook "
    f"(the syntax of .dockerignore), or name large data that they do read in {MOUNT_DATA}, which has it "
    "mounted instead of copied"
)


@dataclass
class Left:
    """What is not sent though no ignore file says so, for a note to the user."""

    secrets: list[str] = field(default_factory=list)
    outside: list[str] = field(default_factory=list)
    special: list[str] = field(default_factory=list)
    names: list[str] = field(default_factory=list)
    notebooks: list[str] = field(default_factory=list)
    vanished: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def notes(self) -> Iterator[str]:
        for paths, words in (
            (self.secrets, "Not sent to the image build, because they may hold secrets"),
            (self.outside, "Not sent to the image build, because these links lead out of the directory"),
            (
                self.special,
                "Not sent to the image build, because they are no files (sockets, pipes, devices)",
            ),
            (self.names, "Not sent to the image build, because their names are not UTF-8"),
            (self.notebooks, "Not sent to the image build, because they are no notebooks that can be read"),
            (self.vanished, "Gone while the directory was copied"),
            (self.changed, "Changed while they were copied, so the image build may have half of a change"),
        ):
            if paths:
                yield f"{words}: {name_some(paths)}."


@dataclass
class Found:
    """Relative paths of what is to be sent."""

    files: dict[str, int] = field(default_factory=dict)
    """With their sizes in bytes."""
    directories: list[str] = field(default_factory=list)
    links: dict[str, str] = field(default_factory=dict)
    """With their targets, relative as well."""

    @property
    def count(self) -> int:
        return len(self.files) + len(self.directories) + len(self.links)


@dataclass(frozen=True)
class Tree:
    """A directory of a user's."""

    root: Path
    home: Path
    """SLIPWAY_HOME, which is never part of it."""
    rules: IgnoreRules
    left: Left
    excluded: frozenset[str] = frozenset()
    """Relative paths that go another way."""
    ignored: Ignored = field(default_factory=Ignored)

    def find(self, limit: int | None) -> Found:
        """`limit`: the bytes that may be found at most.

        Raises:
            SlipwayProblem: CONTEXT where it is too much, or a directory cannot be read.
        """
        found, size = Found(), 0
        too_much_at: int | None = None
        real = os.path.realpath(self.root)
        own = os.path.realpath(self.home)
        pending = [""]
        while pending:
            parent = pending.pop()
            for entry in self._entries(parent):
                path = f"{parent}/{entry.name}" if parent else entry.name
                kind = self._kind(path, entry)
                if kind == "directory":
                    if os.path.realpath(entry.path) == own:
                        continue
                    if self.rules.leaves_out_all(path):
                        self.ignored.take_all(self.root, path)
                        continue
                    if not self.rules.leaves_out(path):
                        found.directories.append(path)
                    pending.append(path)
                elif kind == "file":
                    found.files[path] = entry.stat(follow_symlinks=False).st_size
                    size += found.files[path]
                elif kind == "link" and not self.rules.leaves_out(path):
                    self._take_link(path, Path(entry.path), real, found)
                if limit is not None and (size > limit or found.count > MOST_ENTRIES):
                    too_much_at = found.count if too_much_at is None else too_much_at
                    if found.count > too_much_at + _LOOKED_FURTHER:
                        raise _too_much(found, size, limit, complete=False)
        if too_much_at is not None and limit is not None:
            raise _too_much(found, size, limit, complete=True)
        self.left.secrets.sort()
        return found

    def _entries(self, parent: str) -> list[os.DirEntry[str]]:
        try:
            with os.scandir(self.root / parent) as entries:
                return sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except FileNotFoundError:
            self.left.vanished.append(parent or str(self.root))
            return []
        except OSError as error:
            raise _unreadable(parent or str(self.root), error) from None

    def _kind(self, path: str, entry: os.DirEntry[str]) -> str | None:
        """file, link, directory; None for what is never sent."""
        if path in self.excluded:
            return None
        name = entry.name
        try:
            name.encode("utf-8")
        except UnicodeEncodeError:
            self.left.names.append(path)
            return None
        try:
            if entry.is_symlink():
                return None if file_stays(name) else "link"
            if entry.is_dir(follow_symlinks=False):
                return None if directory_stays(name, Path(entry.path)) else "directory"
            if not stat.S_ISREG(entry.stat(follow_symlinks=False).st_mode):
                self.left.special.append(path)
                return None
            if name in (".git", ".hg"):
                return None  # files of that name lead to a repository elsewhere
            if self.rules.leaves_out(path):
                self.ignored.take(path, entry.stat(follow_symlinks=False).st_size)
                return None
            if file_stays(name):
                self.left.secrets.append(path)
                return None
            if has_to_be_looked_at(name) and holds_secret(name, Path(entry.path)):
                self.left.secrets.append(path)
                return None
        except FileNotFoundError:
            self.left.vanished.append(path)
            return None
        except OSError as error:
            raise _unreadable(path, error) from None
        return "file"

    def _take_link(self, path: str, link: Path, root: str, found: Found) -> None:
        """Links within the directory stay what they are; others would bring what nobody has looked at."""
        target = os.path.realpath(link)
        if target == root or not target.startswith(root.rstrip(os.sep) + os.sep):
            self.left.outside.append(path)
            return
        relative = os.path.relpath(target, os.path.realpath(link.parent))
        try:
            relative.encode("utf-8")
        except UnicodeEncodeError:
            self.left.names.append(path)
        else:
            found.links[path] = relative


def copy(found: Found, tree: Tree, target: Path, *, notebooks: bool, links: bool = False) -> None:
    """Copies what was found into the directory `target`, with fixed times and modes.

    `notebooks`: their outputs are left out. `links`: hard links where the system allows them.

    Raises:
        SlipwayProblem: CONTEXT where a file cannot be read.
        OSError: where it cannot be written.
    """
    for path in found.directories:
        (target / path).mkdir(parents=True, exist_ok=True)
    for path in found.files:
        destination = target / path
        destination.parent.mkdir(parents=True, exist_ok=True)
        if notebooks and path.casefold().endswith(".ipynb"):
            _copy_notebook(tree, path, destination)
        elif not (links and _linked(tree.root / path, destination)):
            _copy_file(tree, path, destination)
    for path, to in found.links.items():
        destination = target / path
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.symlink_to(to)


def settle(directory: Path) -> None:
    """The same times and modes whoever makes the context, so that the same files are the same layer.

    A file's time comes from its content: BuildKit does not send one again whose path, size, mode and time are
    those of a file in the context of an earlier build, whichever directory that was. Hard links are a user's
    own files and stay as they are.
    """
    for parent, directories, files in os.walk(directory, topdown=False):
        here = Path(parent)
        for name in [*files, *directories]:
            path = here / name
            if path.is_symlink():
                os.utime(path, (0, 0), follow_symlinks=False)
            elif name in files and (facts := path.stat()).st_nlink == 1:
                path.chmod(0o755 if facts.st_mode & 0o100 else 0o644)
                time = _time_of_content(path)
                os.utime(path, (time, time))
        here.chmod(0o755)
        os.utime(here, (0, 0))


def _time_of_content(path: Path) -> int:
    """Seconds since the epoch: past, and not before 1980, which archives cannot hold."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
    return _OLDEST_TIME + int.from_bytes(digest[:4], "big") % _TIMES


def without_outputs(content: bytes) -> bytes:
    """A notebook's source alone; all else as it was. Raises ValueError where it is none."""
    try:
        notebook: Any = json.loads(content)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    if not isinstance(notebook, dict):
        raise ValueError("it is no notebook")
    sheets = notebook.get("worksheets")
    for sheet in [notebook, *(sheets if isinstance(sheets, list) else [])]:
        cells = sheet.get("cells") if isinstance(sheet, dict) else None
        for cell in cells if isinstance(cells, list) else []:
            if isinstance(cell, dict) and "outputs" in cell:
                cell["outputs"] = []
    metadata = notebook.get("metadata")
    if isinstance(metadata, dict):
        metadata.pop("widgets", None)  # what widgets showed
    return (json.dumps(notebook, indent=1, ensure_ascii=True) + "\n").encode("ascii")


def _copy_notebook(tree: Tree, path: str, destination: Path) -> None:
    try:
        with _opened(tree.root / path) as handle, os.fdopen(handle, "rb", closefd=False) as file:
            content = file.read(_LARGEST_NOTEBOOK)
        destination.write_bytes(without_outputs(content))
    except FileNotFoundError:
        tree.left.vanished.append(path)
    except ValueError:
        tree.left.notebooks.append(path)
    except OSError as error:
        raise _read_or_write(path, error) from None


def _linked(source: Path, destination: Path) -> bool:
    """Only what every user may read anyway, since a link has the file's own mode."""
    try:
        mode = source.lstat().st_mode
        if not stat.S_ISREG(mode) or not mode & stat.S_IROTH:
            return False
        os.link(source, destination, follow_symlinks=False)
    except OSError:
        return False
    return True


def _copy_file(tree: Tree, path: str, destination: Path) -> None:
    try:
        with _opened(tree.root / path) as handle:
            before = os.fstat(handle)
            with destination.open("wb") as file:
                remaining = before.st_size
                while remaining and (part := os.read(handle, min(_CHUNK, remaining))):
                    file.write(part)
                    remaining -= len(part)
            after = os.fstat(handle)
        if remaining or (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            tree.left.changed.append(path)
        if before.st_mode & 0o100:
            destination.chmod(0o755)
    except FileNotFoundError:
        tree.left.vanished.append(path)
    except OSError as error:
        raise _read_or_write(path, error) from None


@contextlib.contextmanager
def _opened(path: Path) -> Iterator[int]:
    """For reading, where it is still a file. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    try:
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(path))
        yield handle
    finally:
        os.close(handle)


def _read_or_write(path: str, error: OSError) -> Exception:
    if error.errno in FULL:
        return error
    if error.errno in (errno.ELOOP, errno.ENXIO):  # something else has taken its place
        return SlipwayProblem(Code.CONTEXT, f"{shown(path)} changed while it was copied. Deploy again.")
    return _unreadable(path, error)


def _unreadable(path: str, error: OSError) -> SlipwayProblem:
    return SlipwayProblem(
        Code.CONTEXT,
        f"{shown(path)} beside the notebook cannot be read ({error.strerror}), so it cannot be sent to the "
        f"image build. Give yourself the right to read it, or leave it out in {SLIPWAYIGNORE}.",
    )


def _too_much(found: Found, size: int, limit: int, *, complete: bool) -> SlipwayProblem:
    least = "" if complete else "at least "
    if size > limit:
        biggest = sorted(found.files.items(), key=lambda item: (-item[1], item[0]))[:NAMED]
        listed = ", ".join(f"{shown(path)} ({size_words(count)})" for path, count in biggest)
        words = f"{least}{size_words(size)}; the limit is {size_words(limit)}. The biggest: {listed}. "
        advice = f"{_LEAVE_OUT}, or raise {CONTEXT_LIMIT}."
    else:
        paths = [*found.files, *found.directories, *found.links]
        most = Counter(posixpath.dirname(path) for path in paths).most_common(NAMED)
        listed = ", ".join(f"{shown(path) or 'the directory itself'} ({count:,})" for path, count in most)
        words = f"{least}{found.count:,} entries; the most are {MOST_ENTRIES:,}. Most are in {listed}. "
        advice = f"{_LEAVE_OUT}."
    return SlipwayProblem(Code.CONTEXT, f"The notebook's directory has {words}{advice}")

"""What git says of a notebook's file, where it lies in a repository's working tree. Changes nothing there."""

from __future__ import annotations

import contextlib
import re
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from ..wire import Source
from . import filters, git
from .reference import public_address

_TIMEOUT = 20.0
"""Seconds for one look; a repository that takes longer is treated as none."""
_NOT_INPUT = frozenset({".ipynb_checkpoints", "__pycache__", ".virtual_documents"})
"""Directories that appear beside a notebook by working with it, and that no cell reads."""


@dataclass(frozen=True)
class WorkingTree:
    """A notebook in the working tree of a repository."""

    root: Path
    """The working tree's top directory, links resolved."""
    path: str
    """Of the notebook, inside the repository, with slashes."""
    revision: str | None
    """Of the last commit, 40 hexadecimal digits; None where nothing has been committed yet."""
    branch: str | None
    """Its name; None where none is checked out."""
    subject: str | None
    """The first line of the last commit's message."""
    committed: float | None
    """When that was, in milliseconds since the epoch."""
    repository: str | None
    """Address of the remote that the branch follows (else `origin`, else the only one), without credentials;
    None where there is none, or it is a directory of this machine."""
    untracked: bool
    """The last commit does not hold the notebook."""
    differs: bool
    """Its file is not what the last commit holds, outputs included; so it is where it is `untracked`."""
    dirty: bool
    """Something else is not as the last commit holds it: a tracked file anywhere in the repository, or an
    untracked one in the notebook's directory or below that is not ignored."""
    changed: tuple[str, ...] = ()
    """Why it `differs` or is `dirty`: paths inside the repository, the notebook's first; those of directories
    of which the last commit holds nothing end in a slash. Of submodules, the first one's alone."""

    def source(self) -> Source | None:
        """What a release is made from that is built of these files; None before the first commit."""
        if self.revision is None:
            return None
        return {
            "repository": self.repository,
            "revision": self.revision,
            "ref": None,
            "path": self.path,
            "dirty": self.differs or self.dirty,
        }


@dataclass(frozen=True)
class Repository:
    """Where a directory lies in git."""

    top: Path
    """Of the working tree; of a bare repository, itself."""
    prefix: str
    """From there to the directory, with a slash at its end; empty where they are the same."""
    bare: bool


def repository_of(directory: Path) -> Repository | None:
    """None where it lies in no repository, or git is not there, or does not trust it."""
    try:
        bare = git.text(["rev-parse", "--is-bare-repository"], directory=directory) == "true"
        if bare:
            return Repository(
                Path(git.text(["rev-parse", "--absolute-git-dir"], directory=directory)), "", bare
            )
        found = git.text(["rev-parse", "--show-toplevel", "--show-prefix"], directory=directory)
    except (git.Failed, git.TimedOut, git.Missing, OSError):
        return None
    top, _, prefix = found.partition("\n")
    return Repository(Path(top), prefix, bare) if top else None


def describe(notebook_path: Path) -> WorkingTree | None:
    """What git says of a notebook. Runs git some six times (25 ms), and twice for each submodule;
    reads, and locks nothing.

    None where the file lies in no working tree, git is not there or too old, or it does not answer: a
    repository of somebody else that git does not trust, one that is damaged, one that takes very long.
    Never raises. Links are followed first: what counts is where the file is.
    """
    try:
        return _describe(notebook_path.resolve())
    except (git.Failed, git.TimedOut, git.Missing, OSError, ValueError, RuntimeError):
        return None


def _describe(notebook: Path) -> WorkingTree | None:
    beside = notebook.parent
    found = git.text(["rev-parse", "--is-inside-work-tree", "--show-toplevel"], directory=beside)
    inside, _, top = found.partition("\n")
    if inside != "true" or not top:
        return None
    root = Path(top)
    path = notebook.relative_to(root).as_posix()
    revision, branch, changes = _status(root)
    subject, committed = _commit(root) if revision else (None, None)
    mine = next((change for change in changes if change.path == path), None)
    untracked = revision is None or not _holds(root, path)
    differs = untracked or mine is not None
    others = [change.path for change in changes if _counts(change, path)]
    if not others:
        others = _changed_within(root)
    return WorkingTree(
        root=root,
        path=path,
        revision=revision,
        branch=branch,
        subject=subject,
        committed=committed,
        repository=_remote(root, branch),
        untracked=untracked,
        differs=differs,
        dirty=bool(others),
        changed=(*([path] if differs else []), *others),
    )


@dataclass(frozen=True)
class _Change:
    path: str
    """Where git has nothing of a directory, it is the directory."""
    untracked: bool


def _changed_within(root: Path) -> list[str]:
    """Paths below `root` of files that are not as their last commits hold them: of the first submodule, of
    those that are there, that has any."""
    if not (root / ".gitmodules").is_file():
        return []
    try:
        printed = git.text(
            ["config", "-z", "--file", ".gitmodules", "--get-regexp", r"^submodule\..*\.path$"],
            directory=root,
        )
    except git.Failed:
        return []
    for entry in printed.split("\0"):
        _, _, path = entry.partition("\n")
        place = root / path
        if not path or not (place / ".git").exists() or place.resolve() != root.resolve() / path:
            continue
        _, _, changes = _status(place)
        if found := [change.path for change in changes] or _changed_within(place):
            return [f"{path}/{one}" for one in found]
    return []


_FIELDS = {"1": 8, "2": 9, "u": 10}
"""Fields before the path in a line of `git status --porcelain=v2`, by its first letter (git-status(1))."""


def _status(root: Path) -> tuple[str | None, str | None, list[_Change]]:
    """(revision, branch, what is not as the last commit holds it)."""
    # git itself would look into submodules with the filters that those have
    arguments = ["--branch", "-z", "--untracked-files=normal", "--no-renames", "--ignore-submodules=dirty"]
    printed = git.text(
        ["status", "--porcelain=v2", *arguments],
        directory=root,
        timeout=_TIMEOUT,
        settings=filters.users_alone(root),
    )
    revision: str | None = None
    branch: str | None = None
    changes = []
    for line in printed.split("\0"):
        kind, _, rest = line.partition(" ")
        if line.startswith("# branch.oid "):
            oid = line.removeprefix("# branch.oid ")
            revision = oid if re.fullmatch(r"[0-9a-f]{40,64}", oid) else None
        elif line.startswith("# branch.head "):
            head = line.removeprefix("# branch.head ")
            branch = None if head == "(detached)" else head
        elif kind == "?":
            changes.append(_Change(rest, untracked=True))
        elif kind in _FIELDS:
            changes.append(_Change(line.split(" ", _FIELDS[kind])[-1], untracked=False))
    return revision, branch, changes


def _counts(change: _Change, notebook: str) -> bool:
    """Whether it makes the tree `dirty`."""
    if change.path == notebook:
        return False
    path = PurePosixPath(change.path)
    if not _NOT_INPUT.isdisjoint(path.parts):
        return False
    return not change.untracked or path.is_relative_to(PurePosixPath(notebook).parent)


def _holds(root: Path, path: str) -> bool:
    """Whether the last commit has the file."""
    with contextlib.suppress(git.Failed):
        return bool(git.text(["ls-tree", "-z", "--full-tree", "HEAD", "--", path], directory=root))
    return False


def _commit(root: Path) -> tuple[str | None, float | None]:
    """(subject, time)."""
    printed = git.text(["log", "-1", "--no-show-signature", "--format=%ct%n%s", "HEAD"], directory=root)
    seconds, _, subject = printed.partition("\n")
    return subject or None, float(seconds) * 1000 if seconds.isdecimal() else None


def _remote(root: Path, branch: str | None) -> str | None:
    try:
        printed = git.text(
            ["config", "-z", "--get-regexp", r"^(remote\..*\.url|branch\..*\.remote)$"], directory=root
        )
    except git.Failed:  # there is no such setting
        return None
    urls: dict[str, str] = {}
    followed = None
    for entry in printed.split("\0"):
        key, _, value = entry.partition("\n")
        section, _, rest = key.partition(".")
        name = rest.rpartition(".")[0]
        if section == "remote":
            urls.setdefault(name, value)
        elif section == "branch" and name == branch:
            followed = value
    url = (
        urls.get(followed or "")
        or urls.get("origin")
        or (next(iter(urls.values())) if len(urls) == 1 else None)
    )
    return public_address(url) if url else None

"""The files of one revision, and of its submodules, into a directory: as little of the history as will do."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ..builder.disk import is_full
from ..problems import Code, SlipwayProblem
from . import git, lfs
from .listings import entries, module_addresses
from .reference import Reference, joined, public_address, transport_of
from .trouble import (
    cannot_be_shallow,
    lacks_revision,
    no_repository,
    problem_of,
    took_too_long,
    unknown_revision,
)

TIMEOUT_VARIABLE = "SLIPWAY_GIT_TIMEOUT"
"""Seconds for all of one checkout."""
DEFAULT_TIMEOUT = 900.0
MOST_SUBMODULES = 100
"""Of one checkout, those within submodules included."""

_FETCHED = "refs/slipway/source"
_AN_ID = re.compile(r"[0-9a-f]{4,40}")
_LINK = "120000"
_SUBMODULE = "160000"
_NOTHING_LISTED = 2
"""Exit code of `git ls-remote --exit-code`."""
_HELPER = (
    '!f() { test "$1" = get || exit 0; printf "username=%s\\npassword=%s\\n" '
    '"$SLIPWAY_GIT_USERNAME" "$SLIPWAY_GIT_PASSWORD"; }; f'
)
"""Gives git what stood in the address. The values are in its environment: lists of processes show others."""
_QUIET = ("--quiet", "--no-tags", "--no-recurse-submodules", "--force")
_ALL = (
    "+refs/heads/*:refs/remotes/origin/*",
    "+refs/tags/*:refs/tags/*",
    "+HEAD:refs/slipway/HEAD",
)


def time_limit() -> float:
    """Seconds that a checkout may take.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    given = os.environ.get(TIMEOUT_VARIABLE, "").strip()
    if not given:
        return DEFAULT_TIMEOUT
    try:
        seconds = float(given)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e6:
        raise SlipwayProblem(
            Code.REQUEST_INVALID, f"The variable {TIMEOUT_VARIABLE} is no number of seconds: {given[:40]!r}."
        )
    return seconds


@dataclass
class Fetching:
    """One checkout, with its submodules: its time, its credentials, what there is to say."""

    reference: Reference
    top: Path
    tell: Callable[[str], None]
    origin: str | None = None
    """Where a repository of this machine comes from: relative addresses of its submodules start there, as
    git-submodule(1) has it."""
    notes: list[str] = field(default_factory=list)
    submodules: int = 0
    limit: float = field(default_factory=time_limit)

    def __post_init__(self) -> None:
        self.deadline = time.monotonic() + self.limit
        self.settings, self.environment = _credentials(self.reference)

    def repository(
        self, address: str, shown: str, revision: str | None, directory: Path, transports: tuple[str, ...]
    ) -> str:
        """One repository's files, its submodules' included: the commit's id.

        Raises:
            SlipwayProblem: those of `checkout.check_out` but for the notebook's.
        """
        try:
            directory.mkdir(parents=True, exist_ok=True)
            self._git(["init", "--quiet"], directory)
            found = self._fetch(address, shown, revision, directory, transports)
            self._git(["checkout", "--quiet", "--force", "--detach", found, "--"], directory)
            files = entries(self._git(["ls-tree", "-r", "-z", "--full-tree", found], directory))
            self._check_links(directory, [path for path, (mode, _) in files.items() if mode == _LINK])
            self._large_files(address, directory, found)
            modules = {path: commit for path, (mode, commit) in files.items() if mode == _SUBMODULE}
            if modules:
                self._submodules(address, directory, found, modules)
        except git.TimedOut:
            raise took_too_long(shown, self.limit, TIMEOUT_VARIABLE) from None
        except git.Failed as failed:
            if "unable to write" in failed.words and is_full(directory):
                failed = git.Failed(failed.code, os.strerror(errno.ENOSPC))  # git does not say so itself
            is_ssh = transport_of(address) == "ssh"
            raise problem_of(failed, shown, is_ssh=is_ssh, where=self.top) from None
        return found

    def _fetch(
        self, address: str, shown: str, revision: str | None, directory: Path, transports: tuple[str, ...]
    ) -> str:
        if transport_of(address) == "file" and revision is not None:
            revision = _local_commit(address, revision) or revision
        is_id = revision is not None and _AN_ID.fullmatch(revision) is not None
        wanted = f"+{revision or 'HEAD'}:{_FETCHED}"
        try:
            shallow = ["fetch", *_QUIET, "--depth=1", "--end-of-options", address, wanted]
            self._git(shallow, directory, transports)
            names = [_FETCHED]
        except git.Failed as failed:
            if not cannot_be_shallow(failed):
                if not lacks_revision(failed):
                    raise
                if not is_id:
                    raise self._lacking(address, shown, revision, directory, transports) from None
                self.tell(f"{shown} does not give {revision} by itself: looking for it in all of its history")
            try:
                self._git(["fetch", *_QUIET, "--end-of-options", address, *_ALL], directory, transports)
            except git.Failed as failed:
                if not lacks_revision(failed):
                    raise
                raise self._lacking(address, shown, revision, directory, transports) from None
            names = (
                ["refs/slipway/HEAD"]
                if revision is None
                else [
                    f"refs/tags/{revision}",
                    f"refs/remotes/origin/{revision}",
                    *([revision] if is_id else []),
                ]
            )
        for name in names:
            with contextlib.suppress(git.Failed):
                return self._commit(directory, name)
        raise unknown_revision(revision, shown)

    def _lacking(
        self, address: str, shown: str, revision: str | None, directory: Path, transports: tuple[str, ...]
    ) -> SlipwayProblem:
        """What to say where git has found no such revision. To a web server that answers with a line of
        whatever, it speaks as to a repository of mere files that is empty: packets tell a server of git."""
        if transport_of(address) in ("http", "https"):
            arguments = ["ls-remote", "--exit-code", "--end-of-options", address]
            try:
                self._git(arguments, directory, transports, environment={"GIT_TRACE_PACKET": "1"})
            except git.Failed as failed:
                if failed.code == _NOTHING_LISTED and "packet:" not in failed.words:
                    return no_repository(shown)
        return unknown_revision(revision, shown)

    def _commit(self, directory: Path, name: str) -> str:
        arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        return self._git(arguments, directory).decode("ascii").strip()

    def _check_links(self, directory: Path, links: list[str]) -> None:
        """
        Raises:
            SlipwayProblem: LEAVES_REPOSITORY.
        """
        top = self.top.resolve()
        for path in links:
            link = directory / path
            if not link.is_symlink():
                continue
            target = Path(os.path.realpath(link))
            inside = target.is_relative_to(top) and ".git" not in target.relative_to(top).parts
            if link.readlink().is_absolute() or not inside:
                shown = link.relative_to(self.top).as_posix()
                raise SlipwayProblem(
                    Code.LEAVES_REPOSITORY,
                    f"The symbolic link {shown[:200]!r} of {self.reference.shown} leads out of it. "
                    "Replace it by the file that is meant, or by a relative link within the repository.",
                )

    def _large_files(self, address: str, directory: Path, revision: str) -> None:
        """Files that git keeps elsewhere, with git-lfs where it is there, else named."""
        pointers = lfs.pointers(directory, self._git(["ls-tree", "-r", "-l", "-z", revision], directory))
        if not pointers:
            return
        within = directory.relative_to(self.top).as_posix()
        reason = "git-lfs is not installed here"
        if lfs.is_installed(directory):
            self.tell(f"Fetching {len(pointers)} file{'' if len(pointers) == 1 else 's'} from Git LFS")
            try:
                self._git(
                    ["lfs", "pull", "origin"],
                    directory,
                    git.TRANSPORTS,
                    settings={"remote.origin.url": address},
                    environment={"GIT_LFS_SKIP_SMUDGE": "0"},
                )
                reason = "the server of Git LFS does not have them"
            except git.Failed as failed:
                reason = (
                    f"git-lfs could not fetch them: {(failed.words.splitlines() or ['no reason given'])[-1]}"
                )
            pointers = lfs.still(directory, pointers)
        if pointers:
            names = [path if within == "." else f"{within}/{path}" for path in pointers]
            self.notes.append(lfs.sentence(names, reason))

    def _submodules(self, address: str, directory: Path, revision: str, modules: Mapping[str, str]) -> None:
        described = module_addresses(self._modules_file(directory, revision))
        for path, commit in modules.items():
            place = directory / path
            shown_path = place.relative_to(self.top).as_posix()
            given = described.get(path)
            if given is None:
                self.notes.append(
                    f"The submodule {shown_path} has no address in .gitmodules, so its directory is empty."
                )
                continue
            base = self.origin if self.origin is not None and directory == self.top else address
            url = joined(base, given) if given.startswith(("./", "../")) else given
            self.submodules += 1
            if self.submodules > MOST_SUBMODULES:
                raise SlipwayProblem(
                    Code.CHECKOUT_FAILED,
                    f"{self.reference.shown} has more than {MOST_SUBMODULES} submodules. Deploy from a "
                    "repository with fewer of them.",
                )
            if transport_of(url) not in git.TRANSPORTS_WITHIN or url.startswith("-"):
                raise SlipwayProblem(
                    Code.SOURCE_ADDRESS,
                    f"The submodule {shown_path} is at {git.mask(url)[:200]}, and submodules are fetched by "
                    "https, http and ssh alone, as git does too. Change its address in .gitmodules.",
                )
            if place.is_symlink() or place.resolve() != self.top.resolve() / place.relative_to(self.top):
                raise SlipwayProblem(
                    Code.LEAVES_REPOSITORY,
                    f"The submodule {shown_path} lies behind a symbolic link. Move it in the repository.",
                )
            shown = public_address(url) or url
            self.tell(f"Fetching the submodule {shown_path} from {shown}")
            try:
                self.repository(_bare(url), shown, commit, place, git.TRANSPORTS_WITHIN)
            except SlipwayProblem as problem:
                raise SlipwayProblem(
                    problem.code, f"The submodule {shown_path} cannot be had. {problem.message}"
                ) from None

    def _modules_file(self, directory: Path, revision: str) -> bytes:
        try:
            # from the commit, so that no link can stand in its place; includes are not followed
            arguments = ["config", "-z", "--blob", f"{revision}:.gitmodules", "--get-regexp"]
            return self._git([*arguments, r"^submodule\..*\.(path|url)$"], directory)
        except git.Failed:
            return b""

    def _git(
        self,
        arguments: list[str],
        directory: Path,
        transports: tuple[str, ...] = (),
        *,
        settings: Mapping[str, str] | None = None,
        environment: Mapping[str, str] | None = None,
    ) -> bytes:
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise git.TimedOut
        return git.run(
            arguments,
            directory=directory,
            timeout=remaining,
            transports=transports,
            settings={**(self.settings if transports else {}), **(settings or {})},
            environment={**(self.environment if transports else {}), **(environment or {})},
        )


def _credentials(reference: Reference) -> tuple[dict[str, str], dict[str, str]]:
    """(settings, environment) by which git gets what stood in the address, for its host alone."""
    if reference.username is None and reference.password is None:
        return {}, {}
    scheme, _, rest = reference.address.partition("://")
    host = f"credential.{scheme}://{rest.partition('/')[0]}"
    environment = {
        "SLIPWAY_GIT_USERNAME": reference.username or "",
        "SLIPWAY_GIT_PASSWORD": reference.password or "",
    }
    # nothing for the first of two keys that mean the same host: no other helper is asked, or told them
    return {f"{host}/.helper": "", f"{host}.helper": _HELPER}, environment


def _bare(url: str) -> str:
    """A submodule's address without credentials: those in a file are no secret to the file's readers,
    but lists of processes would show them."""
    return git.mask(url) if url.lower().startswith(("http:", "https:")) else url


def _local_commit(address: str, revision: str) -> str | None:
    """The whole id of a commit, where the repository is on this machine: any can be fetched by it."""
    path = Path(address.removeprefix("file://"))
    if not path.is_dir():
        return None
    arguments = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"]
    try:
        return git.text(arguments, directory=path)
    except (git.Failed, git.TimedOut):
        return None

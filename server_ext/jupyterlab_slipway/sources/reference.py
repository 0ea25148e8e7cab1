"""What a user names with `URL#rev:path`, `DIRECTORY#rev:path` or a path: read, and never taken for options.

Addresses are those that git takes (git-fetch(1), "GIT URLS"), as far as their transport is one of
`git.TRANSPORTS`. The part after `#` is that of BuildKit's git contexts: a revision, a colon, a path.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from ..problems import Code, SlipwayProblem
from .git import TRANSPORTS, mask

EXAMPLE = "https://host/team/repository.git#v1.0:path/to/notebook.ipynb"

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_HELPER = re.compile(r"([A-Za-z0-9+.-]+)::")
"""A transport that a program of the user's serves, such as `ext::`."""
_SCP_LIKE = re.compile(r"([A-Za-z0-9._~-]+)@(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+):(?!//)(\S.*)")
_NO_REVISION = re.compile(r"^[-+./]|\.\.|@\{|//|/\.|[\x00-\x20\x7f~^:?*\[\\]|\.lock(?:/|$)|[./]$|^@$")
"""git-check-ref-format(1), and what would be an option or a refspec."""
_CUT = re.compile(r".*[/?#].*@(?:[^@/:?#\s]+|\[[^@\]]*\])(?::[0-9]*)?/[^@]*", re.DOTALL)
"""After `://`: a password with one of these letters in it may end at the last `@`, so that its beginning was
read as the host, and its end as a path or a revision."""
_NO_CREDENTIAL = re.compile(r"[\0\r\n]")
"""git-credential(1) has lines."""
_UP_TO_AT = re.compile(r"(?<=://).*@", re.DOTALL)
_USERINFO = re.compile(r"(?<=://)[^/]*@")
"""Quotes and spaces in it too, as this is for one address; in git's sentences they end one (`git.mask`)."""
_ENCODED = ". In a user name or a password, / ? # and @ are written as %2F, %3F, %23 and %40"
_LONGEST = 2000
_LONGEST_SHOWN = 120


@dataclass(frozen=True)
class Reference:
    """One state of one repository, and perhaps a place in it."""

    address: str
    """For git: a URL without user name and password (but for the account of ssh), or an absolute path."""
    shown: str
    """For people: the same, as far as they wrote it."""
    revision: str | None
    """Branch, tag or commit id; None for the remote's HEAD."""
    path: str | None
    """Of a notebook or a directory inside the repository, normalised; None for all of it."""
    directory: Path | None = None
    """The repository, where it is a directory of this machine that was named by its path."""
    username: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)
    """Those that stood in the address. They are handed to git alone."""

    @property
    def public(self) -> str | None:
        """What may be written down for others; None for a directory of this machine."""
        return None if self.directory is not None else public_address(self.address)


def is_address(text: str) -> bool:
    """Whether it names a repository elsewhere, rather than a path. Also true of what `parse` then refuses."""
    head = text.partition("#")[0]
    return bool(_SCHEME.match(head) or _HELPER.match(head) or _SCP_LIKE.fullmatch(head))


def parse(text: str) -> Reference | None:
    """What is named; None where it is the path of a file or of a directory, for others to look at.

    A path that exists is one, whatever it looks like; `DIRECTORY#…` is a reference where the part before a
    `#` is a directory.

    Raises:
        SlipwayProblem: SOURCE_ADDRESS, REVISION_UNKNOWN, LEAVES_REPOSITORY; NOTEBOOK_MISSING for the address
            of a file.
    """
    if len(text) > _LONGEST or "\0" in text or "\n" in text:
        raise _refused(_UP_TO_AT.sub("", text), "it is too long, or holds a line break")
    if _exists(text):
        return None
    if is_address(text):
        address, mark, fragment = text.partition("#")
        return _remote(address, fragment if mark else "")
    for position in (index for index, letter in enumerate(text) if letter == "#"):
        directory = _directory(text[:position] or ".")
        if directory is not None:
            revision, path = _fragment(text[position + 1 :])
            found = directory.resolve()
            return Reference(str(found), text[:position] or ".", revision, path, found)
    return None


def public_address(address: str) -> str | None:
    """An address without user name, password, query and fragment; None for a path of this machine."""
    if _SCHEME.match(address):
        bare = _bare(address).partition("#")[0].partition("?")[0]
        return None if bare.lower().startswith("file:") else bare
    return address if _SCP_LIKE.fullmatch(address) and not _HELPER.match(address) else None


def transport_of(address: str) -> str | None:
    """`https`, `ssh`, …; `file` for a path; None for one that git would need a helper for."""
    if _HELPER.match(address):
        return None
    if found := _SCHEME.match(address):
        return found[1].lower()
    return "ssh" if _SCP_LIKE.fullmatch(address) else "file"


def joined(base: str, relative: str) -> str:
    """The address that a relative one of a submodule (`./x`, `../x`) means, as git-submodule(1) says."""
    base = base.rstrip("/")
    while True:
        if relative.startswith("../"):
            relative = relative[3:]
            cut = max(base.rfind("/"), base.rfind(":") if "://" not in base else -1)
            base = base[:cut] if base[cut : cut + 1] == "/" else base[: cut + 1]
        elif relative.startswith("./"):
            relative = relative[2:]
        else:
            return f"{base}{relative}" if base.endswith(":") else f"{base}/{relative}"


def clean_path(path: str) -> str | None:
    """A path inside the repository, normalised; None for its top directory.

    Raises:
        SlipwayProblem: LEAVES_REPOSITORY.
    """
    parts = PurePosixPath(path).parts
    if path.startswith(("/", "~", "\\")) or ".." in parts or any(part.lower() == ".git" for part in parts):
        raise SlipwayProblem(
            Code.LEAVES_REPOSITORY,
            f"The path {_short(path)!r} leads out of the repository's files. Give it as it is inside the "
            "repository, such as models/notebook.ipynb.",
        )
    return None if not parts else PurePosixPath(*parts).as_posix()


def _exists(text: str) -> bool:
    try:
        return Path(text).expanduser().exists()
    except (OSError, ValueError, RuntimeError):  # too long a name; one without a home
        return False


def _directory(text: str) -> Path | None:
    if not _exists(text):
        return None
    path = Path(text).expanduser()
    return path if path.is_dir() else None


def _remote(address: str, fragment: str) -> Reference:
    transport = transport_of(address)
    _, scheme, rest = f"{address}#{fragment}".partition("://")
    if scheme and transport != "file" and not fragment.startswith("refs/") and _CUT.fullmatch(rest):
        raise _refused(
            f"{transport}://…",
            f"what stands before its last @ is no user name and password{_ENCODED}. A branch with an @ and a "
            "/ in its name is written as refs/heads/NAME",
        )
    if transport not in TRANSPORTS:
        shown = f"{transport}://" if transport else f"{address.partition('::')[0][:20]}::"
        # what follows the name of a helper is a command
        given = _bare(address) if transport else f"{address.partition('::')[0]}::"
        raise _refused(given, f"Slipway fetches by https, http, ssh and file, not by {shown}")
    if address.endswith(".ipynb"):
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING,
            f"{_short(_bare(address).partition('?')[0])} is the address of a file, not of a repository. "
            f"Download the notebook, or name the repository and the path in it: {EXAMPLE}.",
        )
    if not _SCHEME.match(address):
        return Reference(address, address, *_fragment(fragment))
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise _refused(f"{transport}://…", f"its host or port cannot be{_ENCODED}") from None
    if transport in ("http", "https") and (not host or not parts.path.strip("/")):
        raise _refused(f"{transport}://…", f"it names no host, or no repository there{_ENCODED}")
    revision, path = _fragment(fragment)  # looked at now: it may have been the end of a password
    if parts.query:
        raise _refused(
            _bare(address).partition("?")[0], "it has a query (`?…`), which git repositories have not"
        )
    if transport == "file":
        if host not in (None, "", "localhost") or not parts.path.startswith("/"):
            raise _refused(_bare(address), "a file address names no host: file:///path/to/repository")
        bare = f"file://{parts.path}"
        return Reference(bare, bare, revision, path)
    if not host or host.startswith("-") or not parts.path.strip("/"):
        raise _refused(_bare(address), "it names no host, or no repository there")
    place = f"[{host}]" if ":" in host else host
    place += f":{port}" if port is not None else ""
    if transport == "ssh":
        account = unquote(parts.username or "")
        if account.startswith("-") or not re.fullmatch(r"[\w.~+-]*", account):
            raise _refused(_bare(address), "its account cannot be")
        bare = f"ssh://{f'{account}@' if account else ''}{place}{parts.path}"
        return Reference(bare, mask(bare), revision, path)
    bare = f"{transport}://{place}{parts.path}"
    username, password = (unquote(part) if part else None for part in (parts.username, parts.password))
    if _NO_CREDENTIAL.search(f"{username}{password}"):
        raise _refused(bare, "its user name or password holds a line break or a zero byte, as %0A or %00")
    return Reference(bare, bare, revision, path, username=username, password=password)


def _fragment(text: str) -> tuple[str | None, str | None]:
    """(revision, path)."""
    revision, _, path = text.partition(":")
    if revision and _NO_REVISION.search(revision):
        raise SlipwayProblem(
            Code.REVISION_UNKNOWN,
            f"{_short(revision)!r} is no revision: name a branch, a tag or a commit id after `#`, and a path "
            f"after a colon, as in {EXAMPLE}.",
        )
    return revision or None, clean_path(path) if path else None


def _refused(shown: str, why: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.SOURCE_ADDRESS,
        f"{_short(shown)} is no address of a repository that Slipway takes: {why}. Write it as {EXAMPLE}, "
        "git@host:team/repository.git#main, or DIRECTORY#v1.0.",
    )


def _bare(address: str) -> str:
    """Without user name and password."""
    return _USERINFO.sub("", address)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}…"

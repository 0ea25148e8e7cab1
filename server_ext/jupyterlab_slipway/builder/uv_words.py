"""What uv says when it fails, in our words."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ..problems import Code, SlipwayProblem

_UNREACHABLE = re.compile(
    r"Failed to fetch|error sending request|dns error|Request failed after|tcp connect error|timed out|"
    r"error decoding response body|request or response body error|network timeout"
)
_BROKEN_OFF = re.compile(r"Failed to download `([^`]+)`")
_DAMAGED = re.compile(r"The structure of `([^`]+)` \(v([^)]+)\) was invalid:\s+Failed to read from zip file")
_REFUSED = re.compile(r"An index URL \((\S+)\) could not be queried due to[^(]*\((\d+[^)]*)\)")
_HASH_MISMATCH = re.compile(r"Hash mismatch for `([^`]+)`")
UNKNOWN = re.compile(r"Because ([\w.-]+)(?:\[[^\]]*\])? was not found in the package registry")
NO_WHEEL = re.compile(r"Wheels are required for `([\w.-]+)`")
NO_VERSION = re.compile(
    r"(?:there (?:is|are) no versions? of|only the following versions of|Because only) ([A-Za-z0-9][\w.-]*)"
)


def says_unreachable(words: str) -> bool:
    """Did the index not answer, or refuse to?"""
    return _UNREACHABLE.search(words) is not None


def refused(words: str) -> SlipwayProblem | None:
    """Where an index wants credentials, or others. uv then goes on as if it had no package at all."""
    found = _REFUSED.search(words)
    if found is None:
        return None
    return SlipwayProblem(
        Code.INDEX_UNREACHABLE,
        f"The package index at {found.group(1)} refuses to answer ({found.group(2)}). Give uv or pip the "
        "credentials for it: in a netrc file, a keyring, UV_INDEX_<NAME>_USERNAME and …_PASSWORD, or in the "
        "index's URL in your own configuration (never in the notebook). Then deploy again.",
    )


def damaged(words: str) -> SlipwayProblem | None:
    """Where a file of the index is no whole archive; uv then goes on as if there were no such version."""
    found = _DAMAGED.search(words)
    if found is None:
        return None
    return SlipwayProblem(
        Code.INDEX_UNREACHABLE,
        f"The package index sent no whole file of {found.group(1)} {found.group(2)}: the download broke off, "
        "or the file is damaged there. Check the network and deploy again; if it stays so, pin another "
        "version.",
    )


def hash_mismatch(words: str) -> SlipwayProblem | None:
    """Where a file is not the one that was locked."""
    found = _HASH_MISMATCH.search(words)
    if found is None:
        return None
    return SlipwayProblem(
        Code.INSTALL_FAILED,
        f"What the package index gives for {found.group(1)} is not the file that was locked: its hash "
        "differs, so nothing was installed. The file was replaced there, or the lock was changed; if you "
        "trust the index, build the notebook again to lock what it has now.",
    )


def unreachable(words: str) -> SlipwayProblem:
    # A hint, which may follow the causes, names options of uv that nobody can give here.
    said = [line.strip() for line in words.splitlines()]
    causes = [line for line in said if line and not line.startswith("hint: ")]
    detail = causes[-1].removeprefix("cause: ") if causes else ""
    address = re.search(r"https?://[^\s`)]+", words)
    midway = _BROKEN_OFF.search(words)
    what = f"broke off while it sent {midway.group(1)}" if midway else "did not answer"
    return SlipwayProblem(
        Code.INDEX_UNREACHABLE,
        f"The package index{f' at {address.group(0)}' if address else ''} {what} ({detail.rstrip('.')}). "
        "Check the network, and the proxy and index settings of pip or uv (PIP_INDEX_URL, UV_DEFAULT_INDEX, "
        "HTTPS_PROXY, SSL_CERT_FILE), then deploy again.",
    )


def reason(words: str) -> str:
    """uv's first reason as part of a sentence."""
    text = " ".join(line.strip() for line in _clauses(words))
    text = re.sub(r",? (?:we can conclude|and you require|and all versions).*", "", text)
    asked = re.search(r"And because you require (\S+),", words)
    if asked and asked.group(1) not in text:
        text += f", and `requirements` asks for {asked.group(1)}"
    return text.strip().rstrip(".,") or "the pins do not resolve"


def _clauses(words: str) -> Iterator[str]:
    found = False
    for line in words.splitlines():
        start = re.search(r"(?:Because|And because) (.*)", line)
        if start and not found:
            found = True
            yield start.group(1)

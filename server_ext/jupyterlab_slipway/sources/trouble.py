"""What it means when git fails to fetch: problems in sentences, without credentials and without git's jargon.

Git is made to speak English (`LC_ALL=C`). Its words come from git itself, curl, ssh and the host; where
several fit, the order in `problem_of` decides.
"""

from __future__ import annotations

import re
from pathlib import Path

from ..problems import Code, SlipwayProblem
from .git import Failed

_NOT_OURS = re.compile(r"dubious ownership")
_FULL = re.compile(r"No space left on device|Disk quota exceeded")
_KEY = re.compile(r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED")
_CERTIFICATE = re.compile(
    r"SSL certificate|certificate verif|self.signed certificate|SSL: no alternative", re.IGNORECASE
)
_UNREACHABLE = re.compile(
    r"Could not resolve|Failed to connect|Couldn't connect|Connection (refused|timed out)|"
    r"Operation timed out|No route to host|Network is unreachable|Temporary failure in name resolution|"
    r"Name or service not known|Recv failure|Connection reset|Empty reply from server|"
    r"Connection closed by [^\n]* port|SSL_connect|OpenSSL|gnutls_handshake|returned error: 5\d\d|"
    r"cannot run ssh",
    re.IGNORECASE,
)
_CREDENTIALS = re.compile(
    r"Authentication failed|could not read (Username|Password)|terminal prompts disabled|"
    r"Permission denied|returned error: 40[137]|Access denied|unable to read askpass|HTTP Basic",
    re.IGNORECASE,
)
_NO_REPOSITORY = re.compile(
    r"repository '[^']*' not found|Repository not found|does not appear to be a git repository|"
    r"not valid: is this a git repository|update url base from redirection|returned error: 404|"
    r"not a git repository|does not exist|No such file or directory|could not be found",
    re.IGNORECASE,
)
_NO_REVISION = re.compile(
    r"couldn't find remote ref|not our ref|unadvertised object|no such remote ref", re.IGNORECASE
)
_BROKEN = re.compile(
    r"early EOF|unexpected disconnect|hung up unexpectedly|RPC failed|index-pack failed", re.IGNORECASE
)
_LONGEST = 400
_NOISE = re.compile(r"^(remote: *$|hint:.*|Cloning into.*|fatal: Could not read from remote repository\.)$")


def lacks_revision(failed: Failed) -> bool:
    """Whether the remote, or this way of asking it, does not give what was asked for."""
    return bool(_NO_REVISION.search(failed.words))


def cannot_be_shallow(failed: Failed) -> bool:
    """Whether the remote is served as mere files, of which git cannot fetch a part."""
    return "dumb http transport does not support" in failed.words


def problem_of(
    failed: Failed, shown: str, *, is_ssh: bool = False, where: Path | None = None
) -> SlipwayProblem:
    """`shown` is the repository's address as people may see it; `where`, what is fetched goes to."""
    words = failed.words
    if _FULL.search(words):
        return SlipwayProblem(
            Code.DISK_FULL,
            f"There is not enough space to fetch {shown}: the disk that holds {where or shown} is full. Free "
            "some there.",
        )
    if _NOT_OURS.search(words):
        return SlipwayProblem(
            Code.NOT_A_REPOSITORY,
            f"The repository {shown} belongs to another user, and git reads none that its user has not "
            "allowed: `git config --global --add safe.directory DIRECTORY`.",
        )
    if _KEY.search(words):
        return SlipwayProblem(
            Code.SOURCE_UNREACHABLE,
            f"The ssh key of the host of {shown} is not known here, or has changed. Connect to it once with "
            "`ssh`, and compare the key with what its owner says.",
        )
    if _CERTIFICATE.search(words):
        return SlipwayProblem(
            Code.SOURCE_UNREACHABLE,
            f"The certificate of the host of {shown} is not trusted here. Tell git of the authority that has "
            "signed it: `git config --global http.sslCAInfo FILE`, or the variable GIT_SSL_CAINFO.",
        )
    if _CREDENTIALS.search(words):
        way = (
            "a key in the ssh agent, or in ~/.ssh, that the host knows"
            if is_ssh
            else "a credential helper (`git config --global credential.helper …`) that may read it"
        )
        return SlipwayProblem(
            Code.SOURCE_CREDENTIALS,
            f"The host of {shown} does not let git read it: it wants credentials, or refuses those that it "
            f"got. Slipway uses git's own and asks nobody: set up {way}.",
        )
    if _UNREACHABLE.search(words):
        return SlipwayProblem(
            Code.SOURCE_UNREACHABLE,
            f"The host of {shown} cannot be reached, or does not answer: {_last(words)} Check the address "
            f"and the network; `git ls-remote {shown}` tries the same.",
        )
    if _NO_REPOSITORY.search(words):
        return SlipwayProblem(
            Code.NOT_A_REPOSITORY,
            f"There is no git repository at {shown}, or none that you may see. Check the address; hosts say "
            "this of private repositories too, where git has no credentials for them.",
        )
    broken = "The connection was lost midway. " if _BROKEN.search(words) else ""
    return SlipwayProblem(
        Code.CHECKOUT_FAILED, f"Git could not fetch from {shown}. {broken}It says: {_last(words)} Try again."
    )


def no_repository(shown: str) -> SlipwayProblem:
    """Something answers, and it is not git."""
    return SlipwayProblem(
        Code.NOT_A_REPOSITORY,
        f"The host of {shown} answers, but not as a git repository does: that may be the address of a page. "
        "Take the one that the host names for `git clone`.",
    )


def unknown_revision(revision: str | None, shown: str) -> SlipwayProblem:
    if revision is None or revision == "HEAD":
        return SlipwayProblem(
            Code.REVISION_UNKNOWN,
            f"{shown} has no commit on its default branch: it is empty, or that branch is missing. Commit "
            "something and push it, or name another branch after `#`.",
        )
    hint = f"`git ls-remote {shown}` lists its branches and tags."
    if revision.endswith(".ipynb") or "/" in revision:
        hint += f" If that was meant as a path, put a colon before it: `#:{revision}`."
    elif re.fullmatch(r"[0-9a-fA-F]{4,40}", revision):
        hint += " A commit has to be in the history of a branch or a tag, unless its whole id is given."
    return SlipwayProblem(
        Code.REVISION_UNKNOWN, f"{shown} has no branch, tag or commit {revision[:100]!r}. {hint}"
    )


def took_too_long(shown: str, seconds: float, variable: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.CHECKOUT_FAILED,
        f"Fetching {shown} took longer than {seconds:g} seconds, and was given up. Allow more with the "
        f"variable {variable}, or name a branch, a tag or a whole commit id: they come without history.",
    )


def _last(words: str) -> str:
    """The last line that says something, as a sentence."""
    lines = [line.strip() for line in words.splitlines()]
    said = [line for line in lines if line and not _NOISE.match(line)] or ["nothing"]
    telling = [line for line in said if line.startswith(("fatal:", "error:", "remote:", "ssh:"))]
    line = re.sub(r"[\x00-\x1f\x7f]", " ", (telling or said)[-1 if not telling else 0])[:_LONGEST]
    return line if line.endswith(".") else f"{line}."

"""Filters by which git would run programs while it only looks at a working tree, and how it does without.

`git status` hands files to the filters that `.gitattributes` names (`clean`, `process`). Which programs these
are says git's configuration: the user's, or the one in `.git`, which came with the directory (in an archive,
say) and may hold anything. Only the user's run.
"""

from __future__ import annotations

import re
from pathlib import Path

from . import git

_KEYS = r"^filter\..*\.(clean|smudge|process|required)$"
_USERS = frozenset({"system", "global", "command"})
_PLAIN = re.compile(r"filter\.[\w .+/@:-]+")
"""Names that `git -c` takes as they are: it cuts at the first `=`."""


def users_alone(root: Path) -> dict[str, str]:
    """Settings of git under which no filter runs that the repository's own configuration names.

    Such a filter's files are compared as they are, so they may seem changed.

    Raises:
        git.Failed: it has one whose name cannot be given to git.
    """
    users: dict[str, str] = {}
    of_repository = set()
    for scope, key, value in _filters(root):
        if scope in _USERS:
            users[key] = value
        else:
            of_repository.add(key)
    if not all(_PLAIN.fullmatch(key) for key in of_repository):
        raise git.Failed(1, "a filter of the repository has a name that cannot be")
    return {
        key: users.get(key, "false" if key.endswith(".required") else "") for key in sorted(of_repository)
    }


def _filters(root: Path) -> list[tuple[str, str, str]]:
    """(scope, key, value) of all that git would use, the strongest last."""
    try:
        printed = git.text(["config", "-z", "--show-scope", "--get-regexp", _KEYS], directory=root)
        fields = iter(printed.split("\0"))
        entries = [(scope, *entry.partition("\n")) for scope, entry in zip(fields, fields, strict=False)]
        return [(scope, key, value) for scope, key, _, value in entries]
    except git.Failed as failed:
        if failed.code == 1:  # there is none
            return []
    # before git 2.26, which does not say whose a setting is: taken for the repository's
    try:
        printed = git.text(["config", "-z", "--name-only", "--get-regexp", _KEYS], directory=root)
    except git.Failed as failed:
        if failed.code == 1:
            return []
        raise
    return [("unknown", key, "") for key in printed.split("\0") if key]

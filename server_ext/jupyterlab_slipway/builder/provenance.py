"""What is said and written down of the commit that a build is made from."""

from __future__ import annotations

from slipway_runtime.bundle import NotebookEntry

from ..wire import NoteLevel, Source

SHORT = 7
"""Hexadecimal digits of a revision where people read it, as git shows it."""


def commit_words(source: Source) -> str:
    """`1a2b3c4`, or with what was asked for, `1a2b3c4 (v1.0)`."""
    revision, ref = source["revision"][:SHORT], source["ref"]
    said_already = ref in (None, "HEAD") or source["revision"].startswith(str(ref))
    return revision if said_already else f"{revision} ({ref})"


def sentence(source: Source, changed: str = "") -> tuple[NoteLevel, str]:
    """What the user is told of it at the build. `changed` names files that are not as it holds them."""
    place = f" of {source['repository']}" if source["repository"] else ""
    if source["dirty"] and changed:
        said = (
            f"Not as commit {commit_words(source)}{place} holds them: {changed}. "
            f"Built is {source['path']}, and what is beside it, as the files are now."
        )
        return "warning", said
    if source["dirty"]:
        said = (
            f"{source['path']}, or a file of its repository, is not as commit {commit_words(source)}{place} "
            "holds it: built is what the files are now."
        )
        return "warning", said
    return "info", f"It is {source['path']} as commit {commit_words(source)}{place} holds it."


def describe_notebook(entry: NotebookEntry, source: Source | None) -> NotebookEntry:
    """The manifest's entry with what is known of the commit."""
    if source is None:
        return entry
    return {
        **entry,
        "revision": source["revision"],
        "repository": source["repository"],
        "ref": source["ref"],
        "path": source["path"],
        "dirty": source["dirty"],
    }

"""What is deployed: a saved notebook where it lies, or one in a repository, which is checked out first.

A checkout is made before there is a release: what is wrong with an address or a revision is said at once, the
deployment's name comes from the notebook that is found, and credentials are written nowhere. It then moves
into the release's directory, where it goes with whatever else a build leaves.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..builder.scratch import scratch_directory
from ..engines.containers.naming import name_some
from ..problems import Code, SlipwayProblem
from ..sources.checkout import Checkout, check_out, check_out_commit
from ..sources.choosing import choose_notebook
from ..sources.reference import Reference, parse
from ..sources.working_tree import describe, repository_of
from ..wire import Source
from . import names
from .home import Home, private_directory
from .notebook_file import read_notebook
from .records import Records
from .release_files import ReleaseFiles

Tell = Callable[[str], None]
"""Is called with what is being done, in a sentence without its full stop."""
_NAMED = 3
"""Changed files that a sentence names."""


@dataclass(frozen=True)
class Input:
    """One notebook, ready to be built."""

    place: str
    """By which a deployment knows its notebook again: an absolute path, or `ADDRESS#:PATH`."""
    notebook: Path
    """The file; in a checkout it is there only until the release is made."""
    content: bytes
    source: Source | None
    checkout: Path | None = None
    """The directory of the checkout that it lies in."""
    notes: list[str] | None = None
    """What the user should know of the checkout, where there is one."""
    changed: str = ""
    """Files that are not as the commit of `source` holds them, in words."""

    def move_checkout(self, files: ReleaseFiles, _number: int) -> None:
        """Into the release's directory, from where it goes when the build has ended."""
        if self.checkout is not None:
            self.checkout.rename(files.checkout)


def named(text: str) -> Path | Reference:
    """What a user means by the argument NOTEBOOK: a file, or something in a repository.

    A directory in a working tree means the one notebook in it that has a contract, as the files are now.

    Raises:
        SlipwayProblem: SOURCE_ADDRESS, REVISION_UNKNOWN, LEAVES_REPOSITORY, NO_CONTRACT, SEVERAL_CONTRACTS,
            NOTEBOOK_MISSING.
    """
    reference = parse(text)
    if reference is not None:
        return reference
    try:
        path = Path(text).expanduser()
    except RuntimeError:
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING, f"There is no file {text}: no user of that name is known here."
        ) from None
    if not os.path.isdir(path):  # noqa: PTH112  which takes a name that is too long for no directory
        return path
    repository = repository_of(path)
    if repository is None:
        return path  # whoever reads it says that it is a directory
    if repository.bare:
        return Reference(str(path.resolve()), text, None, None, path.resolve())
    shown = str(path).replace("{", "{{").replace("}", "}}")
    return choose_notebook(path, naming=f"as it is now, such as `{shown}/{{}}`")


@contextmanager
def input_of(
    home: Home, notebook: Path | Reference, commit: str | None, tell: Tell = lambda _sentence: None
) -> Iterator[Input]:
    """What is to be deployed. A checkout that nobody has taken is removed at the end of the body.

    Args:
        home: where checkouts are made.
        notebook: a file, or what is in a repository.
        commit: of a file: what the commit of that name holds is meant, not what the file does now.
        tell: what is fetched from where.

    Raises:
        SlipwayProblem: NOTEBOOK_MISSING, NOTEBOOK_UNREADABLE, and as `check_out`.
    """
    if isinstance(notebook, Path) and commit is None:
        path = notebook.expanduser().absolute()
        content = read_notebook(path)
        tree = describe(path)
        source = tree.source() if tree is not None else None
        changed = name_some(tree.changed, _NAMED) if tree is not None else ""
        yield Input(str(path.resolve()), path.resolve(), content, source, changed=changed)
        return
    with scratch_directory(private_directory(home.checkouts)) as scratch:
        directory = scratch / "files"
        if isinstance(notebook, Path):
            found = check_out_commit(notebook.expanduser(), directory, revision=commit or "HEAD", tell=tell)
            place = str(notebook.expanduser().resolve())
        else:
            found = check_out(notebook, directory, tell=tell)
            place = _place(notebook, found)
        yield Input(
            place, found.notebook, read_notebook(found.notebook), found.source, directory, found.notes
        )


def _place(reference: Reference, found: Checkout) -> str:
    """The same for all revisions. Of a notebook in a working tree it is the file, at any commit."""
    path = found.source["path"]
    if reference.directory is not None:
        repository = repository_of(reference.directory)
        if repository is not None and not repository.bare:
            return str(repository.top / path)
        return f"{reference.directory}#:{path}"
    return f"{reference.public or reference.shown}#:{path}"


def name_for(records: Records, notebook: Input, asked: str | None) -> tuple[str, bool]:
    """(the deployment's name, whether it is new). The caller holds the lock of names.

    Raises:
        SlipwayProblem: NAME_INVALID, NAME_TAKEN; DEPLOYMENT_UNKNOWN where its record is damaged.
    """
    known = records.names()
    if asked is not None:
        names.check_name(asked)
        place = records.record(asked)["notebook"] if asked in known else notebook.place
        if place != notebook.place:
            raise SlipwayProblem(
                Code.NAME_TAKEN,
                f"The deployment {asked} belongs to another notebook ({place}). Choose another "
                f"name, or remove it first: `slipway rm {asked}`.",
            )
        return asked, asked not in known
    first, second = names.derived_names(notebook.notebook, notebook.place)
    # of others nothing is read: they may be damaged, or just being removed
    taken = second in known or (first in known and records.record(first)["notebook"] != notebook.place)
    name = second if taken else first
    return name, name not in known

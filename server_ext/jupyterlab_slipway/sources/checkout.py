"""One revision of a repository as files in a directory: shallow, with submodules, nothing that leaves it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from ..problems import Code, SlipwayProblem
from ..wire import Source
from . import git
from .choosing import choose_notebook
from .fetching import Fetching
from .reference import Reference, public_address
from .trouble import problem_of
from .working_tree import repository_of


@dataclass(frozen=True)
class Checkout:
    """A repository's files at one revision."""

    directory: Path
    """With the files; its `.git` holds this one commit."""
    notebook: Path
    """The one that is meant, below `directory`."""
    source: Source
    notes: list[str]
    """What the user should know of what is not there, in sentences."""


def check_out(
    reference: Reference,
    directory: Path,
    *,
    tell: Callable[[str], None] = lambda _sentence: None,
) -> Checkout:
    """Fetches what `reference` names into `directory`, which must not exist, and finds the notebook in it.

    No hook, no template and no filter of the repository's runs. History is fetched only where the remote does
    not give a commit by itself: by a short id, or by one that it does not serve. Cancelling by an exception
    from elsewhere (`Cancelled`, KeyboardInterrupt) ends git too; the caller removes the directory.

    Args:
        reference: what is wanted.
        directory: where the files go.
        tell: called with what is being done, in a sentence.

    Raises:
        SlipwayProblem: GIT_UNUSABLE, SOURCE_UNREACHABLE, SOURCE_CREDENTIALS, NOT_A_REPOSITORY,
            REVISION_UNKNOWN, LEAVES_REPOSITORY, CHECKOUT_FAILED, DISK_FULL, SOURCE_ADDRESS (of a submodule);
            as `choosing.choose_notebook`.
    """
    git.require_git()
    reference = _from_top(reference)
    origin = _origin(reference)
    fetching = Fetching(reference, directory, tell, origin=origin)
    at = "the last commit" if reference.revision == "HEAD" else reference.revision
    tell(f"Fetching {reference.shown}{f' ({at})' if at else ''}")
    revision = fetching.repository(
        reference.address, reference.shown, reference.revision, directory, git.TRANSPORTS
    )
    notebook = choose_notebook(directory, reference.path)
    source: Source = {
        "repository": reference.public or (public_address(origin) if origin else None),
        "revision": revision,
        "ref": reference.revision or "HEAD",
        "path": notebook.relative_to(directory).as_posix(),
        "dirty": False,
    }
    return Checkout(directory, notebook, source, fetching.notes)


def check_out_commit(
    notebook: Path,
    directory: Path,
    *,
    revision: str = "HEAD",
    tell: Callable[[str], None] = lambda _sentence: None,
) -> Checkout:
    """Likewise, of the repository in whose working tree `notebook` lies, and with that notebook.

    Raises:
        SlipwayProblem: as `check_out`; NOT_A_REPOSITORY where the file lies in none.
    """
    git.require_git()
    notebook = notebook.resolve()
    repository = repository_of(notebook.parent)
    if repository is None or repository.bare:
        raise SlipwayProblem(
            Code.NOT_A_REPOSITORY,
            f"{notebook} lies in no git repository, so there is no commit of it. Deploy the file as it is.",
        )
    root = repository.top
    path = notebook.relative_to(root).as_posix()
    reference = Reference(str(root), str(root), revision, path, root)
    return check_out(reference, directory, tell=tell)


def _from_top(reference: Reference) -> Reference:
    """Of a directory within a repository: the same, seen from the repository's top directory.

    Raises:
        SlipwayProblem: NOT_A_REPOSITORY.
    """
    if reference.directory is None:
        return reference
    try:
        git.text(["rev-parse", "--git-dir"], directory=reference.directory)
    except git.Failed as failed:
        raise problem_of(failed, reference.shown) from None
    repository = repository_of(reference.directory)
    if repository is None:
        raise problem_of(git.Failed(128, "not a git repository"), reference.shown)
    path = f"{repository.prefix}{reference.path or ''}".rstrip("/") or None
    return replace(reference, address=str(repository.top), directory=repository.top, path=path)


def _origin(reference: Reference) -> str | None:
    """The address from which a repository of this machine comes itself."""
    if reference.directory is None:
        return None
    try:
        return git.text(["config", "--get", "remote.origin.url"], directory=reference.directory)
    except (git.Failed, git.TimedOut):
        return None

"""`slipway export`: from a release's records to what an export is made of."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

from ..builder.options import BuildOptions
from ..builder.progress import Progress
from ..builder.scratch import scratch_directory
from ..engines.containers.settings import ContainerSettings
from ..problems import SlipwayProblem
from ..sources.checkout import check_out, check_out_commit
from ..sources.reference import parse
from ..wire import Source
from .plans import plan_of
from .pushing import chosen_release
from .records import Records, ReleaseFiles

_THOSE_THAT_SERVE = (
    "Of the files beside the notebook, the export has those alone that predictions need. Where training "
    "reads others, put them into context/notebook before you build."
)


def export(
    records: Records, name: str, number: int | None, destination: Path, progress: Progress
) -> tuple[int, bool]:
    """(which release, whether the notebook's directory was there).

    Raises:
        SlipwayProblem: as `chosen_release` and `export_release`.
    """
    from ..engines.containers.export import export_release  # heavy, as all that builds

    files = chosen_release(records, name, number)
    record = records.record(name)
    plan = plan_of(records, name, files, files.number, record["port"])
    settings = ContainerSettings.of_user()
    with _with_files(files, record["notebook"]) as (options, committed, missing):
        beside = export_release(plan, options, destination, settings, progress, committed=committed)
    if not beside:
        progress.note("package", f"{missing} {_THOSE_THAT_SERVE}", "warning")
    return files.number, beside


@contextmanager
def _with_files(files: ReleaseFiles, notebook: str) -> Iterator[tuple[BuildOptions, bool, str]]:
    """(what the release was built with, whether its directory is a checkout, what to say if it is not there).

    `notebook` is its place, as the deployment's record has it.

    Where that was a commit's files, which go with the build, they are fetched again.
    """
    options = files.options()
    facts = cast("Mapping[str, Any]", files.record)
    source = cast("Source | None", facts.get("source"))
    if "checkout" not in facts or source is None or options.directory.is_dir():
        yield options, False, "The notebook's directory is not there any more."
        return
    with scratch_directory() as scratch:
        try:
            directory = _fetched(notebook, source["revision"], scratch / "files")
        except SlipwayProblem as problem:
            yield options, False, f"The release's files cannot be fetched again. {problem}"
        else:
            yield replace(options, directory=directory), True, ""


def _fetched(notebook: str, revision: str, directory: Path) -> Path:
    """The notebook's directory in a new checkout.

    Raises:
        SlipwayProblem: as `check_out`.
    """
    reference = parse(notebook)
    if reference is None:  # a file in a working tree
        return check_out_commit(Path(notebook), directory, revision=revision).notebook.parent
    return check_out(replace(reference, revision=revision), directory).notebook.parent

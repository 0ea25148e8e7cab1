"""How a release begins: after those before it, alone, and with a process of its own."""

from __future__ import annotations

from collections.abc import Callable

from ..problems import Code, SlipwayProblem
from .endings import end_unfinished, settle
from .launch import launch
from .records import Records, ReleaseFiles


def begin(records: Records, name: str, create: Callable[[], ReleaseFiles]) -> ReleaseFiles:
    """The release that `create` makes, whose runner has been started. The caller holds the deployment's lock.

    Raises:
        SlipwayProblem: BUSY where one is being built already; and whatever `create` raises.
        OSError: the runner could not be started; the release has failed then.
    """
    settle(records, name)
    if building(records, name):
        raise SlipwayProblem(
            Code.BUSY,
            f"A release of {name} is being built already. Wait for it, or cancel it: `slipway stop {name}`.",
        )
    files = create()
    try:
        launch(files, records.home.root)
    except BaseException as error:
        problem = SlipwayProblem(Code.INTERNAL, f"The build could not be started: {error}").as_problem()
        end_unfinished(files, "failed", problem)
        raise
    return files


def building(records: Records, name: str) -> list[ReleaseFiles]:
    """Releases that are on their way; at most one, but for a moment."""
    return [files for files in records.releases(name) if files.view()["state"] == "building"]

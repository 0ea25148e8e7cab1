"""How releases come to their end: what each way writes, and what it clears away."""

from __future__ import annotations

import contextlib
import os
import re

from slipway_runtime.settings import Settings

from ..builder.files import remove_tree
from ..engines.engine import ServiceRecord
from ..engines.registry import engine_named
from ..problems import Code, SlipwayProblem
from ..processes import end_strays
from ..wire import Problem, ReleaseState
from . import state
from .records import DeploymentRecord, Ending, Records, ReleaseFiles, url_of

MARGIN = 10.0
"""Seconds that a service may take to end once its requests in flight have had their time."""
AT_ONCE = 1.0
"""Seconds for a service that is to go whatever it does."""
KEPT_VARIABLE = "SLIPWAY_BUILDS_KEPT"
KEPT_BUNDLES = 3
"""Of a deployment's newest builds that went live bundles are kept, unless the variable says another number;
events and logs of all releases are."""


def end_unfinished(files: ReleaseFiles, ended: ReleaseState, problem: Problem | None) -> None:
    """A release that never went live is over: ends what it started, removes what it made, says so."""
    with contextlib.suppress(OSError):
        files.reserve.unlink(missing_ok=True)
    service = files.service
    with contextlib.suppress(SlipwayProblem):  # where it does not answer, its next start clears away
        if service is not None:
            engine_named(service["engine"]).stop(service, grace=0.0)
    end_strays(files.record["identity"])
    discard(files)
    for path in (files.bundle, files.checkout, *files.path.glob(f".{files.bundle.name}.*")):
        remove_tree(path)
    if problem is not None:
        files.events.append({"kind": "problem", "problem": problem})
    files.events.append({"kind": "state", "state": ended})


def go_live(files: ReleaseFiles, record: DeploymentRecord) -> None:
    """The release has the port now."""
    remove_tree(files.checkout)
    files.reserve.unlink(missing_ok=True)
    files.events.append({"kind": "state", "state": "live", "url": url_of(record)})


def grace_of(service: ServiceRecord) -> float:
    """Seconds from asking a service to end to killing it: its limit for requests in flight, and a margin."""
    return service.get("drain_timeout", Settings().drain_timeout) + MARGIN


def end_service(files: ReleaseFiles, ended: Ending, grace: float | None = None) -> None:
    """Ends a release's service, and says so once it is gone."""
    files.set_ending(ended)
    end_processes(files, grace)
    files.events.append({"kind": "state", "state": ended})


def end_processes(files: ReleaseFiles, grace: float | None = None) -> None:
    """Ends whatever serves a release, also where the record of it is damaged.

    Requests in flight have the time that the service gives them, unless `grace` says otherwise, in seconds.
    """
    service = files.service
    if service is not None:
        engine_named(service["engine"]).stop(service, grace=grace_of(service) if grace is None else grace)
    else:
        engine_named(files.record["engine"]).stop_unrecorded(files.record["identity"])


def discard(files: ReleaseFiles) -> None:
    """Removes what the engine keeps of a release that does not run: its image."""
    engine_named(files.record["engine"]).discard(files.record["identity"])


def settle(records: Records, name: str) -> None:
    """Writes down what died without a word, and clears away what it left. The caller holds the lock."""
    record = records.record(name)
    for files in records.releases(name):
        facts = files.facts()
        said = state.derive(
            files.number,
            files.record["engine"],
            files.events.read(),
            state.Facts(builder_lives=True, service_lives=True),
        )["state"]
        service = files.service
        if said == "building" and not facts.builder_lives:
            if (
                service is not None
                and facts.service_lives
                and engine_named(service["engine"]).published(service)
            ):
                go_live(files, record)  # all was done but to say so
            else:
                end_unfinished(files, "lost", state.BUILDER_LOST)
        elif said == "live" and not facts.service_lives:
            lost = files.service_lost() if facts.ending is None else None  # while the engine still knows
            with contextlib.suppress(SlipwayProblem):  # what is left is cleared away with the next release
                end_processes(files, 0.0)
            if lost is not None:
                files.events.append({"kind": "problem", "problem": lost})
            files.events.append({"kind": "state", "state": facts.ending or "lost"})
    for files in records.releases(name):
        _end_remains(files)
    live = [files for files in records.releases(name) if files.view()["state"] == "live"]
    for files in live[1:]:
        end_service(files, "replaced")


def _end_remains(files: ReleaseFiles) -> None:
    """Of a release that came to its end while its engine did not answer."""
    service = files.service
    if service is None or files.view()["state"] not in ("failed", "cancelled", "lost"):
        return
    engine = engine_named(service["engine"])
    with contextlib.suppress(SlipwayProblem):
        if engine.is_alive(service):
            engine.stop(service, grace=0.0)


def builds_kept() -> int:
    """How many builds of a deployment keep their bundles.

    Raises:
        SlipwayProblem: REQUEST_INVALID for a value that is no number, or 0.
    """
    text = os.environ.get(KEPT_VARIABLE, "").strip()
    if not text:
        return KEPT_BUNDLES
    if re.fullmatch(r"[1-9][0-9]{0,5}", text) is None:
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"{KEPT_VARIABLE}: {text[:20]!r} is no number of builds to keep, from 1 on. Correct or unset it.",
        )
    return int(text)


def prune(records: Records, name: str) -> None:
    """Removes the bundles of old releases, and those that a newer release of the same build has too.

    Where none of those that are kept has answered its `examples`, the newest one that did stays as well:
    builds that refuse everything are no place to go back to.

    Raises:
        SlipwayProblem: as `builds_kept`.
    """
    most = builds_kept()
    releases = records.releases(name)
    views = {files.number: files.view() for files in releases}
    wanted = {files.built_by for files in releases if views[files.number]["state"] == "building"}
    kept: set[int] = set()
    one_answers = False
    for files in releases:
        view = views[files.number]
        doomed = files.bundle.with_name(f".{files.bundle.name}.removed")
        if files.bundle.is_dir() and files.built_by not in wanted:
            answers = all(problem["code"] != Code.EXAMPLES_IGNORED for problem in view["warnings"])
            place = len(kept) < most or (answers and not one_answers)
            if view["state"] != "live" and (files.built_by in kept or not place):
                files.bundle.rename(doomed)  # gone at once: nobody is to be offered half of it
            else:
                one_answers = one_answers or answers
            kept.add(files.built_by)
        if doomed.is_dir():  # also what somebody was killed over
            discard(files)
            remove_tree(doomed)

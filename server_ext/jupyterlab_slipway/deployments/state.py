"""What a release is, derived from its events and from whether its processes live. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ..problems import Code
from ..wire import Deployment, Event, Phase, PhaseView, Problem, Release, ReleaseState

ENDED: frozenset[ReleaseState] = frozenset({"failed", "cancelled", "stopped", "replaced", "lost"})
"""States that nothing leads out of."""


def went_live(events: Iterable[Event]) -> bool:
    """Whether the release was live once."""
    return any(event["kind"] == "state" and event["state"] == "live" for event in events)


@dataclass(frozen=True)
class Facts:
    """What the events cannot tell. Look at these *before* reading the events: a process that ends after its
    last event must not be taken for one that ended without it."""

    builder_lives: bool = False
    service_lives: bool = False
    ending: ReleaseState | None = None
    """What the service is just being ended for: `stopped` or `replaced`."""


BUILDER_LOST: Problem = {
    "code": Code.BUILDER_DIED.value,
    "message": "The process that built this release ended without a word: it was killed, or the machine ran "
    "out of memory or was restarted. Deploy again.",
    "severity": "error",
}
_UNKNOWN_ENDING = "It was killed, or the machine ran out of memory or was restarted."


def service_lost(why: str | None) -> Problem:
    """`why` is what the engine knows of a service's end, in a sentence."""
    message = (
        f"The service is gone and nobody stopped it with Slipway. {why or _UNKNOWN_ENDING} The log of phase "
        "live may say more. Start it again (`slipway start`), or deploy again."
    )
    return {"code": Code.START_FAILED.value, "message": message, "severity": "error"}


SERVICE_LOST = service_lost(None)


def derive(number: int, engine: str, events: Iterable[Event], facts: Facts) -> Release:
    """The release as the user sees it."""
    release: Release = {
        "release": number,
        "state": "building",
        "engine": engine,
        "created": 0.0,
        "phases": [],
        "warnings": [],
        "seq": 0,
    }
    phases: dict[Phase, PhaseView] = {}
    for event in events:
        _take(release, phases, event)
    release["phases"] = list(phases.values())
    if release["state"] == "building" and not facts.builder_lives:
        _lose(release, BUILDER_LOST)
    elif release["state"] == "live" and not facts.service_lives:
        if facts.ending is not None:
            release["state"] = facts.ending
        else:
            _lose(release, SERVICE_LOST)
    if release["state"] != "building":
        release.pop("progress", None)
    return release


def _lose(release: Release, problem: Problem) -> None:
    release["state"] = "lost"
    release["problem"] = problem
    for phase in release["phases"]:
        if phase["status"] == "started":
            phase["status"] = "failed"


def _take(release: Release, phases: dict[Phase, PhaseView], event: Event) -> None:
    release["seq"] = event["seq"]
    match event["kind"]:
        case "created":
            release["created"] = event["time"]
            release["engine"] = event["engine"]
            if "of" in event:
                release["of"] = event["of"]
            if "pulled" in event:
                release["pulled"] = event["pulled"]
        case "phase":
            view = _phase(phases, event["phase"])
            view["status"] = event["status"]
            view["started" if event["status"] == "started" else "ended"] = event["time"]
            if "detail" in event:
                view["detail"] = event["detail"]
            if event["phase"] == "execute" and event["status"] != "started":
                release.pop("progress", None)
        case "cell":
            release["progress"] = {"number": event["number"], "total": event["total"], "cell": event["cell"]}
        case "log":
            _phase(phases, event["phase"])["log_size"] = event["size"]
        case "note":
            _phase(phases, event["phase"])
        case "packages":
            release["packages"] = event["packages"]
        case "problem":
            if event["problem"]["severity"] == "error":
                release["problem"] = event["problem"]
            elif event["problem"]["code"] == Code.EXAMPLES_IGNORED.value:
                release["warnings"].insert(0, event["problem"])  # it says how little the others may mean
            else:
                release["warnings"].append(event["problem"])
        case "state":
            release["state"] = event["state"]


def _phase(phases: dict[Phase, PhaseView], name: Phase) -> PhaseView:
    return phases.setdefault(name, {"phase": name, "status": "started", "log_size": 0})


def assemble(
    name: str, title: str, notebook: str, engine: str, url: str, releases: Sequence[Release]
) -> Deployment:
    """The deployment of these releases, which come newest first. `url` is where it serves, if it does."""
    shown: list[Release] = []
    live: int | None = None
    for release in releases:
        if release["state"] == "live" and live is not None:
            # between two events: the newer one has taken over
            shown.append({**release, "state": "replaced"})
            continue
        if release["state"] == "live":
            live = release["release"]
        shown.append(release)
    view: Deployment = {
        "name": name,
        "title": title,
        "notebook": notebook,
        "engine": engine,
        "releases": shown,
    }
    if live is not None:
        view["live"] = live
        view["url"] = url
    return view

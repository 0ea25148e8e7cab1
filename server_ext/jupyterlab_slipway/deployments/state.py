"""From events to the state of a release. Pure: whether processes live is an argument."""

from __future__ import annotations

from collections.abc import Iterable

from ..problems import Code
from ..wire import Event, PhaseView, Problem, Release

_DIED: Problem = {
    "code": Code.BUILDER_DIED.value,
    "severity": "error",
    "message": "The process that was building this release ended without a word (the machine was restarted, it "
    "was killed, or memory ran out). Deploy the notebook again.",
}
_LOST: Problem = {
    "code": Code.START_FAILED.value,
    "severity": "error",
    "message": "The service is gone, and nobody stopped it: it crashed, was killed, or the machine was restarted. "
    "Its log is kept; deploy the notebook again.",
}


def derive(events: Iterable[Event], *, builder_alive: bool, service_alive: bool) -> Release:
    """The release as it stands, from all its events in order."""
    view: Release = {
        "release": 0,
        "state": "building",
        "engine": "",
        "created": 0.0,
        "phases": [],
        "warnings": [],
        "seq": 0,
    }
    phases: dict[str, PhaseView] = {}
    for event in events:
        view["seq"] = event["seq"]
        match event["kind"]:
            case "created":
                view["release"] = event["release"]
                view["engine"] = event["engine"]
                view["created"] = event["time"]
            case "phase":
                phase = phases.setdefault(
                    event["phase"], {"phase": event["phase"], "status": "started", "log_size": 0}
                )
                phase["status"] = event["status"]
                phase.setdefault("started", event["time"])
                if event["status"] != "started":
                    phase["ended"] = event["time"]
                    view.pop("progress", None)
                if "detail" in event:
                    phase["detail"] = event["detail"]
            case "cell":
                view["progress"] = {
                    "number": event["number"],
                    "total": event["total"],
                    "cell": event["cell"],
                }
            case "log":
                logged = phases.setdefault(
                    event["phase"],
                    {"phase": event["phase"], "status": "started", "started": event["time"], "log_size": 0},
                )
                logged["log_size"] = event["size"]
            case "problem":
                if event["problem"]["severity"] == "error":
                    view["problem"] = event["problem"]
                else:
                    view["warnings"].append(event["problem"])
            case "state":
                view["state"] = event["state"]
            case "note":
                pass
    view["phases"] = list(phases.values())
    _account_for_processes(view, builder_alive=builder_alive, service_alive=service_alive)
    if view["state"] != "building":
        view.pop("progress", None)
    return view


def _account_for_processes(view: Release, *, builder_alive: bool, service_alive: bool) -> None:
    """A state that needs a process which is gone is another state; nothing on disk tells of it."""
    if view["state"] == "building" and not builder_alive:
        view["state"] = "failed"
        view.setdefault("problem", _DIED)
        for phase in view["phases"]:
            if phase["status"] == "started":
                phase["status"] = "failed"
    elif view["state"] == "live" and not service_alive:
        view["state"] = "lost"
        view["problem"] = _LOST

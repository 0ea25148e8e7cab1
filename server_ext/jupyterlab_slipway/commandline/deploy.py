"""`slipway deploy`"""

from __future__ import annotations

import argparse
import signal
import time
from typing import Any, cast

from ..builder.cancellation import Cancelled
from ..deployments.event_log import EventTail
from ..deployments.inputs import named
from ..deployments.manager import Deployments, DeployRequest
from ..deployments.records import ReleaseFiles
from ..event_words import problem_lines, warning_line
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from ..wire import Event, Phase, Problem, Release, ReleaseState
from .choices import choices
from .display import Display, make_display
from .exits import CANCELLED, FAILED, SUCCESS
from .output import Output
from .reaching import reach_lines

_POLL = 0.1
_LOOK = 1.0
"""Seconds between two looks for the builder's process."""
_CHUNK = 1 << 20


def deploy(options: argparse.Namespace, output: Output) -> int:
    deployments = Deployments()
    nothing = {"name": options.name, "release": None}
    try:
        request = DeployRequest(
            notebook=named(options.notebook), name=options.name, engine=options.engine, **choices(options)
        )
        Cancellation().install()  # as long as there is no release
        with deployments.input_of(request, lambda sentence: output.line(f"{sentence} …")) as given:
            interruption = Interruption()
            name, number = deployments.deploy_input(given, request)
    except Cancelled:
        problem = SlipwayProblem(Code.CANCELLED, "It was cancelled before there was a release.")
        close(output, {**nothing, "state": "cancelled"}, problem.as_problem())
        return CANCELLED
    except SlipwayProblem as problem:
        close(output, {**nothing, "state": "failed"}, problem.as_problem())
        return FAILED
    if options.detach:
        output.json({"name": name, "release": number, "state": "building"})
        output.line(f"Release {number} of {name} is being built. `slipway logs {name} -f` follows it.")
        return SUCCESS
    return follow(deployments, name, number, output, interruption)


def follow(
    deployments: Deployments, name: str, number: int, output: Output, interruption: Interruption
) -> int:
    """Shows the release until it is live or has ended: the exit code."""
    files = deployments.records.release(name, number)
    display = make_display(output, f"{name}, release {number}")
    try:
        release = _follow(deployments, name, files, display, interruption)
    finally:
        display.close()
    return _report(deployments, name, number, release, output)


class Interruption:
    """Ctrl-C and SIGTERM, noted down: the build is cancelled in order, not in the middle of something."""

    def __init__(self) -> None:
        self.requested = False
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._note)

    def _note(self, *_: object) -> None:
        self.requested = True


def _follow(
    deployments: Deployments, name: str, files: ReleaseFiles, display: Display, interruption: Interruption
) -> Release | None:
    """Shows the release until it is no longer being built; None when it was removed meanwhile."""
    tail = EventTail(files.events.path)
    shown: dict[Phase, int] = {}
    looked = time.monotonic()
    while True:
        events = tail.read()
        for event in events:
            _show(event, files, display, shown)
        if any(event["kind"] == "state" for event in events):
            break
        if interruption.requested:
            display.say("Cancelling …")
            # ends it; what it has still to say is shown below
            try:
                deployments.stop(name)
            except SlipwayProblem:
                return None
            break
        if not events and time.monotonic() - looked > _LOOK:
            looked = time.monotonic()
            try:
                if files.view()["state"] != "building":
                    deployments.settle(name)
                    break
            except (FileNotFoundError, SlipwayProblem):
                return None
        if not events:
            time.sleep(_POLL)
    for event in tail.read():
        _show(event, files, display, shown)
    try:
        return files.view()
    except FileNotFoundError:
        return None


def _show(event: Event, files: ReleaseFiles, display: Display, shown: dict[Phase, int]) -> None:
    if event["kind"] == "log":
        phase = event["phase"]
        begin = max(shown.get(phase, 0), event["size"] - _CHUNK)
        try:
            with (files.logs / f"{phase}.log").open("rb") as file:
                file.seek(begin)
                display.output(phase, file.read(event["size"] - begin).decode("utf-8", "replace"))
        except FileNotFoundError:
            pass
        shown[phase] = event["size"]
    display.event(event)


def _report(deployments: Deployments, name: str, number: int, release: Release | None, output: Output) -> int:
    state: ReleaseState = release["state"] if release is not None else "cancelled"
    facts: dict[str, Any] = {"name": name, "release": number, "state": state}
    if state == "live":
        access = deployments.access(name)
        output.json({**facts, **{key: access[key] for key in ("url", "token", "docs")}})
        output.line()
        for warning in cast("Release", release)["warnings"]:
            if warning["code"] == Code.EXAMPLES_IGNORED.value:  # else long scrolled away
                output.line(warning_line(warning))
        for line in reach_lines(name, access):
            output.line(line)
        return SUCCESS
    if state in ("cancelled", "stopped"):
        problem = SlipwayProblem(Code.CANCELLED, f"Release {number} of {name} was cancelled.").as_problem()
        close(output, {**facts, "state": "cancelled"}, problem)
        return CANCELLED
    problem = cast("Release", release).get("problem") or {
        "code": Code.INTERNAL.value,
        "message": f"Release {number} of {name} is {state}; its log says more: `slipway logs {name}`.",
        "severity": "error",
    }
    close(output, {**facts, "state": "failed"}, problem)
    return FAILED


def close(output: Output, facts: dict[str, Any], problem: Problem) -> None:
    """The last line where it did not come to be live, and its sentence."""
    output.json({**facts, "problem": problem})
    for line in problem_lines(problem):
        output.error(line)

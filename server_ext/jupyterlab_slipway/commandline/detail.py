"""`slipway ps NAME`: one deployment, how to ask it, and its releases."""

from __future__ import annotations

import textwrap
import time

from ..deployments.manager import Deployments
from ..deployments.reusing import startable
from ..problems import SlipwayProblem
from ..wire import Release
from .exits import SUCCESS
from .listing import age, commit, drop_if_empty, release_words, state_words, tell_damaged
from .output import Output
from .reaching import reach_lines

_REASON = 90
"""Characters of a failed release's reason; `slipway logs` and the JSON have all of it."""


def show(deployments: Deployments, name: str, output: Output) -> int:
    """
    Raises:
        SlipwayProblem: DEPLOYMENT_UNKNOWN.
    """
    view = deployments.get(name)
    output.json(view)
    is_damaged = not deployments.is_readable(name)
    tell_damaged(output, [name] if is_damaged else [])
    output.line(f"{name}, of {view['notebook']}, on the engine {view['engine']}")
    if not view["releases"]:
        if not is_damaged:
            output.line("It has no release yet.")
        return SUCCESS
    if "live" in view:
        _tell_access(deployments, name, output)
    else:
        output.line(f"It is not live: {state_words(view)}.")
    numbers = startable(deployments.records, view)
    output.line()
    made = {release["release"]: release for release in view["releases"]}
    rows = [_row(release, made, numbers) for release in view["releases"]]
    columns = ["RELEASE", "STATE", "MADE", "SOURCE", "START", "REASON"]
    drop_if_empty(columns, rows, -1)
    output.table(columns, rows, wrap="REASON" in columns)
    if numbers:
        output.line()
        output.line(f"`slipway start {name} --release N` serves again what has a yes below START.")
    return SUCCESS


def _tell_access(deployments: Deployments, name: str, output: Output) -> None:
    if output.as_json:
        return  # a program reads its token from what deploy, start and serve say
    try:
        access = deployments.access(name)
    except SlipwayProblem as problem:  # it has just ended, or its token's file is gone
        output.error(str(problem.as_problem()["message"]))
        return
    for line in reach_lines(name, access):
        output.line(line)


def _row(release: Release, made: dict[int, Release], numbers: set[int]) -> list[str]:
    return [
        release_words(release),
        release["state"],
        f"{age(time.time() - release['created'] / 1000)} ago",
        _origin(release, made),
        "yes" if release["release"] in numbers else "-",
        _reason(release),
    ]


def _origin(release: Release, made: dict[int, Release]) -> str:
    """The commit that it was built from, or else what. One that serves another's build has it of that."""
    if words := commit(release):
        return words
    builder: Release = made.get(release.get("of", release["release"]), release)
    return "registry" if "pulled" in builder else commit(builder) or "notebook"


def _reason(release: Release) -> str:
    """`SLP520: the begin of the sentence …`, where there is one."""
    problem = release.get("problem")
    if problem is None:
        return ""
    return f"{problem['code']}: {textwrap.shorten(problem['message'], _REASON, placeholder=' …')}"

"""`slipway ps` and `slipway engines`"""

from __future__ import annotations

import argparse
import time

from ..builder.provenance import commit_words
from ..deployments.manager import Deployments
from ..engines.registry import DEFAULT_VARIABLE, chosen_default, engine_views
from ..wire import Deployment, EngineView, Release
from .exits import SUCCESS
from .output import Output


def ps(options: argparse.Namespace, output: Output) -> int:
    deployments = Deployments()
    deployments.reattach()
    if options.name is not None:
        from .detail import show  # it takes words from here

        return show(deployments, options.name, output)
    views = deployments.list_deployments()
    for view in views:
        output.json(view)
    tell_damaged(output, deployments.unreadable())
    if not views:
        output.line("There is no deployment yet. `slipway deploy NOTEBOOK` makes one.")
        return SUCCESS
    rows = [_row(view) for view in views]
    columns = ["NAME", "STATE", "RELEASE", "URL", "SINCE", "COMMIT", "NOTEBOOK"]
    drop_if_empty(columns, rows, _COMMIT)
    output.table(columns, rows)
    example = next((view["name"] for view in views if view.get("live") is not None), views[0]["name"])
    output.line()
    output.line(
        "`slipway ps NAME` shows one with its releases and, where it is live, with its token and the page of "
        f"its API: `slipway ps {example}`"
    )
    return SUCCESS


def drop_if_empty(columns: list[str], rows: list[list[str]], at: int) -> None:
    """A column that no row has anything in."""
    if not any(row[at] for row in rows):
        for row in (columns, *rows):
            del row[at]


def tell_damaged(output: Output, names: list[str]) -> None:
    for name in names:
        output.error(
            f"The record of {name} is damaged. Its service may still run; "
            f"`slipway rm {name} --force` removes it."
        )


def _row(view: Deployment) -> list[str]:
    if not view["releases"]:
        return [view["name"], "-", "-", "-", "-", "", view["notebook"]]
    shown = _shown(view)
    return [
        view["name"],
        state_words(view),
        release_words(shown),
        view.get("url", "-"),
        age(time.time() - shown["created"] / 1000),
        commit(shown),
        view["notebook"],
    ]


def _shown(view: Deployment) -> Release:
    """The release that says how the deployment is."""
    newest = view["releases"][0]
    served = (release for release in view["releases"] if release["state"] in _SERVED)
    last = next(served, newest)  # an outage is not to be hidden behind a build that failed
    return last if view.get("live") is not None or last["state"] == "lost" else newest


def state_words(view: Deployment) -> str:
    """`live; 3 building`. The deployment has releases."""
    shown, newest = _shown(view), view["releases"][0]
    state: str = shown["state"]
    if shown is not newest:
        state = f"{state}; {newest['release']} {newest['state']}"
    if shown["state"] in ("failed", "lost") and "problem" in shown:
        state += f" ({shown['problem']['code']})"
    return state


_COMMIT = 5
"""Its column, which is shown where a deployment has one."""


def commit(release: Release) -> str:
    """`1a2b3c4 (v1.0)`, and `+` where what was built is not quite that."""
    source = release.get("source")
    if source is None:
        return ""
    return f"{commit_words(source)}{'+' if source['dirty'] else ''}"


def release_words(release: Release) -> str:
    """`7`, or `7 (of 3)` where it serves the build of another one again."""
    of = release.get("of")
    return str(release["release"]) if of is None else f"{release['release']} (of {of})"


_SERVED = ("live", "lost", "stopped", "replaced")
"""States of releases that were live once, or perhaps."""


def age(seconds: float) -> str:
    """`3 d`, `5 h`, `12 min`, `7 s`"""
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{int(seconds // size)} {unit}"
    return f"{int(max(0, seconds))} s"


def engines(options: argparse.Namespace, output: Output) -> int:  # noqa: ARG001  takes none
    views = engine_views()
    for view in views:
        output.json(view)
    rows = [[view["name"], _state(view), view["detail"]] for view in views]
    output.table(["ENGINE", "STATE", "DETAIL"], rows, wrap=True)
    named = chosen_default()
    if named is not None and not any(view["default"] for view in views):
        output.error(
            f"The variable {DEFAULT_VARIABLE} names {named!r}, which is no engine. Correct it, or unset it."
        )
    output.line()
    output.line(
        "`slipway deploy NOTEBOOK --engine NAME` chooses one for a deployment, which then keeps it; the "
        f"variable {DEFAULT_VARIABLE} chooses the default."
    )
    return SUCCESS


def _state(view: EngineView) -> str:
    state = "works" if view["available"] else "does not work"
    return f"{state}, default" if view["default"] else state

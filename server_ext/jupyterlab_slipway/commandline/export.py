"""`slipway export`"""

from __future__ import annotations

import argparse
from pathlib import Path

from .. import light_imports  # noqa: F401  first
from ..builder.cancellation import Cancelled
from ..builder.plain_lines import EventProgress
from ..deployments.exporting import export as export_release
from ..deployments.home import Home
from ..deployments.records import Records
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from .display import JsonDisplay, PlainDisplay
from .exits import SUCCESS
from .output import Output
from .push import close_without


def export(options: argparse.Namespace, output: Output) -> int:
    cancellation = Cancellation()
    cancellation.install()
    destination = Path(options.directory).expanduser().absolute()
    progress = EventProgress(JsonDisplay(output) if output.as_json else PlainDisplay(output))
    try:
        number, beside = export_release(
            Records(Home.of_user()), options.name, options.release, destination, progress
        )
    except Cancelled:
        problem = SlipwayProblem(Code.CANCELLED, "The export was cancelled; nothing of it is left.")
        return close_without(output, options, "cancelled", problem.as_problem())
    except SlipwayProblem as problem:
        return close_without(output, options, "failed", problem.as_problem())
    facts = {"name": options.name, "release": number, "state": "exported"}
    output.json({**facts, "directory": str(destination), "beside": beside})
    output.line(f"Release {number} of {options.name} is in {destination}, without any secret.")
    output.line(f"`{destination}/build.sh` builds its image; README.md there says more.")
    return SUCCESS

"""`slipway build`"""

from __future__ import annotations

import argparse
from pathlib import Path

from slipway_runtime.bundle import bundle_digest

from .. import light_imports  # noqa: F401  first
from ..builder.build import build_bundle
from ..builder.cancellation import Cancelled
from ..builder.environments import EnvironmentStore
from ..builder.options import BuildOptions
from ..builder.plain_lines import EventProgress
from ..builder.scratch import scratch_directory
from ..deployments.home import Home
from ..deployments.inputs import input_of, named
from ..event_words import problem_lines
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from .choices import choices
from .display import make_display
from .exits import CANCELLED, FAILED, SUCCESS
from .output import Output


def build(options: argparse.Namespace, output: Output) -> int:
    cancellation = Cancellation()
    cancellation.install()
    destination = Path(options.output).expanduser().absolute()
    try:
        home = Home.of_user()
        store = EnvironmentStore(home.root)
        wanted = named(options.notebook)
        with input_of(home, wanted, None, lambda sentence: output.line(f"{sentence} …")) as given:
            notebook = given.notebook
            display = make_display(output, f"{notebook.stem} → {destination}")
            try:
                with scratch_directory() as scratch:
                    snapshot = scratch / "notebook.ipynb"
                    snapshot.write_bytes(given.content)
                    build_options = BuildOptions(
                        snapshot,
                        notebook.parent,
                        notebook.stem,
                        given.source,
                        given.changed,
                        **choices(options),
                    )
                    progress = EventProgress(display)
                    for sentence in given.notes or []:
                        progress.note("check", sentence, "warning")
                    build_bundle(build_options, destination, store, progress)
            finally:
                display.close()
    except Cancelled:
        cancelled = SlipwayProblem(Code.CANCELLED, "The build was cancelled.")
        output.json({"state": "cancelled", "problem": cancelled.as_problem()})
        output.error(str(cancelled))
        return CANCELLED
    except SlipwayProblem as problem:
        output.json({"state": "failed", "problem": problem.as_problem()})
        for line in problem_lines(problem.as_problem()):
            output.error(line)
        return FAILED
    digest = bundle_digest(destination)
    output.json({"state": "built", "bundle": str(destination), "digest": digest})
    output.line(f"The bundle is in {destination}. `slipway serve {destination}` serves it.")
    output.line(f"Its digest is {digest}.")
    return SUCCESS

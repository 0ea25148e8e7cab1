"""The script `assemble` of the builder image: `python -m jupyterlab_slipway.commandline.assemble`."""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from pathlib import Path
from typing import NoReturn

from .. import (
    __version__,
    light_imports,  # noqa: F401  first
)
from ..builder.cancellation import Cancelled
from ..builder.options import BuildOptions
from ..builder.plain_lines import EventProgress
from ..builder.scratch import scratch_directory
from ..engines.containers.image_labels import SCHEMA, bundle_labels
from ..engines.s2i.assembling import Places, assemble, tidy, write_labels
from ..engines.s2i.source import choose, described
from ..event_words import problem_lines
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from ..wire import Phase
from .choices import add_choices, choices
from .display import PlainDisplay
from .exits import CANCELLED, FAILED, SUCCESS
from .output import Output

OPTIONS = "SLIPWAY_BUILD_OPTIONS"
"""The variable with options as for `slipway build`, as one would type them."""
_MOST_LABELS = 8 * 1024
"""Characters: `s2i` takes 10,240 in all (`pkg/build/strategies/sti/postexecutorstep.go`)."""


class LogDisplay(PlainDisplay):
    """Shows what cells and installers write, too: there is no other place to look it up."""

    def output(self, phase: Phase, text: str) -> None:
        self._lines.output(phase, text)


def main() -> int:
    os.umask(0o022)
    cancellation = Cancellation()
    cancellation.install()
    output = Output(as_json=False)
    try:
        _assemble(Places(), output)
    except Cancelled:
        output.error("The build was cancelled.")
        return CANCELLED
    except SlipwayProblem as problem:
        sys.stdout.flush()
        for line in problem_lines(problem.as_problem()):
            output.error(line)
        return FAILED
    return SUCCESS


def _assemble(places: Places, output: Output) -> None:
    progress = EventProgress(LogDisplay(output))
    with tidy(places, progress):
        notebook = choose(places.source, os.environ)
        output.line(f"Making a service of {notebook.relative_to(places.source)}.")
        chosen = choices(_parse(notebook))
        with scratch_directory() as scratch:
            snapshot = scratch / "notebook.ipynb"
            snapshot.write_bytes(notebook.read_bytes())
            source = described(places.source, notebook, os.environ)
            options = BuildOptions(snapshot, notebook.parent, notebook.stem, source, **chosen)
            manifest = assemble(options, places, progress)
        labels = bundle_labels(places.bundle, manifest, __version__)
        if sum(len(name) + len(value) for name, value in labels.items()) > _MOST_LABELS:
            labels.pop(SCHEMA, None)
        write_labels(places.metadata, labels)
    output.line(f"The service is in {places.bundle.parent}. {places.metadata} has labels for its image.")


def _parse(notebook: Path) -> argparse.Namespace:
    """Raises SlipwayProblem REQUEST_INVALID."""
    parser = _Parser(prog=OPTIONS, add_help=False, allow_abbrev=False)
    add_choices(parser)
    try:
        words = shlex.split(os.environ.get(OPTIONS, ""))
    except ValueError as error:
        raise SlipwayProblem(Code.REQUEST_INVALID, f"The variable {OPTIONS} is wrong: {error}.") from None
    return parser.parse_args([*words, "--", str(notebook)])


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise SlipwayProblem(Code.REQUEST_INVALID, f"The variable {OPTIONS} is wrong: {message}.")


if __name__ == "__main__":
    sys.exit(main())

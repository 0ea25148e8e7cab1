"""`python -m jupyterlab_slipway.builder.inside BUILD BUNDLE`: the builder within an image build.

BUILD is a directory with what the host has prepared:

    build.json          `InsideBuild`
    notebook.ipynb      the snapshot
    requirements.lock   the lock that the host has resolved
    data.json           paths, relative to the notebook's directory, of what lies below --data

The bundle goes to the new directory BUNDLE. What happens goes to standard output: as `event_lines.py` says,
or as lines for people (`plain_lines.py`). Exit codes: 0 built, 1 failed; the last event, or line, says why.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import sys
from pathlib import Path
from typing import Any, TypedDict, cast

from .. import light_imports  # noqa: F401  first
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from .build import Prepared, build_prepared
from .cancellation import Cancelled
from .environments import EnvironmentStore
from .event_lines import LineWriter
from .interpreters import Interpreter, list_interpreters, span
from .notebook import read_notebook
from .options import BuildOptions
from .plain_lines import PlainWriter
from .requirements import read_requirements
from .resolve import Resolution

BUILD_JSON = "build.json"
SNAPSHOT = "notebook.ipynb"
LOCK = "requirements.lock"
DATA_JSON = "data.json"
_PR_SET_DUMPABLE = 4
_CA_VARIABLES = ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")


class InsideBuild(TypedDict):
    """`build.json`"""

    options: dict[str, Any]
    """As `BuildOptions.to_json` writes them."""
    python: str
    """The model's Python, such as 3.6."""
    base: str
    """Names the base image: environments are shared among builds on the same one."""
    readable: bool
    """People read what the build writes, and not a `LineReader`."""


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="inside", description="Builds a bundle within an image build.")
    parser.add_argument("build", type=Path)
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--home", type=Path, required=True, help="where environments are kept")
    parser.add_argument("--index", type=Path, help="JSON file of variables for uv and for cells")
    parser.add_argument("--ca", type=Path, help="PEM file of certificates to trust; may be empty")
    parser.add_argument("--data", type=Path, help="directory of data that is mounted, not copied")
    options = parser.parse_args(arguments)
    os.umask(0o022)
    _keep_to_itself()
    cancellation = Cancellation()
    cancellation.install()
    facts = cast("InsideBuild", json.loads((options.build / BUILD_JSON).read_text(encoding="utf-8")))
    writer = PlainWriter() if facts["readable"] else LineWriter()
    try:
        if options.index is not None and options.index.is_file():
            os.environ.update(json.loads(options.index.read_text(encoding="utf-8") or "{}"))
        if options.ca is not None and options.ca.is_file() and options.ca.stat().st_size:
            os.environ.update(dict.fromkeys(_CA_VARIABLES, str(options.ca)))
        if options.data is not None:
            _link_data(options.build, facts, options.data)
        _build(options.build, facts, options.bundle, options.home, writer)
    except Cancelled:
        writer.end(SlipwayProblem(Code.CANCELLED, "The build was cancelled.").as_problem())
        return 1
    except SlipwayProblem as problem:
        writer.end(problem.as_problem())
        return 1
    return 0


def _keep_to_itself() -> None:
    """Keeps cells, which run as the same user, away from this process's standard output and memory.

    https://man7.org/linux/man-pages/man2/PR_SET_DUMPABLE.2const.html
    """
    libc = ctypes.CDLL(None, use_errno=True)
    libc.prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)


def _link_data(build: Path, facts: InsideBuild, data: Path) -> None:
    """Puts what is mounted to where the notebook looks for it."""
    listed = build / DATA_JSON
    if not listed.is_file():
        return
    directory = Path(facts["options"]["directory"])
    for name in json.loads(listed.read_text(encoding="utf-8")):
        link = directory / name
        link.parent.mkdir(parents=True, exist_ok=True)
        link.symlink_to(data / name)


def _build(build: Path, facts: InsideBuild, bundle: Path, home: Path, writer: LineWriter) -> None:
    options = BuildOptions.from_json(build / SNAPSHOT, facts["options"])
    notebook = read_notebook(options.notebook)
    resolution = Resolution(
        _interpreter(facts["python"]), (build / LOCK).read_text(encoding="utf-8"), note=""
    )
    prepared = Prepared(options, notebook, read_requirements(notebook.running), resolution)
    build_prepared(prepared, bundle, EnvironmentStore(home / facts["base"]), writer)


def _interpreter(short: str) -> Interpreter:
    """Raises SlipwayProblem where the base image has none of that version."""
    pythons = list_interpreters()
    for python in pythons:
        if python.short == short:
            return python
    raise SlipwayProblem(
        Code.NO_PYTHON,
        f"The base image is meant to hold Python {short}, and it has {span(pythons)}. Name another image "
        "for that version in SLIPWAY_BASE_IMAGES.",
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

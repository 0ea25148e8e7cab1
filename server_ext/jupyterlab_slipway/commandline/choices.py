"""The options of `slipway build` and `slipway deploy` that say how a notebook is built."""

from __future__ import annotations

import argparse
from typing import Any

DEFAULT_TIMEOUT = 3600.0
_MEGABYTE = 1024 * 1024
DEFAULT_LARGEST_FILE = 512 * _MEGABYTE


def add_choices(parser: argparse.ArgumentParser) -> None:
    """Light: the command's help must not wait for the builder to be imported."""
    parser.add_argument(
        "notebook",
        metavar="NOTEBOOK",
        help="an .ipynb file, or one in a git repository: URL#revision:path, DIRECTORY#revision:path",
    )
    parser.add_argument("--sample", metavar="JSON", help="a sample input to test the service with")
    parser.add_argument(
        "--timeout",
        type=_seconds,
        default=DEFAULT_TIMEOUT,
        metavar="S",
        help="seconds that one cell may take (default: 3600)",
    )
    parser.add_argument(
        "--env",
        action="append",
        default=[],
        metavar="NAME",
        help="let this environment variable through to the cells; may be repeated, its value is not kept",
    )
    parser.add_argument(
        "--accept-nondeterministic",
        action="store_true",
        help="accept a model that answers the same sample differently from call to call",
    )
    parser.add_argument(
        "--keep",
        action="append",
        default=[],
        metavar="PACKAGE",
        help="keep this package in the service even if no sample needs it; may be repeated",
    )
    parser.add_argument(
        "--no-slim", action="store_true", help="give the service every declared package, needed or not"
    )
    parser.add_argument(
        "--largest-file",
        type=_megabytes,
        default=DEFAULT_LARGEST_FILE,
        metavar="MB",
        help="megabytes up to which a file that predictions read is taken along (default: 512)",
    )
    parser.add_argument(
        "--no-source-builds",
        action="store_true",
        help="fail rather than build a package from source where no Python at hand has a wheel of it",
    )


def choices(options: argparse.Namespace) -> dict[str, Any]:
    """What was chosen, as BuildOptions and DeployRequest take it."""
    return {
        "sample": options.sample,
        "cell_timeout": options.timeout,
        "pass_environment": tuple(options.env),
        "accept_nondeterministic": options.accept_nondeterministic,
        "keep": tuple(options.keep),
        "slim": not options.no_slim,
        "source_builds": not options.no_source_builds,
        "largest_file": options.largest_file,
    }


def _megabytes(text: str) -> int:
    """In bytes."""
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of megabytes")
    return int(number * _MEGABYTE)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < 1e9:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds")
    return seconds

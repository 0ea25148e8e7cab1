"""The `slipway` command: what it understands. What its commands do is in `commandline/`."""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from slipway_runtime import settings as service_settings
from slipway_runtime.ports import port_option

from . import (
    __version__,
    light_imports,  # noqa: F401
)
from .commandline.choices import add_choices
from .commandline.exits import CANCELLED, FAILED
from .commandline.output import Output
from .problems import Code, SlipwayProblem
from .sizes import parse_size

_COMMON = "jupyterlab_slipway.commandline"


def build_parser() -> argparse.ArgumentParser:
    """All commands and options. `run` of the result names the function to call, as module:function."""
    parser = argparse.ArgumentParser(
        prog="slipway",
        description="Turns notebooks into tested model services; JupyterLab and this command show the same.",
        epilog="Exit codes: 0 success, 1 failed, 2 not understood, 130 cancelled. "
        "Records live in SLIPWAY_HOME (by default in your data directory).",
    )
    parser.add_argument("--version", action="version", version=f"slipway {__version__}")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object a line on standard output, nothing else"
    )
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)

    def command(name: str, run: str, summary: str, description: str) -> argparse.ArgumentParser:
        added = commands.add_parser(
            name, parents=[common], help=summary, description=description, allow_abbrev=False
        )
        added.set_defaults(run=run)
        return added

    deploy = command(
        "deploy",
        "deploy:deploy",
        "build a notebook and make it a live service",
        "Runs the saved notebook in a clean environment, captures its predictor, tests it and makes it live. "
        "Deploying the same notebook again makes a new release at the same address; the one before it "
        "answers until the new one has passed its checks. Ctrl-C cancels.",
    )
    add_choices(deploy)
    deploy.add_argument("--name", help="the deployment's name (default: from the notebook's file name)")
    deploy.add_argument("--engine", help="where it is built and runs (see `slipway engines`)")
    deploy.add_argument(
        "--detach", action="store_true", help="start it and return; `slipway logs -f` follows"
    )

    build = command(
        "build",
        "build:build",
        "build a notebook's bundle, without serving it",
        "Does what deploy does up to the tested bundle: a directory that `slipway serve` and others can use.",
    )
    add_choices(build)
    build.add_argument(
        "-o",
        "--output",
        metavar="DIR",
        required=True,
        help="the bundle's directory; must not exist, or be empty",
    )

    serve = command(
        "serve",
        "serve:serve",
        "serve a bundle in the foreground",
        "Serves a bundle until Ctrl-C, on 127.0.0.1 and with a new token. Installs the model's packages "
        "where they are missing.",
    )
    serve.add_argument("bundle", metavar="BUNDLE", help="directory made by `slipway build`")
    serve.add_argument("--port", type=port_option, help="TCP port (default: a free one)")
    serve.add_argument(
        "--token-file",
        type=Path,
        metavar="PATH",
        help="file that holds the bearer token (default: a new token)",
    )
    service_settings.add_options(serve)

    predict = command(
        "predict",
        "predict:predict",
        "ask a live service for a prediction",
        "Sends one sample to a live service and prints its answer, which is JSON too.",
    )
    predict.add_argument("name", metavar="NAME", help="the deployment")
    predict.add_argument("sample", metavar="JSON", help="the sample; - reads it from standard input")

    ps = command(
        "ps",
        "listing:ps",
        "list the deployments, or show one",
        "Lists the deployments and how they are. With NAME: how to ask that one, and its releases with "
        "those that can be started again.",
    )
    ps.add_argument("name", metavar="NAME", nargs="?", help="the deployment to show")

    logs = command(
        "logs",
        "logs:logs",
        "show what a release wrote",
        "Shows the logs of a release's phases; phase `live` is the running service's own.",
    )
    logs.add_argument("name", metavar="NAME", help="the deployment")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as they grow, until Ctrl-C")
    logs.add_argument("--release", type=int, metavar="N", help="the release (default: the newest)")
    logs.add_argument("--phase", metavar="P", help="one phase only, such as execute or live")

    push = command(
        "push",
        "push:push",
        "push a release's image to a registry",
        "Sends the image of a release to a registry, with the engine's own credentials (`docker login`), and "
        "prints the digest under which the registry has it.",
    )
    push.add_argument("name", metavar="NAME", help="the deployment")
    push.add_argument(
        "destination",
        metavar="REGISTRY/REPO[:TAG]",
        help="where to; the tag is by default the release's number, with the git revision where it has one",
    )
    push.add_argument("--release", type=int, metavar="N", help="the release (default: the live one)")

    export = command(
        "export",
        "export:export",
        "write what others need to build and run a release",
        "Writes a directory with which any CI builds the same image without Slipway: the build context with "
        "its Dockerfile and lock, a script, and a Compose file. There are no secrets in it.",
    )
    export.add_argument("name", metavar="NAME", help="the deployment")
    export.add_argument("directory", metavar="DIR", help="must not exist, or be empty")
    export.add_argument("--release", type=int, metavar="N", help="the release (default: the live one)")

    pull = command(
        "pull",
        "pull:pull",
        "serve an image that Slipway made from a registry",
        "Fetches an image that Slipway made (`slipway push`) with the engine's own credentials and makes it "
        "a release, which has to answer the samples recorded in it before it is live. Ctrl-C cancels.",
    )
    pull.add_argument(
        "image", metavar="REGISTRY/REPOSITORY[:TAG|@DIGEST]", help="the image; without a tag it is latest"
    )
    pull.add_argument("--name", help="the deployment's name (default: the one that the image tells)")
    pull.add_argument("--engine", help="docker or podman (default: the first that works)")
    pull.add_argument(
        "--no-start", action="store_true", help="fetch it, check it and say what it is; nothing else"
    )

    start = command(
        "start",
        "start:start",
        "serve a release again, without building it",
        "Serves once more what a release was built to: by default that which was live last, and was stopped "
        "or is lost since a restart; with --release an older one, which takes the place of what is live. It "
        "becomes a new release, which has to answer its recorded samples before it is live. "
        "Nothing is run or trained. Ctrl-C cancels.",
    )
    start.add_argument("name", metavar="NAME", help="the deployment")
    start.add_argument("--release", type=int, metavar="N", help="the release (default: that live last)")
    start.add_argument("--detach", action="store_true", help="start it and return; `slipway logs -f` follows")

    stop = command(
        "stop",
        "ending:stop",
        "cancel a build, or stop a service",
        "Cancels the build where there is one, else stops the service. Nothing of it runs when this returns.",
    )
    stop.add_argument("name", metavar="NAME", help="the deployment")

    rm = command(
        "rm",
        "ending:remove",
        "remove a deployment",
        "Removes a deployment with all its releases, logs and bundles. Environments are shared and stay.",
    )
    rm.add_argument("name", metavar="NAME", help="the deployment")
    rm.add_argument("--force", action="store_true", help="even if it is running or being built")

    gc = command(
        "gc",
        "gc:gc",
        "remove environments that nothing needs any more",
        "Removes environments, remembered resolutions and what killed builds left, as far as no kept "
        "bundle, running build or running service needs it. What is needed later is made again.",
    )
    gc.add_argument("--dry-run", action="store_true", help="say what would go, and leave all as it is")
    gc.add_argument(
        "--max-size",
        type=_size,
        metavar="SIZE",
        help="remove only until what stays fits, the least recently used first; such as 5GB",
    )

    builder = command(
        "builder-image",
        "builder_image:builder_image",
        "make a builder image for source-to-image",
        "Makes the image with which `s2i build REPOSITORY BUILDER SERVICE` turns a git repository into a "
        "service. Its base image is that of SLIPWAY_BASE_IMAGES for the Python of the models.",
    )
    builder.add_argument("tag", metavar="TAG", help="the builder image's name")
    builder.add_argument("--engine", help="docker or podman (default: the first that works)")
    builder.add_argument(
        "--python",
        type=_minor,
        metavar="VERSION",
        help="the models' Python, such as 3.11 (default: the newest that base images have)",
    )

    command("engines", "listing:engines", "list the engines", "Lists the engines and whether they work here.")
    return parser


def _minor(text: str) -> tuple[int, int]:
    major, dot, minor = text.partition(".")
    if not (dot and major.isdecimal() and minor.isdecimal() and text.isascii() and len(text) < 8):
        raise argparse.ArgumentTypeError(f"{text!r} is no version of Python such as 3.11")
    return int(major), int(minor)


def _size(text: str) -> int:
    try:
        return parse_size(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. Prints no traceback of ours: faults go to a file."""
    options = build_parser().parse_args(arguments)
    output = Output(as_json=options.json)
    module, _, function = options.run.partition(":")
    try:
        run: Any = getattr(importlib.import_module(f"{_COMMON}.{module}"), function)
        return int(run(options, output))
    except SlipwayProblem as problem:
        output.problem(problem.as_problem())
        return FAILED
    except BrokenPipeError:
        # `slipway … | head`: nobody reads on, and nothing is to be said about it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return CANCELLED
    except Exception as error:  # noqa: BLE001  reported as a sentence, whatever it is
        output.problem(_fault(error).as_problem())
        return FAILED


def _fault(error: Exception) -> SlipwayProblem:
    from .builder.disk import FULL, disk_full
    from .deployments.home import Home

    if isinstance(error, OSError):
        import errno

        if error.errno in FULL:
            return disk_full(error.filename or "SLIPWAY_HOME")
        if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM, errno.ENOTDIR):
            return SlipwayProblem(
                Code.UNSUPPORTED,
                f"{error.filename}: {error.strerror}. Slipway keeps its records in SLIPWAY_HOME; set it to a "
                "directory that you may write to.",
            )
    place = "Set SLIPWAY_HOME to a directory that you may write to, to keep the details."
    try:
        log = Home.of_user().root / "errors.log"
        with log.open("a", encoding="utf-8") as file:
            file.write("".join(traceback.format_exception(error)))
        place = f"{log} has the details; please report them."
    except OSError:
        pass
    return SlipwayProblem(Code.INTERNAL, f"Slipway made a mistake ({type(error).__name__}). {place}")

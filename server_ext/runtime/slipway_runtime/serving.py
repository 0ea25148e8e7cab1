"""`python -m slipway_runtime serve BUNDLE …`, and `container`: serves a bundle until it is told to stop.

Exit codes: 0 stopped, 1 failed (the last line of the log says why), 2 unusable arguments.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import resource
import stat
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import uvloop

from . import container
from . import settings as settings_module
from .bundle import BundleError, read_manifest, read_samples
from .control import SERVICE_SOCKET, ControlError, status
from .ports import port_option
from .service import Plan, Service
from .settings import Settings
from .token_file import read_token

log = logging.getLogger("slipway")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="slipway_runtime", description="Serves a model bundle over HTTP.")
    commands = parser.add_subparsers(dest="command", required=True)
    serve = commands.add_parser("serve", help="serve a bundle until stopped")
    serve.add_argument("bundle", type=Path)
    serve.add_argument("--model-python", required=True, help="interpreter of the model's environment")
    serve.add_argument("--run-dir", type=Path, help="directory of mode 0700 for sockets (default: a new one)")
    serve.add_argument("--identity", default="", help="what the Slipway-Release header says")
    serve.add_argument("--token-file", type=Path, help="file that holds the bearer token")
    serve.add_argument("--host", default=os.environ.get("SLIPWAY_HOST", "127.0.0.1"))
    serve.add_argument("--port", type=port_option, help="TCP port (default: none until told to publish)")
    settings_module.add_options(serve)
    contained = commands.add_parser(
        "container", help="serve what is in an image that Slipway made, as its variables say"
    )
    settings_module.add_options(contained)
    commands.add_parser("control", help="answer questions about the service in this container")
    commands.add_parser("healthy", help="exit code 0 where the service in this container is ready")
    return parser


def _options(words: list[str]) -> argparse.Namespace:
    """Of `serve`; those of `container` come from its image and its variables."""
    parser = _parser()
    options = parser.parse_args(words)
    if options.command != "container":
        return options
    try:
        return parser.parse_args(["serve", *container.serve_words(), *words[1:]])
    except OSError as error:
        parser.error(f"this is no image of a model service: {error}")
    except ValueError as error:
        parser.error(str(error))


_OTHER_FILES = 256  # besides connections: sockets, pipes, libraries
_LONGEST_SOCKET_PATH = 100  # bytes; 103 on macOS, 107 on Linux


def _check_run_dir(path: Path) -> None:
    try:
        path.mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise ValueError(
            f"The directory {path} for sockets cannot be made: {error.strerror}. Choose another one, with "
            f"--run-dir or {container.RUN_DIR}; in a container with a read-only file system, mount something "
            "writable at /tmp, as `--tmpfs /tmp` does."
        ) from None
    if len(os.fsencode(path / SERVICE_SOCKET)) > _LONGEST_SOCKET_PATH:
        raise ValueError(f"{path} is too long for the paths of Unix sockets. Choose a shorter --run-dir.")
    found = path.stat()
    if found.st_uid != os.getuid() or stat.S_IMODE(found.st_mode) & 0o077:
        raise ValueError(
            f"{path} must belong to you alone (mode 0700): whoever enters it controls the service."
        )
    with contextlib.suppress(ControlError):
        if status(path)["state"] != "failed":
            raise ValueError(f"Another service runs in {path}. Choose another --run-dir, or stop that one.")


def _token(path: Path) -> str:
    """Raises ValueError."""
    try:
        return read_token(path)
    except OSError as error:
        raise ValueError(
            f"The token file {path} cannot be read by user {os.getuid()}: {error.strerror}."
        ) from None


def _allow_connections(settings: Settings) -> Settings:
    """Raises the limit of open files to what so many connections need, or else lowers their number."""
    soft, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = most == resource.RLIM_INFINITY
    wanted = settings.connections + _OTHER_FILES
    files = wanted if unlimited else min(wanted, most)
    if soft != resource.RLIM_INFINITY and soft < files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (files, most))
    if files == wanted:
        return settings
    connections = max(1, files - _OTHER_FILES)
    log.warning("this process may open %d files: %d connections are allowed at a time", files, connections)
    return replace(settings, connections=connections)


def main(words: list[str]) -> int:
    options = _options(words)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("_granian").setLevel(logging.ERROR)
    with contextlib.ExitStack() as stack:
        # Without one of the caller's, the sockets get a directory that goes with this process.
        run_dir = (options.run_dir or Path(stack.enter_context(tempfile.TemporaryDirectory()))).absolute()
        try:
            settings = settings_module.from_options(options)
            _check_run_dir(run_dir)
            manifest = read_manifest(options.bundle)
            samples = read_samples(options.bundle, manifest)
            token = None if options.token_file is None else _token(options.token_file)
            settings = _allow_connections(settings)
            if token is None and options.host == container.ALL_ADDRESSES:
                log.warning(
                    "no token is wanted: whoever reaches port %s may use this service. Name a file that "
                    "holds one in %s.",
                    options.port,
                    container.TOKEN_FILE,
                )
        except (BundleError, ValueError, OSError) as error:
            log.error("%s", error)
            return 2
        plan = Plan(
            bundle=options.bundle.resolve(),
            manifest=manifest,
            samples=samples,
            model_python=options.model_python,
            run_dir=run_dir,
            identity=options.identity,
            token=token,
            host=options.host,
            port=options.port,
        )

        async def run() -> None:
            code = await Service(plan, settings).run()
            # At once, with the loop still open: granian's own threads may be about to call into it, and abort
            # the process where it, or the interpreter, has been closed under them.
            stack.close()
            logging.shutdown()
            os._exit(code)

        uvloop.run(run())
    return 1

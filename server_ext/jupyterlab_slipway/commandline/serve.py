"""`slipway serve`"""

from __future__ import annotations

import argparse
import contextlib
import os
import secrets
import signal
import time
from collections.abc import Callable
from pathlib import Path

from slipway_runtime import control
from slipway_runtime import settings as service_settings
from slipway_runtime.bundle import BundleError, read_manifest
from slipway_runtime.front.docs_files import page_address
from slipway_runtime.token_file import read_token

from ..builder.children import start
from ..builder.environments import EnvironmentStore
from ..builder.files import remove_tree, write_atomically
from ..builder.plain_lines import EventProgress
from ..builder.uses import add_user
from ..deployments.curl import curl_command
from ..deployments.home import Home
from ..deployments.records import Records
from ..engines.front import provide_front
from ..engines.ports import HOST, asked_port_taken, choose_port, is_free
from ..engines.run_dir import make_run_dir
from ..problems import Code, SlipwayProblem
from ..processes import identify
from .display import make_display
from .exits import FAILED, SUCCESS
from .output import Output
from .reaching import ask_lines


def serve(options: argparse.Namespace, output: Output) -> int:
    limits = _limits(options)
    token_file = options.token_file and options.token_file.expanduser().absolute()
    given = _given_token(token_file)
    home = Home.of_user()
    bundle = Path(options.bundle).expanduser().absolute()
    display = make_display(output, str(bundle))
    try:
        progress = EventProgress(display)
        manifest, store = read_manifest(bundle), EnvironmentStore(home.root)
        if store.python_of(manifest) is None:
            progress.note("install", "Installing the packages of the model, which are not here yet.")
        model_python = store.provide(bundle, manifest, progress)
        front = provide_front(home.root, progress)
    except BundleError as error:
        raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None
    finally:
        display.close()
    if options.port and not is_free(options.port):
        raise asked_port_taken(options.port)
    run_dir = make_run_dir(home.root)
    try:
        token = given or secrets.token_urlsafe(32)
        write_atomically(run_dir / "token", token.encode())
        return _serve(
            [
                *(front, "-I", "-m", "slipway_runtime", "serve", bundle, "--model-python", model_python),
                *("--run-dir", run_dir, "--identity", secrets.token_hex(16)),
                *("--token-file", run_dir / "token"),
                *service_settings.arguments(limits),
            ],
            run_dir,
            lambda: _publish(run_dir, options.port, Records(home)),
            lambda url: _tell(output, url, bundle, token, token_file),
            environments=[front.parent.parent, model_python.parent.parent],
        )
    finally:
        remove_tree(run_dir)


def _limits(options: argparse.Namespace) -> service_settings.Settings:
    try:
        return service_settings.from_options(options)
    except ValueError as error:
        raise SlipwayProblem(Code.REQUEST_INVALID, str(error)) from None


def _given_token(file: Path | None) -> str | None:
    if file is None:
        return None
    try:
        return read_token(file)
    except OSError as error:
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"The token file {file} cannot be read: {error.strerror or error}. Name one that you may read.",
        ) from None
    except ValueError as error:
        raise SlipwayProblem(Code.REQUEST_INVALID, str(error)) from None


def _tell(output: Output, url: str, bundle: Path, token: str, file: Path | None) -> None:
    """How to reach the service. A token of the user's own is shown nowhere: who reads along may be many."""
    if file is not None:
        docs = page_address(url)
        output.json({"state": "live", "url": url, "docs": docs})
        output.line(f"Serving on {url} until Ctrl-C, with the token in {file}.")
        output.line(f"  {curl_command(url, bundle, file)}")
        output.line(f"Its API, to read and to try with that token: {docs}")
        return
    docs = page_address(url, token)
    output.json({"state": "live", "url": url, "token": token, "docs": docs})
    output.line(f"Serving on {url} until Ctrl-C. Its token: {token}")
    for line in ask_lines(curl_command(url, bundle, token), docs):
        output.line(line)


def _publish(run_dir: Path, port: int | None, records: Records) -> str:
    """The address at which the service answers from now on."""
    tried: set[int] = set()
    while True:
        chosen = port or choose_port(records.ports() | tried)
        try:
            control.publish(run_dir, HOST, chosen)
        except control.ControlError as error:
            if port or error.code != Code.PORT_TAKEN.value:
                raise asked_port_taken(chosen) from None
            tried.add(chosen)  # somebody else was quicker
        else:
            return f"http://{HOST}:{chosen}"


def _serve(
    command: list[str | Path],
    run_dir: Path,
    publish: Callable[[], str],
    tell: Callable[[str], None],
    environments: list[Path],
) -> int:
    # In a session of its own: Ctrl-C reaches it through us, once. Where we are killed, it ends as well.
    process = start(command, env=os.environ, cwd=Path.cwd(), stdout=2, stderr=2)

    def stop(*_: object) -> None:
        if process.poll() is None:
            os.kill(process.pid, signal.SIGTERM)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        for directory in environments:  # the service may outlive this process for a moment
            add_user(directory, identify(process.pid))
        ready = False
        while process.poll() is None and not ready:
            with contextlib.suppress(control.ControlError):
                ready = control.status(run_dir)["state"] == "ready"
            time.sleep(0.05)
        if ready:
            tell(publish())
        code = process.wait()
    finally:
        stop()
        process.wait()
    if code != 0:
        raise SlipwayProblem(
            Code.START_FAILED, "The service ended. The last lines above, on standard error, say why."
        )
    return SUCCESS if ready else FAILED

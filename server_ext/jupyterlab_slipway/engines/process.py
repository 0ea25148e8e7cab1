"""The process engine: a release is a tree of the user's own processes; no container engine, no root."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

import psutil
from slipway_runtime import control
from slipway_runtime.bundle import BundleError, Manifest, read_manifest

from ..builder.environments import EnvironmentStore
from ..builder.files import remove_tree
from ..builder.options import BuildOptions
from ..builder.progress import Progress
from ..builder.uses import add_user
from ..problems import Code, SlipwayProblem
from ..processes import (
    OF_JUPYTER,
    RELEASE_VARIABLE,
    Identity,
    end_strays,
    end_tree,
    identify,
    is_alive,
    of_release,
    reap,
    wait_gone,
)
from ..wire import Phase
from .answering import last_error_in, wait_answered_by
from .engine import Diagnosis, Engine, Plan, ServiceRecord
from .front import provide_front
from .log_keeping import keep_log
from .pipes import pipe
from .ports import is_free, port_taken
from .probing import probe_service
from .run_dir import make_run_dir

START_TIMEOUT = 330.0
"""Seconds; a little more than the service gives itself for loading its model."""
_POLL = 0.05
_SHOWN = 64 * 1024
_NOT_PASSED_ON = (*OF_JUPYTER, "PYTHON", "VIRTUAL_ENV", "CONDA_")
"""How variables begin that a service does not get: tokens of Jupyter, settings of our own Python."""


class ProcessEngine(Engine):
    name = "process"

    def diagnose(self) -> Diagnosis:
        if sys.platform not in ("linux", "darwin"):
            return Diagnosis(
                False,
                f"needs Unix sockets and process groups, which {sys.platform} lacks. Use Linux, macOS or, on "
                "Windows, WSL.",
            )
        version = ".".join(map(str, sys.version_info[:3]))
        return Diagnosis(True, f"runs services as processes of this user; HTTP server on Python {version}")

    def build(
        self, options: BuildOptions, plan: Plan, store: EnvironmentStore, progress: Progress
    ) -> Manifest:
        from ..builder.build import build_bundle  # heavy, and nobody else here needs it

        return build_bundle(options, plan.bundle, store, progress)

    def package(self, plan: Plan, progress: Progress) -> None:
        provide_front(plan.home, progress)

    def start(self, plan: Plan, progress: Progress, record: Callable[[ServiceRecord], None]) -> ServiceRecord:
        python = provide_front(plan.home, progress)
        try:
            manifest = read_manifest(plan.bundle)
            model_python = EnvironmentStore(plan.home).provide(plan.bundle, manifest, progress)
        except BundleError as error:
            raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None
        run_dir = make_run_dir(plan.home)
        service: ServiceRecord = {"engine": self.name, "identity": plan.identity, "run_dir": str(run_dir)}
        record(service)
        command: list[str | Path] = [
            *(python, "-I", "-m", "slipway_runtime", "serve", plan.bundle),
            *("--model-python", model_python, "--run-dir", run_dir, "--identity", plan.identity),
            *("--token-file", plan.token_file),
        ]
        environment = _environment(os.environ, plan.identity, plan.home)
        with plan.log.open("ab") as log, pipe() as (at_end, held):
            began = log.tell()
            process = subprocess.Popen(
                [str(word) for word in command],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=run_dir,
                env=environment,
                pass_fds=(held,),  # closes when the service is gone
                start_new_session=True,
            )
            keeper = keep_log(python, plan.log, at_end, environment)
        begun = identify(process.pid)
        service = {**service, "pid": begun["pid"], "created": begun["created"]}
        record(service)
        for executable in (python, model_python):
            add_user(executable.parent.parent, begun)
        reap(process, keeper)
        with _log_shown("start", plan.log, began, progress):
            limit = self._wait_ready(service, plan.log, began).get("drain_timeout")
        if limit is not None:
            service["drain_timeout"] = limit
            record(service)
        return service

    def _wait_ready(self, service: ServiceRecord, log: Path, began: int) -> control.Status:
        deadline = time.monotonic() + START_TIMEOUT
        reason: str | None = None
        while self.is_alive(service):
            try:
                status = control.status(Path(service["run_dir"]))
            except control.ControlError:
                pass  # not yet, or no more
            else:
                if status["state"] == "ready":
                    return status
                if status["state"] == "failed":
                    reason = status.get("reason")
                    break
            if time.monotonic() > deadline:
                reason = f"it was not ready within {START_TIMEOUT:g} s."
                break
            time.sleep(_POLL)
        reason = reason or last_error(log, began) or "it ended without saying why"
        raise SlipwayProblem(
            Code.START_FAILED, f"The service does not start: {reason.rstrip('.')}. The log has the details."
        )

    def probe(self, plan: Plan, service: ServiceRecord, progress: Progress) -> None:
        with _log_shown("probe", plan.log, plan.log.stat().st_size, progress):
            asking = partial(control.http_request, Path(service["run_dir"]))
            probe_service(asking, plan.bundle, plan.identity, progress)

    def publish(self, plan: Plan, service: ServiceRecord, previous: ServiceRecord | None) -> None:
        run_dir = Path(service["run_dir"])
        took_over = False
        if previous is not None and self.is_alive(previous) and self.published(previous):
            try:
                control.publish(run_dir, plan.host, plan.port, take_over_from=Path(previous["run_dir"]))
                took_over = True
            except control.ControlError as error:
                if self.is_alive(previous):
                    raise SlipwayProblem(
                        Code.START_FAILED, f"The new release could not take over the port: {error}"
                    ) from None
        if not took_over:  # there is none before it, or that one has just ended
            try:
                control.publish(run_dir, plan.host, plan.port)
            except control.ControlError as error:
                if error.code == Code.PORT_TAKEN.value or not is_free(plan.port):
                    raise port_taken(plan.port) from None
                raise SlipwayProblem(
                    Code.START_FAILED, f"The service could not open its port: {error}"
                ) from None
        wait_answered_by(plan)

    def is_alive(self, service: ServiceRecord) -> bool:
        return "pid" in service and is_alive(cast("Identity", service))

    def published(self, service: ServiceRecord) -> bool:
        try:
            return bool(control.status(Path(service["run_dir"])).get("address"))
        except control.ControlError:
            return False

    def stop(self, service: ServiceRecord, *, grace: float) -> None:
        if self.is_alive(service):
            identity = cast("Identity", service)
            end_tree(identity, grace)
            wait_gone(identity, grace)
        end_strays(service["identity"])
        remove_tree(Path(service["run_dir"]))

    def stop_unrecorded(self, identity: str) -> None:
        run_dirs = {run_dir for process in of_release(identity) if (run_dir := _run_dir_of(process))}
        end_strays(identity)
        for run_dir in run_dirs:
            remove_tree(run_dir)

    def discard(self, identity: str) -> None:
        """Environments are shared; `slipway gc` removes them."""

    def ending_words(self, service: ServiceRecord) -> str | None:  # noqa: ARG002  nobody saw it end
        return None


def _run_dir_of(process: psutil.Process) -> Path | None:
    """Where a service says that its sockets are."""
    try:
        words = process.cmdline()
    except psutil.Error:
        return None
    if "slipway_runtime" not in words or "--run-dir" not in words[:-1]:
        return None
    run_dir = Path(words[words.index("--run-dir") + 1])
    return run_dir if (run_dir / control.CONTROL_SOCKET).exists() else None


def _environment(variables: Mapping[str, str], identity: str, home: Path) -> dict[str, str]:
    kept = {name: value for name, value in variables.items() if not name.startswith(_NOT_PASSED_ON)}
    return {**kept, RELEASE_VARIABLE: identity, "SLIPWAY_HOME": str(home)}


@contextmanager
def _log_shown(phase: Phase, log: Path, began: int, progress: Progress) -> Iterator[None]:
    """Where the body fails, what the service has said since stands in the phase's log as well."""
    try:
        yield
    except SlipwayProblem:
        with log.open("rb") as file:
            file.seek(max(began, log.stat().st_size - _SHOWN))
            progress.output(phase, file.read().decode("utf-8", "replace"))
        raise


def last_error(log: Path, began: int) -> str | None:
    """The sentence of the last error in a service's log, as far as it was written from offset `began` on."""
    with log.open("rb") as file:
        file.seek(began)
        return last_error_in(file.read().decode("utf-8", "replace"))

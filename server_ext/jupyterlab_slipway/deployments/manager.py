"""What one can do with deployments: the one way in, for the command line and for the Jupyter server."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from slipway_runtime import settings as service_settings
from slipway_runtime.front.docs_files import page_address
from slipway_runtime.worker import decode_sample

from ..builder.disk import told_as_disk_full
from ..builder.options import BuildChoices, BuildOptions
from ..engines.containers.engine import ContainerEngine
from ..engines.containers.pulling import Fetched
from ..engines.containers.registry_words import Layer
from ..engines.ports import choose_port
from ..engines.registry import default_engine, engine_named, engine_views, usable_engine
from ..problems import Code, SlipwayProblem
from ..processes import ask_to_end, end_tree, is_alive, wait_gone
from ..sources.reference import Reference
from ..wire import Access, Deployment, EngineView, Phase, Published
from . import pulling
from .beginning import begin, building
from .curl import curl_command
from .endings import AT_ONCE, builds_kept, discard, end_processes, end_service, end_unfinished, settle
from .garbage import environments_limit
from .home import Home
from .inputs import Input, input_of, name_for
from .locking import chosen, locked
from .log_files import read_log
from .pushing import push_release
from .records import DeploymentRecord, Records, ReleaseFiles, url_of
from .reusing import start_again

CANCEL_TIMEOUT = 15.0
"""Seconds that a builder has to clear up after a cancel."""


@dataclass(frozen=True)
class DeployRequest(BuildChoices):
    """What a user asks for with `slipway deploy`, or with the button."""

    notebook: Path | Reference
    """A file, or what is in a repository."""
    name: str | None = None
    """The deployment's; by default it comes from the notebook's file name."""
    engine: str | None = None
    """By default, a deployment keeps the one that it has."""
    default_engine: str | None = None
    """That of a new deployment where none is asked for; where this is None too, the user's default."""
    commit: str | None = None
    """Of a file that lies in a repository: what this commit holds (`HEAD`: the last one) is deployed."""


class Deployments:
    """All deployments of one home. Methods block; they may be called from any thread and process."""

    def __init__(self, home: Home | None = None) -> None:
        self.home = home or Home.of_user()
        self.records = Records(self.home)

    # -- looking

    def list_deployments(self) -> list[Deployment]:
        """All, by name."""
        views = []
        for name in self.records.names():
            with contextlib.suppress(SlipwayProblem):  # is just being removed
                views.append(self.records.view(name))
        return views

    def get(self, name: str) -> Deployment:
        """
        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN.
        """
        return self.records.view(name)

    def access(self, name: str) -> Access:
        """Address and token of the live release, and a command that scores its first sample.

        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN, NOT_LIVE.
        """
        record = self.records.record(name)
        number = self.records.view(name).get("live")
        if number is None:
            raise SlipwayProblem(
                Code.NOT_LIVE,
                f"{name} is not running. `slipway ps` says what became of it; start it again "
                f"(`slipway start {name}`), or deploy it.",
            )
        url, token = url_of(record), self.records.token(name)
        curl = curl_command(url, self.records.release(name, number).bundle, token)
        return {"url": url, "token": token, "curl": curl, "docs": page_address(url, token)}

    def read_log(self, name: str, release: int, phase: Phase, offset: int, limit: int) -> tuple[bytes, int]:
        """(at most `limit` bytes of a phase's log from `offset` on, the log's size).

        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN.
        """
        return read_log(self.records.release(name, release).logs / f"{phase}.log", offset, limit)

    def engines(self, preferred: str | None = None) -> list[EngineView]:
        """Those of this machine; `preferred` names the default, rather than the user's environment."""
        return engine_views(preferred)

    # -- doing

    def deploy(self, request: DeployRequest) -> tuple[str, int]:
        """Takes a snapshot of the notebook and starts to build it: (the deployment's name, the release).

        Raises:
            SlipwayProblem: as `input_of` and `deploy_input`.
        """
        with self.input_of(request) as given:
            return self.deploy_input(given, request)

    @contextmanager
    def input_of(
        self, request: DeployRequest, tell: Callable[[str], None] = lambda _sentence: None
    ) -> Iterator[Input]:
        """The notebook that is meant; one in a repository is fetched, of which `tell` is told.

        Raises:
            SlipwayProblem: SAMPLE_NOT_JSON, REQUEST_INVALID, DISK_FULL, and as `inputs.input_of`.
        """
        _check_request(request)
        made = input_of(self.home, request.notebook, request.commit, tell)
        with told_as_disk_full(self.home.root), made as given:
            yield given

    def deploy_input(self, given: Input, request: DeployRequest) -> tuple[str, int]:
        """Starts to build it: (the deployment's name, the release). Takes its checkout, where there is one.

        Raises:
            SlipwayProblem: NAME_INVALID, NAME_TAKEN, BUSY, PORT_TAKEN, ENGINE_UNKNOWN, UNSUPPORTED,
                DISK_FULL.
        """
        choosing = chosen(self.home, lambda: name_for(self.records, given, request.name))
        with told_as_disk_full(self.home.root), choosing as (name, is_new):
            asked = request.engine or (None if is_new else self.records.record(name)["engine"])
            engine = (usable_engine(asked) if asked else default_engine(request.default_engine)).name
            with self._made(name, given.notebook.stem, given.place, engine, is_new=is_new):
                return name, self._start_release(name, engine, given, request)

    def adopt(self, engine: ContainerEngine, fetched: Fetched, given: str | None) -> tuple[str, int]:
        """Begins to serve an image that was fetched, by the `given` name: (the deployment, the release).

        Raises:
            SlipwayProblem: NAME_INVALID, NAME_TAKEN, BUSY, PORT_TAKEN, DISK_FULL, REQUEST_INVALID, and what
                is wrong with the engine.
        """
        _check_settings()
        choosing = chosen(self.home, lambda: pulling.pulled_name(self.records, fetched, given))
        with told_as_disk_full(self.home.root), choosing as (name, is_new):
            facts = (pulling.title(fetched), pulling.place(fetched), engine.name)
            with self._made(name, *facts, is_new=is_new):
                return name, pulling.adopt(self.records, engine, name, fetched).number

    def start(self, name: str, release: int | None = None) -> int:
        """Begins to serve the build of a release again: the number of the new release that does.

        Without `release` it is the one that was live last.

        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN, BUSY, NOTHING_TO_START, NO_IMAGE, BUNDLE_INVALID, DISK_FULL,
                and what is wrong with the release's engine.
        """
        _check_settings()
        with told_as_disk_full(self.home.root), locked(self.records, name):
            return start_again(self.records, name, release).number

    def stop(self, name: str) -> Deployment:
        """Cancels the build where there is one, else ends the service; the deployment as it then stands.

        Does nothing where nothing runs.

        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN.
        """
        with locked(self.records, name):
            served = self.records.view(name).get("live")
            under_way = building(self.records, name)
            for files in under_way:
                self._cancel(files)
            settle(self.records, name)
            live = self.records.view(name).get("live")
            # a build that went live while it was being cancelled, with none before it, is what was meant
            if live is not None and (not under_way or served is None):
                end_service(self.records.release(name, live), "stopped")
            return self.records.view(name)

    def remove(self, name: str, *, force: bool = False) -> None:
        """Removes the deployment with all its releases and files.

        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN; STILL_LIVE or BUSY where something runs, unless `force`.
        """
        with locked(self.records, name):
            if force and not self.is_readable(name):
                self._remove_unreadable(name)
                return
            if not force:
                self._check_idle(name)
            for files in building(self.records, name):
                self._cancel(files)
            settle(self.records, name)
            for files in self.records.releases(name):
                if files.view()["state"] == "live":
                    end_service(files, "stopped", AT_ONCE if force else None)
                builder = files.builder
                if builder is not None and not builder.get("launching"):
                    end_tree(builder)  # may still wait for an earlier release to drain
                discard(files)
            self._forget(name)

    def push(
        self, name: str, destination: str, release: int | None, tell: Callable[[Layer], None]
    ) -> tuple[int, Published]:
        """Sends the image of a release to a registry: (which release, where it is now).

        Without `release` it is the live one, else the newest that was built to its end.

        Raises:
            SlipwayProblem: IMAGE_NAME, DEPLOYMENT_UNKNOWN, NO_IMAGE, REGISTRY_REFUSES, REGISTRY_UNREACHABLE,
                REGISTRY_FAILED, and what is wrong with the engine.
        """
        files, published = push_release(self.records, name, release, destination, tell)
        # removed meanwhile, or being removed: it is in the registry all the same
        with contextlib.suppress(SlipwayProblem, FileNotFoundError), locked(self.records, name):
            if ReleaseFiles(files.path).record["identity"] == files.record["identity"]:
                files.add_published(published)
        return files.number, published

    def unreadable(self) -> list[str]:
        """Names of deployments that `list_deployments` cannot show, or not whole."""
        return [name for name in self.records.names() if not self.is_readable(name)]

    def is_readable(self, name: str) -> bool:
        """Whether no record of the deployment is damaged."""
        try:
            self.records.record(name)
        except SlipwayProblem:
            return not self.home.deployment(name).exists()
        return all(files.is_readable for files in self.records.every_release(name))

    def _remove_unreadable(self, name: str) -> None:
        """Without a record: whatever runs for its releases is found by their identity."""
        for files in self.records.every_release(name):
            builder = files.builder
            if builder is not None and not builder.get("launching"):
                end_tree(builder)
            with contextlib.suppress(FileNotFoundError):
                end_processes(files)
                discard(files)
        self._forget(name)

    def _forget(self, name: str) -> None:
        """The last that is done with a deployment. The caller holds its lock."""
        self.records.remove(name)
        self.home.remove_lock(name)

    def reattach(self) -> None:
        """Writes down which builds and services are gone. Those that run need little: they are files."""
        for name in self.records.names():
            with contextlib.suppress(SlipwayProblem):
                self.settle(name)
            for files in self.records.releases(name):
                service = files.service
                if service is not None and files.view()["state"] == "live":
                    engine_named(service["engine"]).reattach(service, files.service_log)

    def settle(self, name: str) -> None:
        """Likewise, of one deployment."""
        view = self.records.view(name)
        if any(release["state"] == "lost" for release in view["releases"]) or len(self._said_live(view)) > 1:
            with locked(self.records, name):
                settle(self.records, name)

    # -- steps

    def _start_release(self, name: str, engine: str, given: Input, request: DeployRequest) -> int:
        notebook = given.notebook
        options = BuildOptions(
            notebook, notebook.parent, notebook.stem, given.source, given.changed, **request.choices()
        )
        event = {"kind": "created", "deployment": name, "notebook": notebook.name, "engine": engine}

        def create() -> ReleaseFiles:
            return self.records.create_release(
                name, engine, options, given.content, event, given.move_checkout, given.notes
            )

        files = begin(self.records, name, create)
        record = self.records.record(name)
        if record["engine"] != engine:
            self.records.set_record(cast("DeploymentRecord", {**record, "engine": engine}))
        return files.number

    def _cancel(self, files: ReleaseFiles) -> None:
        builder = files.builder
        if builder is None or builder.get("launching"):
            return  # of a process that did not get to start it; `settle` finds out
        ask_to_end(builder)
        if not wait_gone(builder, CANCEL_TIMEOUT):
            end_tree(builder, grace=0.0)
        if files.view()["state"] == "lost" and not is_alive(builder):
            end_unfinished(files, "cancelled", None)

    def _check_idle(self, name: str) -> None:
        if not self.is_readable(name):
            raise SlipwayProblem(
                Code.STILL_LIVE,
                f"The record of a release of {name} is damaged, so that its service may still run. Remove it "
                "with --force.",
            )
        view = self.records.view(name)
        if view.get("live") is not None:
            raise SlipwayProblem(
                Code.STILL_LIVE,
                f"{name} is running. Stop it first (`slipway stop {name}`), or remove it with --force.",
            )
        if any(release["state"] == "building" for release in view["releases"]):
            raise SlipwayProblem(
                Code.BUSY,
                f"A release of {name} is being built. Cancel it first (`slipway stop {name}`), or remove it "
                "with --force.",
            )

    def _said_live(self, view: Deployment) -> list[int]:
        """Releases whose service runs."""
        found = []
        for release in view["releases"]:
            if release["state"] in ("live", "replaced"):
                files = self.records.release(view["name"], release["release"])
                if files.view()["state"] == "live":
                    found.append(files.number)
        return found

    @contextmanager
    def _made(self, name: str, title: str, notebook: str, engine: str, *, is_new: bool) -> Iterator[None]:
        """It is there while the body begins its next release; a new one goes if that comes to nothing.

        The caller holds its lock, and that of names.
        """
        try:
            if is_new:
                port = choose_port(self.records.ports())
                self.records.create(name, title, notebook, engine, port, time.time() * 1000)
            yield
        except BaseException:
            if is_new and not self.records.every_release(name):
                self._forget(name)
            raise


def _check_request(request: DeployRequest) -> None:
    if request.sample is not None:
        try:
            decode_sample(request.sample.encode())
        except ValueError as error:
            raise SlipwayProblem(
                Code.SAMPLE_NOT_JSON,
                f"The sample is not JSON: {error}. Text needs double quotes; true, false and null are lower "
                "case.",
            ) from None
    if not request.cell_timeout > 0:
        raise SlipwayProblem(Code.REQUEST_INVALID, "The time limit of a cell has to be more than 0 seconds.")
    _check_settings()


def _check_settings() -> None:
    environments_limit()  # a wrong setting is told before the build, not after it
    builds_kept()
    try:
        service_settings.check_variables()
    except ValueError as error:
        raise SlipwayProblem(Code.REQUEST_INVALID, str(error)) from None

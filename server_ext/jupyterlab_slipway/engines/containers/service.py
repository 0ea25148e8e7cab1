"""A release's service in a container: how it starts, is asked, gets the port, is watched, and ends.

Everything of it is found by its labels, so that a record that is lost or late leaves nothing behind.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import cast

from slipway_runtime import container as within
from slipway_runtime import control

from ...builder.progress import Progress
from ...problems import Code, SlipwayProblem
from ...processes import Identity, end_strays, find, identify, is_alive
from ...wire import Phase
from ..answering import last_error_in, wait_answered_by
from ..engine import Plan, ServiceRecord
from ..probing import probe_service
from . import diagnosis, holder, logs
from .door import Door
from .ending_words import ending_words, memory_words
from .image_labels import IDENTITY, deployment_labels
from .running import (
    PORT_ROLE,
    PORT_WITHIN,
    ROLE,
    SERVICE_ROLE,
    container_name,
    hardened,
    image_gone,
    run_detached,
    service_variables,
    service_words,
    wanted_limits,
)
from .settings import CPUS, MEMORY, ContainerSettings
from .tool import Container, Tool

START_TIMEOUT = 330.0
"""Seconds; a little more than the service gives itself for loading its model."""
LOOK_INTERVAL = 2.0
ENDED_INTERVAL = 30.0
"""Seconds for which an engine's word holds that a container runs, or has ended, where its process cannot be
seen."""
_LISTEN = "0.0.0.0"  # noqa: S104  within the holder's network, of which one port leads to 127.0.0.1
_POLL = 0.05
_SHOWN_LINES = "300"
_SAME_START = 5.0
"""Seconds between a container's start, as the engine tells it, and its process's: more, and it is another."""
_ENDING = 15.0
"""Seconds that an engine may take to end a container, besides the grace."""


class ContainerService:
    """The part of an engine that runs services. Methods are those of `Engine`."""

    def __init__(self, tool: Tool) -> None:
        self._tool = tool
        self._looks: dict[str, tuple[float, bool]] = {}
        self._words: dict[str, str] = {}
        self._lock = threading.Lock()

    # -- beginning

    def start(self, plan: Plan, progress: Progress, record: Callable[[ServiceRecord], None]) -> ServiceRecord:
        service: ServiceRecord = {
            "engine": self._tool.name,
            "identity": plan.identity,
            "run_dir": holder.run_dir(plan.identity),
        }
        record(service)
        self._clear_leftovers(plan)
        image = self._image(plan)
        having_port = holder.provide_holder(self._tool, plan, image)
        chosen = having_port or holder.private_holder(self._tool, plan, image)
        settings, limits = ContainerSettings.of_user(), diagnosis.limits(self._tool)
        self._note_limits(wanted_limits(settings) - limits, progress)
        self._begin(plan, image, chosen, service_words(settings, limits), service)
        record(service)
        with self._explained(service, "start", progress):
            self._wait_ready(service)
        record(service)
        return service

    def _image(self, plan: Plan) -> str:
        found = self._tool.images({IDENTITY: plan.identity})
        if not found:
            raise image_gone(self._tool)
        return found[0]

    def _clear_leftovers(self, plan: Plan) -> None:
        """Removes what earlier releases of the deployment have left that do not run."""
        for container in self._tool.containers({**deployment_labels(plan), ROLE: SERVICE_ROLE}):
            if not container.running:
                self._tool.remove(container.id)

    def _note_limits(self, lacking: frozenset[str], progress: Progress) -> None:
        if lacking:
            progress.note(
                "start",
                f"{self._tool.name} cannot limit a service's {diagnosis.limit_names(lacking)} as {MEMORY} or "
                f"{CPUS} asks for: the system delegates no control groups for that to this user. It runs "
                "without.",
                "warning",
            )

    def _begin(
        self, plan: Plan, image: str, having_network: Container, limiting: list[str], service: ServiceRecord
    ) -> None:
        """Runs the container, with the words `limiting`, and completes the record."""
        token = plan.token_file.read_text(encoding="ascii").strip()
        holder.make_run_dir(self._tool, having_network.id, plan.identity, token)
        variables = {
            **service_variables(),
            within.PRIVATE: "1",
            within.IDENTITY: plan.identity,
            within.RUN_DIR: holder.run_dir(plan.identity),
            within.TOKEN_FILE: holder.token_file(plan.identity),
        }
        words = [
            *hardened(self._tool, plan, SERVICE_ROLE),
            *limiting,
            *("--network", f"container:{having_network.id}"),
            *holder.mounted(plan),
            *(word for name, value in variables.items() for word in ("--env", f"{name}={value}")),
            image,
        ]
        container = run_detached(self._tool, plan, container_name(plan, plan.release), words)
        service["container"] = container.id
        service["name"] = container.name
        service["holder"] = having_network.id
        service["volume"] = holder.volume_name(deployment_labels(plan))
        for key in ("pid", "created", "holder_pid", "holder_created"):
            service.pop(key, None)  # type: ignore[misc]
        first, of_holder = _seen_here(container), _seen_here(having_network)
        if first is not None and of_holder is not None:
            service["pid"], service["created"] = first["pid"], first["created"]
            service["holder_pid"], service["holder_created"] = of_holder["pid"], of_holder["created"]
        logs.follow(self._tool, container.id, plan.identity, plan.log)

    def _wait_ready(self, service: ServiceRecord) -> None:
        deadline = time.monotonic() + START_TIMEOUT
        with Door(self._tool, service["container"]) as door:
            while time.monotonic() < deadline:
                try:
                    status = door.status()
                except control.ControlError:
                    if not self._runs(service["container"]):
                        raise _NotStarted(None) from None
                else:
                    if status["state"] == "ready":
                        if (limit := status.get("drain_timeout")) is not None:
                            service["drain_timeout"] = limit
                        return
                    if status["state"] == "failed":
                        raise _NotStarted(status.get("reason"))
                time.sleep(_POLL)
        raise _NotStarted(f"it was not ready within {START_TIMEOUT:g} s")

    @contextmanager
    def _explained(self, service: ServiceRecord, phase: Phase, progress: Progress | None) -> Iterator[None]:
        """Where the body fails, the phase's log gets what the service has said, and the reason is found."""
        try:
            yield
        except (_NotStarted, SlipwayProblem) as error:
            done = self._tool.call("logs", "--tail", _SHOWN_LINES, service["container"])
            said = done.stdout + done.stderr if done.code == 0 else ""
            if progress is not None:
                progress.output(phase, said)
            if isinstance(error, SlipwayProblem):
                raise
            found = self._tool.inspect(service["container"])
            raise self._not_started(found[0] if found else None, error.reason, said) from None

    def _not_started(self, container: Container | None, reason: str | None, said: str) -> SlipwayProblem:
        if container is None:
            words = "its container was removed while it started"
        elif container.out_of_memory:
            words = f"while it loaded its model, {memory_words(container)}"
        else:
            last = said.strip().rpartition("\n")[2].strip()[:300] or "without a word"
            ended = f"its container ended with exit code {container.exit_code} ({last})"
            words = (reason or last_error_in(said) or ended).rstrip(".")
        return SlipwayProblem(
            Code.START_FAILED, f"The service does not start: {words}. The log has the details."
        )

    def occupies_port(self, plan: Plan, service: ServiceRecord) -> bool:
        found = self._tool.inspect(service.get("holder", ""))
        return any(one.running and plan.port in one.host_ports for one in found)

    # -- asking

    def probe(self, plan: Plan, service: ServiceRecord, progress: Progress) -> None:
        with (
            self._explained(service, "probe", progress),
            Door(self._tool, service["container"]) as door,
        ):
            probe_service(door.request, plan.bundle, plan.identity, progress)

    def publish(self, plan: Plan, service: ServiceRecord, previous: ServiceRecord | None) -> None:
        """Completes `service` where the release gets another container for it."""
        before = previous if previous is not None and self.is_alive(previous) else None
        self._end_others(plan, {plan.identity, before["identity"] if before is not None else ""})
        if not self.occupies_port(plan, service):
            self._move(plan, service)
        take_over = before["run_dir"] if before is not None and self.occupies_port(plan, before) else None
        with Door(self._tool, service["container"]) as door:
            try:
                door.publish(_LISTEN, PORT_WITHIN, take_over)
            except control.ControlError as error:
                if before is None or self.is_alive(before):
                    raise SlipwayProblem(
                        Code.START_FAILED, f"The service could not open its port: {error}"
                    ) from None
                door.publish(_LISTEN, PORT_WITHIN, None)  # that one has just ended
        wait_answered_by(plan)

    def _end_others(self, plan: Plan, identities: set[str]) -> None:
        """Ends what a killed run has left within the holder's network."""
        for container in self._tool.containers({**deployment_labels(plan), ROLE: SERVICE_ROLE}):
            if container.running and container.labels.get(IDENTITY) not in identities:
                self._tool.remove(container.id)

    def _move(self, plan: Plan, service: ServiceRecord) -> None:
        """Starts it again where it can have the port, which has become free only now."""
        private = service["holder"]
        image = self._image(plan)
        having_port = holder.require_holder(self._tool, plan, image)
        self._end_containers(plan.identity, 0.0)
        holder.remove_unused_holder(self._tool, private)
        limiting = service_words(ContainerSettings.of_user(), diagnosis.limits(self._tool))
        self._begin(plan, image, having_port, limiting, service)
        with self._explained(service, "live", None):
            self._wait_ready(service)

    # -- watching

    def is_alive(self, service: ServiceRecord) -> bool:
        """Its container and the holder run; also where the engine does not answer, which says nothing."""
        if "container" not in service:
            return False
        if "pid" in service:
            of_holder: Identity = {"pid": service["holder_pid"], "created": service["holder_created"]}
            return is_alive(cast("Identity", service)) and is_alive(of_holder)
        return self._runs_lately(service["container"]) and self._runs_lately(service["holder"])

    def _runs_lately(self, container: str) -> bool:
        """Seldom asks about one that has ended."""
        with self._lock:
            when, running = self._looks.get(container, (-math.inf, False))
            if time.monotonic() - when < (LOOK_INTERVAL if running else ENDED_INTERVAL):
                return running
            running = self._runs(container)
            self._looks[container] = (time.monotonic(), running)
            return running

    def _runs(self, container: str) -> bool:
        try:
            return any(one.running for one in self._tool.inspect(container))
        except SlipwayProblem:
            return True

    def published(self, service: ServiceRecord) -> bool:
        if "container" not in service:
            return False
        try:
            with Door(self._tool, service["container"]) as door:
                return bool(door.status().get("address"))
        except (control.ControlError, SlipwayProblem):
            return False

    def reattach(self, service: ServiceRecord, log: Path) -> None:
        """Lets the container's lines arrive in the log again. Raises nothing."""
        if self.is_alive(service):
            with contextlib.suppress(SlipwayProblem, OSError):
                logs.follow_again(self._tool, service["container"], service["identity"], log)

    def ending_words(self, service: ServiceRecord) -> str | None:
        if "container" not in service:
            return None
        with self._lock:
            known = self._words.get(service["container"])
        if known is not None:
            return known
        try:
            found = {one.id: one for one in self._tool.inspect(service["container"], service["holder"])}
        except SlipwayProblem as problem:
            return problem.message
        words = ending_words(service, found)
        with self._lock:
            self._words[service["container"]] = words
        return words

    # -- ending

    def stop(self, service: ServiceRecord, *, grace: float) -> None:
        known = {service["holder"]} if "holder" in service else set()
        volumes = {service["volume"]} if "volume" in service else set()
        self._end(service["identity"], grace, known, volumes)

    def stop_unrecorded(self, identity: str) -> None:
        self._end(identity, 0.0, set(), set())

    def _end(self, identity: str, grace: float, holders: set[str], volumes: set[str]) -> None:
        """Holders and volumes that may not be needed any more: those of the record, and those found."""
        found_holders, found_volumes = self._end_containers(identity, grace)
        for one in holders | found_holders:
            holder.remove_unused_holder(self._tool, one)
            if any(found.running for found in self._tool.inspect(one)):
                holder.remove_run_dir(self._tool, one, identity)
        for volume in volumes | found_volumes:
            holder.remove_unused_volume(self._tool, volume)

    def _end_containers(self, identity: str, grace: float) -> tuple[set[str], set[str]]:
        """Ends and removes the service's container; (ids of its holders, names of its volumes)."""
        mine = self._tool.containers({IDENTITY: identity})
        services = [one for one in mine if one.labels.get(ROLE) != PORT_ROLE]
        for container in services:
            if container.running and grace > 0:
                seconds = math.ceil(grace)
                # where this fails, `remove` ends it
                self._tool.whole("stop", "--time", str(seconds), container.id, timeout=seconds + _ENDING)
                logs.wait_written(identity)
            self._tool.remove(container.id)
        end_strays(identity)
        made = {one.id for one in mine if one.labels.get(ROLE) == PORT_ROLE}
        used = {one.network_of for one in services if one.network_of is not None}
        volumes = {holder.volume_name(one.labels) for one in mine}
        return made | used, volumes | holder.volumes_made_for(self._tool, identity)

    def discard(self, identity: str) -> None:
        """Removes the image and what else is left of a release. Raises nothing."""
        with contextlib.suppress(SlipwayProblem):
            self.stop_unrecorded(identity)
            for image in self._tool.images({IDENTITY: identity}):
                self._discard_image(image)

    def _discard_image(self, image: str) -> None:
        """One that a holder is made from only loses its names; it goes with the holder."""
        if self._tool.whole("image", "rm", image).code == 0:
            return
        done = self._tool.call("image", "inspect", "--format", '{{join .RepoTags "\\n"}}', image)
        for name in done.stdout.split():
            if self._tool.name == "podman":
                self._tool.whole("untag", image, name)
            else:
                self._tool.whole("image", "rm", "--force", name)


class _NotStarted(Exception):
    """`reason` is the service's own word, if it has said one."""

    def __init__(self, reason: str | None) -> None:
        super().__init__(reason)
        self.reason = reason


def _seen_here(container: Container) -> Identity | None:
    """Its first process, where that is one of this machine: its id may be another machine's."""
    if container.pid <= 0:
        return None
    try:
        found = identify(container.pid)
        started = datetime.fromisoformat(container.started).timestamp()
    except Exception:  # noqa: BLE001  whatever it is, the engine will be asked
        return None
    return found if find(found) is not None and abs(found["created"] - started) < _SAME_START else None

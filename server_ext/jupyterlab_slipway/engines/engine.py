"""What an engine is: where a release is built, and its bundle becomes a running service.

To add one, write a class with these methods and list it in `engines/registry.py`. The runner calls, in this
order and, from `package` on, each within its phase:

    build     from the notebook to a verified bundle: the phases from `check` to `verify`
    package   make ready what the service needs besides the bundle (an environment, an image)
    start     begin to serve, privately; the release before it still serves
    probe     make sure that it is this release that answers, and that it answers the recorded samples
    publish   take the deployment's port, over from the release before it where there is one

and, from any process and at any time afterwards, `is_alive`, `published` and `stop` with the record that
`start` gave. A service must outlive the process that started it. Every method may be cancelled by
`Cancelled`; what it began is then ended by the runner, through `stop`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

from slipway_runtime.bundle import Manifest

from ..builder.environments import EnvironmentStore
from ..builder.options import BuildOptions
from ..builder.progress import Progress
from ..problems import Code, SlipwayProblem
from .containers.registry_words import Layer


@dataclass(frozen=True)
class Pushable:
    """A release whose image is wanted, to be sent away or to be used again."""

    deployment: str
    number: int
    identity: str


class ServiceRecord(TypedDict):
    """`service.json`: how a service is found again. Each engine fills what it needs."""

    engine: str
    identity: str
    run_dir: str
    """Directory of its sockets, for its owner alone."""
    pid: NotRequired[int]
    """With `created`, the process that is the service; absent until it has been started.

    That of a container is its first one; absent where this machine does not see it, from outside of a virtual
    machine."""
    created: NotRequired[float]
    """Seconds since the epoch."""
    drain_timeout: NotRequired[float]
    """Seconds that it gives requests in flight when it is told to stop; known once it is ready."""
    container: NotRequired[str]
    """Its id, and `name` its name."""
    name: NotRequired[str]
    holder: NotRequired[str]
    """Id of the container that has the port (`engines/containers/holder.py`)."""
    holder_pid: NotRequired[int]
    holder_created: NotRequired[float]
    volume: NotRequired[str]
    """Name of the one that the deployment's containers share."""


@dataclass(frozen=True)
class Plan:
    """One release, as an engine sees it."""

    home: Path
    """SLIPWAY_HOME: where shared environments live."""
    bundle: Path
    deployment: str
    """The deployment's name: lower-case letters, digits and hyphens."""
    release: int
    identity: str
    """Hexadecimal digits; what the service says in its `Slipway-Release` header."""
    token_file: Path
    log: Path
    """File that the service's own log lines are appended to."""
    host: str
    port: int


@dataclass(frozen=True)
class Diagnosis:
    """Whether an engine works on this machine."""

    available: bool
    detail: str
    """Its version, or what is missing and what to do about it."""


class Engine(ABC):
    """Methods raise SlipwayProblem with a sentence for the user wherever something does not work."""

    name: str

    @abstractmethod
    def diagnose(self) -> Diagnosis:
        """Quick; raises nothing."""

    @abstractmethod
    def build(
        self, options: BuildOptions, plan: Plan, store: EnvironmentStore, progress: Progress
    ) -> Manifest:
        """The phases from `check` to `verify`; writes the bundle directory `plan.bundle`.

        On any exception nothing is left there, and no process survives.
        """

    @abstractmethod
    def package(self, plan: Plan, progress: Progress) -> None:
        """Phase `package`. What it makes for this release alone goes with `discard`."""

    @abstractmethod
    def start(self, plan: Plan, progress: Progress, record: Callable[[ServiceRecord], None]) -> ServiceRecord:
        """Phase `start`: returns when the model is loaded and the private address answers.

        Calls `record` as soon as there is something that `stop` would have to end, and again when more is
        known, so that nothing is left behind wherever this ends.
        """

    def occupies_port(self, plan: Plan, service: ServiceRecord) -> bool:  # noqa: ARG002  most begin later
        """Whether the deployment's port is taken for this service already before `publish`."""
        return False

    @abstractmethod
    def probe(self, plan: Plan, service: ServiceRecord, progress: Progress) -> None:
        """Phase `probe`.

        Raises PROBE_FAILED where another release answers, or a sample is not answered; SERVICE_DIFFERS or
        VALIDATOR_DIFFERS where it is answered otherwise than by the notebook.
        """

    @abstractmethod
    def publish(self, plan: Plan, service: ServiceRecord, previous: ServiceRecord | None) -> None:
        """Phase `live`: the service answers on the port afterwards; `previous` drains and ends by itself.

        Where the service has to move for that, `service` says afterwards how it is found.
        Raises PORT_TAKEN where somebody else has the port; `previous` then goes on serving.
        """

    @abstractmethod
    def is_alive(self, service: ServiceRecord) -> bool:
        """Whether the service still runs."""

    @abstractmethod
    def published(self, service: ServiceRecord) -> bool:
        """Whether it has the port."""

    @abstractmethod
    def stop(self, service: ServiceRecord, *, grace: float) -> None:
        """Ends the service and all that belongs to it.

        Requests in flight have `grace` seconds. Nothing of it runs and its run directory is gone when this
        returns. Does nothing for a service that has ended.
        """

    @abstractmethod
    def stop_unrecorded(self, identity: str) -> None:
        """Likewise, at once, where the record is damaged and only the release's identity is known."""

    @abstractmethod
    def discard(self, identity: str) -> None:
        """Removes what `build` and `package` have made for that release alone, besides the bundle.

        Its service does not run any more. Does nothing where there is nothing of it; raises nothing where the
        engine does not answer.
        """

    def require_kept(self, release: Pushable) -> None:  # noqa: B027  most keep nothing beside the bundle
        """Makes sure that `reuse` finds what it needs of the release. Raises NO_IMAGE."""

    def reuse(self, plan: Plan, release: Pushable) -> None:  # noqa: B027  likewise
        """Instead of `build` and `package`, where the bundle is that of an earlier release.

        Makes what the new one needs besides it of what was made for that one, which stays as it is. Raises
        NO_IMAGE.
        """

    def push(self, release: Pushable, destination: str, tell: Callable[[Layer], None]) -> str:  # noqa: ARG002
        """Sends the release's image to a registry: the digest that it has there, `sha256:…`.

        `destination` is a checked name with a tag. `tell` gets what comes of the layers.

        Raises NO_IMAGE where the release has none, REGISTRY_… where the registry does not take it.
        """
        raise SlipwayProblem(
            Code.NO_IMAGE,
            f"Release {release.number} of {release.deployment} has no image: it was built by the engine "
            f"{self.name}, which makes none. `slipway deploy NOTEBOOK --name {release.deployment} --engine "
            "docker` (or podman) makes one; `slipway export` writes what others need to make it.",
        )

    @abstractmethod
    def ending_words(self, service: ServiceRecord) -> str | None:
        """Why a service that nobody stopped is gone, in a sentence, where the engine knows more than that."""

    def reattach(self, service: ServiceRecord, log: Path) -> None:  # noqa: B027  most need nothing
        """For a service that runs, after a restart of whatever looked after it: its lines arrive in `log`.

        Raises nothing.
        """

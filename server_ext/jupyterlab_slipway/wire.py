"""Every shape that leaves this process: events, deployments, problems, stream messages.

These types are the only place where the wire is described. `scripts/generate_wire_types.py`
turns them into `src/deployments/wire.ts`; a test fails when the two differ.
All times are milliseconds since the epoch, all sizes and offsets are bytes.
"""

from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

Phase = Literal[
    "check",
    "resolve",
    "install",
    "execute",
    "capture",
    "slim",
    "verify",
    "package",
    "start",
    "probe",
    "live",
]
"""The steps of a release, in order."""

PhaseStatus = Literal["started", "done", "skipped", "failed"]

ReleaseState = Literal["building", "live", "failed", "cancelled", "stopped", "replaced", "lost"]
"""`replaced`: a later release went live; `lost`: its process is gone and nobody stopped it."""

Severity = Literal["error", "warning", "hint"]

NoteLevel = Literal["info", "warning"]


class CellPlace(TypedDict):
    """Where in the notebook, in words that fit what its author sees."""

    index: int
    """Position among all cells of the notebook, counted from 1."""
    id: NotRequired[str]
    """The cell's nbformat id, where the notebook has one."""
    line: NotRequired[int]
    """Line within the cell, counted from 1."""
    source: NotRequired[str]
    """The text of that line."""


class Problem(TypedDict):
    """One sentence of what is wrong and what to do, with its place."""

    code: str
    message: str
    severity: Severity
    cell: NotRequired[CellPlace]
    traceback: NotRequired[str]
    """The notebook's own traceback, without frames of ours; may hold ANSI colours."""


class EventBase(TypedDict):
    """What every line of a release's event log has."""

    seq: int
    """1, 2, 3 … within the release; the stream's cursor."""
    time: float


class CreatedEvent(EventBase):
    kind: Literal["created"]
    deployment: str
    release: int
    notebook: str
    """The notebook's file name."""
    engine: str
    of: NotRequired[int]
    """The release whose build this one serves again."""
    pulled: NotRequired[str]
    """The image that it was made of, as `registry/repository@sha256:…`."""


class PhaseEvent(EventBase):
    kind: Literal["phase"]
    phase: Phase
    status: PhaseStatus
    detail: NotRequired[str]
    """Why it was skipped, or what came out of it, in a few words."""


class CellEvent(EventBase):
    """A cell has started to execute."""

    kind: Literal["cell"]
    number: int
    """The k of "cell k of n": counts the code cells that run, from 1."""
    total: int
    cell: CellPlace


class NoteEvent(EventBase):
    """A sentence for the user. It also stands in the phase's log."""

    kind: Literal["note"]
    phase: Phase
    level: NoteLevel
    message: str


class LogEvent(EventBase):
    """The log file of a phase has grown to `size` bytes."""

    kind: Literal["log"]
    phase: Phase
    size: int


class ServedPackage(TypedDict):
    """A package that the notebook's requirements bring, and whether the service has it."""

    name: str
    version: str
    bytes: int
    kept: bool
    reason: str
    """Why it was kept or left out, in a few words."""
    modules: list[str]
    """Top-level names of what it brings to import."""


class ServedPackages(TypedDict):
    """What the service has of the packages that the notebook declares."""

    packages: list[ServedPackage]
    """All that the declared requirements bring, by name."""
    before: int
    """Bytes of the environment with all of them."""
    after: int
    """Bytes of the environment of the service."""
    fallback: str | None
    """Why more was kept than seemed to be needed; null where nothing had to be."""


class PackagesEvent(EventBase):
    """Phase `slim` has settled which packages the service gets; a later one replaces it."""

    kind: Literal["packages"]
    packages: ServedPackages


class ProblemEvent(EventBase):
    kind: Literal["problem"]
    problem: Problem


class StateEvent(EventBase):
    kind: Literal["state"]
    state: ReleaseState
    url: NotRequired[str]


Event = (
    CreatedEvent | PhaseEvent | CellEvent | NoteEvent | LogEvent | PackagesEvent | ProblemEvent | StateEvent
)


class PhaseView(TypedDict):
    phase: Phase
    status: PhaseStatus
    started: NotRequired[float]
    ended: NotRequired[float]
    detail: NotRequired[str]
    log_size: int


class Progress(TypedDict):
    number: int
    total: int
    cell: CellPlace


class Published(TypedDict):
    """Where the image of a release was pushed to."""

    reference: str
    """With its digest, `registry/repository@sha256:…`: what cannot change."""
    tag: str
    """With the tag, which another push can move."""
    time: float


class Source(TypedDict):
    """What state of which repository a release was made from."""

    repository: str | None
    """Its address, without credentials; null where it is known by none."""
    revision: str
    """Of the commit, 40 hexadecimal digits."""
    ref: str | None
    """What was asked for, such as a tag or a branch; null where that was nothing but the files."""
    path: str
    """Of the notebook, inside the repository."""
    dirty: bool
    """The notebook, or what is beside it, was not as the commit holds it."""


class Release(TypedDict):
    """One release, derived from its event log."""

    release: int
    state: ReleaseState
    engine: str
    created: float
    phases: list[PhaseView]
    progress: NotRequired[Progress]
    """The cell that is executing, while one is."""
    problem: NotRequired[Problem]
    """What ended the release, where it failed."""
    warnings: list[Problem]
    packages: NotRequired[ServedPackages]
    """Which packages the service has, once phase `slim` has settled it."""
    of: NotRequired[int]
    """The release whose build this one serves again."""
    pulled: NotRequired[str]
    """The image that it was made of, as `registry/repository@sha256:…`; it was not built here."""
    published: NotRequired[list[Published]]
    """The newest last; absent where the image was not pushed."""
    source: NotRequired[Source]
    """Absent where the notebook lies in no repository."""
    kept: NotRequired[Literal[True]]
    """It was live, and its bundle is there: `start` can serve that again."""
    seq: int
    """Of the last event this was derived from."""


class Deployment(TypedDict):
    """A named service and its releases, newest first."""

    name: str
    title: str
    """The notebook's file name without its ending, as its author wrote it."""
    notebook: str
    """Path of the notebook: relative to the Jupyter server's root where it lies below it, else absolute."""
    engine: str
    live: NotRequired[int]
    """The release that serves now."""
    url: NotRequired[str]
    """Base address of the service, where a release is live."""
    releases: list[Release]


class DeploymentRequest(TypedDict):
    """Body of `POST slipway/deployments`."""

    path: str
    """The notebook, as the contents manager names it."""
    name: NotRequired[str]
    engine: NotRequired[str]
    sample: NotRequired[str]
    """JSON text of one sample, as the user typed it."""
    timeout: NotRequired[float]
    """Seconds that one cell may take."""
    env: NotRequired[list[str]]
    """Names of the server's environment variables that cells may read."""
    accept_nondeterministic: NotRequired[bool]
    """Deploy a model that answers the same sample differently from one call to the next."""
    keep: NotRequired[list[str]]
    """Packages that the service keeps even if no sample needs them."""
    slim: NotRequired[bool]
    """False: the service gets every declared package."""
    commit: NotRequired[Literal["HEAD"]]
    """Deploy what the last commit of the notebook's repository holds, whatever the files are now."""


class WorkingTreeView(TypedDict):
    """What git says of a notebook's file, in whose repository's working tree it lies."""

    repository: str | None
    """Address of the remote that it is fetched from, without credentials; null where there is none."""
    revision: str | None
    """Of the last commit; null where nothing has been committed yet, as are subject and time then."""
    branch: str | None
    """Null where none is checked out."""
    subject: str | None
    """The first line of the commit's message."""
    committed: float | None
    path: str
    """Of the notebook, inside the repository."""
    differs: bool
    """The file is not what the last commit holds."""
    untracked: bool
    """The last commit does not hold it at all."""
    dirty: bool
    """Other files are not as the last commit holds them."""


class SourceAnswer(TypedDict):
    """Answer of `GET slipway/source`."""

    source: WorkingTreeView | None
    """Null where the notebook lies in no repository."""


class StartRequest(TypedDict):
    """Body of `POST slipway/deployments/{name}/start`, which may be missing."""

    release: NotRequired[int]
    """The release whose build is to serve again; without it, the one that was live last."""


class Access(TypedDict):
    """Answer of `GET slipway/deployments/{name}/access`: what a client of the service needs."""

    url: str
    token: str
    curl: str
    """A command that scores the first recorded sample, ready to paste."""
    docs: str
    """The page that describes the service; it takes the token from the address's fragment."""


class EngineView(TypedDict):
    """Where releases may be built and run, and whether that works on the server's machine."""

    name: str
    available: bool
    default: bool
    """New deployments that name none get it, also where it does not work."""
    detail: str
    """Its version and the like; where it does not work, sentences: what is missing, and what to do."""


class DeploymentList(TypedDict):
    """Answer of `GET slipway/deployments`."""

    deployments: list[Deployment]


class EngineList(TypedDict):
    """Answer of `GET slipway/engines`."""

    engines: list[EngineView]


class Package(TypedDict):
    name: str
    """As it was asked for."""
    version: str


class PackageList(TypedDict):
    """Answer of `GET slipway/packages`."""

    packages: dict[str, Package]
    """By the names that were asked; those that the index has no installable version of are missing."""


class Failure(TypedDict):
    """Body of every answer of `slipway/…` that is no success."""

    message: str
    """The problem's sentence, under the name that clients of a Jupyter server look for."""
    problem: Problem


class CursorMessage(TypedDict):
    """Browser to server, first message on the stream: the last `seq` seen of each release."""

    cursor: dict[str, int]
    """Keys are `name/release`."""
    created: NotRequired[dict[str, float]]
    """`created` of those releases, same keys: tells a deployment from an earlier one of its name."""


class ReleaseMessage(TypedDict):
    """Server to browser: what is new of one release, and its deployment as it now stands."""

    kind: Literal["release"]
    deployment: Deployment
    release: int
    events: list[Event]
    """Those after the cursor, in order; each is sent once."""


class DeploymentMessage(TypedDict):
    """Server to browser: a deployment changed in a way no event tells (a process vanished)."""

    kind: Literal["deployment"]
    deployment: Deployment


class RemovedMessage(TypedDict):
    kind: Literal["removed"]
    name: str


class CaughtUpMessage(TypedDict):
    """All that was on disk when the stream opened has been sent."""

    kind: Literal["caught-up"]


StreamMessage = ReleaseMessage | DeploymentMessage | RemovedMessage | CaughtUpMessage

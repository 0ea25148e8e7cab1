"""The files of one release on disk. `docs/operations.md` describes them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, NotRequired, TypedDict, cast

from ..builder.options import BuildOptions
from ..engines.engine import ServiceRecord
from ..engines.registry import engine_named
from ..json_files import read_json, write_json
from ..processes import Identity, is_alive, of_release
from ..wire import Problem, Published, Release, Source
from . import state
from .event_log import EventLog

Ending = Literal["stopped", "replaced"]


class ReleaseRecord(TypedDict):
    """`release.json`"""

    identity: str
    engine: str
    options: dict[str, Any]
    of: NotRequired[int]
    """As in the event `created`; never that of a release which has one itself."""
    pulled: NotRequired[str]
    """Likewise."""
    source: NotRequired[Source]
    """The commit that it is built from."""
    checkout: NotRequired[list[str]]
    """There where cells run in a checkout of that commit: sentences on what is not in it."""


@dataclass(frozen=True)
class ReleaseFiles:
    """The directory of one release."""

    path: Path

    @property
    def number(self) -> int:
        return int(self.path.name)

    @property
    def notebook(self) -> Path:
        """The snapshot of the saved file that is built."""
        return self.path / "notebook.ipynb"

    @property
    def checkout(self) -> Path:
        """The repository's files, while they are built; there is none where the user's own are."""
        return self.path / "checkout"

    @property
    def bundle(self) -> Path:
        return self.path / "bundle"

    @property
    def logs(self) -> Path:
        return self.path / "logs"

    @property
    def service_log(self) -> Path:
        """What the service itself says."""
        return self.logs / "live.log"

    @property
    def reserve(self) -> Path:
        return self.path / "reserve"

    @cached_property
    def events(self) -> EventLog:
        return EventLog(self.path / "events.jsonl")

    @cached_property
    def record(self) -> ReleaseRecord:
        """Raises FileNotFoundError when the release was removed."""
        found = read_json(self.path / "release.json")
        if found is None:
            raise FileNotFoundError(self.path / "release.json")
        return cast("ReleaseRecord", found)

    @property
    def is_readable(self) -> bool:
        """False where its record is damaged; a release that was removed is none of those."""
        return read_json(self.path / "release.json") is not None or not self.path.is_dir()

    @property
    def built_by(self) -> int:
        """The release that made its bundle: itself, or the one that it serves again."""
        return self.record.get("of", self.number)

    def options(self) -> BuildOptions:
        """What to build, as it was asked for."""
        options = BuildOptions.from_json(self.notebook, self.record["options"])
        source = self.record.get("source")
        if source is None:
            return options
        if "checkout" in self.record:
            options = replace(options, directory=(self.checkout / source["path"]).parent)
        return replace(options, source=source)

    # -- processes

    @property
    def builder(self) -> Identity | None:
        return cast("Identity | None", read_json(self.path / "builder.json"))

    def set_builder(self, identity: Identity) -> None:
        write_json(self.path / "builder.json", identity)

    @property
    def service(self) -> ServiceRecord | None:
        return cast("ServiceRecord | None", read_json(self.path / "service.json"))

    def set_service(self, record: ServiceRecord) -> None:
        write_json(self.path / "service.json", record)

    @property
    def ending(self) -> Ending | None:
        found = read_json(self.path / "ending.json")
        return found["state"] if found else None

    def set_ending(self, state: Ending | None) -> None:
        """Says why the service is about to be gone, so that nobody takes it for lost; None takes it back."""
        if state is None:
            (self.path / "ending.json").unlink(missing_ok=True)
        else:
            write_json(self.path / "ending.json", {"state": state})

    # -- registries

    @property
    def published(self) -> list[Published]:
        """Where the image was pushed to; the newest last."""
        found = read_json(self.path / "published.json") or {}
        return cast("list[Published]", found.get("published", []))

    def add_published(self, entry: Published) -> None:
        """Raises FileNotFoundError where the release was removed."""
        others = [one for one in self.published if one["tag"] != entry["tag"]]
        write_json(self.path / "published.json", {"published": [*others, entry]})

    def facts(self) -> state.Facts:
        return state.Facts(
            builder_lives=is_alive(self.builder),
            service_lives=self._service_lives(),
            ending=self.ending,
        )

    def _service_lives(self) -> bool:
        service = self.service
        if service is not None:
            return engine_named(service["engine"]).is_alive(service)
        # A record that cannot be read says nothing about the process.
        return (self.path / "service.json").exists() and bool(of_release(self.record["identity"]))

    def view(self) -> Release:
        """The release now. The engine's name is the one that was asked for."""
        facts = self.facts()  # before the events: see Facts
        events = self.events.read()
        release = state.derive(self.number, self.record["engine"], events, facts)
        if release.get("problem") is state.SERVICE_LOST:
            release["problem"] = self.service_lost()
        if state.went_live(events) and self.bundle.is_dir():
            release["kept"] = True
        if "source" in self.record:
            release["source"] = self.record["source"]
        if published := self.published:
            release["published"] = published
        return release

    def service_lost(self) -> Problem:
        """What to say of the service that is gone."""
        service = self.service
        return state.service_lost(
            engine_named(service["engine"]).ending_words(service) if service is not None else None
        )

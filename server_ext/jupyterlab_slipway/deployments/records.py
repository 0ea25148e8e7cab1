"""The records on disk: all deployments of a home. `docs/operations.md` describes the files."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import uuid
from collections.abc import Callable, Hashable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, TypedDict, cast

from ..builder.files import remove_tree, write_atomically
from ..builder.options import BuildOptions
from ..engines.ports import HOST
from ..json_files import read_json, write_json
from ..problems import Code, SlipwayProblem
from ..processes import identify
from ..wire import Deployment, Event
from . import names, state
from .home import Home, private_directory
from .release_files import Ending, ReleaseFiles, ReleaseRecord

RECORD = "deployment.json"
TOKEN = "token"  # noqa: S105  a file's name
RESERVE_SIZE = 64 * 1024
"""Bytes that each release sets aside, so that a full disk does not keep it from saying so."""

_SHOWN_NAMES = 10

__all__ = ["DeploymentRecord", "Ending", "Records", "ReleaseFiles", "url_of"]


class DeploymentRecord(TypedDict):
    """`deployment.json`"""

    name: str
    title: str
    notebook: str
    """Absolute path; of a deployment made of a pulled image that image's repository, `docker://…`."""
    engine: str
    port: int
    created: float
    """Milliseconds since the epoch."""


class Records:
    """All deployments of one home. Nothing here starts or ends a process."""

    def __init__(self, home: Home) -> None:
        self.home = home

    # -- looking

    def names(self) -> list[str]:
        """Of all deployments, in order."""
        return sorted(
            path.name
            for path in self.home.deployments.iterdir()
            if names.is_name(path.name) and (path / RECORD).is_file()
        )

    def record(self, name: str) -> DeploymentRecord:
        """
        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN.
        """
        path = self.home.deployment(name) / RECORD if names.is_name(name) else None
        found = read_json(path) if path is not None else None
        if found is not None:
            return cast("DeploymentRecord", found)
        if path is not None and path.is_file():
            raise SlipwayProblem(
                Code.DEPLOYMENT_UNKNOWN,
                f"The record of {name}, {path}, cannot be read. Restore it, or remove the deployment with "
                f"`slipway rm {name} --force` and deploy its notebook again.",
            )
        known = self.names()
        more = f" and {len(known) - _SHOWN_NAMES} more" if len(known) > _SHOWN_NAMES else ""
        hint = f"There are {', '.join(known[:_SHOWN_NAMES])}{more}." if known else "There is none yet."
        raise SlipwayProblem(Code.DEPLOYMENT_UNKNOWN, f"There is no deployment named {name[:60]!r}. {hint}")

    def set_record(self, record: DeploymentRecord) -> None:
        write_json(self.home.deployment(record["name"]) / RECORD, cast("Mapping[str, Any]", record))

    def ports(self) -> set[int]:
        """Those of all deployments, running or not."""
        found = set()
        for name in self.names():
            with contextlib.suppress(SlipwayProblem):  # is just being removed
                found.add(self.record(name)["port"])
        return found

    def token(self, name: str) -> str:
        """Raises SlipwayProblem where the file was removed by hand."""
        path = self.token_file(name)
        try:
            return path.read_text(encoding="ascii").strip()
        except OSError as error:
            raise SlipwayProblem(
                Code.DEPLOYMENT_UNKNOWN,
                f"The token of {name} cannot be read from {path} ({error.strerror}). Remove the deployment "
                f"with `slipway rm {name} --force`, then deploy its notebook again.",
            ) from None

    def token_file(self, name: str) -> Path:
        return self.home.deployment(name) / TOKEN

    def releases(self, name: str) -> list[ReleaseFiles]:
        """Newest first, without those whose record is damaged, so that they keep nobody from the others."""
        return [files for files in self.every_release(name) if files.is_readable]

    def every_release(self, name: str) -> list[ReleaseFiles]:
        """Newest first; reads no file."""
        try:
            entries = list((self.home.deployment(name) / "releases").iterdir())
        except FileNotFoundError:
            return []
        numbered = [entry for entry in entries if entry.name.isdecimal()]
        return [
            ReleaseFiles(path) for path in sorted(numbered, key=lambda path: int(path.name), reverse=True)
        ]

    def release(self, name: str, number: int) -> ReleaseFiles:
        """
        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN, also where there is no such release.
        """
        self.record(name)
        path = self.home.deployment(name) / "releases" / str(number)
        if not path.is_dir():
            raise SlipwayProblem(Code.DEPLOYMENT_UNKNOWN, f"{name} has no release {number}.")
        return ReleaseFiles(path)

    def view(self, name: str) -> Deployment:
        """The deployment and all its releases as they now stand.

        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN, also where it is being removed.
        """
        record = self.record(name)
        views = []
        for files in self.releases(name):
            with contextlib.suppress(FileNotFoundError):  # is just being removed
                views.append(files.view())
        return state.assemble(
            name, record["title"], record["notebook"], record["engine"], url_of(record), views
        )

    def events_after(self, name: str, number: int, seq: int) -> list[Event]:
        """Events of a release with a higher number; none where it is gone."""
        try:
            return self.release(name, number).events.read(after=seq)
        except SlipwayProblem:
            return []

    def signatures(self) -> dict[str, tuple[Hashable, Hashable]]:
        """Of each deployment: (what tells it from an earlier one of its name, what its files look like)."""
        found: dict[str, tuple[Hashable, Hashable]] = {}
        for name in self.names():
            with contextlib.suppress(OSError):  # is just being removed
                token = self.token_file(name).stat()
                found[name] = (
                    (token.st_ino, token.st_mtime_ns),
                    tuple(_signature(files.path) for files in self.every_release(name)),
                )
        return found

    # -- writing

    def create(
        self, name: str, title: str, notebook: Path | str, engine: str, port: int, created: float
    ) -> None:
        """A new deployment, with a token of its own. The caller holds `names_lock`."""
        record: DeploymentRecord = {
            "name": name,
            "title": title,
            "notebook": str(notebook),
            "engine": engine,
            "port": port,
            "created": created,
        }
        directory = private_directory(self.home.deployment(name))
        try:
            write_atomically(directory / TOKEN, secrets.token_urlsafe(32).encode() + b"\n")
            write_json(directory / RECORD, cast("Mapping[str, Any]", record))  # makes it visible: last
        except BaseException:
            remove_tree(directory)
            raise

    def create_release(
        self,
        name: str,
        engine: str,
        options: BuildOptions,
        notebook: bytes,
        event: Mapping[str, Any],
        prepare: Callable[[ReleaseFiles, int], None] = lambda _files, _number: None,
        checkout_notes: list[str] | None = None,
    ) -> ReleaseFiles:
        """The next release, complete with its first event. The caller holds the deployment's lock.

        Args:
            name: the deployment.
            engine: the engine's name.
            options: what to build; its `notebook` is not used.
            notebook: what the snapshot holds.
            event: the `created` event without the release's number.
            prepare: called with the files, still elsewhere, and the number, before anybody sees the release.
            checkout_notes: given where `prepare` puts a checkout there, in which cells run.

        Raises:
            OSError: nothing is left of it then, as for whatever `prepare` raises.
        """
        parent = private_directory(self.home.deployment(name) / "releases")
        for abandoned in parent.glob(".new-*"):
            remove_tree(abandoned)
        number = max((files.number for files in self.every_release(name)), default=0) + 1
        partial = ReleaseFiles(private_directory(parent / f".new-{uuid.uuid4().hex}"))
        try:
            private_directory(partial.logs)
            partial.notebook.write_bytes(notebook)
            partial.reserve.write_bytes(os.urandom(RESERVE_SIZE))
            record: ReleaseRecord = {
                "identity": uuid.uuid4().hex,
                "engine": engine,
                "options": replace(options, source=None).to_json(),
            }
            if options.source is not None:
                record["source"] = options.source
            if checkout_notes is not None:
                record["checkout"] = checkout_notes
            if "of" in event:
                record["of"] = event["of"]
            if "pulled" in event:
                record["pulled"] = event["pulled"]
            write_json(partial.path / "release.json", cast("Mapping[str, Any]", record))
            partial.set_builder({**identify(os.getpid()), "launching": True})
            partial.events.append({**event, "release": number})
            prepare(partial, number)
            return ReleaseFiles(partial.path.rename(parent / str(number)))
        except BaseException:
            remove_tree(partial.path)
            raise

    def remove(self, name: str) -> None:
        """Removes all files; nothing of it may run any more. The caller holds the deployment's lock."""
        directory = self.home.deployment(name)
        doomed = directory.with_name(f".removed-{uuid.uuid4().hex}")
        with contextlib.suppress(FileNotFoundError):
            directory.rename(doomed)  # gone for everybody at once
        for path in self.home.deployments.glob(".removed-*"):
            with contextlib.suppress(OSError):
                remove_tree(path)
        if doomed.exists():
            shutil.rmtree(doomed, ignore_errors=True)


def url_of(record: DeploymentRecord) -> str:
    return f"http://{HOST}:{record['port']}"


def _signature(path: Path) -> Hashable:
    facts: list[Hashable] = [path.name]
    for name in ("events.jsonl", "builder.json", "service.json", "ending.json", "published.json"):
        try:
            found = (path / name).stat()
            facts.append((found.st_size, found.st_mtime_ns))
        except OSError:
            facts.append(None)
    facts.append((path / "bundle").is_dir())  # goes without an event
    return tuple(facts)

"""The deployments as a browser sees them: paths as the contents manager names them, service logs that grow.

All of it may block: it is called in threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jupyterlab_slipway.problems import Code, SlipwayProblem

from .notebook_path import shown_path

if TYPE_CHECKING:
    from collections.abc import Hashable
    from pathlib import Path

    from jupyterlab_slipway.deployments.records import Records
    from jupyterlab_slipway.wire import Deployment, Event, Release


class Views:
    """What is read for the browser: for the handlers, and as the `feed.Source` of the stream."""

    def __init__(self, records: Records, contents_manager: Any) -> None:
        self._records = records
        self._contents_manager = contents_manager

    def views(self) -> list[Deployment]:
        """All deployments, by name."""
        views = (self.view(name) for name in self._records.names())
        return [view for view in views if view is not None]

    def view(self, name: str) -> Deployment | None:
        """None where there is no such deployment (any more)."""
        try:
            return self.view_of(name)
        except SlipwayProblem as problem:
            if problem.code is Code.DEPLOYMENT_UNKNOWN:
                return None
            raise

    def view_of(self, name: str) -> Deployment:
        """
        Raises:
            SlipwayProblem: DEPLOYMENT_UNKNOWN.
        """
        return self.shown(self._records.view(name))

    def shown(self, view: Deployment) -> Deployment:
        """The same with what only the server knows."""
        releases = [self._with_log_of_service(view["name"], release) for release in view["releases"]]
        notebook = shown_path(self._contents_manager, view["notebook"])
        return {**view, "notebook": notebook, "releases": releases}

    def signatures(self) -> dict[str, tuple[Hashable, Hashable]]:
        """Of each deployment its identity, and what changes with its files; reads none of them."""
        return {
            name: (identity, (files, self._service_log_sizes(name)))
            for name, (identity, files) in self._records.signatures().items()
        }

    def events_after(self, name: str, release: int, seq: int) -> list[Event]:
        """Empty where the release is gone."""
        return self._records.events_after(name, release, seq)

    def builds_under_way(self) -> dict[str, Any]:
        """Name of each deployment that is being built → number of the release."""
        return {
            view["name"]: release["release"]
            for view in self.views()
            for release in view["releases"]
            if release["state"] == "building"
        }

    def _with_log_of_service(self, name: str, release: Release) -> Release:
        # A service writes its log itself, and no events: its size is told from the file.
        if not any(phase["phase"] == "live" for phase in release["phases"]):
            return release
        size = size_of(self._records.release(name, release["release"]).service_log)
        return {
            **release,
            "phases": [
                {**phase, "log_size": size} if phase["phase"] == "live" else phase
                for phase in release["phases"]
            ],
        }

    def _service_log_sizes(self, name: str) -> tuple[int, ...]:
        return tuple(size_of(files.service_log) for files in self._records.every_release(name))


def size_of(path: Path) -> int:
    """0 where there is no such file."""
    try:
        return path.stat().st_size
    except OSError:
        return 0

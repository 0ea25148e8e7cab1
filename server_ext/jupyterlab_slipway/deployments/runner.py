"""`python -m jupyterlab_slipway.deployments.runner RELEASE_DIRECTORY`: builds one release and makes it live.

Runs detached. What happens goes to the release's event log and logs; faults of ours go, whole, to
`logs/runner.log`. SIGTERM cancels: everything that was begun is ended, and nothing is left.
"""

from __future__ import annotations

import contextlib
import logging
import os
import signal
import sys
from pathlib import Path

from .. import light_imports  # noqa: F401  first
from ..builder.cancellation import Cancelled
from ..builder.disk import FULL, disk_full
from ..builder.environments import EnvironmentStore
from ..builder.files import remove_tree
from ..builder.progress import phase
from ..engines.engine import Plan
from ..engines.ports import choose_port, is_free
from ..engines.registry import engine_named
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from ..wire import Problem, ReleaseState
from . import state
from .endings import end_service, end_unfinished, go_live, prune
from .garbage import collect, environments_limit
from .home import Home
from .launch import RUNNER_LOG
from .plans import plan_of
from .progress import RecordedProgress
from .records import DeploymentRecord, Records, ReleaseFiles
from .reusing import take_over

log = logging.getLogger("slipway")


class Runner:
    """The way of one release."""

    def __init__(self, files: ReleaseFiles, home: Home, cancellation: Cancellation) -> None:
        self._files = files
        self._home = home
        self._records = Records(home)
        self._name = files.path.parent.parent.name
        self._cancellation = cancellation
        self._progress = RecordedProgress(files.events, files.logs)

    def run(self) -> None:
        """Ends with a state in the event log, whatever happens."""
        ended: ReleaseState = "failed"
        problem: Problem | None = None
        try:
            previous = self._release()
        except Cancelled:
            ended = "cancelled"
        except SlipwayProblem as found:
            problem = found.as_problem()
        except BaseException as error:  # noqa: BLE001  reported, whatever it is
            problem = self._problem_of(error)
        else:
            self._clear_away(previous)
            return
        self._cancellation.shield()
        with contextlib.suppress(OSError):
            self._files.reserve.unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self._progress.close()
        end_unfinished(self._files, ended, problem)

    def _release(self) -> ReleaseFiles | None:
        """Builds it and makes it live; the release that it has replaced, which still drains."""
        files, progress = self._files, self._progress
        store = EnvironmentStore(self._home.root)
        engine = engine_named(files.record["engine"])
        is_built = "of" in files.record or "pulled" in files.record
        if not is_built:
            plan = self._plan(self._records.record(self._name)["port"])
            for sentence in files.record.get("checkout", []):
                progress.note("check", sentence, "warning")
            engine.build(files.options(), plan, store, progress)
            with phase(progress, "package"):
                engine.package(plan, progress)
            remove_tree(files.checkout)
        plan = self._plan(self._port_of_its_own()["port"])
        with phase(progress, "start"):
            if "of" in files.record:
                take_over(self._records, files, plan, engine, progress)
            service = engine.start(plan, progress, files.set_service)
        with phase(progress, "probe"):
            engine.probe(plan, service, progress)
        with phase(progress, "live"):
            record = self._port_of_its_own(occupied=engine.occupies_port(plan, service))
            previous = self._previous()
            self._cancellation.shield()
            if previous is not None and previous.record["engine"] != engine.name:
                # no engine takes a port over from another: it is closed for a moment
                end_service(previous, "replaced")
                previous = None
            if previous is not None:
                previous.set_ending("replaced")
            try:
                engine.publish(
                    self._plan(record["port"]), service, previous.service if previous is not None else None
                )
                if service != files.service:
                    files.set_service(service)
            except BaseException:
                if previous is not None:
                    previous.set_ending(None)
                raise
        progress.close()
        go_live(files, record)
        return previous

    def _plan(self, port: int) -> Plan:
        return plan_of(self._records, self._name, self._files, self._files.number, port)

    def _previous(self) -> ReleaseFiles | None:
        """The release that serves now."""
        for files in self._records.releases(self._name):
            if files.number < self._files.number and files.view()["state"] == "live":
                return files
        return None

    def _port_of_its_own(self, *, occupied: bool = False) -> DeploymentRecord:
        """The deployment's record. Its port is for good, but one that nobody has seen may still change.

        `occupied`: it is taken, and by the release itself.
        """
        with self._home.names_lock():
            record = self._records.record(self._name)
            seen = any(state.went_live(files.events.read()) for files in self._records.releases(self._name))
            if not seen and not occupied and not is_free(record["port"]):
                record["port"] = choose_port(self._records.ports())
                self._records.set_record(record)
            return record

    def _problem_of(self, error: BaseException) -> Problem:
        if isinstance(error, OSError) and error.errno in FULL:
            return disk_full(error.filename or self._home.root).as_problem()
        with contextlib.suppress(OSError):
            log.critical("The build ended by a fault of Slipway", exc_info=error)
        return SlipwayProblem(
            Code.INTERNAL,
            f"Slipway made a mistake ({type(error).__name__}) and gave up on this release. "
            f"{self._files.logs / RUNNER_LOG} has the details; please report them.",
        ).as_problem()

    def _clear_away(self, previous: ReleaseFiles | None) -> None:
        """After going live: nothing of this may take the release down again."""
        try:
            if previous is not None:
                end_service(previous, "replaced")
            with self._home.lock(self._name):  # what somebody just begins to start again does not go
                prune(self._records, self._name)
            limit = environments_limit()
            if limit is not None:
                collect(self._home, limit=limit, on_removed=lambda item: log.info("Removed %s", item.path))
        except Exception:
            log.exception("The release before could not be ended, or what is old could not be removed")


def main(directory: Path) -> int:
    """Exit code 0 whatever came of the release: the event log says it."""
    os.umask(0o077)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    cancellation = Cancellation()
    cancellation.install()
    Runner(ReleaseFiles(directory), Home(directory.parents[3]), cancellation).run()
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))

"""Runs the cells: our side of the executor's process."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any, cast
from uuid import uuid4

from slipway_runtime import worker

from ..problems import Code, SlipwayProblem
from ..wire import Phase
from .cell_environment import MARKER, cell_environment
from .cell_errors import cell_problem
from .cells import Cell
from .children import end_tree, start
from .executor_job import Job
from .lock import locked_versions
from .options import BuildOptions
from .progress import Progress
from .shims import Shims, write_shims

KERNEL_SIDE = Path(__file__).parent / "kernel_side"
WORKER = Path(worker.__file__)


class KernelGone(Exception):
    """The kernel's process ended during a job of ours."""

    def __init__(self, code: int | None) -> None:
        super().__init__(code)
        self.code = code


class TookTooLong(Exception):
    """A job of ours took longer than it may."""


@dataclass
class Session:
    """A notebook's kernel, from its start to its end; `run_cells` first, then `call`."""

    process: Popen[bytes]
    scratch: Path
    options: BuildOptions
    progress: Progress
    marker: str
    cells: list[Cell] = field(default_factory=list)
    lock: str = ""
    _calls: int = 0

    def run_cells(self, cells: list[Cell], python: Path, overlay: Path, lock: str) -> None:
        """Executes the cells in order. Raises SlipwayProblem with the cell that failed."""
        self.cells, self.lock = cells, lock
        shims = write_shims(self.scratch / "bin", locked_versions(lock))
        self._send(self._job(python, overlay, shims))
        for event in self._events("execute"):
            kind = event["event"]
            if kind == "cell":
                cell = cells[event["position"]]
                self.progress.cell(event["position"] + 1, len(cells), cell.place())
            elif kind == "done":
                return
            elif kind == "failed":
                raise self._problem(event, shims)
        raise self._lost()

    def call(self, job: dict[str, Any], phase: Phase, *, limit: float | None = None) -> dict[str, Any]:
        """Has kernel_side/capture.py do a job; its answer.

        It may take as long as a cell may, and no longer than `limit` seconds. Afterwards the kernel may be
        busy with it for ever.

        Raises KernelGone, TookTooLong, SlipwayProblem.
        """
        self._calls += 1
        path = self.scratch / f"job-{self._calls}.json"
        answer = self.scratch / f"answer-{self._calls}.json"
        path.write_text(json.dumps({**job, "answer": str(answer)}), encoding="utf-8")
        self._send({"call": str(path), "limit": limit})
        for event in self._events(phase):
            if event["event"] == "called":
                return cast("dict[str, Any]", json.loads(answer.read_text(encoding="utf-8")))
            if event["event"] == "failed" and event["kind"] == "timeout":
                raise TookTooLong
            if event["event"] == "failed":
                raise KernelGone(event.get("code"))
        raise self._lost()

    def _job(self, python: Path, overlay: Path, shims: Shims) -> Job:
        settings = self.scratch / "settings.json"
        settings.write_text(
            json.dumps(
                {
                    "overlay": str(overlay),
                    "worker": str(WORKER),
                    "cells": [cell.index for cell in self.cells],
                    "install": shims.command,
                }
            ),
            encoding="utf-8",
        )
        environment = cell_environment(
            os.environ,
            passed=self.options.pass_environment,
            python=python,
            shims=shims.directory,
            scratch=self.scratch,
            marker=self.marker,
        )
        return Job(
            argv=[str(python), str(KERNEL_SIDE / "launch.py"), str(settings)],
            directory=str(self.options.directory),
            environment=environment,
            scratch=str(self.scratch),
            cells=[cell.source for cell in self.cells],
            timeout=self.options.cell_timeout,
            refused=str(shims.refused),
        )

    def _send(self, message: object) -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(message).encode() + b"\n")
            self.process.stdin.flush()
        except BrokenPipeError:
            raise self._lost() from None

    def _events(self, phase: Phase) -> Iterator[dict[str, Any]]:
        """The executor's messages but for output, which is passed on."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            event = json.loads(line)
            if event["event"] == "output":
                self.progress.output(phase, event["text"])
            else:
                yield event

    def _lost(self) -> SlipwayProblem:
        return SlipwayProblem(
            Code.INTERNAL,
            "The process that drives the notebook's kernel ended without a word. Deploy again; the log may "
            "tell more.",
        )

    def _problem(self, event: dict[str, Any], shims: Shims) -> SlipwayProblem:
        if event["kind"] == "start":
            last = [line for line in str(event["words"]).splitlines() if line.strip()][-1:]
            self.progress.output("execute", str(event["words"]))
            return SlipwayProblem(
                Code.KERNEL_START,
                "No kernel came up in the notebook's environment "
                f"({''.join(last) or 'it gave no reason'}). A pin "
                "may break IPython; the log has the details.",
            )
        cell = self.cells[event["position"]]
        line = None
        if event["kind"] == "raised":
            line = self._line_of_failure()
        return cell_problem(
            event,
            cell,
            line=line,
            later=self.cells[event["position"] + 1 :],
            timeout=self.options.cell_timeout,
            locked=locked_versions(self.lock),
            refusals=shims.refusals(),
        )

    def _line_of_failure(self) -> int | None:
        try:
            found = self.call({"do": "failure"}, "execute").get("line")
        except (KernelGone, TookTooLong, SlipwayProblem):
            return None
        return found if isinstance(found, int) else None


@contextmanager
def open_session(options: BuildOptions, scratch: Path, progress: Progress) -> Iterator[Session]:
    """Starts the executor's process, which imports its libraries while packages are still resolved.

    However the body ends, the kernel and everything that cells have started are gone afterwards.
    """
    marker = uuid4().hex
    command = [sys.executable, "-m", "jupyterlab_slipway.builder.executor"]
    with (scratch / "executor.log").open("wb") as log:
        process = start(command, env=os.environ, cwd=scratch, stdin=PIPE, stdout=PIPE, stderr=log.fileno())
    session = Session(process, scratch, options, progress, marker)
    try:
        yield session
    finally:
        end_session(session)


def end_session(session: Session) -> None:
    """The kernel and everything that cells have started are gone afterwards. Safe to call again."""
    end_tree(session.process, f"{MARKER}={session.marker}")

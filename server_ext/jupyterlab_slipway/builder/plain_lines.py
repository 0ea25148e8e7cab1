"""A build as lines for people, each of which stands for itself: of a CI job's log, or of an image build's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Protocol, cast

from ..event_words import cell_words, for_terminal, packages_lines, phase_line, problem_lines, warning_line
from ..wire import CellPlace, Event, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages
from .event_lines import LineReader, LineWriter, to_stdout

_BEFORE_OUTPUT = "    | "


class Events(Protocol):
    """Takes events in order, and bulk text between them."""

    def event(self, event: Event) -> None: ...

    def output(self, phase: Phase, text: str) -> None: ...


class EventProgress:
    """The builder's Progress as events: for builds that are shown by the process in which they happen."""

    def __init__(self, events: Events) -> None:
        self._events = events
        self._seq = 0
        self._lock = threading.RLock()

    def _tell(self, **facts: object) -> None:
        with self._lock:
            self._seq += 1
            self._events.event(
                cast("Event", {"seq": self._seq, "time": round(time.time() * 1000, 1), **facts})
            )

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        self._tell(kind="phase", phase=phase, status=status, **({"detail": detail} if detail else {}))

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        self._tell(kind="note", phase=phase, level=level, message=message)

    def output(self, phase: Phase, text: str) -> None:
        with self._lock:
            self._events.output(phase, text)

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        self._tell(kind="cell", number=number, total=total, cell=cell)

    def packages(self, packages: ServedPackages) -> None:
        self._tell(kind="packages", packages=packages)

    def problem(self, problem: Problem) -> None:
        self._tell(kind="problem", problem=problem)


class PlainLines:
    """One line a fact. What cells and installers write stands below its phase, a line at a time."""

    def __init__(self, write: Callable[[str], None]) -> None:
        """`write` gets lines without their ends, which may have colours."""
        self._write = write
        self._began: dict[Phase, float] = {}
        self._begun = ""
        """A line of output that has no end yet."""

    def event(self, event: Event) -> None:
        if self._begun:
            self._show(self._begun)
            self._begun = ""
        match event["kind"]:
            case "phase":
                if event["status"] == "started":
                    self._began[event["phase"]] = event["time"]
                else:
                    self._fact(phase_line(event, self._began.get(event["phase"])))
            case "cell":
                self._fact(f"  {cell_words(event)}")
            case "note":
                mark = "warning: " if event["level"] == "warning" else ""
                self._fact(f"  {mark}{event['message']}")
            case "packages":
                for line in packages_lines(event["packages"]):
                    self._fact(f"  {line}")
            case "problem" if event["problem"]["severity"] != "error":
                self._fact(f"  {warning_line(event['problem'])}")

    def _fact(self, line: str) -> None:
        # what a name of a notebook's or a file's has behind a line break is no fact of ours
        first, *more = line.split("\n")
        self._write(first)
        for part in more:
            self._write(_BEFORE_OUTPUT + part)

    def output(self, phase: Phase, text: str) -> None:  # noqa: ARG002  one phase runs at a time
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            self._show(line)

    def _show(self, line: str) -> None:
        # what a carriage return overwrites is not shown
        self._write(_BEFORE_OUTPUT + line.rstrip("\r").rpartition("\r")[2])


class PlainWriter(LineWriter):
    """A LineWriter for image builds whose log people read: PlainLines, within the same limits."""

    def __init__(
        self,
        write: Callable[[str], None] = to_stdout,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(self._read, clock, sleep, margin=len(_BEFORE_OUTPUT))
        self._to = write
        self._reader = LineReader(EventProgress(PlainLines(self._show)))

    def _read(self, line: str) -> None:
        self._reader.read(line)

    def _show(self, line: str) -> None:
        self._to(f"{for_terminal(line, colors=False)}\n")

    def end(self, problem: Problem) -> None:
        super().end(problem)
        for line in problem_lines(problem):
            self._show(line)

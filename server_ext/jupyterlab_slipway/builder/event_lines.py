"""A builder's progress as lines of text, where nothing but its standard output gets out: of an image build.

A line is `slipway-event ` and one JSON object:

    {"do": "phase", "phase": "install", "status": "done", "detail": "..."}
    {"do": "note", "phase": ..., "message": ..., "level": ...}
    {"do": "output", "phase": ..., "text": ...}
    {"do": "cell", "number": ..., "total": ..., "cell": {...}}
    {"do": "packages", "packages": {...}}
    {"do": "problem", "problem": {...}}
    {"do": "end", "problem": {...}}       the build failed with this problem

BuildKit keeps at most 1 MiB of what a step writes, and at most 100 KiB for each second that it has run
(`stepLogMaxSize` and `stepLogMaxSpeed` in its util/progress/logs/logs.go); what is beyond that is gone,
wherever a line happens to be. So output stays well below both, and what is left out is said.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypedDict

from ..wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages
from .progress import Progress
from .shapes import fits

MARK = "slipway-event "
SPEED = 64 * 1024
"""Bytes a second, in the long run."""
MOST_OUTPUT = 512 * 1024
"""Bytes of lines that hold output."""
MOST_CELLS = 128 * 1024
"""Bytes of lines that tell of cells; a notebook may have a hundred thousand."""
LONGEST_TEXT = 8 * 1024
"""Characters of output in one line."""
_CELLS_APART = 0.1
"""Seconds between two lines that tell of cells, at least; the last cell is told in any case, and so is one
that runs for longer."""


MOST_FACTS = 50_000
MOST_READ = 8 * 1024 * 1024
"""Lines and characters that are taken from one build: several times what a LineWriter writes."""

InnerPhase = Literal["install", "execute", "capture", "slim", "verify"]
"""The phases that happen within an image build."""


class _Phase(TypedDict):
    phase: InnerPhase
    status: PhaseStatus
    detail: NotRequired[str]


class _Note(TypedDict):
    phase: InnerPhase
    message: str
    level: NoteLevel


class _Output(TypedDict):
    phase: InnerPhase
    text: str


class _Cell(TypedDict):
    number: int
    total: int
    cell: CellPlace


class _Packages(TypedDict):
    packages: ServedPackages


class _Problem(TypedDict):
    problem: Problem


_SHAPES = {
    "phase": _Phase,
    "note": _Note,
    "output": _Output,
    "cell": _Cell,
    "packages": _Packages,
    "problem": _Problem,
    "end": _Problem,
}


class LineWriter:
    """A Progress. Its methods may be called from any thread."""

    def __init__(
        self,
        write: Callable[[str], None] | None = None,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
        *,
        margin: int = 0,
    ) -> None:
        """`write` gets whole lines; by default they go to standard output. By `margin` characters a line of
        output is longer where `write` shows it."""
        self._write = write or to_stdout
        self._margin = margin
        self._clock = clock
        self._sleep = sleep
        self._began = clock()
        self._sent = 0
        self._output = 0
        self._cells = 0
        self._last_cell = float("-inf")
        self._held_back: str | None = None
        """The line of the cell that runs, where it would come too soon."""
        self._left_out: dict[Phase, int] = {}
        self._lock = threading.RLock()

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        with self._lock:
            self._held_back = None
            if status != "started":
                self._tell_left_out(phase)
            self._tell(do="phase", phase=phase, status=status, detail=detail)

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        self._tell(do="note", phase=phase, message=message, level=level)

    def output(self, phase: Phase, text: str) -> None:
        for start in range(0, len(text), LONGEST_TEXT):
            part = text[start : start + LONGEST_TEXT]
            line = _line(do="output", phase=phase, text=part)
            with self._lock:
                size = len(line) + self._margin * (part.count("\n") + 1)
                if self._output + size > MOST_OUTPUT:
                    self._left_out[phase] = self._left_out.get(phase, 0) + len(part)
                    continue
                self._output += size
                self._send(line, size)

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        line = _line(do="cell", number=number, total=total, cell=cell)
        with self._lock:
            wait = self._last_cell + _CELLS_APART - self._clock()
            full = self._cells + len(line) > MOST_CELLS
            if (wait <= 0 and not full) or not 1 < number < total:
                self._send_cell(line)
            elif not full:
                if self._held_back is None:
                    timer = threading.Timer(wait, self._send_held_back)
                    timer.daemon = True
                    timer.start()
                self._held_back = line

    def _send_cell(self, line: str) -> None:
        self._held_back = None
        self._last_cell = self._clock()
        self._cells += len(line)
        self._send(line)

    def _send_held_back(self) -> None:
        with self._lock:
            if self._held_back is not None:
                self._send_cell(self._held_back)

    def packages(self, packages: ServedPackages) -> None:
        self._tell(do="packages", packages=packages)

    def problem(self, problem: Problem) -> None:
        self._tell(do="problem", problem=problem)

    def end(self, problem: Problem) -> None:
        """The build has failed."""
        self._tell(do="end", problem=problem)

    def _tell_left_out(self, phase: Phase) -> None:
        count = self._left_out.pop(phase, 0)
        if count:
            text = f"\n[… {count:,} more characters of output do not fit into the log of an image build …]\n"
            self._tell(do="output", phase=phase, text=text)

    def _tell(self, **fact: Any) -> None:
        line = _line(**fact)
        with self._lock:
            self._send(line)

    def _send(self, line: str, size: int | None = None) -> None:
        self._sent += len(line) if size is None else size
        early = self._sent / SPEED - (self._clock() - self._began + 1)
        if early > 0:
            self._sleep(early)
        self._write(line)


class LineReader:
    """Passes on to a Progress what a LineWriter has written."""

    def __init__(self, progress: Progress, phase: Phase | None = None) -> None:
        """`phase` has been told to have begun already."""
        self._progress = progress
        self.ended: Problem | None = None
        """What the build has failed with."""
        self.phase = phase
        """The one that began last and has not ended."""
        self._count = 0
        self._size = 0

    def read(self, line: str) -> bool:
        """False where the line is none of these; what comes before the mark is ignored.

        A line of another shape counts as none: within the image build, cells run as the same user as the
        builder does, and could write what they like. So it also ends somewhere.
        """
        _, found, text = line.partition(MARK)
        if not found:
            return False
        try:
            fact = json.loads(text)
            kind = fact.pop("do")
            shape = _SHAPES[kind]
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False
        if not fits(fact, shape):
            return False
        self._count += 1
        self._size += len(line)
        if self._count <= MOST_FACTS and self._size <= MOST_READ:
            self._take(kind, fact)
        return True

    def _take(self, kind: str, fact: dict[str, Any]) -> None:
        progress = self._progress
        match kind:
            case "phase":
                begins = fact["status"] == "started"
                if begins and fact["phase"] == self.phase:
                    return
                self.phase = fact["phase"] if begins else None
                progress.phase(fact["phase"], fact["status"], fact.get("detail"))
            case "note":
                progress.note(fact["phase"], fact["message"], fact["level"])
            case "output":
                progress.output(fact["phase"], fact["text"])
            case "cell":
                progress.cell(fact["number"], fact["total"], fact["cell"])
            case "packages":
                progress.packages(fact["packages"])
            case "problem":
                progress.problem(fact["problem"])
            case "end":
                self.ended = fact["problem"]
            case _:
                raise AssertionError(kind)  # it has a shape, so it has its place here


def _line(**fact: Any) -> str:
    """ASCII: a character counts as one byte, and no terminal or log can break it."""
    return f"{MARK}{json.dumps({key: value for key, value in fact.items() if value is not None})}\n"


def to_stdout(line: str) -> None:
    """What the encoding there lacks is shown as an escape: it is no reason to end a build."""
    encoding = sys.stdout.encoding
    sys.stdout.write(line.encode(encoding, "backslashreplace").decode(encoding))
    sys.stdout.flush()

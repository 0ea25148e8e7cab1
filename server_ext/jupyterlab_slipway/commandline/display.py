"""How a build looks while it happens: as plain lines, as JSON lines, or (terminal.py) as a live display."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod
from typing import cast

from ..served_packages import heading, left_out_rows
from ..wire import CellEvent, Event, Phase, PhaseEvent, Problem, ServedPackages
from .output import Output, is_live_terminal, place_words


class Display(ABC):
    """Takes events in order."""

    @abstractmethod
    def event(self, event: Event) -> None: ...

    def output(self, phase: Phase, text: str) -> None:  # noqa: B027  not everyone shows it
        """Bulk text of a phase."""

    def say(self, text: str) -> None:  # noqa: B027  likewise
        """A sentence that is no event."""

    def close(self) -> None:  # noqa: B027  likewise
        """Leaves the terminal as a plain line would."""


def make_display(output: Output, title: str) -> Display:
    """What fits standard output."""
    if output.as_json:
        return JsonDisplay(output)
    if is_live_terminal(sys.stdout):
        from .terminal import LiveDisplay

        return LiveDisplay(title)
    return PlainDisplay(output)


class JsonDisplay(Display):
    def __init__(self, output: Output) -> None:
        self._output = output

    def event(self, event: Event) -> None:
        self._output.json(event)


class PlainDisplay(Display):
    """One line a fact; each stands for itself, as in the log of a CI job."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._began: dict[Phase, float] = {}

    def say(self, text: str) -> None:
        self._output.line(text)

    def event(self, event: Event) -> None:
        match event["kind"]:
            case "phase":
                if event["status"] == "started":
                    self._began[event["phase"]] = event["time"]
                else:
                    self._output.line(phase_line(event, self._began.get(event["phase"])))
            case "cell":
                self._output.line(f"  {cell_words(event)}")
            case "note":
                mark = "warning: " if event["level"] == "warning" else ""
                self._output.line(f"  {mark}{event['message']}")
            case "packages":
                for line in packages_lines(event["packages"]):
                    self._output.line(f"  {line}")
            case "problem" if event["problem"]["severity"] != "error":
                self._output.line(f"  {warning_line(event['problem'])}")


def cell_words(event: CellEvent) -> str:
    """`cell 7 (4 of 5 that run)`: its place among all cells, which is how problems name it, first."""
    return f"cell {event['cell']['index']} ({event['number']} of {event['total']} that run)"


def phase_line(event: PhaseEvent, began: float | None) -> str:
    """`execute    done     3.3 s  detail`"""
    spent = "" if began is None else seconds((event["time"] - began) / 1000)
    return f"{event['phase']:<8} {event['status']:<8} {spent:>8}  {event.get('detail', '')}".rstrip()


def packages_lines(packages: ServedPackages) -> list[str]:
    """What was left out, a package a line. Why that is not more, a note says."""
    rows, more = left_out_rows(packages)
    head = heading(packages)
    if not rows:
        return [head] if head else []
    name, version, size = (min(40, max(len(row[column]) for row in rows)) for column in range(3))
    lines = [f"  {row[0]:<{name}}  {row[1]:<{version}}  {row[2]:>{size}}  {row[3]}" for row in rows]
    return [head, *lines, *([f"  {more}"] if more else [])]


def warning_line(problem: Problem) -> str:
    place = f" ({place_words(problem['cell'])})" if "cell" in problem else ""
    return f"{problem['severity']}: {problem['message']}{place} [{problem['code']}]"


def seconds(value: float) -> str:
    """`3.3 s`, `2 min 05 s`"""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(int(value), 60)
    return f"{minutes} min {rest:02} s"


class DisplayProgress:
    """The builder's Progress, shown directly: for builds that happen in this process."""

    def __init__(self, display: Display) -> None:
        import threading

        self._display = display
        self._seq = 0
        self._lock = threading.RLock()

    def _tell(self, **facts: object) -> None:
        import time

        with self._lock:
            self._seq += 1
            self._display.event(
                cast("Event", {"seq": self._seq, "time": round(time.time() * 1000, 1), **facts})
            )

    def phase(self, phase: Phase, status: str, detail: str | None = None) -> None:
        self._tell(kind="phase", phase=phase, status=status, **({"detail": detail} if detail else {}))

    def note(self, phase: Phase, message: str, level: str = "info") -> None:
        self._tell(kind="note", phase=phase, level=level, message=message)

    def output(self, phase: Phase, text: str) -> None:
        with self._lock:
            self._display.output(phase, text)

    def cell(self, number: int, total: int, cell: object) -> None:
        self._tell(kind="cell", number=number, total=total, cell=cell)

    def packages(self, packages: ServedPackages) -> None:
        self._tell(kind="packages", packages=packages)

    def problem(self, problem: Problem) -> None:
        self._tell(kind="problem", problem=problem)

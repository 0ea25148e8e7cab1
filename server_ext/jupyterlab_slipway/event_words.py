"""Events and problems in words for terminals and logs; src/panel has its own."""

from __future__ import annotations

import re

from .served_packages import heading, left_out_rows
from .wire import CellEvent, CellPlace, PhaseEvent, Problem, ServedPackages

_COLOR = re.compile(r"\x1b\[[0-9;:]*m")
_CONTROL = re.compile(r"\x1b(?!\[[0-9;:]*m)|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]")
"""All but tabs, line breaks and what `_COLOR` has."""
_ANSI = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)")


def cell_words(event: CellEvent) -> str:
    """`cell 7 (4 of 5 that run)`: its place among all cells, which is how problems name it, first."""
    return f"cell {event['cell']['index']} ({event['number']} of {event['total']} that run)"


def phase_line(event: PhaseEvent, began: float | None) -> str:
    """`execute    done     3.3 s  detail`; `began` in milliseconds, as the event's time."""
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


def problem_lines(problem: Problem) -> list[str]:
    """The sentence of what ended something, its place and the notebook's traceback."""
    lines = [f"{problem['code']}: {problem['message']}"]
    place = problem.get("cell")
    if place is not None:
        lines.append(f"  {place_words(place)}")
    if "traceback" in problem:
        lines += ["", problem["traceback"].rstrip("\n")]
    return lines


def place_words(place: CellPlace) -> str:
    """`cell 3, line 2: x = 1 / 0`"""
    words = f"cell {place['index']}"
    if "line" in place:
        words += f", line {place['line']}"
    source = place.get("source", "").strip()
    return f"{words}: {source}" if source else words


def seconds(value: float) -> str:
    """`3.3 s`, `2 min 05 s`"""
    if value < 60:
        return f"{value:.1f} s"
    minutes, rest = divmod(int(value), 60)
    return f"{minutes} min {rest:02} s"


def without_colors(text: str) -> str:
    return _ANSI.sub("", text)


def for_terminal(text: str, *, colors: bool) -> str:
    """Lines that others may have written parts of: coloured at most, they do nothing else to a terminal."""
    text = _ANSI.sub(lambda found: found[0] if colors and _COLOR.fullmatch(found[0]) else "", text)
    return _CONTROL.sub("", text)

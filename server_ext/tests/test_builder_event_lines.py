"""A builder's progress, written as lines within an image build and read outside of it."""

from __future__ import annotations

import json
import threading
import time
from typing import Any

import pytest
from jupyterlab_slipway.builder.event_lines import (
    LONGEST_TEXT,
    MARK,
    MOST_CELLS,
    MOST_FACTS,
    MOST_OUTPUT,
    MOST_READ,
    SPEED,
    LineReader,
    LineWriter,
)

CELL = {"index": 3, "id": "abc"}
PACKAGE = {"name": "a", "version": "1", "bytes": 1, "kept": True, "reason": "b", "modules": ["a"]}
PACKAGES = {"packages": [PACKAGE], "before": 1, "after": 1, "fallback": None}
PROBLEM = {"code": "SLP501", "message": "It raised “ä”.\nTwice.", "severity": "error"}
LIMIT = 1 << 20
"""What BuildKit keeps of a step."""


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


class Told:
    """A Progress that remembers."""

    def __init__(self) -> None:
        self.facts: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *facts: self.facts.append((name, *facts))

    def text(self) -> str:
        return "".join(fact[2] for fact in self.facts if fact[0] == "output")


def writer(lines: list[str]) -> LineWriter:
    clock = Clock()
    return LineWriter(lines.append, clock, clock.sleep)


def read(lines: list[str]) -> tuple[Told, LineReader]:
    told = Told()
    reader = LineReader(told)  # type: ignore[arg-type]
    for line in lines:
        assert reader.read(line)
    return told, reader


def test_what_is_written_is_read() -> None:
    lines: list[str] = []
    writing = writer(lines)
    writing.phase("execute", "started")
    writing.cell(1, 2, CELL)  # type: ignore[arg-type]
    writing.output("execute", "Grüße\x1b[31m\n\u2028")
    writing.note("execute", "Note.", "warning")
    writing.phase("execute", "done", "in words")
    writing.packages(PACKAGES)  # type: ignore[arg-type]
    writing.problem(PROBLEM)  # type: ignore[arg-type]
    writing.end(PROBLEM)  # type: ignore[arg-type]
    told, reader = read(lines)
    assert told.facts == [
        ("phase", "execute", "started", None),
        ("cell", 1, 2, CELL),
        ("output", "execute", "Grüße\x1b[31m\n\u2028"),
        ("note", "execute", "Note.", "warning"),
        ("phase", "execute", "done", "in words"),
        ("packages", PACKAGES),
        ("problem", PROBLEM),
    ]
    assert reader.ended == PROBLEM
    assert all(line.isascii() and line.count("\n") == 1 for line in lines)


def test_a_prefix_of_the_engine_is_ignored() -> None:
    reader = LineReader(Told())  # type: ignore[arg-type]
    assert reader.read(f'#12 3.456 {MARK}{{"do": "phase", "phase": "install", "status": "started"}}\n')
    assert reader.phase == "install"


def test_other_and_damaged_lines_are_none() -> None:
    told = Told()
    reader = LineReader(told)  # type: ignore[arg-type]
    for line in (
        "#1 DONE 0.1s",
        f"{MARK}",
        f"{MARK}[1]",
        f"{MARK}null",
        f'{MARK}{{"do": "phase"}}',
        f'{MARK}{{"do": "rm"}}',
        f'{MARK}{{"do": "note", "phase": "exec',
    ):
        assert not reader.read(line)
    assert told.facts == []


@pytest.mark.parametrize(
    "fact",
    [
        {"do": "output", "phase": "/tmp/elsewhere", "text": "x"},
        {"do": "output", "phase": "../../x", "text": "x"},
        {"do": "output", "phase": "live", "text": "x"},
        {"do": "output", "phase": "execute", "text": 1},
        {"do": "output", "phase": "execute", "text": "x", "more": 1},
        {"do": "output", "phase": ["execute"], "text": "x"},
        {"do": "phase", "phase": "package", "status": "done"},
        {"do": "phase", "phase": "execute", "status": "cancelled"},
        {"do": "note", "phase": "execute", "message": "x", "level": "shout"},
        {"do": "cell", "number": True, "total": 1, "cell": CELL},
        {"do": "cell", "number": 1, "total": 10**30, "cell": CELL},
        {"do": "cell", "number": 1, "total": 1, "cell": {"id": "a"}},
        {"do": "packages", "packages": {**PACKAGES, "packages": [{**PACKAGE, "bytes": "1"}]}},
        {"do": "packages", "packages": {**PACKAGES, "fallback": 1}},
        {"do": "problem", "problem": {"code": "SLP501", "message": "x"}},
        {"do": "problem", "problem": {**PROBLEM, "cell": {"index": "1"}}},
        {"do": "end", "problem": {**PROBLEM, "severity": "fatal"}},
        {"do": "state", "state": "live"},
        {"do": ["phase"]},
        {"phase": "execute"},
        [],
    ],
)
def test_lines_of_another_shape_are_none(fact: Any) -> None:
    """A cell could write them: it runs as the same user, and finds the builder's standard output in /proc."""
    told = Told()
    reader = LineReader(told)  # type: ignore[arg-type]
    assert not reader.read(f"{MARK}{json.dumps(fact)}")
    assert (told.facts, reader.phase, reader.ended) == ([], None, None)
    assert not reader.read(MARK + "[" * 100_000)


def test_lines_without_end_are_taken_up_to_a_limit() -> None:
    told = Told()
    reader = LineReader(told)  # type: ignore[arg-type]
    line = f"{MARK}{json.dumps({'do': 'note', 'phase': 'execute', 'message': 'x', 'level': 'info'})}"
    for _ in range(MOST_FACTS + 100):
        assert reader.read(line)
    assert len(told.facts) == MOST_FACTS
    told = Told()
    reader = LineReader(told)  # type: ignore[arg-type]
    line = f"{MARK}{json.dumps({'do': 'output', 'phase': 'execute', 'text': 'x' * 200_000})}"
    for _ in range(100):
        assert reader.read(line)
    assert len(told.text()) <= MOST_READ


def test_endless_output_stays_below_what_is_kept_and_says_what_is_missing() -> None:
    lines: list[str] = []
    writing = writer(lines)
    writing.phase("execute", "started")
    for number in range(400):
        writing.output("execute", f"{number:04}" * 1024)
    writing.phase("execute", "done")
    writing.end(PROBLEM)  # type: ignore[arg-type]
    assert MOST_OUTPUT / 2 < sum(map(len, lines)) < LIMIT
    told, reader = read(lines)
    assert reader.ended == PROBLEM
    kept = told.text()
    assert kept.startswith("0000")
    shown = len(kept.partition("\n[…")[0])
    assert f"{400 * 4096 - shown:,} more characters" in kept


def test_lines_keep_to_the_speed() -> None:
    clock = Clock()
    sent: list[tuple[float, int]] = []
    writing = LineWriter(lambda line: sent.append((clock.now, len(line))), clock, clock.sleep)
    for _ in range(60):
        writing.output("execute", "x" * LONGEST_TEXT)
    total = 0
    for now, size in sent:
        total += size
        assert total <= SPEED * (now - 100.0 + 1) + 1


def test_a_hundred_thousand_cells_leave_room_for_the_rest() -> None:
    lines: list[str] = []
    clock = Clock()
    writing = LineWriter(lines.append, clock, clock.sleep)
    for number in range(1, 100_001):
        clock.now += 0.05
        writing.cell(number, 100_000, CELL)  # type: ignore[arg-type]
    assert sum(map(len, lines)) <= MOST_CELLS + 200
    first, last = (json.loads(lines[place].removeprefix(MARK)) for place in (0, -1))
    assert (first["number"], last["number"]) == (1, 100_000)


def test_a_cell_that_comes_soon_after_another_is_told_while_it_runs() -> None:
    lines: list[str] = []
    seen = threading.Event()

    def write(line: str) -> None:
        lines.append(line)
        if '"number": 3' in line:
            seen.set()

    writing = LineWriter(write)
    for number in (1, 2, 3):
        writing.cell(number, 9, CELL)  # type: ignore[arg-type]
    assert seen.wait(60)
    assert [json.loads(line.removeprefix(MARK))["number"] for line in lines] == [1, 3]
    writing.cell(4, 9, CELL)  # type: ignore[arg-type]
    writing.phase("execute", "failed")
    assert '"failed"' in lines[-1]
    time.sleep(0.3)
    assert '"failed"' in lines[-1], "no cell is told of once they do not run any more"

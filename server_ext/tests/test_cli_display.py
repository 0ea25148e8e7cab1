"""How the commands show the cell that runs: by the number that problems name it by."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jupyterlab_slipway.builder.plain_lines import EventProgress
from jupyterlab_slipway.commandline import terminal
from jupyterlab_slipway.commandline.display import Display, PlainDisplay
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.event_words import for_terminal, place_words
from rich.console import Console

if TYPE_CHECKING:
    import pytest
    from jupyterlab_slipway.wire import CellPlace

SEVENTH: CellPlace = {"index": 7, "id": "g"}
"""Three of the cells before it are text."""


def tell(display: Display) -> None:
    progress = EventProgress(display)
    progress.phase("execute", "started")
    progress.cell(4, 5, SEVENTH)


def test_plain_lines_name_a_cell_as_problems_do(capsys: pytest.CaptureFixture[str]) -> None:
    tell(PlainDisplay(Output(as_json=False)))
    assert capsys.readouterr().out == "  cell 7 (4 of 5 that run)\n"
    assert place_words(SEVENTH) == "cell 7"


def test_the_live_display_does_too(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Console(file=io.StringIO(), force_terminal=True, width=100)
    monkeypatch.setattr(terminal, "Console", lambda: shown)
    display = terminal.LiveDisplay("a notebook")
    tell(display)
    shown.print(display._render())
    display.close()
    assert isinstance(shown.file, io.StringIO)
    assert "cell 7 (4 of 5 that run)" in shown.file.getvalue()


HOSTILE = "b\x1b]0;owned\x07\x1b[2J\x9b2J\x00\x1b[31mred\x1b[0m\x1bc.ipynb"
"""A file may be called that."""


def test_names_do_nothing_to_a_terminal_but_colour_it() -> None:
    assert for_terminal(f"a\tb\n{HOSTILE}", colors=True) == "a\tb\nb2J\x1b[31mred\x1b[0mc.ipynb"
    assert for_terminal(HOSTILE, colors=False) == "b2Jredc.ipynb"


def test_sentences_with_such_names_do_not_either(capsys: pytest.CaptureFixture[str]) -> None:
    output = Output(as_json=False)
    output.line(HOSTILE)
    output.problem({"code": "SLP593", "message": HOSTILE, "severity": "error"})
    said = capsys.readouterr()
    assert (said.out, said.err) == ("b2Jredc.ipynb\n", "SLP593: b2Jredc.ipynb\n")


def test_a_line_break_in_a_name_makes_no_row(capsys: pytest.CaptureFixture[str]) -> None:
    Output(as_json=False).table(["NAME", "NOTEBOOK"], [["a", "/x\nb  /y"], ["c", "/z"]])
    assert capsys.readouterr().out == "NAME  NOTEBOOK\na     /x\\nb  /y\nc     /z\n"


def test_nor_do_they_in_the_live_display(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Console(file=io.StringIO(), width=100)
    monkeypatch.setattr(terminal, "Console", lambda: shown)
    display = terminal.LiveDisplay("a notebook")
    display.say(HOSTILE)
    EventProgress(display).note("check", HOSTILE)
    display.close()
    assert isinstance(shown.file, io.StringIO)
    found = shown.file.getvalue()
    assert found.count("b2Jredc.ipynb") == 2
    assert "\x1b" not in found

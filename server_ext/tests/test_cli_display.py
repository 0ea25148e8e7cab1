"""How the commands show the cell that runs: by the number that problems name it by."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from jupyterlab_slipway.builder.plain_lines import EventProgress
from jupyterlab_slipway.commandline import terminal
from jupyterlab_slipway.commandline.display import Display, PlainDisplay
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.event_words import place_words
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

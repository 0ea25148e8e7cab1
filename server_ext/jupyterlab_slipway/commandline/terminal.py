"""The live display: phases with their times, the cell that runs, the end of the output."""

from __future__ import annotations

import time
from collections import deque

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.padding import Padding
from rich.spinner import Spinner
from rich.table import Table
from rich.text import Text

from ..event_words import cell_words, for_terminal, seconds, warning_line, without_colors
from ..served_packages import heading, left_out_rows
from ..wire import Event, Phase, PhaseStatus, ServedPackages
from .display import Display

_TAIL = 6
_MARKS: dict[PhaseStatus, Text] = {
    "done": Text("✔", "green"),
    "skipped": Text("–", "dim"),
    "failed": Text("✘", "red"),
}


class _Row:
    def __init__(self) -> None:
        self.status: PhaseStatus = "started"
        self.began: float | None = None
        self.ended: float | None = None
        self.detail = ""
        self.spinner = Spinner("dots", style="cyan")

    def spent(self) -> str:
        if self.began is None:
            return ""
        return seconds((self.ended or time.time()) - self.began)


class LiveDisplay(Display):
    def __init__(self, title: str) -> None:
        self._title = title
        self._rows: dict[Phase, _Row] = {}
        self._tail: deque[str] = deque(maxlen=_TAIL)
        self._partial = ""
        self._console = Console()
        self._live = Live(get_renderable=self._render, console=self._console, refresh_per_second=10)
        self._live.start()

    def event(self, event: Event) -> None:
        match event["kind"]:
            case "phase":
                row = self._rows.setdefault(event["phase"], _Row())
                row.status = event["status"]
                if event["status"] == "started":
                    row.began = event["time"] / 1000
                    self._tail.clear()
                    self._partial = ""
                else:
                    row.ended = event["time"] / 1000
                    row.detail = event.get("detail", "")
            case "cell":
                self._rows.setdefault("execute", _Row()).detail = cell_words(event)
            case "note":
                style = "yellow" if event["level"] == "warning" else "dim"
                self._live.console.print(Text(_bare(event["message"]), style))
            case "packages":
                self._packages(event["packages"])
            case "problem" if event["problem"]["severity"] != "error":
                self._live.console.print(Text(_bare(warning_line(event["problem"])), "yellow"))

    def say(self, text: str) -> None:
        self._live.console.print(Text(_bare(text), "bold"))

    def output(self, phase: Phase, text: str) -> None:  # noqa: ARG002  one phase runs at a time
        lines = (self._partial + without_colors(text[-20_000:])).split("\n")
        self._partial = lines.pop()
        # what a carriage return overwrites is not shown
        self._tail.extend(line.rstrip("\r").rpartition("\r")[2] for line in lines)

    def _packages(self, packages: ServedPackages) -> None:
        say = self._live.console.print
        rows, more = left_out_rows(packages)
        head = heading(packages)
        if head:
            say(Text(_bare(head)))
        if not rows:
            return
        table = Table.grid(padding=(0, 2))
        table.add_column(overflow="fold", max_width=40)
        table.add_column(overflow="fold", max_width=20)
        table.add_column(justify="right", no_wrap=True)
        table.add_column(style="dim", ratio=1)
        for row in rows:
            table.add_row(*(Text(_bare(cell)) for cell in row))
        say(Padding(table, (0, 0, 0, 2)))
        if more:
            say(Text(f"  {more}", "dim"))

    def close(self) -> None:
        self._tail.clear()
        self._partial = ""
        self._live.stop()

    def _render(self) -> RenderableType:
        table = Table.grid(padding=(0, 1))
        table.add_column(width=1)
        table.add_column(width=8)
        table.add_column(justify="right", width=11)
        table.add_column(no_wrap=True, overflow="ellipsis")
        for phase, row in self._rows.items():
            mark = row.spinner if row.status == "started" else _MARKS[row.status]
            table.add_row(mark, phase, Text(row.spent(), "dim"), Text(_bare(row.detail), "dim"))
        shown = [*self._tail, self._partial.rpartition("\r")[2]]
        tail = [
            Text("  │ " + _bare(line), "dim", no_wrap=True, overflow="ellipsis")
            for line in shown[-_TAIL:]
            if line.strip()
        ]
        return Group(Text(self._title, "bold"), table, *tail)


def _bare(text: str) -> str:
    """rich gives it its colours."""
    return for_terminal(text, colors=False)

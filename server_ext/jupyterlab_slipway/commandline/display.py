"""How a build looks while it happens: as plain lines, as JSON lines, or (terminal.py) as a live display."""

from __future__ import annotations

import sys
from abc import ABC, abstractmethod

from ..builder.plain_lines import PlainLines
from ..wire import Event, Phase
from .output import Output, is_live_terminal


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
        self._lines = PlainLines(output.line)

    def say(self, text: str) -> None:
        self._output.line(text)

    def event(self, event: Event) -> None:
        self._lines.event(event)

"""Standard output and standard error: JSON lines for programs, sentences for people."""

from __future__ import annotations

import io
import json
import os
import shutil
import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any, TextIO

from ..event_words import for_terminal, problem_lines, without_colors
from ..wire import Problem

_NARROWEST = 20
"""Columns below which a text is not broken into lines of its own."""


class Output:
    def __init__(self, *, as_json: bool) -> None:
        self.as_json = as_json
        if isinstance(sys.stdout, io.TextIOWrapper):
            # a path that is not UTF-8, or a sign that the terminal's encoding lacks, is no reason to give up
            sys.stdout.reconfigure(errors="backslashreplace")

    def json(self, content: Mapping[str, Any]) -> None:
        """One object, one line; nothing in human mode."""
        if self.as_json:
            is_utf8 = sys.stdout.encoding.lower() == "utf-8"  # else escapes have to be JSON's
            print(json.dumps(content, ensure_ascii=not is_utf8), flush=True)  # noqa: T201

    def line(self, text: str = "") -> None:
        """For people only."""
        if not self.as_json:
            print(for_terminal(text, colors=colors(sys.stdout)), flush=True)  # noqa: T201

    def raw(self, text: str) -> None:
        """Text of logs, for people, without a line end of ours."""
        if not self.as_json:
            sys.stdout.write(text if colors(sys.stdout) else without_colors(text))
            sys.stdout.flush()

    def error(self, text: str) -> None:
        """For people, on standard error."""
        if not self.as_json:
            shown = for_terminal(text, colors=colors(sys.stderr))
            print(shown, file=sys.stderr, flush=True)  # noqa: T201

    def table(self, headings: Sequence[str], rows: Sequence[Sequence[str]], *, wrap: bool = False) -> None:
        """With `wrap`, the last column is broken into lines where a terminal would break it anyhow.

        A line break in a cell, which is a name's, is shown as an escape: it would make a row.
        """
        rows = [[cell.replace("\n", r"\n") for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(headings, *rows, strict=True)]
        indent = sum(widths[:-1]) + 2 * (len(widths) - 1)
        room = shutil.get_terminal_size().columns - indent if wrap and sys.stdout.isatty() else 0
        for row in (headings, *rows):
            *cells, last = row
            first, *more = (textwrap.wrap(last, room) if room > _NARROWEST else []) or [last]
            padded = (cell.ljust(width) for cell, width in zip(cells, widths, strict=False))
            self.line("  ".join([*padded, first]).rstrip())
            for text in more:
                self.line(" " * indent + text)

    def problem(self, problem: Problem) -> None:
        """What ended a command: the whole object, or the sentence, its place and the notebook's traceback."""
        self.json({"problem": problem})
        for line in problem_lines(problem):
            self.error(line)


def colors(stream: TextIO) -> bool:
    """Whether escape sequences are welcome there."""
    return stream.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def is_live_terminal(stream: TextIO) -> bool:
    """Whether a display that redraws itself is welcome there."""
    return colors(stream) and not os.environ.get("CI")

"""IPython's own lines: found without running anything, and masked so that the rest of a cell parses.

The lint finds them by the same rules (`src/contract/python/lexer.ts`), which are those of IPython's input
transformer (https://ipython.readthedocs.io/en/stable/config/inputtransforms.html).
"""

from __future__ import annotations

import re

_LINE_ESCAPES = "%!?,;/"
_STATEMENT = re.compile(r"%(?:time|prun)\b[ \t]*(?:-[A-Za-z]+[ \t]*\d*[ \t]+)*(?=[^\s?])")
"""Line magics whose line is Python that runs in the notebook's namespace."""
_BARE_STATEMENT = re.compile(r"\s*(?:time|prun)[ \t]+(?![=,\s])")
"""The same without `%`, which IPython takes where it is all of a cell."""
_STRING_PREFIX = re.compile(r"(?:[rR]?[fFtTbB]?|[fFtTbB][rR]|[uU])$")
_WORD = re.compile(r"\w+")
_SHORT_STRING = re.compile(r"\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*'")
_HELP = re.compile(r"(?:[^\W\d]|\*|\w\[-?\d+\])\d*(?:\[-?\d+\])*\?\??$")


def mask_magics(source: str) -> str:
    """Replaces IPython's own lines and values (magics, shell, help) by `pass` or `None`, line for line."""
    if _BARE_STATEMENT.match(source) and len(source.strip().splitlines()) == 1:
        source = f"%{source.lstrip()}"
    return _Masker("\n".join(source.splitlines())).run()


class _Masker:
    def __init__(self, source: str) -> None:
        self._source = source
        self._at = 0
        self._depth = 0
        self._parts: list[str] = []
        self._kept = 0
        """Where the source begins that no part has yet."""

    def run(self) -> str:
        source = self._source
        begins = True
        while self._at < len(source):
            if begins and self._depth == 0 and self._magic_line():
                continue
            begins = False
            char = source[self._at]
            if char == "\n":
                begins = True
                self._at += 1
            elif char == "\\":
                self._at += 2
            elif char == "#":
                self._at = self._line_end(self._at)
            elif char in "\"'":
                self._string(self._at)
            elif word := _WORD.match(source, self._at):
                self._at = word.end()
                if source[self._at : self._at + 1] in ('"', "'") and _STRING_PREFIX.match(word.group()):
                    self._string(self._at)
            else:
                self._operator(char)
        self._parts.append(source[self._kept :])
        return "".join(self._parts)

    def _operator(self, char: str) -> None:
        source = self._source
        if char in "([{":
            self._depth += 1
        elif char in ")]}":
            self._depth = max(0, self._depth - 1)
        elif char == "=" and self._depth == 0 and source[self._at - 1 : self._at] not in tuple("=<>!"):
            value = self._behind_spaces(self._at + 1)
            if source[value : value + 1] in ("%", "!"):
                self._mask(value, "None")
                return
        self._at += 1

    def _magic_line(self) -> bool:
        """Masks the line that begins here, if it is IPython's."""
        start = self._behind_spaces(self._at)
        char = self._source[start : start + 1]
        if char and (char in _LINE_ESCAPES or self._is_help(start)):
            statement = _STATEMENT.match(self._source, start)
            if statement and not self._is_help(start):
                self._parts.append(self._source[self._kept : start])
                self._kept = self._at = statement.end()
                # Its own text may hold no other magic.
                self._at = self._line_end(self._at)
            else:
                self._mask(start, "pass")
            self._at = min(self._at + 1, len(self._source))
            return True
        self._at = start
        return start >= len(self._source)

    def _is_help(self, start: int) -> bool:
        line = self._source[start : self._line_end(start)]
        code = _SHORT_STRING.sub("_", line).rstrip() if "?" in line else ""
        return code.endswith("?") and not re.search("['\"#]", code) and bool(_HELP.search(code[-80:]))

    def _mask(self, start: int, instead: str) -> None:
        """Replaces what goes from `start` to the line's end, and the lines it goes on in."""
        end = self._line_end(start)
        while self._source[end - 1] == "\\" and end < len(self._source):
            end = self._line_end(end + 1)
        lines = self._source.count("\n", start, end)
        self._parts += [self._source[self._kept : start], instead, "\n" * lines]
        self._kept = self._at = end

    def _string(self, at: int) -> None:
        source = self._source
        quote = source[at]
        end = quote * 3 if source.startswith(quote * 3, at) else quote
        at += len(end)
        while at < len(source) and not source.startswith(end, at):
            if source[at] == "\n" and len(end) == 1:
                break
            at += 2 if source[at] == "\\" else 1
        else:
            at += len(end)
        self._at = at

    def _behind_spaces(self, at: int) -> int:
        while self._source[at : at + 1] in (" ", "\t"):
            at += 1
        return at

    def _line_end(self, at: int) -> int:
        end = self._source.find("\n", at)
        return len(self._source) if end < 0 else end

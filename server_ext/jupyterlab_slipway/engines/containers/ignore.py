"""Which files beside a notebook are sent to an image build.

`.dockerignore` and then `.slipwayignore` in the notebook's directory, both with the rules of
https://docs.docker.com/build/concepts/context/#dockerignore-files: patterns are anchored at that directory,
one that matches a directory holds for all below, and the last one that matches decides.

BuildKit departs from that in one case, and we do not: for `d`, `!d/**/*.csv`, `**/e` it sends d/e/x.csv,
since it does not ask whether the last one matches a directory that the first has left out already.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from ...problems import Code, SlipwayProblem

DOCKERIGNORE = ".dockerignore"
SLIPWAYIGNORE = ".slipwayignore"
FILES = (DOCKERIGNORE, SLIPWAYIGNORE)
"""The later one wins."""
_LARGEST = 1_000_000
"""Bytes of an ignore file."""
_WILD = frozenset("*?[\\")
_ANY_DIRECTORIES = "(?:.*/)?"


@dataclass(frozen=True)
class Pattern:
    expression: re.Pattern[str]
    takes_back: bool
    """It began with `!`."""
    literal: tuple[str, ...]
    """The components before the first one that holds a wildcard."""
    whole: bool
    """There is none that does."""

    def may_match_below(self, directory: tuple[str, ...]) -> bool:
        shared = min(len(self.literal), len(directory))
        fits = self.literal[:shared] == directory[:shared]
        return fits and not (self.whole and len(directory) > len(self.literal))


class IgnoreRules:
    """What a user wants to leave out. Paths are relative, with slashes."""

    def __init__(self, patterns: Iterable[Pattern] = ()) -> None:
        self._patterns = tuple(patterns)
        self._takes_back = tuple(pattern for pattern in self._patterns if pattern.takes_back)

    @classmethod
    def of_directory(cls, directory: Path) -> IgnoreRules:
        """
        Raises:
            SlipwayProblem: CONTEXT where an ignore file cannot be read or holds what is no pattern.
        """
        patterns: list[Pattern] = []
        for name in FILES:
            path = directory / name
            if not path.is_file():
                continue
            try:
                with path.open("rb") as file:
                    content = file.read(_LARGEST + 1)
                if len(content) > _LARGEST:
                    raise ValueError(f"it has more than {_LARGEST:,} bytes")
                patterns += parse_patterns(content.decode("utf-8-sig", "surrogateescape"))
            except OSError as error:
                raise _wrong(name, f"it cannot be read ({error.strerror})") from None
            except ValueError as error:
                raise _wrong(name, str(error)) from None
        return cls(patterns)

    def leaves_out(self, path: str) -> bool:
        parts = path.split("/")
        above = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
        for pattern in reversed(self._patterns):
            if any(pattern.expression.fullmatch(candidate) for candidate in above):
                return not pattern.takes_back
        return False

    def leaves_out_all(self, directory: str) -> bool:
        """It is left out, and so is everything below."""
        parts = tuple(directory.split("/"))
        return self.leaves_out(directory) and not any(
            pattern.may_match_below(parts) for pattern in self._takes_back
        )


def parse_patterns(text: str) -> list[Pattern]:
    """Those of an ignore file. Raises ValueError."""
    found = []
    for number, line in enumerate(text.split("\n"), start=1):
        if line.startswith("#") or not line.strip():
            continue
        try:
            pattern = _pattern(line.strip())
        except (ValueError, re.error) as error:
            raise ValueError(f"line {number}, {line.strip()[:80]!r}, is no pattern: {error}") from None
        if pattern is not None:
            found.append(pattern)
    return found


def _pattern(text: str) -> Pattern | None:
    takes_back = text.startswith("!")
    if takes_back:
        text = text[1:].strip()
        if not text:
            raise ValueError("nothing follows the !")
    text = _clean(text)
    if takes_back and not text:
        raise ValueError("only a slash follows the !")
    if text in ("", "."):  # the directory itself: Docker does nothing either
        return None
    parts = text.split("/")
    literal = []
    for part in parts:
        if _WILD.intersection(part):
            break
        literal.append(part)
    expression = re.compile(_expression(text), re.DOTALL)
    return Pattern(expression, takes_back, tuple(literal), len(literal) == len(parts))


def _clean(text: str) -> str:
    """As Go's `filepath.Clean`, without the slash in front: the directory is the root."""
    cleaned = posixpath.normpath(text).lstrip("/")
    return "" if cleaned == ".." else cleaned


def _expression(text: str) -> str:
    """A regular expression that matches the whole of a path."""
    made, at = "", 0
    while at < len(text):
        letter = text[at]
        at += 1
        if letter == "*" and text[at : at + 1] == "*":
            at += 1
            if text[at : at + 1] == "/":
                at += 1
            # one after another says nothing more, and takes long to match
            if at == len(text):
                made += ".*"
            elif not made.endswith(_ANY_DIRECTORIES):
                made += _ANY_DIRECTORIES
        elif letter == "*":
            made += "[^/]*"
        elif letter == "?":
            made += "[^/]"
        elif letter == "[":
            part, at = _class(text, at)
            made += part
        elif letter == "\\":
            if at == len(text):
                raise ValueError("nothing follows the backslash")
            made += re.escape(text[at])
            at += 1
        else:
            made += re.escape(letter)
    return made


def _class(text: str, at: int) -> tuple[str, int]:
    """A class of characters and where it ends, by https://pkg.go.dev/path/filepath#Match."""
    made = "["
    if text[at : at + 1] == "^":
        made, at = "[^", at + 1
    is_empty = True
    while True:
        if text[at : at + 1] == "]" and not is_empty:
            return made + "]", at + 1
        first, at = _member(text, at)
        last = first
        if text[at : at + 1] == "-":
            last, at = _member(text, at + 1)
        if last < first:
            raise ValueError(f"nothing lies between {first} and {last}")
        made += f"{re.escape(first)}-{re.escape(last)}"
        is_empty = False


def _member(text: str, at: int) -> tuple[str, int]:
    if text[at : at + 1] == "\\":
        at += 1
    elif text[at : at + 1] in ("-", "]"):
        raise ValueError(f"a {text[at]} in brackets needs a backslash before it")
    if at >= len(text):
        raise ValueError("a bracket is not closed")
    return text[at], at + 1


def _wrong(name: str, words: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.CONTEXT, f"The file {name} beside the notebook does not tell what to leave out: {words}."
    )

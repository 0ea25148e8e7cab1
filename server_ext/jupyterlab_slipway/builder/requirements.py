"""The `requirements` literal: read, never evaluated (`server_ext/tests/data/requirements-cases.json`)."""

from __future__ import annotations

import ast
import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ..problems import Code, SlipwayProblem
from .cells import Assignment, Cell, last_assignment

Pin = tuple[str, str]
"""A package's name as its author wrote it, extras included, and a PEP 440 specifier."""

EXAMPLE = '`requirements = [["numpy", "1.26.4"]]`'

_WORD = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_NAME = re.compile(rf"({_WORD})(?:\[ *({_WORD}(?: *, *{_WORD})*) *\])?")
_LINE = re.compile(r"\s*([^\s=<>!~]+?(?:\s*\[[^\]]*\])?)\s*([=<>!~].*)?")
_LONGEST_LINE = 500
"""Longer text is no requirement."""
_UNKNOWN = "…"
"""Stands for a version in advice."""
_PREFIX = re.compile(r"[0-9]+(?:\.[0-9]+)*\.\*")


def read_requirements(cells: list[Cell]) -> list[Pin]:
    """The declared pins, in order. Raises SlipwayProblem with the cell and line."""
    found = last_assignment(cells, "requirements")
    if found is None:
        unreadable = next((cell for cell in cells if cell.parse() is None), None)
        hint = f" (Cell {unreadable.index} is not valid Python and was not read.)" if unreadable else ""
        raise SlipwayProblem(
            Code.REQUIREMENTS_MISSING,
            f"No cell declares `requirements`. Add one at the top level of a cell, such as {EXAMPLE}; "
            f"`requirements = []` if the notebook needs no package.{hint}",
            cell=unreadable.place() if unreadable else None,
        )
    try:
        if found.value is None:
            raise ValueError
        literal = ast.literal_eval(found.value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        raise _not_literal(found) from None
    return _validate(literal, found)


def name_of(pin: Pin) -> str:
    """The package's name, normalised as PEP 503 says, without extras."""
    return canonicalize_name(pin[0].partition("[")[0])


def pin_text(pin: Pin) -> str:
    """The pin as one requirement line."""
    return "".join(pin)


def _not_literal(found: Assignment) -> SlipwayProblem:
    return _problem(
        Code.REQUIREMENTS_NOT_LITERAL,
        f"`requirements` is read without running the notebook, so it has to be one literal list such as "
        f"{EXAMPLE}: no names, calls, `+`, f-strings or later changes.",
        found,
    )


def _problem(code: Code, message: str, found: Assignment) -> SlipwayProblem:
    return SlipwayProblem(code, message, cell=found.cell.place(found.line))


def _validate(literal: object, found: Assignment) -> list[Pin]:
    if not isinstance(literal, (list, tuple)):
        raise _problem(
            Code.REQUIREMENTS_SHAPE,
            f"`requirements` is not a list. Write it as {_list_advice(literal)}.",
            found,
        )
    pins: list[Pin] = []
    seen: dict[str, str] = {}
    for position, entry in enumerate(literal, start=1):
        if not isinstance(entry, (list, tuple)) or len(entry) != 2:
            raise _problem(
                Code.REQUIREMENTS_SHAPE,
                f"Entry {position} of `requirements`, {entry!r}, is not a [name, version] pair. "
                f"Write it as {_pair_advice(entry)}.",
                found,
            )
        pin = (_name(entry[0], position, found), _specifier(entry[0], entry[1], found))
        name = name_of(pin)
        if name in seen:
            raise _problem(
                Code.REQUIREMENT_REPEATED,
                f"`requirements` has the package {name} twice, as {seen[name]!r} and {pin[0]!r}. Keep one.",
                found,
            )
        seen[name] = pin[0]
        pins.append(pin)
    return pins


def _pair_advice(entry: object) -> str:
    """How an entry would be written, as code; an example where it is no line of a requirements file."""
    text = entry[0] if isinstance(entry, (list, tuple)) and len(entry) == 1 else entry
    line = _read_line(text) if isinstance(text, str) else None
    return f"`{_pair(line)}`" if line is not None else '`["numpy", "1.26.4"]`'


def _list_advice(literal: object) -> str:
    """Likewise, of all that stands in a text or a dict."""
    lines: list[Pin | None] = []
    if isinstance(literal, str):
        rows = literal.splitlines()
        lines = [line for row in rows for line in map(_read_line, [row] if _read_line(row) else row.split())]
    elif isinstance(literal, dict):
        lines = [
            (name, version)
            if isinstance(name, str) and _read_name(name) and _read_specifier(version)
            else None
            for name, version in literal.items()
        ]
    pairs = [_pair(line) for line in lines if line is not None]
    return f"`requirements = [{', '.join(pairs)}]`" if pairs and len(pairs) == len(lines) else EXAMPLE


def _pair(line: Pin) -> str:
    return f'["{line[0]}", "{line[1]}"]'


def _read_line(text: str) -> Pin | None:
    """Name and version of what reads like a line of a requirements file; None for addresses, options, …"""
    match = _LINE.fullmatch(text.strip()) if len(text) <= _LONGEST_LINE else None
    name = _read_name(re.sub(r"\s+\[", "[", match[1])) if match is not None else None
    if match is None or name is None:
        return None
    if match[2] is None:
        return name, _UNKNOWN
    specifier = _read_specifier(match[2].strip())
    if specifier is None:
        return None
    is_exact = re.fullmatch(r"==[^,*]+", specifier) is not None
    return name, specifier[2:] if is_exact else specifier


def _read_name(text: str) -> str | None:
    match = _NAME.fullmatch(text)
    if match is None:
        return None
    base, extras = match.groups()
    return f"{base}[{extras.replace(' ', '')}]" if extras else str(base)


def _name(name: object, position: int, found: Assignment) -> str:
    read = _read_name(name) if isinstance(name, str) else None
    if read is None:
        raise _problem(
            Code.REQUIREMENT_NAME,
            f"Entry {position} of `requirements` has {name!r} for a name. A package's name has letters, "
            "digits, `-`, `_` and `.` only, and may have extras, as in `uvicorn[standard]`; options, URLs "
            "and paths do not belong here.",
            found,
        )
    return read


def _read_specifier(version: object) -> str | None:
    if isinstance(version, str) and version.isascii() and version.isprintable():
        text = version.replace(" ", "") if not re.search(r"[\w.*] +[\w.*-]", version) else ""
        if _PREFIX.fullmatch(text):
            return f"=={text}"
        try:
            Version(text)
        except InvalidVersion:
            pass
        else:
            return f"=={text}"
        try:
            if text and "===" not in text and all(text.split(",")):
                SpecifierSet(text)
                return text
        except InvalidSpecifier:
            pass
    return None


def _specifier(name: object, version: object, found: Assignment) -> str:
    read = _read_specifier(version)
    if read is not None:
        return read
    advice = (
        f'Write the version in quotes: "{version}".'
        if isinstance(version, (int, float)) and not isinstance(version, bool)
        else 'Write a version such as "1.26.4", or a specifier such as ">=1.26,<3" or "1.26.*".'
    )
    raise _problem(
        Code.REQUIREMENT_VERSION, f"{name!r} in `requirements` has {version!r} for a version. {advice}", found
    )

"""What went wrong in a cell, as a sentence that says where it was and what to do."""

from __future__ import annotations

import re
import signal
from collections.abc import Sequence
from typing import Any

from packaging.utils import canonicalize_name

from ..problems import Code, SlipwayProblem
from .cells import Cell, global_names
from .disk import says_disk_full
from .import_names import package_of
from .install_line import pair
from .shims import Refusal

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_SYNTAX = ("SyntaxError", "IndentationError", "TabError")
_INPUT = ("StdinNotImplementedError",)
_MISSING_LIBRARY = re.compile(r"(\S+\.so[.\d]*): cannot open shared object file")
_MISSING_MODULE = re.compile(r"No module named '?([\w.]+)'?")
_TRACEBACK_LIMIT = 20_000


def cell_problem(
    failure: dict[str, Any],
    cell: Cell,
    *,
    line: int | None,
    later: Sequence[Cell],
    timeout: float,
    locked: dict[str, str],
    refusals: list[Refusal],
) -> SlipwayProblem:
    """`failure` is the executor's report (`kind`, and what that kind has); `later` are the cells below."""
    kind = failure["kind"]
    if kind == "timeout":
        return SlipwayProblem(
            Code.CELL_TIMEOUT,
            f"Cell {cell.index} ran longer than the {_duration(timeout)} that a cell may take. If it needs "
            "that long, allow more with --timeout SECONDS (or in the settings); if it never ends, look for "
            "its loop.",
            cell=cell.place(line),
        )
    if kind == "died":
        return _died(failure.get("code"), cell)
    if kind == "refused":
        return _refused(cell, refusals)
    return _raised(failure, cell, line, later, locked)


def _raised(
    failure: dict[str, Any], cell: Cell, line: int | None, later: Sequence[Cell], locked: dict[str, str]
) -> SlipwayProblem:
    name, value = str(failure["name"]), _ANSI.sub("", str(failure["value"]))
    traceback = _shortened(str(failure.get("traceback", "")))
    place = cell.place(line)
    where = f"Cell {cell.index}" + (f", line {line}," if line else "")
    code, message = Code.CELL_RAISED, f"{where} raised {name}: {value or '(no message)'}"
    message += ". Run the notebook from the top with a fresh kernel to see it there, and mend the cell."
    missing = _MISSING_MODULE.search(value) if name in ("ModuleNotFoundError", "ImportError") else None
    library = _MISSING_LIBRARY.search(value)
    if library is not None:
        message = (
            f"{where} raised {name}: {value}. The system library {library.group(1)} is missing, which no "
            "package of `requirements` brings: install it on this machine, or, for an image, name its "
            "package in SLIPWAY_SYSTEM_PACKAGES."
        )
    elif says_disk_full(value):
        code = Code.DISK_FULL
        message = (
            f"{where} found the disk full: {value}. Free some space there, or let the cell write less, and "
            "deploy again."
        )
    elif missing and canonicalize_name(package_of(missing.group(1))) not in locked:
        module = missing.group(1)
        code = Code.IMPORT_UNDECLARED
        message = (
            f"{where} imports {module}, which nothing in `requirements` brings. Add "
            f"{pair(package_of(module))} to `requirements`, or put {module.partition('.')[0]}.py beside the "
            "notebook if it is your own module."
        )
    elif name == "SystemExit":
        code = Code.CELL_EXIT
        message = (
            f"{where} ends the notebook (sys.exit, exit or quit). All cells have to run to the end: take "
            "the line out, or guard it so that it does not run."
        )
        traceback = ""
    elif name in _INPUT:
        code = Code.KEYBOARD_INPUT
        message = (
            f"{where} asks for keyboard input, and nobody is there to answer while a service is built. Put "
            "the value into the notebook, or let it through as an environment variable with --env NAME."
        )
        traceback = ""  # the line says it all; the rest is IPython's
    elif name == "NameError" and (unknown := _undefined(value, cell)):
        code, message = _missing_name(unknown, cell, where, later)
    elif name in _SYNTAX:
        code = Code.SYNTAX
        message = f"{where} is not valid Python: {value}. Correct the cell."
    return SlipwayProblem(code, message, cell=place, traceback=traceback or None)


def _undefined(value: str, cell: Cell) -> str | None:
    """The name that is missing in the cell's own text; None where it is in another module's."""
    match = re.match(r"name '(\w+)' is not defined", value)
    return match[1] if match and re.search(rf"\b{match[1]}\b", cell.source) else None


def _missing_name(name: str, cell: Cell, where: str, later: Sequence[Cell]) -> tuple[Code, str]:
    """By the code that the lint has for the reason (`src/contract/rules`), and the sentence."""
    below = next((other for other in later if name in global_names(other)), None)
    if name in global_names(cell):
        return Code.USED_ABOVE, (
            f"{where} uses `{name}` before this cell gives it a value. Move the definition up: cells run "
            "from top to bottom in a fresh kernel."
        )
    if below is not None:
        return Code.DEFINED_LATER, (
            f"{where} uses `{name}`, which only cell {below.index} defines. Move the definition up, or this "
            "cell down: cells run from top to bottom in a fresh kernel."
        )
    return Code.UNDEFINED, (
        f"{where} uses `{name}`, which has no value there. Define or import it in a cell above, or "
        "correct its spelling: cells run from top to bottom in a fresh kernel."
    )


def _died(exit_code: int | None, cell: Cell) -> SlipwayProblem:
    if exit_code is not None and exit_code < 0:
        try:
            name = signal.Signals(-exit_code).name
        except ValueError:
            name = str(-exit_code)
        how = f"was ended by the signal {name}"
    else:
        how = "ended" if exit_code is None else f"ended with exit code {exit_code}"
    advice = {
        -signal.SIGKILL: "The machine may have run out of memory: use less data, or a larger machine.",
        -signal.SIGSEGV: "A native library crashed: another version of it in `requirements` may help.",
    }.get(exit_code or 0, "Run the notebook from the top with a fresh kernel to see it there.")
    return SlipwayProblem(
        Code.KERNEL_DIED,
        f"The notebook's process {how} while cell {cell.index} was running. {advice}",
        cell=cell.place(),
    )


def _refused(cell: Cell, refusals: list[Refusal]) -> SlipwayProblem:
    missing = list(dict.fromkeys(text for refusal in refusals for text in refusal["missing"]))
    tool = refusals[0]["line"].partition(" ")[0] if refusals else "pip"
    line = next(
        (
            number
            for number, text in enumerate(cell.source.splitlines(), 1)
            if re.search(rf"\b{tool}\b", text)
        ),
        None,
    )
    return SlipwayProblem(
        Code.INSTALL_LINE,
        f"Cell {cell.index} installs {', '.join(missing)}, which `requirements` does not bring. Add "
        f"{', '.join(pair(text) for text in missing)} to `requirements` and drop the install line.",
        cell=cell.place(line),
    )


def _shortened(traceback: str) -> str:
    if len(traceback) <= _TRACEBACK_LIMIT:
        return traceback
    half = _TRACEBACK_LIMIT // 2
    return f"{traceback[:half]}\n[…]\n{traceback[-half:]}"


def _duration(seconds: float) -> str:
    if seconds >= 3600 and seconds % 3600 == 0:
        return "hour" if seconds == 3600 else f"{seconds / 3600:g} hours"
    return f"{seconds:g} seconds"

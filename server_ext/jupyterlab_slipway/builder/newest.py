"""The newest versions on the package index, for fixes that have to name one."""

from __future__ import annotations

import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING

from packaging.utils import canonicalize_name

from ..problems import Code, SlipwayProblem
from .install_line import UNKNOWN_VERSION
from .interpreters import Interpreter, list_interpreters
from .scratch import scratch_directory
from .uv import call_uv
from .uv_words import says_unreachable, unreachable

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from ..wire import Package

PATIENCE = 20.0
"""Seconds for a whole answer: somebody sits before the notebook and waits."""

_UNVERSIONED = re.compile(rf'\["([A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]"]*\])?", "{UNKNOWN_VERSION}"\]')
_PINNED = re.compile(r"^([A-Za-z0-9][A-Za-z0-9._-]*)==([^\s;\\]+)", re.MULTILINE)


def newest_versions(names: Sequence[str], python: str | None = None) -> dict[str, Package]:
    """The newest version of each package that has a wheel for a Python, by the names as given.

    Names that the index does not have, or has no wheel of, are missing. Nothing is built, so nothing of what
    is asked for runs.

    Args:
        names: validated names of packages, without extras.
        python: `3.11` for instance; where it is not at hand, and by default, the newest one is asked for.

    Raises:
        SlipwayProblem: no Python at hand, or the index does not answer.
    """
    interpreter = _interpreter(python)
    end = time.monotonic() + PATIENCE
    with scratch_directory() as scratch:
        found = _ask(names, interpreter, scratch, end)
        if found is None:
            # uv gives no answer at all where one name has none.
            with ThreadPoolExecutor(max_workers=4) as pool:
                answers = pool.map(lambda name: _ask([name], interpreter, scratch, end), names)
                found = {key: version for answer in answers for key, version in (answer or {}).items()}
    return {
        name: {"name": name, "version": found[canonicalize_name(name)]}
        for name in names
        if canonicalize_name(name) in found
    }


@contextmanager
def versions_named(python: str) -> Iterator[None]:
    """Writes versions into the advice of a SlipwayProblem that passes.

    They are those that are newest for `python`, 3.11 say. Where the index has none or does not answer, the
    advice says how to see them.
    """
    try:
        yield
    except SlipwayProblem as problem:
        message = _with_versions(problem.message, python)
        if message == problem.message:
            raise
        raise SlipwayProblem(
            problem.code, message, cell=problem.cell, traceback=problem.traceback
        ) from problem


def _with_versions(message: str, python: str) -> str:
    names = sorted(set(_UNVERSIONED.findall(message)))
    if not names:
        return message
    try:
        found = newest_versions(names, python)
    except SlipwayProblem:
        found = {}
    for name in found:
        wanted = re.compile(rf'(\["{re.escape(name)}(?:\[[^\]"]*\])?", "){UNKNOWN_VERSION}"')
        message = wanted.sub(lambda match, name=name: f'{match[1]}{found[name]["version"]}"', message)  # type: ignore[misc]
    commands = [f"`pip index versions {name}`" for name in names if name not in found]
    return f"{message} Versions are listed by {' and '.join(commands)}." if commands else message


def _ask(names: Iterable[str], interpreter: Interpreter, scratch: Path, end: float) -> dict[str, str] | None:
    """Versions by normalised name; None where one of the names has none."""
    try:
        done = call_uv(
            *("pip", "compile", "-", "--python", interpreter.path, "--no-deps", "--only-binary", ":all:"),
            *("--no-header", "--no-annotate", "--quiet"),
            cwd=scratch,
            stdin="".join(f"{name}\n" for name in names),
            timeout=max(0.1, end - time.monotonic()),
        )
    except TimeoutError:
        raise unreachable(f"no answer within {PATIENCE:g} seconds") from None
    if done.code == 0:
        return {canonicalize_name(name): version for name, version in _PINNED.findall(done.stdout)}
    if says_unreachable(done.stderr):
        raise unreachable(done.stderr)
    return None


def _interpreter(python: str | None) -> Interpreter:
    at_hand = list_interpreters()
    if not at_hand:
        raise SlipwayProblem(
            Code.NO_PYTHON,
            "No Python that runs was found on this machine. Install one, or name it in SLIPWAY_PYTHONS.",
        )
    return next((one for one in at_hand if one.short == python), at_hand[0])

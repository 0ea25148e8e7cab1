"""From pins to an interpreter and a lock: the newest Python at hand on which every pin resolves to wheels.

The notebook's own Python version is tried first. Where no Python has wheels for all pins, the same order is
tried once more with source builds. A resolution is kept for a day under all that it depends on (the pins, the
Pythons at hand, uv's version and settings), so that a re-deploy asks no index.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from ..problems import Code, SlipwayProblem
from .disk import disk_full, says_disk_full, told_as_disk_full
from .files import write_atomically
from .interpreters import Interpreter, candidate_paths, list_interpreters, span
from .progress import Progress
from .requirements import Pin, name_of, pin_text
from .scratch import scratch_directory
from .uv import call_uv, uv_environment, uv_program
from .uv_words import NO_VERSION, UNKNOWN, reason, says_unreachable, unreachable

KEPT_FOR = 24 * 3600.0
"""Seconds after which a resolution is made anew: ranges may then find newer releases."""

CAPTURE_PACKAGE = "cloudpickle"
"""The one package of ours in a model's environment; a notebook's own pin of it wins."""


@dataclass(frozen=True)
class Resolution:
    interpreter: Interpreter
    lock: str
    """uv's requirements text with hashes."""
    note: str
    """A sentence on why it is this Python."""


@dataclass(frozen=True)
class Attempt:
    interpreter: Interpreter
    lock: str | None
    words: str
    """What uv said."""


def resolve(pins: list[Pin], own_version: str | None, store: Path, progress: Progress) -> Resolution:
    """Chooses the interpreter and locks the packages.

    `own_version` is what the notebook's metadata names, `store` the directory of kept resolutions.
    Raises SlipwayProblem that names the pin and the Pythons tried.
    """
    kept = store / f"{_key(pins, own_version)}.json"
    known = _read(kept)
    if known is not None:
        return known
    with told_as_disk_full(store), scratch_directory() as scratch:
        resolution = _Search(pins, own_version, scratch, progress).run()
        store.mkdir(parents=True, exist_ok=True)
        content = asdict(resolution)
        content["interpreter"]["path"] = str(resolution.interpreter.path)
        write_atomically(kept, json.dumps(content, indent=1).encode())
    return resolution


def _key(pins: list[Pin], own_version: str | None) -> str:
    """Everything that a resolution depends on and that is known without asking an index."""
    pythons = []
    for path in candidate_paths():
        try:
            real = path.resolve(strict=True)
            facts = real.stat()
        except OSError:
            continue
        pythons.append([str(real), facts.st_mtime_ns, facts.st_size])
    env = uv_environment()
    settings = {
        name: value
        for name, value in env.items()
        if name.startswith("UV_") and name not in ("UV_NO_PROGRESS", "UV_CACHE_DIR")
    }
    uv = Path(uv_program()).stat()
    facts_of_run = [sorted(pins), own_version, pythons, sorted(settings.items()), uv.st_size, uv.st_mtime_ns]
    return hashlib.sha256(json.dumps(facts_of_run).encode()).hexdigest()[:32]


def _read(path: Path) -> Resolution | None:
    try:
        if not 0 <= time.time() - path.stat().st_mtime < KEPT_FOR:
            return None
        content = json.loads(path.read_bytes())
        facts = content["interpreter"]
        interpreter = Interpreter(**{**facts, "path": Path(facts["path"])})
        if not os.access(interpreter.path, os.X_OK):
            return None
        return Resolution(interpreter, content["lock"], content["note"])
    except (OSError, ValueError, KeyError, TypeError):
        return None


def compile_lock(
    lines: list[str],
    interpreter: Interpreter,
    scratch: Path,
    *,
    wheels_only: bool = True,
    constraints: str | None = None,
    progress: Progress | None = None,
) -> Attempt:
    """One resolution by uv. Raises SlipwayProblem where the index does not answer or the disk is full."""
    command: list[str | Path] = ["pip", "compile", "-", "--python", interpreter.path]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--quiet"]
    if wheels_only:
        command += ["--only-binary", ":all:"]
    if constraints is not None:
        bounds = scratch / "constraints.txt"
        bounds.write_text(constraints, encoding="utf-8")
        command += ["--constraints", bounds]
    done = call_uv(
        *command,
        cwd=scratch,
        stdin="".join(f"{line}\n" for line in lines),
        on_line=(lambda line: progress.output("resolve", line)) if progress else None,
    )
    if done.code == 0:
        return Attempt(interpreter, done.stdout, done.stderr)
    if says_disk_full(done.stderr):
        raise disk_full(scratch)
    if says_unreachable(done.stderr):
        raise unreachable(done.stderr)
    return Attempt(interpreter, None, done.stderr)


class _Search:
    """The tries of one resolution."""

    def __init__(self, pins: list[Pin], own_version: str | None, scratch: Path, progress: Progress) -> None:
        self.pins = pins
        self.scratch = scratch
        self.progress = progress
        self.lines = [pin_text(pin) for pin in pins]
        if not any(name_of(pin) == CAPTURE_PACKAGE for pin in pins):
            self.lines.append(CAPTURE_PACKAGE)
        self.newest_first = list(list_interpreters())
        if not self.newest_first:
            raise SlipwayProblem(
                Code.NO_PYTHON,
                "No Python that runs was found on this machine. Install one, or name it in SLIPWAY_PYTHONS.",
            )
        own = _minor_of(own_version)
        self.own = next((python for python in self.newest_first if python.minor == own), None)
        self.order = sorted(self.newest_first, key=lambda python: python != self.own)

    def run(self) -> Resolution:
        failed: list[Attempt] = []
        for python in self.order:
            attempt = compile_lock(self.lines, python, self.scratch)
            if attempt.lock is not None:
                return Resolution(python, attempt.lock, self._note(python, failed))
            failed.append(attempt)
            self.progress.output("resolve", f"Python {python.short}: {reason(attempt.words)}\n")
        self._raise_if_hopeless(failed)
        return self._from_source(failed)

    def _note(self, python: Interpreter, failed: list[Attempt]) -> str:
        if python == self.own:
            return f"Python {python.short}: the version that the notebook was written with."
        if not failed:
            return f"Python {python.short}: the newest of {span(self.newest_first)} at hand."
        newer = [attempt for attempt in failed if attempt.interpreter != self.own] or failed
        newest = (
            "the only one"
            if python == self.order[-1] and len(failed) == len(self.order) - 1
            else "the newest"
        )
        return (
            f"Python {python.short}: {newest} of {span(self.newest_first)} at hand for which every pin has "
            f"a wheel (on {newer[-1].interpreter.short}: {reason(newer[-1].words)})."
        )

    def _raise_if_hopeless(self, failed: list[Attempt]) -> None:
        """No source build helps against an unknown name, a missing version or a conflict."""
        by_name = {name_of(pin): pin for pin in self.pins}
        for attempt in failed:
            for match in UNKNOWN.finditer(attempt.words):
                raise self._unknown(match.group(1), by_name)
            for match in NO_VERSION.finditer(attempt.words):
                name = match.group(1)
                if name in by_name and not self._alone(by_name[name], self.newest_first[0]):
                    self._raise_if_no_version(by_name[name])
        for python in self.order:
            if all(self._alone(pin, python) for pin in self.pins):
                words = next(attempt.words for attempt in failed if attempt.interpreter == python)
                raise SlipwayProblem(
                    Code.PINS_CONFLICT,
                    f"The pins in `requirements` exclude each other: {reason(words)}. Change one of them. "
                    f"(Pythons tried: {span(self.newest_first)}.)",
                )

    def _unknown(self, name: str, by_name: dict[str, Pin]) -> SlipwayProblem:
        whose = "" if name in by_name else ", which one of them needs,"
        subject = (
            f'`requirements` names "{by_name[name][0]}"'
            if name in by_name
            else f'The package "{name}"{whose}'
        )
        return SlipwayProblem(
            Code.PACKAGE_UNKNOWN,
            f"{subject}, but the package index has no package of that name. Check the spelling; the name to "
            "install may differ from the name to import (`sklearn` is installed as `scikit-learn`)."
            if name in by_name
            else f"{subject} is not on the package index. Check the pins and the index settings.",
        )

    def _raise_if_no_version(self, pin: Pin) -> None:
        attempt = compile_lock([pin_text(pin)], self.newest_first[0], self.scratch, wheels_only=False)
        match = attempt.lock is None and NO_VERSION.search(attempt.words)
        if match and name_of(pin) == match.group(1):
            raise SlipwayProblem(
                Code.VERSION_UNKNOWN,
                f'The package index has no version of {pin[0]} that fits "{pin[1]}". Correct the version in '
                f"`requirements`. (Pythons tried: {span(self.newest_first)}.)",
            )

    def _alone(self, pin: Pin, python: Interpreter) -> bool:
        return compile_lock([pin_text(pin)], python, self.scratch).lock is not None

    def _from_source(self, failed: list[Attempt]) -> Resolution:
        self.progress.note(
            "resolve",
            f"No Python at hand ({span(self.newest_first)}) has wheels for every pin: "
            f"{reason(failed[-1].words)}. Trying once more with packages built from source; that can take "
            "minutes.",
            "warning",
        )
        for python in self.order:
            attempt = compile_lock(
                self.lines, python, self.scratch, wheels_only=False, progress=self.progress
            )
            if attempt.lock is not None and self._builds(attempt):
                note = (
                    f"Python {python.short}: no Python at hand has wheels for every pin; the packages "
                    "without one are built from source."
                )
                return Resolution(python, attempt.lock, note)
        raise self._no_python()

    def _builds(self, attempt: Attempt) -> bool:
        """Builds what has no wheel; uv keeps the results, so the installation does not build again."""
        assert attempt.lock is not None
        with tempfile.TemporaryDirectory(dir=self.scratch) as target:
            lock = Path(target) / "requirements.lock"
            lock.write_text(attempt.lock, encoding="utf-8")
            command: list[str | Path] = ["pip", "install", "--python", attempt.interpreter.path, "--no-deps"]
            command += ["--require-hashes", "--target", Path(target) / "packages", "--requirements", lock]
            done = call_uv(
                *command, cwd=self.scratch, on_line=lambda line: self.progress.output("resolve", line)
            )
        if says_disk_full(done.stderr):
            raise disk_full(self.scratch)
        return done.code == 0

    def _no_python(self) -> SlipwayProblem:
        facts = []
        for pin in self.pins:
            fits = [python for python in self.newest_first if self._alone(pin, python)]
            if len(fits) < len(self.newest_first):
                where = f"has wheels for Python {span(fits)} only" if fits else "has no wheel for any of them"
                facts.append(f"{pin_text(pin)} {where}")
        return SlipwayProblem(
            Code.NO_PYTHON,
            f"No Python at hand installs all of `requirements`: {'; '.join(facts) or 'see the log'}. "
            f"Pythons tried, with wheels and with source builds: {span(self.newest_first)}. Change the pin, "
            "or install a Python that it supports and name it in SLIPWAY_PYTHONS.",
        )


def _minor_of(version: str | None) -> tuple[int, int] | None:
    match = re.match(r"(\d+)\.(\d+)", version or "")
    return (int(match.group(1)), int(match.group(2))) if match else None

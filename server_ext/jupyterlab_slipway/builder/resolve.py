"""From pins to an interpreter and a lock: the newest Python at hand on which every pin resolves to wheels.

The notebook's own Python version is tried first. Where no Python has wheels for all pins, the same order is
tried once more with source builds, unless the user forbids them; what has a wheel is not built even then.
A resolution is kept for a day under all that it depends on (the pins, their indexes, the Pythons at hand,
uv's version and settings), so that a re-deploy asks no index.
"""

from __future__ import annotations

import hashlib
import json
import re
import tempfile
import time
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from packaging.utils import canonicalize_name

from ..problems import Code, SlipwayProblem
from .disk import disk_full_by, says_disk_full, told_as_disk_full
from .files import write_atomically
from .indexes import install_command, of_lines, without_project, write_project
from .interpreters import Interpreter, LocalPythons, Pythons, span
from .lock import locked_versions
from .progress import Progress
from .requirements import Pin, name_of, pin_text
from .resolve_words import misnomer_words, unknown_package, unknown_version, why_this_python
from .scratch import scratch_directory
from .uv import call_uv, uv_program, uv_settings
from .uv_words import (
    NO_VERSION,
    NO_WHEEL,
    UNKNOWN,
    damaged,
    reason,
    refused,
    says_unreachable,
    unreachable,
)

KEPT_FOR = 24 * 3600.0
"""Seconds after which a resolution is made anew: ranges may then find newer releases."""

CAPTURE_PACKAGE = "cloudpickle"
"""The one package of ours in a model's environment; a notebook's own pin of it wins."""
CAPTURE_BOUND = "<3.2"
"""Up to here it was tried: a release of cloudpickle may change what travels in a pickle."""


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


def resolve(
    pins: list[Pin],
    own_version: str | None,
    store: Path,
    progress: Progress,
    *,
    indexes: Mapping[str, str] | None = None,
    source_builds: bool = True,
    pythons: Pythons | None = None,
) -> Resolution:
    """Chooses the interpreter and locks the packages.

    Args:
        pins: what the notebook declares.
        own_version: the Python that its metadata name.
        store: the directory of kept resolutions.
        progress: gets what is tried.
        indexes: URLs of the indexes of single packages, by normalised names.
        source_builds: whether packages may be built where no Python at hand has wheels for all.
        pythons: where interpreters come from; by default from this machine.

    Raises:
        SlipwayProblem: it names the pin and the Pythons tried.
    """
    asked = _Asked(pins, own_version, indexes or {}, source_builds, pythons or LocalPythons())
    kept = store / f"{_key(asked)}.json"
    known = kept_resolution(kept, asked.pythons)
    if known is not None:
        return known
    with told_as_disk_full(store), scratch_directory() as scratch:
        resolution = _Search(asked, scratch, progress).run()
        store.mkdir(parents=True, exist_ok=True)
        content = asdict(resolution)
        content["interpreter"]["path"] = str(resolution.interpreter.path)
        write_atomically(kept, json.dumps(content, indent=1).encode())
    return resolution


@dataclass(frozen=True)
class _Asked:
    """What one resolution is asked for."""

    pins: list[Pin]
    own_version: str | None
    indexes: Mapping[str, str]
    source_builds: bool
    pythons: Pythons


def _key(asked: _Asked) -> str:
    """Everything that a resolution depends on and that is known without asking an index."""
    uv = Path(uv_program()).stat()
    facts_of_run = [
        *(sorted(asked.pins), asked.own_version, sorted(asked.indexes.items()), asked.source_builds),
        *(asked.pythons.fingerprint(), sorted(uv_settings().items()), uv.st_size, uv.st_mtime_ns),
    ]
    return hashlib.sha256(json.dumps(facts_of_run).encode()).hexdigest()[:32]


def kept_resolution(path: Path, pythons: Pythons) -> Resolution | None:
    """What a file among the kept resolutions says; None where it is too old, or none for `pythons`."""
    try:
        if not 0 <= time.time() - path.stat().st_mtime < KEPT_FOR:
            return None
        content = json.loads(path.read_bytes())
        interpreter = pythons.revived(content["interpreter"])
        if interpreter is None:
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
    from_source: Collection[str] = (),
    constraints: str | None = None,
    indexes: Mapping[str, str] | None = None,
    progress: Progress | None = None,
) -> Attempt:
    """One resolution by uv.

    Args:
        lines: requirements, one a package.
        interpreter: the Python to resolve for.
        scratch: a directory for what uv has to read.
        wheels_only: build nothing.
        from_source: names of packages that are built all the same.
        constraints: requirement lines of versions that are not to change.
        indexes: URLs of the indexes of single packages, by normalised names.
        progress: gets uv's messages.

    Raises:
        SlipwayProblem: the index does not answer or wants credentials, or the disk is full.
    """
    command: list[str | Path] = ["pip", "compile", "-", *interpreter.target]
    command += ["--generate-hashes", "--no-header", "--no-annotate", "--quiet", "--build-isolation"]
    if wheels_only:
        command += ["--only-binary", ":all:"]
        for name in from_source:
            command += ["--no-binary", name]
    with tempfile.TemporaryDirectory(dir=scratch) as directory:
        here = Path(directory)
        project = write_project(here, lines, indexes or {})
        if project is not None:
            command.append(project)
            indexed = of_lines(lines, indexes or {}).values()
            lines = [line for line in lines if line not in indexed]
        if constraints is not None:
            bounds = here / "constraints.txt"
            bounds.write_text(constraints, encoding="utf-8")
            command += ["--constraints", bounds]
        done = call_uv(
            *command,
            cwd=here,
            stdin="".join(f"{line}\n" for line in lines),
            on_line=(lambda line: progress.output("resolve", line)) if progress else None,
        )
    if done.code == 0:
        return Attempt(interpreter, done.stdout, done.stderr)
    if says_disk_full(done.stderr):
        raise disk_full_by(done.stderr, scratch)
    if says_unreachable(done.stderr):
        raise unreachable(done.stderr)
    known = refused(done.stderr) or damaged(done.stderr)
    if known is not None:
        raise known
    return Attempt(interpreter, None, without_project(done.stderr))


class _Search:
    """The tries of one resolution."""

    def __init__(self, asked: _Asked, scratch: Path, progress: Progress) -> None:
        self.pins = asked.pins
        self.indexes = asked.indexes
        self.source_builds = asked.source_builds
        self.scratch = scratch
        self.progress = progress
        self.lines = [pin_text(pin) for pin in self.pins]
        if not any(name_of(pin) == CAPTURE_PACKAGE for pin in self.pins):
            self.lines.append(f"{CAPTURE_PACKAGE}{CAPTURE_BOUND}")
        self.pythons = asked.pythons
        self.newest_first = list(self.pythons.newest_first())
        if not self.newest_first:
            raise SlipwayProblem(
                Code.NO_PYTHON, f"There is no Python {self.pythons.where}: {self.pythons.advice}."
            )
        own = _minor_of(asked.own_version)
        self.own = next((python for python in self.newest_first if python.minor == own), None)
        self.order = sorted(self.newest_first, key=lambda python: python != self.own)

    def run(self) -> Resolution:
        failed: list[Attempt] = []
        for python in self.order:
            attempt = self._compile(self.lines, python)
            if attempt.lock is not None:
                return Resolution(python, attempt.lock, self._note(python, failed))
            failed.append(attempt)
            self.progress.output("resolve", f"Python {python.short}: {reason(attempt.words)}\n")
        self._raise_if_hopeless(failed)
        if not self.source_builds:
            raise self._no_python()
        return self._from_source(failed)

    def _compile(
        self,
        lines: list[str],
        python: Interpreter,
        *,
        wheels_only: bool = True,
        from_source: Collection[str] = (),
        progress: Progress | None = None,
    ) -> Attempt:
        return compile_lock(
            lines,
            python,
            self.scratch,
            wheels_only=wheels_only,
            from_source=from_source,
            indexes=self.indexes,
            progress=progress,
        )

    def _note(self, python: Interpreter, failed: list[Attempt]) -> str:
        return why_this_python(
            python,
            self.own,
            self.newest_first,
            {attempt.interpreter: attempt.words for attempt in failed},
            {name_of(pin): pin for pin in self.pins},
            self._alone,
            self.pythons.where,
        )

    def _raise_if_hopeless(self, failed: list[Attempt]) -> None:
        """No source build helps against an unknown name, a missing version or a conflict."""
        by_name = {name_of(pin): pin for pin in self.pins}
        for attempt in failed:
            for match in UNKNOWN.finditer(attempt.words):
                raise unknown_package(match.group(1), by_name, self.indexes)
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

    def _raise_if_no_version(self, pin: Pin) -> None:
        # even to read the metadata of what has no wheel, code of it would run
        attempt = self._compile([pin_text(pin)], self.newest_first[0], wheels_only=not self.source_builds)
        match = attempt.lock is None and NO_VERSION.search(attempt.words)
        if match and name_of(pin) == match.group(1):
            raise unknown_version(pin, self.newest_first)

    def _alone(self, pin: Pin, python: Interpreter) -> bool:
        return self._compile([pin_text(pin)], python).lock is not None

    def _from_source(self, failed: list[Attempt]) -> Resolution:
        self.progress.note(
            "resolve",
            f"No Python {self.pythons.where} ({span(self.newest_first)}) has wheels for every pin: "
            f"{reason(failed[-1].words)}. Trying once more with packages built from source; that can take "
            "minutes.",
            "warning",
        )
        for python in self.order:
            words = next(attempt.words for attempt in failed if attempt.interpreter == python)
            attempt, built = self._with_sources(python, words)
            if attempt.lock is None:
                continue
            versions = locked_versions(attempt.lock)
            names = " and ".join(f"{name} {versions[name]}" for name in sorted(built & versions.keys()))
            why = f"Python {python.short} has no wheel of {names or 'some packages'}"
            self.progress.note("resolve", f"{why}: building from source, in isolation.")
            if not python.is_here or self._builds(attempt):
                note = (
                    f"Python {python.short}: no Python {self.pythons.where} has wheels for every pin, so "
                    f"{names or 'what has none'} {'are' if len(built) > 1 else 'is'} built from source."
                )
                return Resolution(python, attempt.lock, note)
            self.progress.note("resolve", f"On Python {python.short} it does not build.", "warning")
        raise self._no_python()

    def _with_sources(self, python: Interpreter, words: str) -> tuple[Attempt, set[str]]:
        """A lock in which as little as possible has to be built, and the names of that.

        `words` is what uv said when nothing was to be built.
        """
        built: set[str] = set()
        while missing := {canonicalize_name(name) for name in NO_WHEEL.findall(words)} - built:
            built |= missing
            attempt = self._compile(self.lines, python, from_source=sorted(built), progress=self.progress)
            if attempt.lock is not None:
                return attempt, built
            words = attempt.words
        return self._compile(self.lines, python, wheels_only=False, progress=self.progress), built

    def _builds(self, attempt: Attempt) -> bool:
        """Builds what has no wheel; uv keeps the results, so the installation does not build again."""
        assert attempt.lock is not None
        with tempfile.TemporaryDirectory(dir=self.scratch) as target:
            here = Path(target)
            done = call_uv(
                *install_command(attempt.lock, here, self.indexes),
                *("--python", attempt.interpreter.path, "--target", here / "packages"),
                cwd=here,
                on_line=lambda line: self.progress.output("resolve", line),
            )
        if says_disk_full(done.stderr):
            raise disk_full_by(done.stderr, self.scratch)
        if says_unreachable(done.stderr):
            raise unreachable(done.stderr)
        return done.code == 0

    def _no_python(self) -> SlipwayProblem:
        facts = []
        for pin in self.pins:
            fits = [python for python in self.newest_first if self._alone(pin, python)]
            if len(fits) < len(self.newest_first):
                where = f"has wheels for Python {span(fits)} only" if fits else "has no wheel for any of them"
                facts.append(f"{pin_text(pin)} {where}")
        if self.source_builds:
            tried = f"Pythons tried, with wheels and with source builds: {span(self.newest_first)}."
            advice = "Change the pin"
        else:
            tried = f"Pythons tried: {span(self.newest_first)}."
            advice = (
                "Packages may not be built from source (`--no-source-builds`, or the Jupyter server's "
                "setting SlipwayExtension.source_builds): allow it, change the pin"
            )
        return SlipwayProblem(
            Code.NO_PYTHON,
            f"No Python {self.pythons.where} installs all of `requirements`: "
            f"{'; '.join(facts) or 'see the log'}. {tried} {advice}, or {self.pythons.advice}."
            f"{''.join(f' {words}' for words in map(misnomer_words, self.pins) if words)}",
        )


def _minor_of(version: str | None) -> tuple[int, int] | None:
    match = re.match(r"(\d+)\.(\d+)", version or "")
    return (int(match.group(1)), int(match.group(2))) if match else None

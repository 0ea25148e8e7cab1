"""From a saved notebook to a verified bundle."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import uuid4

from slipway_runtime.bundle import Manifest

from ..problems import Code, SlipwayProblem
from ..sizes import size_words
from .batching import after_check, before_check, sentence
from .beside import shadow_problems, take_from_beside
from .bundle_writer import relock, settle_batching, write_bundle
from .capture import Captured, capture
from .cells import Cell
from .disk import told_as_disk_full
from .environments import EnvironmentStore
from .execute import Session, end_session, open_session
from .files import remove_tree
from .holdings import report_holdings
from .interpreters import Pythons
from .key_order import check_key_order
from .newest import versions_named
from .notebook import Notebook, read_notebook
from .notebook_settings import check_declared
from .options import BuildOptions
from .overlay import provide_overlay
from .progress import Progress, phase
from .provenance import sentence as sentence_of
from .requirements import Pin, read_requirements
from .resolve import Resolution, resolve
from .samples import Scored, given_sample, score_samples
from .scratch import scratch_directory
from .slim import Candidate, check_keep, find_candidates, reason_to_skip, tell, words
from .validation import ask_validator
from .verify import Replays
from .written_files import snapshot, written_note

_FROM_ELSEWHERE = re.compile(r"import\s*\*|%(run|load)|\b(exec|eval|globals|vars|locals|setattr|run_path)\b")
"""By which a cell may define a name that does not stand in it."""


@dataclass(frozen=True)
class Prepared:
    """What `check` and `resolve` have found; all else follows from it."""

    options: BuildOptions
    """With what the notebook's metadata choose."""
    notebook: Notebook
    pins: list[Pin]
    resolution: Resolution


def build_bundle(
    options: BuildOptions, destination: Path, store: EnvironmentStore, progress: Progress
) -> Manifest:
    """check, resolve, install, execute, capture, slim, verify; writes the bundle directory `destination`.

    Raises SlipwayProblem. On any exception nothing is left at `destination`, and no process survives.
    """

    def fill(staging: Path, scratch: Path) -> Manifest:
        # the session's process imports its libraries while packages are still resolved
        with open_session(options, scratch, progress) as session:
            prepared = prepare(options, destination, store, progress)
            with versions_named(prepared.resolution.interpreter.short):
                return _build(session, prepared, staging, scratch, store, progress)

    return _made(destination, fill)


def build_prepared(
    prepared: Prepared, destination: Path, store: EnvironmentStore, progress: Progress
) -> Manifest:
    """The rest of `build_bundle`, from `install` on, perhaps on another machine; the same holds."""

    def fill(staging: Path, scratch: Path) -> Manifest:
        python = prepared.resolution.interpreter.short
        with versions_named(python), open_session(prepared.options, scratch, progress) as session:
            return _build(session, prepared, staging, scratch, store, progress)

    return _made(destination, fill)


def prepare(
    options: BuildOptions,
    destination: Path,
    store: EnvironmentStore,
    progress: Progress,
    pythons: Pythons | None = None,
) -> Prepared:
    """check, resolve. `pythons` are those of this machine, unless others are given.

    Raises SlipwayProblem.
    """
    with phase(progress, "check") as outcome:
        _check_destination(destination)
        notebook, pins = _check(options)
        for problem in shadow_problems(notebook.running, options.directory):
            progress.problem(problem)
        for name in options.pass_environment:
            if name not in os.environ:
                progress.note(
                    "check", f"The variable {name}, which cells may read, is not set here.", "warning"
                )
        options = replace(options, keep=(*options.keep, *notebook.settings.keep))
        if options.source is not None:
            level, said = sentence_of(options.source, options.changed)
            progress.note("check", said, level)
        cells, packages = _counted(len(notebook.running), "cell"), _counted(len(pins), "requirement")
        outcome.detail = f"{cells} to run, {packages}"
    with phase(progress, "resolve") as outcome:
        resolution = resolve(
            pins,
            notebook.python_version,
            store.resolutions,
            progress,
            indexes=notebook.settings.indexes,
            source_builds=options.source_builds,
            pythons=pythons,
        )
        check_keep(options.keep, resolution.lock)
        outcome.detail = f"Python {resolution.interpreter.short}"
        progress.note("resolve", resolution.note)
    return Prepared(options, notebook, pins, resolution)


def _made(destination: Path, fill: Callable[[Path, Path], Manifest]) -> Manifest:
    """What `fill`, called with a directory to make and one for scratch files, puts at `destination`."""
    destination = destination.resolve()  # a link to an empty directory, or to none yet, stays one
    staging = destination.with_name(f".{destination.name}.{uuid4().hex[:8]}")
    with told_as_disk_full(destination), scratch_directory() as name:
        scratch = name.resolve()
        try:
            manifest = fill(staging, scratch)
            if destination.is_dir():
                destination.rmdir()
            staging.rename(destination)
        finally:
            remove_tree(staging)
    return manifest


def _build(
    session: Session,
    prepared: Prepared,
    staging: Path,
    scratch: Path,
    store: EnvironmentStore,
    progress: Progress,
) -> Manifest:
    options, notebook, resolution = prepared.options, prepared.notebook, prepared.resolution
    with phase(progress, "install"):
        environments = _Environments(store, resolution, notebook.settings.indexes, progress)
        python = environments.provide(resolution.lock)
        overlay = provide_overlay(
            store, resolution.lock, resolution.interpreter, progress, notebook.settings.indexes
        )
    with phase(progress, "execute"):
        before = snapshot(options.directory, store.root)
        session.run_cells(notebook.running, python, overlay, resolution.lock)
        written = written_note(before, snapshot(options.directory, store.root))
        if written is not None:
            progress.note("execute", written)
    with phase(progress, "capture") as outcome:
        captured = capture(session, progress)
        report_holdings(session, captured.size, progress)
        scored = score_samples(session, options, progress)
        captured = take_from_beside(session, captured, options, progress)
        check_key_order(session, scored, progress)
        if captured.functions["validator"]:  # last: the kernel may be of no more use afterwards
            scored.validations = ask_validator(session, scored.samples, progress)
        captured = replace(captured, batching=before_check(captured.batching, scored))
        outcome.detail = _captured_words(captured, scored)
    end_session(session)
    manifest = _write(staging, prepared, captured, scored, progress)
    replays = Replays(staging, captured, scored.samples, scored.validations, options, scratch, progress)
    candidates = _slim(replays, environments, prepared.pins, scored)
    with phase(progress, "verify") as outcome:
        manifest = _verify(replays, environments, candidates, manifest)
        outcome.detail = _verified_words(scored, compare=not options.accept_nondeterministic)
    return manifest


@dataclass(frozen=True)
class _Environments:
    """Model environments of one build: all with the same interpreter."""

    store: EnvironmentStore
    resolution: Resolution
    indexes: Mapping[str, str]
    """Of single packages, by normalised names."""
    progress: Progress

    def provide(self, lock: str, like: Path | None = None) -> Path:
        return self.store.ensure(
            lock, self.resolution.interpreter, self.progress, indexes=self.indexes, like=like
        )


def _slim(replays: Replays, environments: _Environments, pins: list[Pin], scored: Scored) -> list[Candidate]:
    """What the service may be given, the least first."""
    lock, progress = environments.resolution.lock, replays.progress
    skipped = reason_to_skip(replays.options, scored, lock)
    if skipped is not None:
        progress.phase("slim", "skipped", skipped)
        return [Candidate(lock, None)]
    with phase(progress, "slim") as outcome:
        python = environments.provide(lock)
        candidates = find_candidates(replays, python, pins=pins, keep=replays.options.keep, lock=lock)
        environments.provide(candidates[0].lock, like=python)
        tell(candidates[0].packages, progress)
        outcome.detail = words(candidates[0].packages)
    return candidates


def _verify(
    replays: Replays, environments: _Environments, candidates: list[Candidate], manifest: Manifest
) -> Manifest:
    """Settles for the first candidate with which the bundle answers as the notebook did."""
    remaining = list(candidates)
    while True:
        candidate = remaining.pop(0)
        python = environments.provide(candidate.lock)
        manifest = relock(
            replays.bundle, manifest, lock=candidate.lock, python=python, packages=candidate.packages
        )
        try:
            checked = replays.verify(python)
        except SlipwayProblem as problem:
            if not remaining or problem.code is Code.DISK_FULL:
                raise
            remaining[0] = remaining[0].after(candidate, problem)
            tell(remaining[0].packages, replays.progress)
        else:
            batching = after_check(replays.captured.batching, checked)
            replays.progress.note("verify", sentence(batching, checked))
            return settle_batching(replays.bundle, manifest, batching)


def _check_destination(destination: Path) -> None:
    if destination.exists() and (not destination.is_dir() or any(destination.iterdir())):
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"{destination} is already there and not empty. Name another directory, or remove it.",
        )


def _check(options: BuildOptions) -> tuple[Notebook, list[Pin]]:
    notebook = read_notebook(options.notebook)
    pins = read_requirements(notebook.running)
    check_declared(notebook.settings, pins)
    _check_predictor(notebook.running)
    given_sample(options)  # a typing error should not cost a training run
    if not options.directory.is_dir():
        raise SlipwayProblem(
            Code.NOTEBOOK_MISSING, f"The notebook's directory {options.directory} is no longer there."
        )
    return notebook, pins


def _check_predictor(cells: list[Cell]) -> None:
    """What is certain without a run should not cost one. Raises SlipwayProblem."""
    sources = [cell.source for cell in cells]
    if not any("predictor" in source or _FROM_ELSEWHERE.search(source) for source in sources):
        raise SlipwayProblem(
            Code.PREDICTOR_MISSING,
            "No cell defines `predictor`. Define `def predictor(x): …` in a cell; it gets one sample and "
            "returns its prediction.",
        )


def _write(
    staging: Path, prepared: Prepared, captured: Captured, scored: Scored, progress: Progress
) -> Manifest:
    return write_bundle(
        staging,
        options=prepared.options,
        notebook=prepared.notebook,
        pins=prepared.pins,
        lock=prepared.resolution.lock,
        captured=captured,
        scored=scored,
        progress=progress,
    )


def _counted(count: int, what: str) -> str:
    return f"{count or 'no'} {what}{'' if count == 1 else 's'}"


def _captured_words(captured: Captured, scored: Scored) -> str:
    names = [name for name, present in captured.functions.items() if present]
    samples = _counted(len(scored.samples), "sample")
    return f"{', '.join(names)}, {size_words(captured.size)}; {samples}"


def _verified_words(scored: Scored, *, compare: bool) -> str:
    changed = _counted(len(scored.validations), "changed sample")
    judged = f"; its validator decides alike on {changed}"
    more = judged if scored.validations else ""
    if not scored.samples:
        return f"it loads; the comparison was skipped: no sample{more}"
    if not compare:
        return f"it loads and answers; the comparison was skipped: answers may differ from call to call{more}"
    return f"it loads and gives the notebook's answer to {_counted(len(scored.samples), 'sample')}{more}"

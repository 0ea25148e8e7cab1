"""Sample inputs: found in the notebook or given, scored in its kernel, recorded with the answers.

The notebook's `examples` come first, else literal calls of `predictor` at the top level of a cell. A sample
that the user gives with the build is scored in any case: alone where the notebook has none, else beside them.

What the validator refuses is not recorded, as the service gives no prediction for it; a note says which.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from slipway_runtime import worker
from slipway_runtime.bundle import Sample, SampleSource, Validation

from ..problems import Code, SlipwayProblem
from ..wire import Problem
from .comparison import difference
from .execute import KernelGone, Session, TookTooLong
from .import_failures import import_problem
from .options import BuildOptions
from .progress import Progress
from .sample_sources import Candidate, find_calls, find_examples, unread_examples, unusable_example
from .shown import last_line, short

DEEPEST = 200
"""Levels of lists and objects in a sample or its answer: every JSON reader in question can follow so far."""


@dataclass
class Scored:
    source: SampleSource | None = None
    samples: list[Sample] = field(default_factory=list)
    deterministic: bool | None = None
    """Whether answers may be compared with these; None where there is no sample to tell."""
    validations: list[Validation] = field(default_factory=list)
    """What the notebook's validator says to changed samples."""


def given_sample(options: BuildOptions) -> str | None:
    """The JSON text that the user typed. Raises SlipwayProblem where it is no JSON, or nested too deeply."""
    if options.sample is None or not options.sample.strip():
        return None
    shown = short(options.sample)
    try:
        value = worker.decode_sample(options.sample.encode("utf-8"))
    except ValueError as error:
        raise SlipwayProblem(
            Code.SAMPLE_NOT_JSON,
            f"The given sample is not JSON ({error}): {shown}. Write it as the body of a request would be, "
            'such as [0.5, 0.5] or {"age": 42}.',
        ) from None
    if depth_of(value) > DEEPEST:
        raise SlipwayProblem(
            Code.SAMPLE_FAILED,
            f"The given sample {shown} is nested deeper than {DEEPEST} levels, too deep to be recorded. Give "
            "one that is not.",
        )
    return options.sample.strip()


def score_samples(session: Session, options: BuildOptions, progress: Progress) -> Scored:
    """Scores the samples twice in the notebook's kernel, after the capture.

    Raises SlipwayProblem: the given sample is refused or raises, an answer has no JSON form, the model
    differs from itself, or it cannot import what it needs.
    """
    given = given_sample(options)
    scoring = _Scoring(session, options, progress)
    scored = Scored()
    examples = find_examples(session.cells)
    unusable = unusable_example(session.cells)
    if unusable is not None:
        progress.problem(unusable)
    ignored: list[str] = []
    if examples:
        scored = scoring.recorded(examples, "examples")
        ignored = [] if scored.samples else scoring.refused
    if not scored.samples:
        scored = scoring.recorded(find_calls(session.cells), "calls")
    unread = unread_examples(session.cells)
    if unread is not None:  # of no interest to who has a sample and uses the name for something else
        is_tried = bool(scored.samples) or given is not None
        progress.note("capture", unread, "info" if is_tried else "warning")
    if ignored:
        is_tried = bool(scored.samples) or given is not None
        progress.problem(_examples_ignored(examples, ignored, is_tried=is_tried))
    if given is not None:
        sample = scoring.required(Candidate(given, "the given sample", None))
        known = any(difference(sample["input"], other["input"]) is None for other in scored.samples)
        scored.source = scored.source or "given"
        scored.samples += [] if known else [sample]
    if scored.samples:
        scored.deterministic = not options.accept_nondeterministic
    if scored.deterministic is False:
        progress.problem(_accepted(scoring.differing))
    return scored


def _examples_ignored(examples: list[Candidate], refusals: list[str], *, is_tried: bool) -> Problem:
    """`is_tried`: is there another sample?"""
    which = "the one entry" if len(examples) == 1 else f"every one of the {len(examples)} entries"
    if is_tried:
        begin = f"`examples` is ignored, because {which} of it got no prediction"
        end = "If it is meant as samples for the service, each entry has to be what `predictor` takes."
    else:
        begin = f"Nothing was tried, because {which} of `examples` got no prediction"
        end = (
            "The service may answer no request at all. Correct `validator` or `predictor`, or make each "
            "entry what they take."
        )
    problem: Problem = {
        "code": Code.EXAMPLES_IGNORED.value,
        "severity": "warning",
        "message": f"{begin}: {refusals[0]}. {end}",
    }
    if examples[0].place is not None:
        problem["cell"] = examples[0].place
    return problem


def _accepted(differing: list[str]) -> Problem:
    """That answers are not compared, and why: it stays with the release as long as that is there."""
    if differing:
        others = len(differing) - 1
        more = f" So it was with {others} more of its samples." if others else ""
        message = (
            f"{differing[0]}{more} This was accepted: answers of the service are not compared with the "
            "notebook's."
        )
    else:
        message = (
            "Answers of the service are not compared with the notebook's, because a model that differs from "
            "itself was accepted. It answered each sample twice in the same way, though: deploy without "
            "accepting that to have them compared."
        )
    return {"code": Code.NONDETERMINISTIC.value, "severity": "warning", "message": message}


class _Scoring:
    def __init__(self, session: Session, options: BuildOptions, progress: Progress) -> None:
        self.session = session
        self.options = options
        self.progress = progress
        self.refused: list[str] = []
        """What got no prediction, and why."""
        self.differing: list[str] = []
        """Sentences about samples with two answers."""

    def recorded(self, candidates: list[Candidate], source: SampleSource) -> Scored:
        """Those that got a prediction; a note says what became of the others."""
        samples: list[Sample] = []
        self.refused = []
        for candidate, (status, text) in zip(candidates, self._outcomes(candidates), strict=True):
            what = f"{candidate.label} ({short(candidate.text)})"
            if status == worker.OK:
                samples.append(_sample(candidate, text))
            elif status == worker.REJECTED:
                self._check_import(candidate, text, "validator")
                raised = "validator raised " if "Traceback" in text else ""
                self.refused.append(f"{what}: {raised}{last_line(text)}")
            else:
                self._check_import(candidate, text, "predictor")
                self.refused.append(f"{what}: predictor raised {last_line(text)}")
        if samples and self.refused:
            self.progress.note(
                "capture",
                "Not recorded as samples, because the service answers no prediction for them: "
                f"{'; '.join(self.refused)}.",
                "warning",
            )
        return Scored(source if samples else None, samples)

    def required(self, candidate: Candidate) -> Sample:
        status, text = self._outcomes([candidate])[0]
        if status == worker.OK:
            return _sample(candidate, text)
        shown = short(candidate.text)
        if status == worker.REJECTED:
            self._check_import(candidate, text, "validator")
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"The notebook's validator refuses the given sample {shown} ({last_line(text)}). Give one "
                "that it accepts, or correct the validator.",
                traceback=text if "Traceback" in text else None,
            )
        self._check_import(candidate, text, "predictor")
        raise SlipwayProblem(
            Code.SAMPLE_FAILED,
            f"`predictor` raised {last_line(text)} on the given sample {shown}. Give a sample as requests "
            "will have it, or correct the predictor.",
            traceback=text,
        )

    def _check_import(self, candidate: Candidate, text: str, function: str) -> None:
        """A package that is missing is no refusal: the service would fail on every request."""
        problem = import_problem(text, self.session.cells, self.session.lock, function)
        if problem is not None:
            raise SlipwayProblem(
                problem.code,
                f"On {candidate.label} ({short(candidate.text)}) {problem.message}",
                cell=problem.cell or candidate.place,
                traceback=text,
            )

    def _outcomes(self, candidates: list[Candidate]) -> list[tuple[int, str]]:
        if not candidates:
            return []
        texts = [candidate.text for candidate in candidates]
        shown = short(", ".join(texts))
        try:
            answer = self.session.call({"do": "score", "samples": texts}, "capture")
        except KernelGone:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"The notebook's process ended while `predictor` scored its samples ({shown}). A native "
                "library may have crashed.",
            ) from None
        except TookTooLong:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"`predictor` did not score its samples ({shown}) within {self.options.cell_timeout:g} "
                "seconds, the time that a cell may take. Look for what it waits for, or allow more with "
                "--timeout SECONDS (or in the settings).",
            ) from None
        if "fault" in answer:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"`predictor` ended with {last_line(answer['fault'])} on one of its samples ({shown}).",
            )
        for candidate, first, second in zip(candidates, answer["first"], answer["second"], strict=True):
            self._check(candidate, first, second)
        return [(status, text) for status, text in answer["first"]]

    def _check(self, candidate: Candidate, first: tuple[int, str], second: tuple[int, str]) -> None:
        shown = short(candidate.text)
        for status, text in (first, second):
            if status == worker.UNENCODABLE:
                raise SlipwayProblem(
                    Code.SAMPLE_FAILED,
                    f"The answer of `predictor` to {candidate.label} ({shown}) cannot be sent as JSON: "
                    f"{text}.",
                    cell=candidate.place,
                )
        if first[0] == second[0] and first[0] != worker.OK:
            return
        if first[0] == second[0]:
            found = difference(_read(candidate, first[1]), _read(candidate, second[1]))
            if found is None:
                return
        message = (
            f"The model differs from itself: asked twice for {candidate.label} ({shown}), `predictor` "
            f"answered {_outcome(first)} and then {_outcome(second)}."
        )
        self.differing.append(message)
        if not self.options.accept_nondeterministic:
            raise SlipwayProblem(
                Code.NONDETERMINISTIC,
                f"{message} Seed what is random, or accept it: with --accept-nondeterministic, or with the "
                "button in the panel.",
                cell=candidate.place,
            )


def _outcome(outcome: tuple[int, str]) -> str:
    status, text = outcome
    return short(text) if status == worker.OK else f"with {last_line(text)}"


def _sample(candidate: Candidate, answer: str) -> Sample:
    return {"input": json.loads(candidate.text), "output": _read(candidate, answer)}


def _read(candidate: Candidate, answer: str) -> Any:
    """An answer's value. Raises SlipwayProblem where it is too large to be kept as a sample."""
    reason = f"it is nested deeper than {DEEPEST} levels"
    try:
        value = json.loads(answer)
        if depth_of(value) <= DEEPEST:
            return value
    except RecursionError:
        pass
    except ValueError as error:  # a whole number of thousands of digits, which newer Pythons do not read
        reason = str(error)
    raise SlipwayProblem(
        Code.SAMPLE_FAILED,
        f"The answer of `predictor` to {candidate.label} ({short(candidate.text)}) cannot be recorded: "
        f"{reason}. Return less, or give another sample.",
        cell=candidate.place,
    )


def depth_of(value: Any) -> int:
    """How deep lists and objects are nested: 0 for a number."""
    depth, level = 0, [value]
    while inner := [part for part in level if isinstance(part, (list, dict))]:
        depth += 1
        level = [below for part in inner for below in (part.values() if isinstance(part, dict) else part)]
    return depth

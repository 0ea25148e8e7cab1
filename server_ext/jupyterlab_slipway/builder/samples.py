"""Sample inputs: found in the notebook or given, scored in its kernel, recorded with the answers.

The notebook's `examples` come first, else literal calls of `predictor` at the top level of a cell. A sample
that the user gives with the build is scored in any case: alone where the notebook has none, else beside them.

What the validator refuses is not recorded, as the service gives no prediction for it; a note says which.
"""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from dataclasses import dataclass, field

from slipway_runtime import worker
from slipway_runtime.bundle import Sample, SampleSource

from ..problems import Code, SlipwayProblem
from ..wire import CellPlace, Problem
from .cells import Cell, last_assignment, top_level
from .comparison import difference
from .execute import KernelGone, Session, TookTooLong
from .options import BuildOptions
from .progress import Progress
from .shown import last_line, short

MOST_CALLS = 20


@dataclass(frozen=True)
class Candidate:
    text: str
    """JSON."""
    label: str
    """What it is, for a sentence: "example 2"."""
    place: CellPlace | None


@dataclass
class Scored:
    source: SampleSource | None = None
    samples: list[Sample] = field(default_factory=list)


def given_sample(options: BuildOptions) -> str | None:
    """The JSON text that the user typed. Raises SlipwayProblem where it is no JSON."""
    if options.sample is None or not options.sample.strip():
        return None
    try:
        worker.decode_sample(options.sample.encode("utf-8"))
    except ValueError as error:
        raise SlipwayProblem(
            Code.SAMPLE_NOT_JSON,
            f"The given sample is not JSON ({error}): {short(options.sample)}. Write it as the body of a "
            "request "
            'would be, such as [0.5, 0.5] or {"age": 42}.',
        ) from None
    return options.sample.strip()


def find_examples(cells: list[Cell]) -> list[Candidate]:
    """`examples`, where it is a literal list of JSON values; anything else of that name is not ours."""
    found = last_assignment(cells, "examples")
    try:
        values = ast.literal_eval(found.value) if found is not None and found.value is not None else None
        if found is None or not isinstance(values, (list, tuple)):
            return []
        place = found.cell.place(found.line)
        return [Candidate(_json(value), f"example {number}", place) for number, value in enumerate(values, 1)]
    except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
        return []


def find_calls(cells: list[Cell]) -> list[Candidate]:
    """Samples of the calls `predictor(LITERAL)` that cells make at top level, each once."""
    found: dict[str, Candidate] = {}
    for cell, statement in top_level(cells):
        for call in _calls(statement):
            try:
                text = _json(ast.literal_eval(call.args[0]))
            except (ValueError, TypeError, SyntaxError, RecursionError, MemoryError):
                continue
            place = cell.place(call.lineno)
            found.setdefault(text, Candidate(text, f"the call in cell {cell.index}", place))
    return list(found.values())[:MOST_CALLS]


def _calls(statement: ast.stmt) -> Iterator[ast.Call]:
    nodes: list[ast.AST] = [statement]
    while nodes:
        node = nodes.pop(0)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda, ast.Try)):
            continue  # does not run, or is expected to fail
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id == "predictor"
            and len(node.args) == 1
            and not node.keywords
        ):
            yield node
        nodes.extend(ast.iter_child_nodes(node))


def _json(value: object) -> str:
    return json.dumps(value, allow_nan=False, ensure_ascii=False)


def score_samples(session: Session, options: BuildOptions, progress: Progress) -> Scored:
    """Scores the samples twice in the notebook's kernel, after the capture.

    Raises SlipwayProblem: the given sample is refused or raises, an answer has no JSON form, the model
    differs from itself.
    """
    given = given_sample(options)
    scoring = _Scoring(session, options, progress)
    scored = Scored()
    examples = find_examples(session.cells)
    if examples:
        scored = scoring.recorded(examples, "examples")
        if not scored.samples:
            progress.problem(_examples_ignored(examples[0]))
    if not scored.samples:
        scored = scoring.recorded(find_calls(session.cells), "calls")
    if given is not None:
        sample = scoring.required(Candidate(given, "the given sample", None))
        known = any(difference(sample["input"], other["input"]) is None for other in scored.samples)
        scored.source = scored.source or "given"
        scored.samples += [] if known else [sample]
    return scored


def _examples_ignored(first: Candidate) -> Problem:
    problem: Problem = {
        "code": Code.EXAMPLES_IGNORED.value,
        "severity": "warning",
        "message": "`examples` is ignored: `predictor` or `validator` refuses every one. If it is meant "
        "as samples for the service, each entry has to be what `predictor` takes.",
    }
    if first.place is not None:
        problem["cell"] = first.place
    return problem


class _Scoring:
    def __init__(self, session: Session, options: BuildOptions, progress: Progress) -> None:
        self.session = session
        self.options = options
        self.progress = progress

    def recorded(self, candidates: list[Candidate], source: SampleSource) -> Scored:
        """Those that got a prediction; a note says what became of the others."""
        samples: list[Sample] = []
        refused: list[str] = []
        for candidate, (status, text) in zip(candidates, self._outcomes(candidates), strict=True):
            if status == worker.OK:
                samples.append({"input": json.loads(candidate.text), "output": json.loads(text)})
            elif status == worker.REJECTED:
                refused.append(
                    f"{candidate.label} ({short(candidate.text)}): {text.strip().splitlines()[-1]}"
                )
            else:
                refused.append(
                    f"{candidate.label} ({short(candidate.text)}): predictor raised {last_line(text)}"
                )
        if samples and refused:
            self.progress.note(
                "capture",
                "Not recorded as samples, because the service answers no prediction for them: "
                f"{'; '.join(refused)}.",
                "warning",
            )
        return Scored(source if samples else None, samples)

    def required(self, candidate: Candidate) -> Sample:
        status, text = self._outcomes([candidate])[0]
        if status == worker.OK:
            return {"input": json.loads(candidate.text), "output": json.loads(text)}
        shown = short(candidate.text)
        if status == worker.REJECTED:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"The notebook's validator refuses the given sample {shown} ({last_line(text)}). Give one "
                "that it accepts, or correct the validator.",
                traceback=text if "Traceback" in text else None,
            )
        raise SlipwayProblem(
            Code.SAMPLE_FAILED,
            f"`predictor` raised {last_line(text)} on the given sample {shown}. Give a sample as requests "
            "will have it, or correct the predictor.",
            traceback=text,
        )

    def _outcomes(self, candidates: list[Candidate]) -> list[tuple[int, str]]:
        if not candidates:
            return []
        texts = [candidate.text for candidate in candidates]
        try:
            answer = self.session.call({"do": "score", "samples": texts}, "capture")
        except KernelGone:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                "The notebook's process ended while `predictor` scored its samples "
                f"({short(', '.join(texts))}). A native library may have crashed.",
            ) from None
        except TookTooLong:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"`predictor` did not score its samples ({short(', '.join(texts))}) within "
                f"{self.options.cell_timeout:g} seconds, the time that a cell may take. Look for what it "
                "waits for, or allow more with --timeout SECONDS (or in the settings).",
            ) from None
        if "fault" in answer:
            raise SlipwayProblem(
                Code.SAMPLE_FAILED,
                f"`predictor` ended with {last_line(answer['fault'])} on one of its samples "
                f"({short(', '.join(texts))}).",
            )
        for candidate, first, second in zip(candidates, answer["first"], answer["second"], strict=True):
            self._check(candidate, first, second)
        return [(status, text) for status, text in answer["first"]]

    def _check(self, candidate: Candidate, first: list[object], second: list[object]) -> None:
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
            found = difference(json.loads(str(first[1])), json.loads(str(second[1])))
            if found is None:
                return
        message = (
            f"The model differs from itself: asked twice for {candidate.label} ({shown}), `predictor` "
            f"answered {short(str(first[1]))} and then {short(str(second[1]))}."
        )
        if not self.options.accept_nondeterministic:
            raise SlipwayProblem(
                Code.NONDETERMINISTIC,
                f"{message} Seed what is random, or accept it with --accept-nondeterministic.",
                cell=candidate.place,
            )
        self.progress.problem(
            {
                "code": Code.NONDETERMINISTIC.value,
                "severity": "warning",
                "message": f"{message} It was accepted; answers of the service cannot be compared with "
                "these.",
            }
        )

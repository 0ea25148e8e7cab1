"""What the notebook's own validator says to changed samples, for comparing it with the service's."""

from __future__ import annotations

import json
from collections.abc import Sequence

from slipway_runtime.bundle import Sample, Validation

from ..problems import Code, SlipwayProblem
from .execute import KernelGone, Session, TookTooLong
from .perturbation import perturbed
from .progress import Progress
from .shown import last_line, short_json

LIMIT = 30.0
"""Seconds for all questions; a validator decides at once."""


def ask_validator(session: Session, samples: Sequence[Sample], progress: Progress) -> list[Validation]:
    """Asks it in the notebook's kernel, which may be of no more use afterwards: this is its last job.

    Where that does not work, a note says so, and there is nothing to compare.
    """
    values = perturbed([sample["input"] for sample in samples])
    job = {"do": "judge", "values": [json.dumps(value) for value in values]}
    try:
        answer = session.call(job, "capture", limit=LIMIT)
    except KernelGone:
        return _without("the notebook's process ended", progress)
    except TookTooLong:
        return _without(f"that took longer than {LIMIT:g} seconds", progress)
    if "fault" in answer:
        return _without(f"it ended with {last_line(answer['fault'])}", progress)
    validations: list[Validation] = []
    for value, (first, second) in zip(values, answer["verdicts"], strict=True):
        if first is None:
            continue  # what this Python cannot read, the service refuses before any validator sees it
        if first != second:
            progress.note(
                "capture",
                f"`validator` differs from itself: asked twice about {short_json(value)}, it "
                f"{verdict(first)} it and then {verdict(second)} it. What it says there is not compared.",
                "warning",
            )
            continue
        validations.append({"input": value, "accepted": first})
    return validations


def _without(reason: str, progress: Progress) -> list[Validation]:
    progress.note(
        "capture",
        f"`validator` was asked about samples with something changed in them, such as null for a number, but "
        f"{reason}. What it says is therefore not compared in the service, and a request of that kind may "
        "hold up the service for a while. Let it return False for whatever is no sample.",
        "warning",
    )
    return []


def verdict_differs(validation: Validation, instead: str) -> SlipwayProblem:
    """`instead` says what came of it elsewhere."""
    here = f"{verdict(validation['accepted'])} {short_json(validation['input'])}"
    return SlipwayProblem(
        Code.VALIDATOR_DIFFERS,
        f"The notebook's `validator` {here}, and {instead}. It may depend on something besides its argument: "
        "a file, the directory, an environment variable, a package.",
    )


def verdict(accepted: bool) -> str:
    """As a verb."""
    return "accepts" if accepted else "refuses"

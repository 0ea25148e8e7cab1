"""What becomes of a batched form: whether it may be used, after it was asked the same as the predictor."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from slipway_runtime import worker
from slipway_runtime.bundle import BatchingEntry, Sample

from ..problems import Code, SlipwayProblem
from .alike import alike
from .comparison import difference
from .samples import Scored
from .shown import last_line, short, short_json

DECLARED = "batch_predictor"
LIMIT = 20.0
"""Seconds in which a form is asked about changed samples; about the samples it is asked in any case."""
NO_SAMPLE = "there is no sample to check a batched form with"
DIFFERS_FROM_ITSELF = "answers may differ from call to call, so a batched form cannot be checked"


def before_check(entry: BatchingEntry, scored: Scored) -> BatchingEntry:
    """What can be said of a form before it is asked anything: unchecked, only a declared one counts."""
    if entry["source"] is None or (scored.samples and scored.deterministic):
        return entry
    reason = NO_SAMPLE if not scored.samples else DIFFERS_FROM_ITSELF
    if entry["source"] == "declared":
        return {**entry, "reason": f"not checked: {reason}"}
    return one_by_one(reason)


def one_by_one(reason: str) -> BatchingEntry:
    return {"source": None, "form": None, "reason": reason}


def to_ask(entry: BatchingEntry, samples: Sequence[Sample]) -> list[Any] | None:
    """Rows to ask a form about beside the samples; None where it is not checked."""
    if entry["source"] is None or entry["reason"] is not None:
        return None
    return alike([sample["input"] for sample in samples])


@dataclass(frozen=True)
class Difference:
    """Where a batched form and the predictor part."""

    words: str
    on_sample: bool


@dataclass(frozen=True)
class Checked:
    """What came of asking a batched form."""

    difference: Difference | None
    samples: int
    changed: int
    """Rows besides the samples that it was asked about."""


def compared(report: Mapping[str, Any], samples: Sequence[Sample], changed: Sequence[Any]) -> Checked:
    """Compares what kernel_side/batch_check.py was answered."""
    inputs = [*(sample["input"] for sample in samples), *changed]
    singles = report["singles"]
    asked = {index for batch in report["batches"] for index in batch["rows"]}
    found = None
    for batch in report["batches"]:
        found = _difference(batch, singles, inputs, len(samples))
        if found is not None:
            break
    first = sum(1 for index in asked if index < len(samples))
    return Checked(found, first, len(asked) - first)


def _difference(
    batch: Mapping[str, Any], singles: Sequence[Any], inputs: Sequence[Any], samples: int
) -> Difference | None:
    rows = batch["rows"]
    raising = [index for index in rows if singles[index][0] == worker.RAISED]
    many = f"in a batch of {len(rows)}" if len(rows) > 1 else "in a batch of one"
    if batch["outcomes"] is None:
        if raising:
            return None  # the service then asks about each alone
        shown = short_json(inputs[rows[0]])
        words = f"{many} that begins with {shown} {batch['words']}, and `predictor` answers"
        return Difference(words, all(index < samples for index in rows))
    for index, (status, text) in zip(rows, batch["outcomes"], strict=True):
        expected, said = singles[index]
        shown = f"{many} it answers {short_json(inputs[index])} with "
        if status == worker.OK and expected == worker.OK:
            place = difference(json.loads(said), json.loads(text))
            if place is not None:
                words = f"{shown}{short(text)}, and `predictor` with {short(said)} ({place})"
                return Difference(words, index < samples)
        elif status != expected:
            instead = short(said) if expected == worker.OK else last_line(said)
            actual = short(text) if status == worker.OK else last_line(text)
            return Difference(f"{shown}{actual}, and `predictor` with {instead}", index < samples)
    return None


def require_same_on_samples(entry: BatchingEntry, checked: Checked) -> None:
    """Raises SlipwayProblem where a declared form differs on a sample."""
    found = checked.difference
    if entry["source"] == "declared" and found is not None and found.on_sample:
        raise SlipwayProblem(
            Code.BATCH_DIFFERS,
            f"`{DECLARED}` does not answer as `predictor` does: {found.words}. It gets a list of samples and "
            "has to return as many predictions, each what `predictor` returns for that sample alone. Correct "
            "it, or leave it out.",
        )


def after_check(entry: BatchingEntry, checked: Checked | None) -> BatchingEntry:
    """What the bundle says in the end."""
    if checked is None or checked.difference is None:
        return entry
    whose = f"`{DECLARED}`" if entry["source"] == "declared" else f"the batched form {entry['form']}"
    return one_by_one(f"{whose} differs from `predictor`: {checked.difference.words}")


def sentence(entry: BatchingEntry, checked: Checked | None) -> str:
    """For the log: how the service will score."""
    if entry["source"] is None:
        return f"One by one: {entry['reason']}."
    form = f"`{DECLARED}`" if entry["source"] == "declared" else entry["form"]
    if entry["reason"] is not None:
        return f"Batched: {form}; {entry['reason']}."
    if checked is None:
        return f"Batched: {form}."
    samples = f"{checked.samples} sample{'' if checked.samples == 1 else 's'}"
    return f"Batched: {form}; checked on {samples} and {checked.changed} changed ones."

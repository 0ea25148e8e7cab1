"""Does the predictor depend on the order of an object's keys, which JSON does not keep for anybody?"""

from __future__ import annotations

import json
from typing import Any

from slipway_runtime import worker
from slipway_runtime.bundle import Sample

from .comparison import difference
from .execute import KernelGone, Session, TookTooLong
from .perturbation import turned
from .progress import Progress
from .samples import Scored
from .shown import last_line, short, short_json

MOST_NAMES = 4
"""Keys that the advice writes out."""


def check_key_order(session: Session, scored: Scored, progress: Progress) -> None:
    """Asks about the samples with their keys in another order; a warning where the answer is another.

    Asked in the notebook's kernel, after the capture. Says nothing where answers differ from call to call,
    and nothing where the kernel does not answer: what is asked next will find that.
    """
    if not scored.deterministic:
        return
    pairs = [(sample, turned(sample["input"])) for sample in scored.samples]
    pairs = [(sample, value) for sample, value in pairs if json.dumps(sample["input"]) != json.dumps(value)]
    if not pairs:
        return
    job = {"do": "score", "samples": [json.dumps(value) for _, value in pairs]}
    try:
        answer = session.call(job, "capture")
    except (KernelGone, TookTooLong):
        return
    if "fault" in answer:
        return
    for (sample, value), (status, text) in zip(pairs, answer["first"], strict=True):
        instead = _instead(sample, status, text)
        if instead is not None:
            progress.note("capture", _words(sample, value, instead), "warning")
            return


def _instead(sample: Sample, status: int, text: str) -> str | None:
    """What became of the turned sample, as the end of a sentence; None where it got the sample's answer."""
    if status == worker.REJECTED:
        return f"`validator` refuses that ({last_line(text)})"
    if status != worker.OK:
        return f"it fails on that ({last_line(text)})"
    try:
        same = difference(sample["output"], json.loads(text)) is None
        return None if same else f"it answers that with {short(text)}"
    except (ValueError, RecursionError):
        return None  # larger than what is recorded as a sample


def _words(sample: Sample, value: Any, instead: str) -> str:
    advice = ""
    if isinstance(sample["input"], dict):
        names = [f"x[{json.dumps(name, ensure_ascii=False)}]" for name in sample["input"]]
        shown = short(", ".join(names[:MOST_NAMES])) + (", …" if len(names) > MOST_NAMES else "")
        advice = f", such as `[{shown}]` instead of `list(x.values())`"
    return (
        f"`predictor` depends on the order of a sample's keys: it answers {short_json(sample['input'])} with "
        f"{short_json(sample['output'])}; {short_json(value)} is the same in JSON, and {instead}. Clients "
        f"send keys in any order: take the values by name{advice}."
    )

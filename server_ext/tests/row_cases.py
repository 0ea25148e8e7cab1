"""Scores rows and says what came to pass; and JSON values to try."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from slipway_runtime.scoring.rows import Batching, Rows
from slipway_runtime.scoring.single import OK, Scored

Function = Callable[[Any], Any]

integers = (
    st.integers()
    | st.integers(-4, 4).map(lambda near: 2**63 + near)
    | st.integers(-4, 4).map(lambda near: 2**64 + near)
    | st.integers(-4, 4).map(lambda near: -(2**63) + near)
)
json_values = st.recursive(
    st.none()
    | st.booleans()
    | integers
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)


class Run:
    """What became of samples, and which batches the batched form got."""

    def __init__(
        self,
        samples: list[Any],
        predictor: Function,
        batched: Function | None = None,
        validator: Function | None = None,
        batching: Batching | None = None,
    ) -> None:
        self.batches: list[list[Any]] = []
        self.alone: list[Any] = []
        text = [json.dumps(sample) for sample in samples]
        form = batched or (lambda xs: [predictor(x) for x in xs])

        def seen(xs: list[Any]) -> Any:
            self.batches.append(copy.deepcopy(xs))
            return form(xs)

        def seen_alone(x: Any) -> Any:
            self.alone.append(copy.deepcopy(x))
            return predictor(x)

        self.batching = batching or Batching(seen)
        self.batching.function = seen
        self.progress = 0

        def progress() -> None:
            self.progress += 1

        functions = {"predictor": seen_alone, "validator": validator, "batch_predictor": seen}
        found = Rows(json.loads(json.dumps(samples)), lambda place: json.loads(text[place]), progress)
        self.outcomes: list[Scored] = found.score(functions, self.batching)

    @property
    def statuses(self) -> list[int]:
        return [status for status, _ in self.outcomes]

    @property
    def answers(self) -> list[Any]:
        return [answer for _, answer in self.outcomes]


def form(value: Any) -> Any:
    """Types, keys and shape of a JSON value, written down without any shortening."""
    if isinstance(value, list):
        return ["list", *map(form, value)]
    if isinstance(value, dict):
        return ["dict", *[[key, form(part)] for key, part in value.items()]]
    return type(value).__name__


def answered(run: Run, expected: list[Any]) -> bool:
    return run.outcomes == [(OK, answer) for answer in expected]

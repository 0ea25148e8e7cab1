"""Changed samples of the same JSON types, keys and shape: rows that a service would put into one batch.

Numbers are changed a little and a lot, texts are swapped with those of other samples and written otherwise.
The same samples always give the same ones.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from typing import Any

from slipway_runtime.scoring.rows import INT64

MOST = 60
MOST_SAMPLES = 20
"""Samples that are changed."""
LARGEST = 64 * 1024
"""Characters of JSON: larger samples are left as they are, and checked as they are."""
_SEED = 2018

_Change = Callable[[random.Random, Any, list[Any]], Any]
"""Gets a number, a text or a boolean, and what other samples have in its place; gives one of its type."""


def alike(inputs: Sequence[Any]) -> list[Any]:
    """At most 60 JSON values, each like one of the samples, and none equal to one."""
    chosen = [value for value in inputs[:MOST_SAMPLES] if len(json.dumps(value)) <= LARGEST]
    generator = random.Random(_SEED)  # noqa: S311  reproducible on purpose
    found = {json.dumps(value): value for value in inputs}
    most = len(found) + MOST
    # First a few of each kind of change, of other samples each time; then what there is still room for.
    for limit in (MOST // len(_CHANGES) + 1, MOST):
        for number, (change, every) in enumerate(_CHANGES):
            start = number % max(1, len(chosen))
            before = len(found)
            for sample in chosen[start:] + chosen[:start]:
                for place in [None] if every else _places(sample):
                    value = _changed(sample, chosen, change, place, generator)
                    if len(found) < min(most, before + limit):
                        found.setdefault(json.dumps(value), value)
    return list(found.values())[most - MOST :]


def _places(sample: Any) -> list[tuple[int | str, ...]]:
    """The ways to its first few numbers, texts and booleans."""
    found: list[tuple[int | str, ...]] = []
    waiting: list[tuple[Any, tuple[int | str, ...]]] = [(sample, ())]
    while waiting and len(found) < 4:
        part, way = waiting.pop(0)
        if isinstance(part, list):
            waiting += [(below, (*way, step)) for step, below in enumerate(part)]
        elif isinstance(part, dict):
            waiting += [(below, (*way, step)) for step, below in part.items()]
        elif part is not None:
            found.append(way)
    return found


def _changed(
    sample: Any,
    others: list[Any],
    change: _Change,
    place: tuple[int | str, ...] | None,
    generator: random.Random,
) -> Any:
    """A copy with each of its leaves changed, or only that at `place`."""
    if isinstance(sample, list):
        return [
            _changed(part, _below(others, list, step), change, _step(place, step), generator)
            for step, part in enumerate(sample)
        ]
    if isinstance(sample, dict):
        return {
            step: _changed(part, _below(others, dict, step), change, _step(place, step), generator)
            for step, part in sample.items()
        }
    if sample is None or (place is not None and place != ()):
        return sample
    return change(generator, sample, [other for other in others if type(other) is type(sample)])


def _below(others: list[Any], kind: type, step: Any) -> list[Any]:
    found: list[Any] = []
    for other in others:
        if isinstance(other, kind):
            try:
                found.append(other[step])  # type: ignore[index]
            except (IndexError, KeyError):
                continue
    return found


def _step(place: tuple[int | str, ...] | None, step: int | str) -> tuple[int | str, ...] | None:
    """The rest of the way; one that leads nowhere where it goes elsewhere."""
    if place is None:
        return None
    return place[1:] if place[:1] == (step,) else ("elsewhere",)


def _number(value: Any, change: Callable[[float], float]) -> Any:
    """The changed number, of the type of `value`; `value` where that is none that JSON and numpy have."""
    if isinstance(value, int) and abs(value) >= INT64:
        return value
    made = change(value)
    if isinstance(value, float):
        return made if math.isfinite(made) else value
    return round(made) if abs(made) < INT64 else value


def _scaled(factor: float, shift: float = 0.0) -> _Change:
    def change(_: random.Random, value: Any, __: list[Any]) -> Any:
        if isinstance(value, (bool, str)):
            return value
        return _number(value, lambda number: number * factor + shift)

    return change


def _at_random(generator: random.Random, value: Any, _: list[Any]) -> Any:
    if isinstance(value, bool):
        return generator.random() < 0.5
    if isinstance(value, str):
        return value
    return _number(value, lambda number: (abs(number) + 1) * generator.uniform(-3, 3))


def _swapped(generator: random.Random, value: Any, others: list[Any]) -> Any:
    return generator.choice(others) if others else value


def _written_otherwise(generator: random.Random, value: Any, _: list[Any]) -> Any:
    if not isinstance(value, str):
        return value
    return generator.choice([value.upper(), value[::-1], f"{value} {value}", value[: len(value) // 2]])


def _other(_: random.Random, value: Any, others: list[Any]) -> Any:
    """The next that differs, of the samples; else what the type has next."""
    for other in others:
        if other != value:
            return other
    if isinstance(value, bool):
        return not value
    if isinstance(value, str):
        return f"{value}x"
    return _number(value, lambda number: number + 1)


_CHANGES: tuple[tuple[_Change, bool], ...] = (
    (_scaled(1.01, 0.001), True),
    (_other, False),
    (_swapped, True),
    (_at_random, True),
    (_written_otherwise, True),
    (_scaled(-1.0, 0.5), True),
    (_scaled(100.0, 1.0), True),
    (_swapped, True),
    (_scaled(0.0), True),
    (_at_random, True),
    (_scaled(1e6, 3.0), True),
    (_written_otherwise, True),
    (_at_random, True),
)
"""With whether all of a sample is changed, or one place of it at a time."""

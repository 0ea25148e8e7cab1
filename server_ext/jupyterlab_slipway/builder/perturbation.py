"""Changed samples, for asking a validator what it says to what is not quite a sample.

A fixed list, made of the first sample, from what differs little to what is something else altogether: the
same notebook always gets the same ones. Each differs from every sample and from every other.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

MOST = 20
LARGEST = 64 * 1024
"""Characters of JSON: of a larger sample only those changes are made that leave little of it."""
LONG_TEXT = "long " * 2000
FAR_OUT = -1000000000
"""A number that few models take for one of theirs."""
_EXTRA = "slipway_extra"
"""A key that no sample has."""
_DEPTH = 32
"""So deep a number or a text is looked for."""

_Path = tuple[int | str, ...]


def perturbed(inputs: Sequence[Any]) -> list[Any]:
    """At most 20 JSON values; only general ones where there is no sample."""
    known = {_text(value) for value in inputs}
    found: list[Any] = []
    for value in _candidates(inputs):
        text = _text(value)
        if text is None or len(text) > LARGEST or text in known:
            continue
        known.add(text)
        found.append(json.loads(text))
        if len(found) == MOST:
            break
    return found


def turned(value: Any) -> Any:
    """The same JSON value with the keys of every object in another order: the first one comes last."""
    if isinstance(value, list):
        return [turned(part) for part in value]
    if isinstance(value, dict):
        names = list(value)
        return {name: turned(value[name]) for name in [*names[1:], *names[:1]]}
    return value


def _text(value: Any) -> str | None:
    """Equal for equal values; 1, 1.0 and True are none. None for what is nested too deeply."""
    try:
        return json.dumps(value, sort_keys=True)
    except RecursionError:
        return None


def _candidates(inputs: Sequence[Any]) -> Iterator[Any]:
    if inputs:
        yield from _changed(inputs[0])
    yield from (None, [], {}, "", 0, True, "text", [None], {"": None}, LONG_TEXT)


def _changed(sample: Any) -> Iterator[Any]:
    """From small changes to large ones."""
    number = _find(sample, lambda part: isinstance(part, (int, float)) and not isinstance(part, bool))
    text = _find(sample, lambda part: isinstance(part, str))
    if number is not None:
        found = _at(sample, number)
        yield _with(sample, number, FAR_OUT)
        yield _with(sample, number, json.dumps(found))
        yield _with(sample, number, None)
        yield _with(sample, number, True)
        yield _with(sample, number, [found])
    if text is not None:
        yield _with(sample, text, 0)
        yield _with(sample, text, "")
        yield _with(sample, text, LONG_TEXT)
        yield _with(sample, text, None)
        yield _with(sample, text, {"text": _at(sample, text)})
    if isinstance(sample, list):
        yield sample[:-1]
        yield [*sample, *(sample[-1:] or [0])]
        yield {str(index): part for index, part in enumerate(sample)}
        yield from sample[:1]
    if isinstance(sample, dict):
        first = next(iter(sample), None)
        yield {name: part for name, part in sample.items() if name != first}
        yield {**sample, _EXTRA: 0}
        yield list(sample.values())
        yield from list(sample.values())[:1]
    if isinstance(sample, bool):
        yield not sample
    yield [sample]


def _find(sample: Any, wanted: Callable[[Any], bool]) -> _Path | None:
    """The way to the first part that is wanted, in the order of the text."""
    waiting: list[tuple[Any, _Path]] = [(sample, ())]
    while waiting:
        part, way = waiting.pop()
        if wanted(part):
            return way
        steps: list[tuple[int | str, Any]] = []
        if len(way) < _DEPTH and isinstance(part, list):
            steps = list(enumerate(part))
        elif len(way) < _DEPTH and isinstance(part, dict):
            steps = list(part.items())
        waiting += [(below, (*way, step)) for step, below in reversed(steps)]
    return None


def _at(sample: Any, way: _Path) -> Any:
    for step in way:
        sample = sample[step]
    return sample


def _with(sample: Any, way: _Path, value: Any) -> Any:
    """A copy of the sample with another value there."""
    if not way:
        return value
    copy: Any = list(sample) if isinstance(sample, list) else dict(sample)
    copy[way[0]] = _with(copy[way[0]], way[1:], value)
    return copy

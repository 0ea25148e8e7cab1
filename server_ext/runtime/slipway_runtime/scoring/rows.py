"""Scores many rows: one by one, or in batches of rows that are alike, which are checked now and then.

A batch may never let one caller's row change another's answer. So it mixes only rows of the same JSON types,
keys and shape (pandas gives a column with 1 and 2.5 in it another type than one with 1 alone); it has to
give as many predictions as it got rows, or none, where it cannot take them together; where it raises, its
rows are scored singly; and of some batches one row is scored singly as well. Where that differs, batches are
not used any more, and the reason is told.
"""

import math
import random
import time
from typing import Any, Callable, Dict, List, Optional

from .json_rules import LARGEST
from .sameness import same
from .single import (
    EXHAUSTED,
    OK,
    REJECTED,
    Functions,
    Scored,
    predict_value,
    refusal,
    said,
    score_value,
    to_plain,
)
from .words import counted

FIRST_ROWS, MOST_ROWS = 512, 32768  # that one call of the batched form gets, to begin with and at most
SHORT, LONG = 0.1, 1.0  # seconds: after less, the next call gets more rows; after more, fewer
FIRST_CHECKED, CHECKED_EVERY = 8, 64  # batches of which a row is scored singly too: the first, then each n-th
MOST_FAULTS = 3  # batches that raised although each of their rows has a prediction

INT64, UINT64 = 1 << 63, 1 << 64  # from there on numpy has another type for an integer, or none
INTEGER = "integer"  # how integers below are alike
_FLAT = frozenset([float, str, bool, type(None)])


class Batching:
    """The batched form of one model, for as long as it answers as the single one does.

    `compare` is false where the model was accepted although it differs from itself.
    """

    def __init__(self, function: Callable[[List[Any]], Any], compare: bool = True) -> None:
        self.function = function
        self.off_because: Optional[str] = None
        self.most_rows = min(FIRST_ROWS, MOST_ROWS)
        self._compare = compare
        self._random = random.Random()  # noqa: S311  not the model's own generator
        self._batches = 0
        self._faults = 0

    def check_due(self) -> bool:
        """Counts a batch; is it one of those of which a row is scored singly?"""
        self._batches += 1
        return self._compare and (self._batches <= FIRST_CHECKED or self._batches % CHECKED_EVERY == 0)

    def took(self, rows: int, seconds: float) -> None:
        """Settles how many rows the next call may get, so that there is a sign of life every moment."""
        if seconds > LONG:
            self.most_rows = max(rows // 4, 1)
        elif seconds < SHORT and rows >= self.most_rows:
            self.most_rows = min(rows * 4, MOST_ROWS)

    def choose(self, count: int) -> int:
        return self._random.randrange(count)

    def raised(self, error: str) -> None:
        self._faults += 1
        if self._faults >= MOST_FAULTS:
            self.turn_off("it raises %s for samples that predictor answers" % error)

    def turn_off(self, reason: str) -> None:
        if self.off_because is None:
            self.off_because = reason


def likeness(value: Any) -> Any:
    """Hashable; equal for values of the same JSON types, keys (in their order) and shape."""
    kind = type(value)
    if kind is list:
        return _list_likeness(value)
    if kind is dict:
        return ("{", tuple(value), tuple([likeness(part) for part in value.values()]))
    if kind is int:
        return _integer_likeness(value, value)
    return kind


def _list_likeness(values: List[Any]) -> Any:
    kinds = set(map(type, values))
    if len(kinds) == 1:
        kind = kinds.pop()
        if kind is int and _integer_likeness(min(values), max(values)) == INTEGER:
            return (len(values), INTEGER)
        if kind not in (int, list, dict):
            return (len(values), kind)
    parts = [likeness(part) for part in values]
    if parts and parts.count(parts[0]) == len(parts):
        return (len(parts), parts[0])
    return ("[", tuple(parts))


def _integer_likeness(least: int, greatest: int) -> str:
    """numpy has a type for integers below 2 to the 63, one from there to 2 to the 64, and floats for both."""
    if least < -INT64 or greatest >= UINT64:
        return "large"
    if greatest < INT64:
        return INTEGER
    return "unsigned" if least >= INT64 else "both"


class _Alone:
    """What is like nothing else."""


class Rows:
    """Rows to score, each with its outcome in the end.

    `again` reads a row anew: functions may change what they are given. `progress` is called between
    predictions.
    """

    def __init__(self, values: List[Any], again: Callable[[int], Any], progress: Callable[[], None]) -> None:
        self.values = values
        self.outcomes: List[Optional[Scored]] = [None] * len(values)
        self._again = again
        self._progress = progress

    def score(self, functions: Functions, batching: Optional[Batching]) -> List[Scored]:
        """Scores all of them."""
        if batching is None or batching.off_because is not None or len(self.values) < 2:
            for index, value in enumerate(self.values):
                self.outcomes[index] = score_value(functions, value)
                self._progress()
        else:
            self._validate(functions)
            for members in self._groups():
                self._score_group(functions, batching, members)
        return self.outcomes  # type: ignore[return-value]  # each has one now

    def _validate(self, functions: Functions) -> None:
        if functions.get("validator") is None:
            return
        for index, value in enumerate(self.values):
            try:
                refused = refusal(functions, value)
            except MemoryError as error:
                self.outcomes[index] = (EXHAUSTED, said(error))
                continue
            if refused is not None:
                self.outcomes[index] = (REJECTED, refused)
            self._progress()

    def _groups(self) -> List[List[int]]:
        """Indices of rows that are alike and not yet refused."""
        groups: Dict[Any, List[int]] = {}
        flat: Dict[Any, List[int]] = {}  # the same groups, by the types of lists without integers and nesting
        for index, value in enumerate(self.values):
            if self.outcomes[index] is not None:
                continue
            kinds = tuple(map(type, value)) if type(value) is list else None
            group = flat.get(kinds)
            if group is None:
                try:
                    group = groups.setdefault(likeness(value), [])
                except RecursionError:  # JSON may be nested deeper than functions of Python
                    group = groups.setdefault(_Alone(), [])
                if kinds is not None and _FLAT.issuperset(kinds):
                    flat[kinds] = group
            group.append(index)
        return list(groups.values())

    def _score_group(self, functions: Functions, batching: Batching, members: List[int]) -> None:
        start = 0
        while start < len(members):
            part = members[start : start + batching.most_rows]
            start += len(part)
            if len(part) > 1 and batching.off_because is None:
                began = time.perf_counter()
                self._score_batch(functions, batching, part)
                batching.took(len(part), time.perf_counter() - began)
            else:
                for index in part:
                    self.outcomes[index] = predict_value(functions, self.values[index])
                    self._progress()

    def _score_anew(self, functions: Functions, members: List[int]) -> None:
        """Scores rows singly that the batched form may have changed."""
        for index in members:
            self.outcomes[index] = score_value(functions, self._again(index))
            self._progress()

    def _score_batch(self, functions: Functions, batching: Batching, members: List[int]) -> None:
        place = batching.choose(len(members)) if batching.check_due() else None
        rows = [self.values[index] for index in members]
        error = None
        try:
            found = predictions(batching.function(rows), len(rows))
        except WrongCount as wrong:
            if wrong.count != 0:  # none at all: these rows are not for the batched form
                batching.turn_off(str(wrong))
            found = None
        except Exception as raised:
            error, found = said(raised), None
        self._progress()
        if found is not None and place is not None:
            alone = score_value(functions, self._again(members[place]))
            if not _same_outcome(alone, found[place]):
                batching.turn_off("it answers otherwise than predictor alone")
                found = None
        if found is None:
            self._score_anew(functions, members)
            if error is not None and all(self.outcomes[index][0] == OK for index in members):  # type: ignore[index]
                batching.raised(error)
            return
        for index, scored in zip(members, found):
            self.outcomes[index] = scored


def _same_outcome(alone: Scored, together: Scored) -> bool:
    return alone[0] == together[0] and (alone[0] != OK or same(alone[1], together[1]))


class WrongCount(Exception):
    """Other than one prediction for each row; `count` is None where it was no list of them."""

    def __init__(self, message: str, count: Optional[int] = None) -> None:
        super().__init__(message)
        self.count = count


def predictions(result: Any, count: int) -> List[Scored]:
    """The outcomes of a batch's rows. Raises WrongCount; whatever iterating over the result raises."""
    if isinstance(result, (dict, set, frozenset, str, bytes)) or hasattr(result, "itertuples"):
        raise WrongCount("it returned a %s and no list of predictions" % type(result).__name__)
    listed = _quickly(result)
    # One after the other: a generator may give the same object again and again.
    found = [to_plain(value) for value in result] if listed is None else [(OK, value) for value in listed]
    if len(found) != count:
        words = "it gave %s for %s" % (counted(len(found), "prediction"), counted(count, "sample"))
        raise WrongCount(words, len(found))
    return found


def _quickly(result: Any) -> Optional[List[Any]]:
    """Plain values of a list or array of simple numbers, as to_plain has them; None where it is no such."""
    if type(result) is list:
        kinds = set(map(type, result))
        if len(kinds) != 1:
            return None
        kind = kinds.pop()
        if kind.__module__ == "numpy" and getattr(result[0], "dtype", None) is not None:
            if result[0].dtype.kind not in "biuf" or result[0].dtype.itemsize > 8:
                return None
            if kind.__name__ == "ndarray" or result[0].ndim:  # each may be of another type and shape
                return None
            result, simple = [value.item() for value in result], result[0].dtype.kind
        else:
            simple = {bool: "b", int: "i", float: "f", str: "s"}.get(kind, "")
            if kind is int and not -LARGEST < min(result) <= max(result) < LARGEST:
                return None
    elif type(result).__module__ == "numpy" and getattr(result, "ndim", 0) == 1:
        simple = result.dtype.kind
        if simple not in "biuf" or result.dtype.itemsize > 8:
            return None
        result = result.tolist()
    else:
        return None
    if not simple or (simple == "f" and not all(map(math.isfinite, result))):
        return None
    return list(result)

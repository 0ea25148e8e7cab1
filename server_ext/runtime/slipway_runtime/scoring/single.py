"""One sample in, one outcome out: the same lines in the notebook's kernel, in a replay and in a service.

`functions` is what load_functions of worker.py gives.
"""

import os
import traceback
from typing import Any, Dict, List, Optional, Set, Tuple

from .json_rules import EncodeError, decode_sample, encode_plain, plain_prediction
from .left_out import left_out_words

OK, MALFORMED, REJECTED, RAISED, UNENCODABLE, EXHAUSTED, TOO_MANY = 0, 1, 2, 3, 4, 5, 6

Functions = Dict[str, Any]  # "predictor", "validator" and "batch_predictor": a callable or None
Scored = Tuple[int, Any]  # OK and the prediction as plain values, or another status and words for the log
Outcome = Tuple[int, str]  # OK and the prediction's JSON, or another status and words for the log

REFUSED = "the validator said no"
_PLAIN_NOES = (int, float, complex, str, bytes, list, tuple, dict, set, frozenset)


def own_traceback(error: BaseException) -> str:
    """The traceback of an exception, and of those that caused it, without frames of Slipway."""
    shown = traceback.TracebackException(type(error), error, error.__traceback__)
    here = os.path.dirname(own_traceback.__code__.co_filename)
    ours = (here + os.sep, os.path.join(os.path.dirname(here), "worker.py"))
    chain: List[Any] = [shown]
    seen: Set[int] = set()
    while chain:
        link = chain.pop()
        if link is None or id(link) in seen:
            continue
        seen.add(id(link))
        link.stack = traceback.StackSummary.from_list(
            [frame for frame in link.stack if not frame.filename.startswith(ours)]
        )
        chain += [link.__cause__, link.__context__]
        chain += getattr(link, "exceptions", None) or []
    return "".join(shown.format())


def said(error: BaseException) -> str:
    """The last line of its traceback."""
    return traceback.format_exception_only(type(error), error)[-1].strip()


def with_advice(error: BaseException) -> str:
    """Its traceback, and a line of ours where a package is missing that was left out."""
    words = left_out_words(error)
    return own_traceback(error) + ("slipway: %s\n" % words if words else "")


def refusal(functions: Functions, value: Any) -> Optional[str]:
    """Why the validator refuses a value, in words for the log; None where it accepts, or where there is none.

    Whatever it returns counts as Python's `if` takes it; what raises, also on its way into that, is refused.
    Raises MemoryError, which says nothing of the value.
    """
    validator = functions.get("validator")
    if validator is None:
        return None
    try:
        verdict = validator(value)
        return None if verdict else _no_words(verdict)
    except MemoryError:
        raise
    except Exception as error:
        return "the validator raised\n" + with_advice(error)


def _no_words(verdict: Any) -> str:
    """Of something that counts as no. What is no bool may be a slip, a forgotten `return True` above all."""
    kind = type(verdict)
    if kind is bool or (kind.__module__ == "numpy" and kind.__name__ in ("bool", "bool_")):
        return REFUSED
    if verdict is None:
        return "the validator returned None, which counts as no: let it return True for what it accepts"
    shown = repr(verdict) if kind in _PLAIN_NOES else "a false %s" % kind.__name__
    return "the validator returned %s, which counts as no" % shown


def accepts(functions: Functions, content: bytes) -> Optional[bool]:
    """What the validator says to a sample given as UTF-8 JSON; None where this Python cannot read it."""
    try:
        value = decode_sample(content)
    except ValueError:
        return None
    try:
        return refusal(functions, value) is None
    except MemoryError:
        return False


def score_value(functions: Functions, value: Any) -> Scored:
    """Validates and scores one decoded sample, which the functions may change."""
    try:
        refused = refusal(functions, value)
    except MemoryError as error:
        return EXHAUSTED, own_traceback(error)
    return predict_value(functions, value) if refused is None else (REJECTED, refused)


def predict_value(functions: Functions, value: Any) -> Scored:
    """Scores one sample that the validator has seen."""
    try:
        prediction = functions["predictor"](value)
    except MemoryError as error:
        return EXHAUSTED, own_traceback(error)
    except Exception as error:
        return RAISED, with_advice(error)
    return to_plain(prediction)


def to_plain(prediction: Any) -> Scored:
    """OK and the prediction as plain values, or UNENCODABLE and why."""
    try:
        return OK, plain_prediction(prediction)
    except EncodeError as error:
        return UNENCODABLE, str(error)
    except MemoryError as error:
        return EXHAUSTED, own_traceback(error)
    except Exception as error:
        return UNENCODABLE, own_traceback(error)


def score(functions: Functions, content: bytes) -> Outcome:
    """Scores one sample, given as UTF-8 JSON.

    Answers (status, text): OK with the prediction's JSON, or another status with words for the log: MALFORMED
    (no JSON), REJECTED (the validator said no or raised), RAISED (the predictor raised; a traceback),
    UNENCODABLE, EXHAUSTED (no memory was left).
    """
    try:
        value = decode_sample(content)
    except ValueError as error:
        return MALFORMED, str(error)
    status, found = score_value(functions, value)
    return (status, found) if status != OK else encoded(found)


def encoded(value: Any) -> Outcome:
    """OK and the JSON of plain values, or UNENCODABLE and why."""
    try:
        return OK, encode_plain(value)
    except EncodeError as error:
        return UNENCODABLE, str(error)

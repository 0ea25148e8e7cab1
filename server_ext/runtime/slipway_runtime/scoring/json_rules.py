"""JSON in and out, by one documented rule set: standard library only, Python 3.6 to 3.14.

How a prediction becomes JSON (`encode_prediction`):

- None, bool, int, str and finite float are themselves; NaN, infinities and integers of more than 4300 digits
  are an error that names the place
- numpy and pandas scalars are the Python value; pandas' NaT and NA are null; arrays, Series and Index are
  (nested) lists; a DataFrame is a list of objects, one a row; whatever else has `tolist()` is that list
- dict is an object; keys that are numbers, booleans or None become the text that JSON has for them; two keys
  that become the same text are an error
- list and tuple are lists; a set is a list in the order of its members' JSON text
- a dataclass or named tuple is an object of its fields; an Enum member is its value
- datetime, date, time: ISO 8601; timedelta: seconds; finite Decimal, UUID and paths: text; bytes: base64 text
- anything else is an error that names its type and place
"""

import base64
import datetime
import decimal
import enum
import importlib.util
import pathlib
import re
import uuid
from typing import Any, Dict, Iterable, List, Tuple


def _own(name: str) -> Any:
    """A copy of a module that nobody else can change: notebooks and packages rebind what is in json."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


own_json = _own("json")


MOST_DIGITS = 4300  # of an integer, as Python 3.11 has it: reading and writing longer ones takes ages
LARGEST = 10**MOST_DIGITS  # integers are below it, and above its negative
PREDICTION = "the prediction"  # how messages name the whole of it
TOO_DEEP = "the prediction is nested too deeply, or holds itself"


class EncodeError(ValueError):
    """A prediction has no JSON form; `str()` is a sentence that names the place."""


def _no_constant(name: str) -> Any:
    raise ValueError("%s is no JSON" % name)


def _finite(text: str) -> float:
    number = float(text)
    if number in (float("inf"), float("-inf")):
        raise ValueError("%s is too large for a number" % text[:40])
    return number


def _bounded(text: str) -> int:
    if len(text) > MOST_DIGITS:
        raise ValueError("a number has more than %d digits" % MOST_DIGITS)
    return int(text)


# Quick where no number can be too large: those have an exponent of three digits, or very many digits.
_quick = own_json.JSONDecoder(parse_constant=_no_constant)
_careful = own_json.JSONDecoder(parse_constant=_no_constant, parse_float=_finite, parse_int=_bounded)
_large_exponent = re.compile(r"[eE]\+?[0-9]{3}").search
_many_digits = re.compile(r"(?<![0-9])[0-9]{200}").search  # looks at no run of digits twice


def _perhaps_too_large(text: str) -> bool:
    if ("e" in text or "E" in text) and _large_exponent(text):
        return True
    # No number has a comma in it, and splitting is quicker than looking at each digit.
    return len(text) >= 200 and max(map(len, text.split(","))) >= 200 and bool(_many_digits(text))


def decode_sample(content: bytes) -> Any:
    """The value of a JSON text given as UTF-8 bytes. Raises ValueError where it is not strict JSON."""
    text = content.decode("utf-8")
    try:
        return (_careful if _perhaps_too_large(text) else _quick).decode(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def _key(key: Any, place: str) -> str:
    if isinstance(key, enum.Enum):
        key = key.value
    if hasattr(key, "item") and not isinstance(key, (str, bytes)):
        key = key.item()
    if isinstance(key, str):
        return str.__str__(key)
    if key is None or isinstance(key, (bool, int, float)):
        return str(own_json.dumps(plain(key, "a key of " + place)))
    if isinstance(key, (datetime.date, datetime.time, decimal.Decimal, uuid.UUID)):
        return str(plain(key, "a key of " + place))
    raise EncodeError("%s has a key of type %s; JSON's keys are text" % (place, type(key).__name__))


def _object(pairs: Iterable[Tuple[Any, Any]], place: str) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, value in pairs:
        name = _key(key, place)
        if name in found:
            raise EncodeError("%s has two keys that both become %s" % (place, own_json.dumps(name)))
        found[name] = plain(value, "%s[%s]" % (place, own_json.dumps(name)))
    return found


def _list(values: Iterable[Any], place: str) -> List[Any]:
    return [plain(value, "%s[%d]" % (place, index)) for index, value in enumerate(values)]


def _missing(value: Any) -> bool:
    """Is it pandas' NaT or NA? They are of no importable type where pandas is not installed."""
    return type(value).__name__ in ("NaTType", "NAType")


def plain(value: Any, place: str) -> Any:
    """`value` in terms of None, bool, int, float, str, list and dict."""
    if isinstance(value, enum.Enum):
        return plain(value.value, place)
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        if not -LARGEST < value < LARGEST:
            raise EncodeError("%s is an integer of more than %d digits" % (place, MOST_DIGITS))
        return int(value)
    if isinstance(value, str):
        return str.__str__(value)
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise EncodeError("%s is %r, which JSON has no number for" % (place, float(value)))
        return float(value)
    if isinstance(value, dict):
        return _object(value.items(), place)
    if _missing(value):
        return None
    if hasattr(value, "__dataclass_fields__") and not isinstance(value, type):
        import dataclasses  # from Python 3.7 on; on 3.6 the backport that made this value

        return _object(
            [(field.name, getattr(value, field.name)) for field in dataclasses.fields(value)], place
        )
    if isinstance(value, tuple) and hasattr(value, "_fields"):
        return _object(zip(value._fields, value), place)
    if isinstance(value, (list, tuple)):
        return _list(value, place)
    if isinstance(value, (set, frozenset)):
        return sorted(_list(value, place), key=own_json.dumps)
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    if isinstance(value, datetime.timedelta):
        return value.total_seconds()
    if isinstance(value, decimal.Decimal) and not value.is_finite():
        raise EncodeError("%s is %s, which JSON has no number for" % (place, value))
    if isinstance(value, (decimal.Decimal, uuid.UUID, pathlib.PurePath)):
        return str(value)
    if isinstance(value, (bytes, bytearray, memoryview)):
        return base64.b64encode(bytes(value)).decode("ascii")
    if hasattr(value, "itertuples") and hasattr(value, "columns"):
        return _frame(value, place)
    if type(value).__module__.split(".")[0] == "numpy" and hasattr(value, "dtype"):
        return _numpy(value, place)
    if callable(getattr(value, "tolist", None)):
        return plain(value.tolist(), place)
    raise EncodeError(
        "%s is of type %s.%s, which has no JSON form; return numbers, text, lists or dicts of them"
        % (place, type(value).__module__, type(value).__name__)
    )


def _frame(value: Any, place: str) -> List[Any]:
    columns = list(value.columns)
    rows = value.itertuples(index=False, name=None)
    return [_object(zip(columns, row), "%s[%d]" % (place, index)) for index, row in enumerate(rows)]


def _numpy(value: Any, place: str) -> Any:
    kind = value.dtype.kind
    if (kind in "mM" or (kind == "V" and value.dtype.names)) and getattr(value, "ndim", 0):
        return _list(list(value), place)
    if kind == "M":
        # item() of nanosecond times is a bare integer; numpy's own text is ISO 8601.
        return None if str(value) == "NaT" else str(value)
    if kind == "m":
        return None if str(value) == "NaT" else _seconds(value, place)
    if kind == "V" and value.dtype.names:
        return _object([(name, value[name]) for name in value.dtype.names], place)
    listed = value.tolist()
    if type(listed) is type(value):
        raise EncodeError("%s is a numpy %s, which has no JSON form" % (place, value.dtype))
    return plain(listed, place)


def _seconds(value: Any, place: str) -> float:
    unit = value.dtype.str.rstrip("]")[-1]  # of "<m8[ns]"; "8" where it has none
    if unit in "YM8":
        raise EncodeError("%s is a %s, which is no number of seconds" % (place, value.dtype))
    return int(value.astype("timedelta64[ns]").astype("int64")) / 1e9


def encode_plain(value: Any) -> str:
    """The JSON text of what `plain` gave. Raises EncodeError where it is nested too deeply."""
    if type(value) is int:  # as json writes it, at a tenth of the cost: labels are the most common answer
        return int.__repr__(value)
    try:
        text: str = _encode(value)
    except RecursionError:
        raise EncodeError(TOO_DEEP) from None
    return text


_encode = own_json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


def encode_prediction(value: Any) -> str:
    """The JSON text of a prediction, by the rules above. Raises EncodeError where it has none."""
    return encode_plain(plain_prediction(value))


def plain_prediction(value: Any) -> Any:
    """A prediction in terms of None, bool, int, float, str, list and dict. Raises EncodeError."""
    try:
        return plain(value, PREDICTION)
    except RecursionError:
        raise EncodeError(TOO_DEEP) from None


def to_bytes(text: str) -> bytes:
    """UTF-8 of a JSON text; lone surrogates, which UTF-8 cannot hold, become JSON's escapes."""
    try:
        return text.encode("utf-8")
    except UnicodeEncodeError:
        escaped: str = own_json.dumps(own_json.loads(text), separators=(",", ":"))
        return escaped.encode("ascii")

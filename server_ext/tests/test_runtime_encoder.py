"""How predictions become JSON: the rules in worker.py's docstring, one by one and by property."""

from __future__ import annotations

import base64
import collections
import dataclasses
import datetime
import decimal
import enum
import fractions
import json
import math
import pathlib
import uuid
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway_runtime.worker import (
    EncodeError,
    decode_sample,
    encode_prediction,
    own_traceback,
    score,
    to_bytes,
)


def plain(value: Any) -> Any:
    return json.loads(to_bytes(encode_prediction(value)))


class Point(NamedTuple):
    x: int
    y: int


@dataclasses.dataclass
class Box:
    label: str
    corners: list[Point]


class Colour(enum.Enum):
    RED = "red"
    PAIR = (1, 2)


class Level(enum.IntEnum):
    HIGH = 3


class Name(str):
    __slots__ = ()

    def __str__(self) -> str:
        return "something else"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (None, None),
        (True, True),
        (2**70, 2**70),
        (0.1, 0.1),
        ("ü\u2028", "ü\u2028"),
        ("\ud800", "\ud800"),
        (Name("given"), "given"),
        ((1, [2, (3,)]), [1, [2, [3]]]),
        ({3, 1, 2}, [1, 2, 3]),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({7: "a", None: "b", True: "c", 1.5: "d"}, {"7": "a", "null": "b", "true": "c", "1.5": "d"}),
        (Box("b", [Point(1, 2)]), {"label": "b", "corners": [{"x": 1, "y": 2}]}),
        ([Colour.RED, Colour.PAIR, Level.HIGH], ["red", [1, 2], 3]),
        ({Colour.RED: 1}, {"red": 1}),
        (datetime.datetime(2020, 1, 2, 3, 4, 5, tzinfo=datetime.UTC), "2020-01-02T03:04:05+00:00"),
        (datetime.date(2020, 1, 2), "2020-01-02"),
        (datetime.time(3, 4), "03:04:00"),
        (datetime.timedelta(minutes=1, milliseconds=500), 60.5),
        ({datetime.date(2020, 1, 2): 1}, {"2020-01-02": 1}),
        (decimal.Decimal("1.10"), "1.10"),
        (uuid.UUID(int=5), "00000000-0000-0000-0000-000000000005"),
        (pathlib.PurePosixPath("/a/b"), "/a/b"),
        (b"\x00\xff", base64.b64encode(b"\x00\xff").decode()),
        (bytearray(b"ab"), "YWI="),
        (collections.OrderedDict(b=1, a=2), {"b": 1, "a": 2}),
        (collections.Counter("aab"), {"a": 2, "b": 1}),
    ],
)
def test_standard_library(value: Any, expected: Any) -> None:
    assert plain(value) == expected


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (math.nan, "the prediction is nan"),
        ([1, {"a": [math.inf]}], 'the prediction[1]["a"][0] is inf'),
        ({"a": -math.inf}, 'the prediction["a"] is -inf'),
        ({math.nan: 1}, "a key of the prediction is nan"),
        (decimal.Decimal("NaN"), "the prediction is NaN"),
        ([decimal.Decimal("-Infinity")], "the prediction[0] is -Infinity"),
        ({"a": object()}, 'the prediction["a"] is of type builtins.object'),
        (fractions.Fraction(1, 2), "fractions.Fraction"),
        (1j, "builtins.complex"),
        (lambda: None, "builtins.function"),
        ((n for n in [1]), "generator"),
        ({1: "a", "1": "b"}, 'two keys that both become "1"'),
        ({(1, 2): "a"}, "key of type tuple"),
        ({b"a": 1}, "key of type bytes"),
    ],
)
def test_what_has_no_json_form_names_the_place(value: Any, place: str) -> None:
    with pytest.raises(EncodeError) as caught:
        encode_prediction(value)
    assert place in str(caught.value)


def test_what_holds_itself() -> None:
    loop: list[Any] = []
    loop.append(loop)
    with pytest.raises(EncodeError, match="holds itself"):
        encode_prediction(loop)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(json_values)
def test_json_values_survive_unchanged(value: Any) -> None:
    text = encode_prediction(value)
    assert decode_sample(to_bytes(text)) == value
    assert score({"predictor": lambda x: x}, to_bytes(text)) == (0, text)


@given(st.text(st.characters(codec=None), max_size=20) | st.text(st.sampled_from("\ud800\udfffa😀\x00")))
def test_any_text_becomes_utf8(text: str) -> None:
    assert json.loads(to_bytes(encode_prediction(text))) in (text, json.loads(json.dumps(text)))


@given(
    st.recursive(
        json_values
        | st.floats()
        | st.binary()
        | st.decimals()
        | st.timedeltas()
        | st.datetimes()
        | st.complex_numbers()
        | st.fractions()
        | st.uuids(),
        lambda inner: (
            st.lists(inner)
            | st.tuples(inner, inner)
            | st.dictionaries(st.text() | st.integers() | st.floats() | st.none(), inner)
        ),
        max_leaves=12,
    )
)
def test_anything_becomes_strict_json_or_an_error(value: Any) -> None:
    def refuse(name: str) -> None:
        raise AssertionError(f"{name} in JSON")

    try:
        text = encode_prediction(value)
    except EncodeError as error:
        text = json.dumps(str(error))
        place = str(error)
    else:
        place = "the prediction"
    assert place.startswith(("the prediction", "a key of the prediction"))
    json.loads(to_bytes(text), parse_constant=refuse)


@given(
    st.binary(max_size=60)
    | st.text(st.sampled_from('[]{}",:0123456789.eE+-ntfaul\\ '), max_size=40).map(str.encode)
)
def test_any_bytes_are_json_or_malformed(content: bytes) -> None:
    status, text = score({"predictor": lambda x: x}, content)
    assert status in (0, 1)
    assert text


def test_scoring_outcomes() -> None:
    def validator(x: Any) -> bool:
        if x == "raise":
            raise KeyError("k")
        return bool(x != "no")

    functions = {"predictor": lambda x: 1 / x if isinstance(x, int) else math.nan, "validator": validator}
    assert score(functions, b"2") == (0, "0.5")
    assert score(functions, b'"no"') == (2, "the validator said no")
    for verdict, words in [
        (None, "None, which counts as no: let it return True for what it accepts"),
        ("", "'', which counts as no"),
        (0, "0, which counts as no"),
        ([], "[], which counts as no"),
        (decimal.Decimal(0), "a false Decimal, which counts as no"),
    ]:
        refusing = {**functions, "validator": lambda _, verdict=verdict: verdict}
        assert score(refusing, b"2") == (2, f"the validator returned {words}")
    numpys = type("bool_", (), {"__module__": "numpy", "__bool__": lambda _: False})
    assert score({**functions, "validator": lambda _: numpys()}, b"2") == (2, "the validator said no")
    status, text = score(functions, b'"raise"')
    assert (status, "KeyError" in text) == (2, True)
    status, text = score(functions, b"0")
    assert (status, "ZeroDivisionError" in text) == (3, True)
    assert score(functions, b'"x"') == (4, "the prediction is nan, which JSON has no number for")
    assert score(functions, b"{")[0] == 1
    assert score({"predictor": lambda x: 1}, b"[" * 100_000)[0] == 1


def test_a_traceback_shows_causes_and_no_frame_of_ours() -> None:
    def predictor(x: Any) -> Any:
        try:
            return {}[x]
        except KeyError as error:
            raise ValueError("no such thing") from error

    status, text = score({"predictor": predictor}, b'"a"')
    assert status == 3
    assert "direct cause" in text
    assert "KeyError: 'a'" in text
    assert "worker.py" not in text
    assert own_traceback(ValueError("bare")).strip() == "ValueError: bare"

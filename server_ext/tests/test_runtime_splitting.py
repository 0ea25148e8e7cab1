"""An array's text is cut into its elements' texts as json reads it, or not at all."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway_runtime.front import batches
from slipway_runtime.front.batches import _portions, _split

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)
blanks = st.text(" \t\r\n", max_size=3)


def split(body: bytes) -> list[str] | None:
    return asyncio.run(_split(body))


@given(st.lists(json_values), blanks, st.booleans(), st.sampled_from([None, 2]))
def test_any_array_is_cut_as_json_reads_it(
    values: list[Any], blank: str, ascii_only: bool, indent: int | None
) -> None:
    separators = (f"{blank},{blank}", f"{blank}:{blank}")
    text = json.dumps(values, ensure_ascii=ascii_only, indent=indent, separators=separators)
    found = split(f"{blank}{text}{blank}".encode("utf-8", "surrogatepass"))
    if found is None:
        assert not ascii_only, "only what UTF-8 cannot hold is left to the worker"
        return
    assert [json.loads(part) for part in found] == values
    assert json.loads(f"[{','.join(found)}]") == values


@given(
    st.text('[]{}",:0123456789.eE+-ntfaulrs\\ \n', max_size=30).map(str.encode)
    | st.binary(max_size=20)
    | st.lists(json_values, min_size=1).map(lambda values: json.dumps(values)[:-1].encode())
)
def test_whatever_is_cut_is_an_array_and_else_nothing_is(body: bytes) -> None:
    found = split(body)
    try:
        expected = json.loads(body.decode("utf-8"))
    except ValueError:
        expected = None
    if found is None:
        assert not isinstance(expected, list)
    else:
        assert isinstance(expected, list)
        assert len(found) == len(expected)
        assert repr([json.loads(part) for part in found]) == repr(expected)


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"{}",
        b"1",
        b'"[]"',
        b"[",
        b"[1",
        b"[1,",
        b"[1,]",
        b"[,1]",
        b"[1 2]",
        b"[1x2]",
        b"[1;2]",
        b'["a":"b"]',
        b"[1]]",
        b"[1] 2",
        b"[1},",
        b"\xef\xbb\xbf[1]",
        b"[\xff]",
        b"['a']",
        b"[" * 100_000,
        b"[\x0b1]",
        b"[\xc2\xa01]",
        b"[01]",
    ],
)
def test_what_is_no_array_is_left_to_the_worker(body: bytes) -> None:
    assert split(body) is None


def test_what_is_deeper_than_python_follows_is_left_to_the_worker() -> None:
    assert split(b"[1, " + b"[" * 100_000 + b"]" * 100_000 + b"]") is None


@given(
    st.lists(st.text(min_size=1, max_size=40).map(json.dumps)),
    st.integers(1, 50),
    st.sampled_from([0.0, 1e-6, 0.02, 5.0]),
)
def test_portions_keep_order_and_leave_nothing_out(samples: list[str], size: int, seconds: float) -> None:
    before = batches.PORTION
    batches.PORTION = size
    try:
        portions = _portions(samples, seconds)
    finally:
        batches.PORTION = before
    assert [sample for portion in portions for sample in portion] == samples
    assert all(portions)
    for portion in portions:
        assert len(portion) * seconds <= max(batches.PORTION_SECONDS, seconds)
        assert sum(map(len, portion[:-1])) < size

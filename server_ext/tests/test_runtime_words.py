"""Words of messages: numbers with their nouns, and titles that depend on no version of Python."""

from __future__ import annotations

import json

import pytest
from jupyterlab_slipway.builder.comparison import difference
from slipway_runtime.front.openapi_parts import _problem
from slipway_runtime.front.problem import Refusal
from slipway_runtime.scoring import jobs
from slipway_runtime.scoring.json_rules import decode_sample
from slipway_runtime.scoring.single import REJECTED
from slipway_runtime.scoring.words import counted


@pytest.mark.parametrize(("count", "words"), [(0, "0 samples"), (1, "1 sample"), (2, "2 samples")])
def test_nouns_agree_with_numbers(count: int, words: str) -> None:
    assert counted(count, "sample") == words


def test_messages_count_one_as_one() -> None:
    assert difference([1, 2], [1]) == "the answer has 1 element and not 2"
    assert "more than 1 sample," in jobs.too_many(1)


@pytest.mark.parametrize(
    ("status", "title"),
    [
        (400, "Bad Request"),
        (413, "Content Too Large"),
        (422, "Unprocessable Content"),
        (500, "Internal Server Error"),
        (503, "Service Unavailable"),
        (504, "Gateway Timeout"),
    ],
)
def test_titles_are_those_of_rfc_9110(status: int, title: str) -> None:
    assert json.loads(Refusal(status, "So.").answer("1").body)["title"] == title
    assert _problem(status, "So.")["title"] == title


def test_a_failed_sample_of_a_batch_has_the_same_title() -> None:
    assert jobs.row_problem(REJECTED)["title"] == Refusal(422, "So.").problem()["title"]


def test_of_equal_keys_the_last_counts() -> None:
    assert decode_sample(b'{"a": 1, "b": 2, "a": 3}') == {"a": 3, "b": 2}

"""Jobs: from the bytes of requests to the bytes of their answers, within one frame."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway_runtime.scoring import frames, jobs
from slipway_runtime.scoring.jobs import Scorer
from slipway_runtime.scoring.json_rules import decode_sample
from slipway_runtime.scoring.single import EXHAUSTED, MALFORMED, OK, RAISED, REJECTED, UNENCODABLE

MODEL = {"name": "m", "version": "1"}


def double(x: Any) -> Any:
    if x == "no memory":
        raise MemoryError
    if x == "huge":
        raise ValueError("x" * 1_000_000)
    return {"float": float("nan"), "none": None}.get(x, x * 2) if isinstance(x, str) else x * 2


def scorer(predictor: Callable[[Any], Any] = double, *, batched: bool = False, **others: Any) -> Scorer:
    form = (lambda xs: [predictor(x) for x in xs]) if batched else None
    return Scorer({"predictor": predictor, "validator": None, "batch_predictor": form, **others}, MODEL)


def score(found: Scorer, *contents: tuple[int, bytes], singly: bool = False) -> list[frames.JobOutcome]:
    _, outcomes = found.score(frames.pack_jobs(contents), singly, lambda: None)
    return outcomes


def tensors(*samples: list[float], header: dict[str, Any] | None = None) -> tuple[int, bytes]:
    columns = len(samples[0]) if samples else 0
    data = {"name": "x", "datatype": "FP64", "shape": [len(samples), columns], "data": samples}
    body = json.dumps({"inputs": [data], **(header or {})}).encode()
    return frames.TENSORS, frames.pack_tensors(body, None)


@pytest.mark.parametrize("batched", [False, True])
def test_one_frame_answers_each_job_in_its_own_form(batched: bool) -> None:
    found = scorer(batched=batched)
    sample, many, empty, tensor, broken = score(
        found,
        (frames.SAMPLE, b"21"),
        (frames.BATCH, b"[1, 2.5]"),
        (frames.BATCH, b" [ ] "),
        tensors([1.5], [2.5]),
        (frames.SAMPLE, b"{"),
    )
    assert sample == (OK, b"", b"42")
    assert many == (OK, b"", b'{"predictions":[2,5.0],"errors":{}}')
    assert empty == (OK, b"", b'{"predictions":[],"errors":{}}')
    assert tensor[0] == OK
    body, length = frames.unpack_tensors(tensor[2])
    assert length is None
    assert json.loads(body)["outputs"][0]["data"] == [1.5, 1.5, 2.5, 2.5]
    assert broken[0] == MALFORMED
    assert broken[2].startswith(b"The body is not JSON")


def test_a_prediction_that_is_null_is_no_failure() -> None:
    (answer,) = score(scorer(), (frames.BATCH, b'["none", 1, "none"]'))
    assert answer == (OK, b"", b'{"predictions":[null,2,null],"errors":{}}')


def test_each_way_to_fail_has_its_status_and_tells_no_more() -> None:
    found = scorer(validator=lambda x: x != "no")
    body = b'["no", "float", {}, "none", 1, "no memory"]'
    ((status, words, content),) = score(found, (frames.BATCH, body))
    assert status == OK
    answer = json.loads(content)
    assert answer["predictions"] == [None, None, None, None, 2, None]
    expected = {"0": 422, "1": 500, "2": 500, "5": 503}
    assert {place: problem["status"] for place, problem in answer["errors"].items()} == expected
    for problem in answer["errors"].values():
        assert set(problem) == {"type", "title", "status", "detail"}
        assert problem["detail"].endswith(".")
        assert "Traceback" not in problem["detail"]
    told = json.loads(words)
    assert told["failed"] == {"422": 1, "500": 2, "503": 1}
    assert [sample[:2] for sample in told["samples"]] == [
        [0, REJECTED],
        [1, UNENCODABLE],
        [2, RAISED],
        [5, EXHAUSTED],
    ]
    assert told["samples"][2][2].startswith("Traceback")
    assert "TypeError" in told["samples"][2][2]


@pytest.mark.parametrize(
    ("body", "status", "in_words"),
    [
        (b'"no"', REJECTED, b"said no"),
        (b"{}", RAISED, b"TypeError"),
        (b'"float"', UNENCODABLE, b"nan"),
        (b'"no memory"', EXHAUSTED, b"MemoryError"),
    ],
)
def test_a_sample_that_fails_has_words_for_the_log_alone(body: bytes, status: int, in_words: bytes) -> None:
    ((found, words, content),) = score(scorer(validator=lambda x: x != "no"), (frames.SAMPLE, body))
    assert (found, content) == (status, b"")
    assert in_words in words


@pytest.mark.parametrize("body", [b"", b"{}", b"1", b'"[]"', b"[1", b"[1,]", b"null", b"\xff", b"[NaN]"])
def test_what_is_no_array_is_refused_with_a_sentence(body: bytes) -> None:
    ((status, words, content),) = score(scorer(), (frames.BATCH, body))
    assert (status, words) == (MALFORMED, b"")
    assert content.endswith(b".")


def test_a_batch_inside_a_sample_is_one_sample() -> None:
    assert score(scorer(), (frames.SAMPLE, b"[1,2]")) == [(OK, b"", b"[1,2,1,2]")]


def test_the_inference_protocol_fails_as_a_whole() -> None:
    found = scorer(validator=lambda x: x != [2.5])
    ((status, words, content),) = score(found, tensors([1.5], [2.5], [3.5]))
    assert status == REJECTED
    assert content == b"Sample 1: The model's validator refuses this sample."
    assert words.startswith(b"sample 1: ")
    ((status, _, content),) = score(found, (frames.TENSORS, frames.pack_tensors(b"{}", None)))
    assert status == MALFORMED
    assert content
    ((status, _, _),) = score(found, (frames.TENSORS, frames.pack_tensors(b"{}", 9)))
    assert status == MALFORMED
    assert score(found, (frames.TENSORS, b"ab"))[0][0] == MALFORMED


def test_words_for_the_log_have_an_end() -> None:
    many = json.dumps(["no"] * 1000).encode()
    ((_, words, content),) = score(scorer(validator=lambda x: x != "no"), (frames.BATCH, many))
    told = json.loads(words)
    assert [sample[0] for sample in told["samples"]] == list(range(jobs.MOST_TOLD))
    assert told["failed"] == {"422": 1000}
    assert len(json.loads(content)["errors"]) == 1000
    for form, body in ((frames.SAMPLE, b'"huge"'), (frames.BATCH, b'["huge", "huge"]')):
        ((_, words, _),) = score(scorer(), (form, body))
        assert len(words) < 2 * jobs.MOST_WORDS
        assert b"Traceback" in words
        assert b"characters left out" in words


def test_lone_surrogates_come_through() -> None:
    body = rb'["\ud800", "\udfff\ud800", "a"]'
    ((status, _, content),) = score(scorer(lambda x: x), (frames.BATCH, body))
    assert status == OK
    assert json.loads(content)["predictions"] == json.loads(body)
    ((status, words, _),) = score(scorer(lambda x: [][x]), (frames.SAMPLE, rb'"\ud800"'))
    assert status == RAISED
    words.decode("utf-8")


# ---------------------------------------------------------------- reading samples anew


def test_again_gives_a_fresh_copy_each_time() -> None:
    job = jobs._Batch(b'[{"a": [1]}, {"a": [2]}]')
    copies = [job.again(0), job.again(1), job.again(0), job.again(0)]
    assert copies == [{"a": [1]}, {"a": [2]}, {"a": [1]}, {"a": [1]}]
    for each in copies:
        each["a"].append(9)
    assert job.again(0) == {"a": [1]}
    assert job.again(1) == {"a": [2]}
    assert job.rows == [{"a": [1]}, {"a": [2]}]


def test_again_finds_the_row_of_the_right_job() -> None:
    """Empty and broken jobs between them take no place."""

    def batched(xs: list[Any]) -> list[Any]:
        for x in xs:
            x.append("touched")
        raise ValueError

    found = Scorer({"predictor": lambda x: x, "batch_predictor": batched}, MODEL)
    outcomes = score(
        found,
        (frames.BATCH, b"[]"),
        (frames.BATCH, b"[[1],[2]]"),
        (frames.SAMPLE, b"oops"),
        (frames.SAMPLE, b"[3]"),
        (frames.BATCH, b"[]"),
        (frames.BATCH, b"[[4],[5],[6]]"),
    )
    assert [status for status, _, _ in outcomes] == [OK, OK, MALFORMED, OK, OK, OK]
    assert [json.loads(content).get("predictions") for _, _, content in (outcomes[1], outcomes[5])] == [
        [[1], [2]],
        [[4], [5], [6]],
    ]
    assert outcomes[3][2] == b"[3]"


# ---------------------------------------------------------------- one job and the others


def tell(x: Any) -> Any:
    if isinstance(x, str):
        raise ValueError(x)
    return ["of", x]


contents = st.sampled_from(
    [
        (frames.SAMPLE, b"1"),
        (frames.SAMPLE, b"2.5"),
        (frames.SAMPLE, b'"bad"'),
        (frames.SAMPLE, b"{"),
        (frames.SAMPLE, b"null"),
        (frames.BATCH, b"[1,2,3]"),
        (frames.BATCH, b'[1,"bad",2.5,null]'),
        (frames.BATCH, b"[]"),
        (frames.BATCH, b"7"),
        tensors([1.5], [2.5]),
    ]
)


@given(st.lists(contents, max_size=8), st.booleans(), st.booleans())
def test_no_job_changes_another(asked: list[tuple[int, bytes]], batched: bool, singly: bool) -> None:
    together = score(scorer(tell, batched=batched), *asked, singly=singly)
    alone = [score(scorer(tell), job)[0] for job in asked]
    assert [(status, content) for status, _, content in together] == [
        (status, content) for status, _, content in alone
    ]


def test_samples_of_several_requests_share_a_batch_unless_told_otherwise() -> None:
    batches: list[list[Any]] = []

    def batched(xs: list[Any]) -> list[Any]:
        batches.append(xs)
        return xs

    found = Scorer({"predictor": lambda x: x, "batch_predictor": batched}, MODEL)
    asked = [(frames.SAMPLE, b"1"), (frames.BATCH, b"[2,3]"), (frames.SAMPLE, b"4.5"), (frames.SAMPLE, b"5")]
    score(found, *asked)
    assert batches == [[1, 2, 3, 5]]
    score(found, *asked, singly=True)
    assert len(batches) == 1


# ---------------------------------------------------------------- summaries


def test_the_summary_counts() -> None:
    found = scorer(validator=lambda x: x != "no")
    payload = frames.pack_jobs(
        [(frames.BATCH, b'[1,"no","no"]'), (frames.SAMPLE, b"{"), (frames.SAMPLE, b"1")]
    )
    summary, _ = found.score(payload, False, lambda: None)
    assert summary[:2] == (4, 2)
    assert summary.nanoseconds > 0
    assert summary[3:] == (0, b"")


def test_the_worker_ends_where_no_memory_was_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def flags(*asked: tuple[int, bytes]) -> tuple[int, list[int]]:
        summary, outcomes = scorer().score(frames.pack_jobs(asked), False, lambda: None)
        return summary.flags & frames.ENDING, [status for status, _, _ in outcomes]

    assert flags((frames.SAMPLE, b"1")) == (0, [OK])
    assert flags((frames.SAMPLE, b'"no memory"')) == (frames.ENDING, [EXHAUSTED])
    assert flags((frames.BATCH, b'[1,"no memory"]')) == (frames.ENDING, [OK])

    def no_memory(*_: object) -> None:
        raise MemoryError

    monkeypatch.setattr(jobs, "encode_plain", no_memory)
    asked = [(frames.SAMPLE, b"1"), (frames.BATCH, b"[1]")]
    assert flags(*asked) == (frames.ENDING, [OK, EXHAUSTED])
    monkeypatch.setattr(jobs, "decode_sample", no_memory)
    assert flags(*asked) == (frames.ENDING, [EXHAUSTED, EXHAUSTED])


def test_why_batching_ended_is_told_once() -> None:
    found = Scorer({"predictor": lambda x: x, "batch_predictor": lambda _: [0]}, MODEL)
    payload = frames.pack_jobs([(frames.BATCH, b"[1,2]")])
    summary, outcomes = found.score(payload, False, lambda: None)
    assert summary.flags == frames.BATCHING_OFF
    assert summary.note == b"it gave 1 prediction for 2 samples"
    assert json.loads(outcomes[0][2])["predictions"] == [1, 2]
    summary, _ = found.score(payload, False, lambda: None)
    assert (summary.flags, summary.note) == (0, b"")


def test_progress_is_shown_within_a_frame() -> None:
    shown: list[int] = []
    scorer().score(frames.pack_jobs([(frames.BATCH, b"[1,2,3]")]), False, lambda: shown.append(1))
    assert len(shown) == 3


@pytest.mark.parametrize("payload", [b"\x00", b"\x07\x00\x00\x00\x00", b"\x00\x00\x00\x00\x09ab"])
def test_what_is_no_frame_is_an_error_of_the_front(payload: bytes) -> None:
    with pytest.raises(ValueError, match="job"):
        scorer().score(payload, False, lambda: None)


# ---------------------------------------------------------------- numbers at the edge

LIMITS = [
    "1e308",
    "-1e308",
    "1" + "0" * 199 + "e99",
    "0." + "0" * 320 + "1",
    "1e-5000",
    str(2**64 + 1),
    "9" * 4299,
    "1" + "0" * 308 + ".5",
]


@pytest.mark.parametrize("text", LIMITS)
def test_numbers_that_are_read(text: str) -> None:
    assert decode_sample(text.encode()) == json.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        "1e309",
        "-1e999",
        "1E+0400",
        "9" * 309 + ".0",
        "1" + "0" * 300 + "e9",
        "0.1e310",
        "9" * 4301,
        "9" * 5000,
        "-" + "9" * 5000,
        "NaN",
        "-Infinity",
    ],
)
@pytest.mark.parametrize("around", ["{}", "[1,{}]", '{{"a":[{}]}}', '["text, of some length, e999", {}]'])
def test_numbers_that_are_none(text: str, around: str) -> None:
    with pytest.raises(ValueError, match=r"no JSON|too large|digits"):
        decode_sample(around.format(text).encode())

"""What the log says of failed requests, and how often."""

from __future__ import annotations

import logging

import pytest
from slipway_runtime.front.failure_log import MINUTE, FailureLog, traceback_kind

KEY = """Traceback (most recent call last):
  File "cell 2", line 4, in predictor
    return table[x]
           ~~~~~^^^
KeyError: 'a'
"""
OTHER_KEY = KEY.replace("'a'", "'quite another one'")
OTHER_LINE = KEY.replace("line 4", "line 5")
OTHER_TYPE = KEY.replace("KeyError", "package.errors.KeyError")
CHAINED = f"{KEY}\nDuring handling of the above exception, another exception occurred:\n\n{OTHER_LINE}"


@pytest.fixture
def clock() -> list[float]:
    return [1000.0]


@pytest.fixture
def failures(clock: list[float], caplog: pytest.LogCaptureFixture) -> FailureLog:
    caplog.set_level(logging.INFO, "slipway")
    return FailureLog(lambda: clock[0])


def test_the_same_traceback_is_a_line(failures: FailureLog, caplog: pytest.LogCaptureFixture) -> None:
    for number, words in enumerate([KEY, KEY, OTHER_KEY], 1):
        failures.tell(logging.ERROR, f"r-{number}", words)
    assert [record.getMessage() for record in caplog.records] == [
        f"request r-1: {KEY}".rstrip(),
        "request r-2: KeyError: 'a' [the same traceback as request r-1, once since]",
        "request r-3: KeyError: 'quite another one' [the same traceback as request r-1, 2 times since]",
    ]
    assert {record.levelno for record in caplog.records} == {logging.ERROR}


def test_it_comes_again_after_a_minute(
    failures: FailureLog, clock: list[float], caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        failures.tell(logging.ERROR, "r", KEY)
        clock[0] += MINUTE - 1
    assert [record.getMessage().count("Traceback") for record in caplog.records] == [1, 0, 1]


@pytest.mark.parametrize("other", [OTHER_LINE, OTHER_TYPE, CHAINED, f"the validator raised\n{OTHER_LINE}"])
def test_another_traceback_is_told(
    failures: FailureLog, caplog: pytest.LogCaptureFixture, other: str
) -> None:
    failures.tell(logging.ERROR, "r", KEY)
    failures.tell(logging.WARNING, "r", other)
    assert caplog.records[1].getMessage() == f"request r: {other}".rstrip()


def test_what_has_no_traceback_is_told_each_time(
    failures: FailureLog, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(3):
        failures.tell(logging.WARNING, "r", "the validator said no", place="sample 7: ")
    assert [record.getMessage() for record in caplog.records] == [
        "request r: sample 7: the validator said no"
    ] * 3


TRIAL = " (a trial before the release, which may fail)"


def test_an_expected_failure_is_one_line_of_information(
    failures: FailureLog, caplog: pytest.LogCaptureFixture
) -> None:
    failures.tell(logging.ERROR, "r", CHAINED, expected=True)
    failures.tell(logging.WARNING, "r", "the validator said no", expected=True)
    assert [(record.levelno, record.getMessage()) for record in caplog.records] == [
        (logging.INFO, f"request r: KeyError: 'a'{TRIAL}"),
        (logging.INFO, f"request r: the validator said no{TRIAL}"),
    ]


def test_a_message_of_many_lines_makes_no_other_kind() -> None:
    message = "ValueError: a table\n  File of rows\nrow 1: 5\n"
    assert traceback_kind(KEY.replace("KeyError: 'a'\n", message)) == traceback_kind(
        KEY.replace("KeyError: 'a'\n", message.replace("5", "6"))
    )


def test_memory_of_tracebacks_has_an_end(failures: FailureLog, caplog: pytest.LogCaptureFixture) -> None:
    for number in range(5000):
        failures.tell(logging.ERROR, "r", KEY.replace("line 4", f"line {number}"))
    assert all("Traceback" in record.getMessage() for record in caplog.records)
    assert len(failures._told) < 1000

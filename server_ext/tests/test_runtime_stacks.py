"""Where the model's code was when its process hung or crashed: cell and line, in the log, with the request."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest
from runtime_fixtures import CELL, RunningService, Services, eventually
from slipway_runtime import scoring, worker
from slipway_runtime.front.stacks import model_stack

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

DUMP = f"""Fatal Python error: Segmentation fault

Thread 0x00007f01 (most recent call first):
  File "/usr/lib/python3.11/threading.py", line 10 in wait

Current thread 0x00007f02 (most recent call first):
  File "/usr/lib/python3.11/json/decoder.py", line 355 in raw_decode
  File "cell 2", line 3 in inner
  File "cell 2", line 5 in predictor
  File "{scoring.__path__[0]}/single.py", line 110 in predict_value
  File "{worker.__file__}", line 441 in <module>

Extension modules: numpy (total: 1)
"""
FRAMES = """  File "cell 2", line 5, in predictor
  File "cell 2", line 3, in inner
  File "/usr/lib/python3.11/json/decoder.py", line 355, in raw_decode"""


def test_the_thread_that_scores_counts() -> None:
    assert model_stack(DUMP) == FRAMES
    assert (
        model_stack(DUMP.replace("Current thread", "Thread").replace("Thread", "Current thread", 1)) == FRAMES
    )
    assert model_stack(DUMP.replace("cell 2", "gone").replace("Fatal", "Another") + DUMP) == FRAMES, (
        "the last"
    )


def test_of_what_has_recursed_too_deeply_the_current_thread_counts() -> None:
    frames = "".join(f'  File "cell 2", line {line} in f\n' for line in range(100))
    found = model_stack(f"Current thread 0x1 (most recent call first):\n{frames}  ...\n").splitlines()
    assert found[-1] == '  File "cell 2", line 0, in f'
    assert 10 < len(found) < 100


@pytest.mark.parametrize("text", ["", "nonsense", DUMP[: DUMP.index("Current")], "\0" * 100])
def test_where_there_is_nothing_of_the_model_nothing_is_told(text: str) -> None:
    assert model_stack(text) == ""


SOURCE = """
import ctypes, os, re, time

def deeper(x):
    if x == "sleep":
        time.sleep(3600)
    if x == "hold the lock":
        re.match("(a+)+$", "a" * 60 + "b")
    if x == "segfault":
        ctypes.string_at(0)
    if x == "abort":
        os.abort()
    if x == "sys.exit":
        raise SystemExit(3)
    if x == "interrupt":
        raise KeyboardInterrupt
    if x == "pause":
        time.sleep(0.9)
    return x

def predictor(x):
    return deeper(x)
"""


def line_of(text: str) -> int:
    return next(number for number, line in enumerate(SOURCE.splitlines(), 1) if text in line)


@pytest.fixture(scope="module")
def service(slipway_homes: Path) -> Iterator[RunningService]:
    home = slipway_homes / "stacks"
    home.mkdir(mode=0o700)
    services = Services(home)
    yield services.serve(SOURCE, "--prediction-timeout", "1")
    services.close()
    assert not list((home / "run0").glob("stack-*"))


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    ("what", "status", "said", "line"),
    [
        ("sleep", 504, "no prediction within 1 s", "time.sleep(3600)"),
        ("hold the lock", 504, "no prediction within 1 s", "re.match"),
        ("segfault", 500, "ended while it scored (signal 11)", "string_at"),
        ("abort", 500, "ended while it scored (signal 6)", "os.abort"),
        ("sys.exit", 500, "ended while it scored (exit code 1)", "raise SystemExit"),
        ("interrupt", 500, "ended while it scored (exit code 1)", "raise KeyboardInterrupt"),
    ],
)
def test_the_log_names_cell_and_line(
    service: RunningService, what: str, status: int, said: str, line: str
) -> None:
    if what == "segfault" and sys.platform != "linux":
        pytest.skip("it is a bus error there")
    before = len(service.log)
    request = f"stack-of-{what.replace(' ', '-')}"
    assert service.predict(json.dumps(what).encode(), x_request_id=request).status == status
    eventually(lambda: said in service.log[before:], "the line")
    lines = service.log[before:].splitlines()
    at = next(number for number, text in enumerate(lines) if f"request {request}: " in text)
    assert said in lines[at]
    told = "\n".join(lines[at : at + 8])
    assert f'  File "{CELL}", line {line_of("return deeper(x)")}, in predictor' in told
    assert f'  File "{CELL}", line {line_of(line)}, in deeper' in told
    assert "worker.py" not in told
    assert "single.py" not in told


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_what_is_slow_and_answers_leaves_nothing(service: RunningService) -> None:
    before = len(service.log)
    for _ in range(3):
        assert service.predict(b'"pause"').body == b'"pause"'
    assert service.log[before:] == ""

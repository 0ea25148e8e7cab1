"""What a service says and does where its requests in flight take longer than it waits for them."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import pytest
from runtime_fixtures import PATIENCE, RunningService, Services, eventually, open_connection
from slipway_runtime import control

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

HANGS = """
import os, time

def predictor(x):
    open(x["tell"], "w").close()
    while not os.path.exists(x["end"]):
        time.sleep(0.05)
    return "done"
"""


@pytest.fixture
def asked(slipway_home: Path) -> Iterator[tuple[bytes, Path, Path]]:
    """A sample whose prediction goes on until a file is there; the file that says it has begun; that file."""
    tell, end = slipway_home / "tell", slipway_home / "end"
    yield f'{{"tell": "{tell}", "end": "{end}"}}'.encode(), tell, end
    end.touch()


def ask(service: RunningService, port: int, body: bytes, found: list[int]) -> threading.Thread:
    def run() -> None:
        connection = open_connection(port)
        try:
            connection.request("POST", "/predict", body, {"content-type": "application/json"})
            found.append(connection.getresponse().status)
        except OSError:
            found.append(0)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def test_a_request_that_is_given_up_is_told(services: Services, asked: tuple[bytes, Path, Path]) -> None:
    body, tell, _ = asked
    service = services.serve(HANGS, "--drain-timeout", "1.5")
    assert control.status(service.run_dir)["drain_timeout"] == 1.5
    found: list[int] = []
    thread = ask(service, service.publish(), body, found)
    eventually(tell.exists, "the prediction has begun")
    control.stop(service.run_dir)
    assert service.wait_end() == 0
    thread.join(PATIENCE)
    assert 200 not in found
    assert "INFO stopping: 1 request in flight" in service.log
    assert "WARNING stopped with 1 request unanswered after 1.5 s" in service.log


def test_a_request_that_is_answered_in_time_is_none(
    services: Services, asked: tuple[bytes, Path, Path]
) -> None:
    body, tell, end = asked
    service = services.serve(HANGS)
    found: list[int] = []
    thread = ask(service, service.publish(), body, found)
    eventually(tell.exists, "the prediction has begun")
    control.stop(service.run_dir)
    eventually(lambda: "stopping: 1 request in flight" in service.log, "it drains")
    end.touch()
    assert service.wait_end() == 0
    thread.join(PATIENCE)
    assert found == [200]
    assert "unanswered" not in service.log

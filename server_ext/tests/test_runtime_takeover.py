"""The port goes from one release to the next while clients use it: no request is lost."""

from __future__ import annotations

import http.client
import json
import threading
from collections import Counter
from typing import TYPE_CHECKING

import pytest
from runtime_fixtures import PATIENCE, Services, eventually, free_port, open_connection
from slipway_runtime import control

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

JSON = {"content-type": "application/json"}
SOURCE = """
import time

def predictor(x):
    time.sleep(0.01)
    return x
"""


class Load:
    """Clients that ask without pause until `stop`; every answer and every failure is kept."""

    def __init__(self, port: int, clients: int, keep_alive: bool) -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._port = port
        self._keep_alive = keep_alive
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._client, args=(n,)) for n in range(clients)]
        for thread in self._threads:
            thread.start()

    def _client(self, number: int) -> None:
        connection = open_connection(self._port)
        for count in range(10**9):
            if self._end.is_set():
                break
            try:
                connection.request("POST", "/predict", json.dumps([number, count]), JSON)
                response = connection.getresponse()
                if response.status != 200 or json.loads(response.read()) != [number, count]:
                    self.failures.append(f"status {response.status}")
                else:
                    self.answers[response.getheader("slipway-release", "")] += 1
            except (OSError, http.client.HTTPException, ValueError) as error:
                self.failures.append(repr(error))
                connection.close()
            if not self._keep_alive:
                connection.close()
        connection.close()

    def stop(self) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join(PATIENCE)


@pytest.fixture(params=[True, False], ids=["keep-alive", "one connection a request"])
def keep_alive(request: pytest.FixtureRequest) -> Iterator[bool]:
    return request.param


def test_no_request_is_lost(services: Services, keep_alive: bool) -> None:
    current = services.serve(SOURCE, "--workers", "2")
    port = current.publish()
    load = Load(port, 6, keep_alive)
    try:
        for _ in range(3):
            eventually(
                lambda name=current.run_dir.name: load.answers[f"release-{name[3:]}"] > 20, "old answers"
            )
            following = services.serve(SOURCE, "--workers", "2")
            control.publish(following.run_dir, "127.0.0.1", port, take_over_from=current.run_dir)
            assert current.wait_end() == 0
            current = following
        eventually(lambda: load.answers["release-3"] > 20, "the last release answers")
    finally:
        load.stop()
    assert load.failures == []
    assert set(load.answers) == {"release-0", "release-1", "release-2", "release-3"}


def test_a_long_prediction_of_the_old_release_is_answered(services: Services) -> None:
    source = "import time\n\ndef predictor(x):\n    time.sleep(x)\n    return x\n"
    old, new = services.serve(source), services.serve(source)
    port = old.publish()
    connection = open_connection(port)
    connection.request("POST", "/predict", b"3", JSON)
    (worker,) = old.workers()
    eventually(lambda: "stopping" not in old.log and worker.is_running(), "the old release scores")
    control.publish(new.run_dir, "127.0.0.1", port, take_over_from=old.run_dir)
    other = open_connection(port)
    eventually(lambda: release_of(port) == "release-1", "the new release answers")
    response = connection.getresponse()
    assert (response.status, response.read()) == (200, b"3")
    connection.close()
    other.close()
    assert old.wait_end() == 0
    assert release_of(port) == "release-1"


def release_of(port: int) -> str | None:
    connection = open_connection(port)
    try:
        connection.request("GET", "/livez")
        return connection.getresponse().getheader("slipway-release")
    finally:
        connection.close()


def test_of_one_that_has_ended_only_the_port_is_taken(services: Services) -> None:
    old, new = services.serve(), services.serve()
    port = old.publish()
    old.process.kill()
    old.wait_end()
    control.publish(new.run_dir, "127.0.0.1", port, take_over_from=old.run_dir)
    assert release_of(port) == "release-1"


def test_of_one_that_has_no_port_nothing_is_taken(services: Services) -> None:
    old, new = services.serve(), services.serve()
    with pytest.raises(control.ControlError, match="not published"):
        control.publish(new.run_dir, "127.0.0.1", free_port(), take_over_from=old.run_dir)
    assert old.state() == "ready"
    assert new.publish()


def test_another_port_than_asked_for_is_not_taken(services: Services) -> None:
    old, new = services.serve(), services.serve()
    port = old.publish()
    with pytest.raises(control.ControlError, match=str(port)):
        control.publish(new.run_dir, "127.0.0.1", free_port(), take_over_from=old.run_dir)
    assert release_of(port) == "release-0"
    assert old.state() == "ready"
    control.publish(new.run_dir, "127.0.0.1", port, take_over_from=old.run_dir)
    assert old.wait_end() == 0
    assert release_of(port) == "release-1"

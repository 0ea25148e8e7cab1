"""Requests in flight have the time that the service was started with when a deployment is stopped."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import pytest
from deployments_fixtures import ask, deploy, nothing_runs_of, until
from jupyterlab_slipway.deployments.endings import MARGIN, grace_of
from slipway_runtime.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyterlab_slipway.deployments.manager import Deployments

WAITING = (
    "requirements = []",
    "import os, time",
    (
        "def predictor(x):\n"
        "    if 'tell' not in x:\n"
        "        return 'done'\n"
        "    os.system('sleep 987 & echo $! > ' + x['tell'])\n"
        "    while not os.path.exists(x['end']):\n"
        "        time.sleep(0.05)\n"
        "    return 'done'"
    ),
    "examples = [{}]",
)


def test_the_services_own_limit_counts() -> None:
    service: Any = {"engine": "process", "identity": "1", "run_dir": "/run"}
    assert grace_of(service) == Settings().drain_timeout + MARGIN
    assert grace_of({**service, "drain_timeout": 3.0}) == 3.0 + MARGIN
    assert grace_of({**service, "drain_timeout": 600.0}) == 600.0 + MARGIN


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_stop_waits_as_long_as_the_service_was_told_to(
    deployments: Deployments,
    saved_notebook: Callable[..., Path],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("SLIPWAY_DRAIN_TIMEOUT", "2.5")
    name = deploy(deployments, saved_notebook("waiting.ipynb", *WAITING))
    monkeypatch.delenv("SLIPWAY_DRAIN_TIMEOUT")  # what holds is what it was started with
    files = deployments.records.release(name, 1)
    assert files.service is not None
    assert files.service["drain_timeout"] == 2.5
    tell, end = tmp_path / "tell", tmp_path / "end"
    found: list[int] = []

    def run() -> None:
        try:
            found.append(ask(deployments, name, f'{{"tell": "{tell}", "end": "{end}"}}')[0])
        except OSError:
            found.append(0)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        until(lambda: tell.exists() and tell.read_text().strip(), "the prediction has begun")
        deployments.stop(name)
        assert nothing_runs_of(deployments), "neither what the predictor has started"
        assert "stopped with 1 request unanswered after 2.5 s" in (files.logs / "live.log").read_text()
    finally:
        end.touch()
        thread.join(60)
    assert found != [200]

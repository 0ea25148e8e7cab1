"""Faults under load, a hundredth of each campaign; `benchmarks/chaos` runs the whole and prints the times."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from campaigns import hanging, killing, overload, releases, slow
from runtime_fixtures import PATIENCE, Services
from slipway_runtime import control

if TYPE_CHECKING:
    from campaigns.client import Tally

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def assert_sound(tally: Tally) -> None:
    """Every request had its own answer, and every refusal says when to come again."""
    assert tally.wrong == []
    assert tally.unanswered == []
    assert tally.unadvised == 0


def test_answers_are_right_while_workers_are_killed(services: Services) -> None:
    service = services.serve(killing.SOURCE, "--workers", "2", "--prediction-timeout", "2")
    port = service.publish()
    found = asyncio.run(killing.kill_workers(service, port, requests=1000, every=0.2, deadline=PATIENCE))
    assert_sound(found.tally)
    assert found.tally.turned_away == []
    assert set(found.tally.statuses) <= killing.ALLOWED
    assert found.tally.statuses[200] >= 900
    assert set(found.eaten) <= {503, 504}, service.log[-2000:]
    assert min(found.faults.values()) >= 2
    assert service.state() == "ready"


def test_serves_again_after_its_only_worker_was_killed(services: Services) -> None:
    service = services.serve(killing.SOURCE)
    found = asyncio.run(killing.recover(service, service.publish(), kills=4, deadline=PATIENCE))
    assert_sound(found.tally)
    assert set(found.tally.statuses) <= {200, 503}
    assert found.tally.statuses[200] == 4


def test_a_hang_costs_one_request_and_one_worker(services: Services) -> None:
    service = services.serve(hanging.SOURCE, "--workers", "2", "--prediction-timeout", "3")
    found = asyncio.run(hanging.hang(service, service.publish(), 3, deadline=PATIENCE))
    assert found.status == 504
    assert found.answered >= 3
    assert_sound(found.others)
    assert set(found.others.statuses) == {200}


def test_health_is_answered_while_every_worker_holds_the_lock(services: Services) -> None:
    service = services.serve(hanging.SOURCE, "--workers", "2", "--prediction-timeout", "3")
    found = asyncio.run(hanging.burn(service, service.publish(), workers=2, asks=20, deadline=PATIENCE))
    assert found.busy > 0
    assert set(found.health.statuses) == {200}
    assert_sound(found.health)
    assert found.statuses == [504, 504]


def test_overload_is_refused_and_passes(services: Services) -> None:
    service = services.serve(overload.SOURCE, "--workers", "2", "--queue", "8")
    found = asyncio.run(
        overload.overload(service, service.publish(), 2, seconds=2, times=3, deadline=PATIENCE)
    )
    assert_sound(found.tally)
    assert set(found.tally.statuses) == {200, 503}
    assert service.predict(b"7").body == b"7"


def test_slow_clients_are_cut(services: Services) -> None:
    limits = slow.Limits(header=1, body=2, write=3)
    service = services.serve(slow.SOURCE, *limits.options)
    found = asyncio.run(
        slow.slow_clients(service.publish(), limits, clients=12, seconds=1, patience=20, deadline=PATIENCE)
    )
    assert found.left == dict.fromkeys(slow.KINDS, 0)
    for kind in slow.KINDS:
        assert len(found.cut[kind]) == 3
        assert min(found.cut[kind]) >= limits.of(kind) * 0.9
    for tally in (found.alone, found.beside):
        assert_sound(tally)
        assert set(tally.statuses) == {200}


def test_no_request_fails_when_releases_take_over(services: Services) -> None:
    bundle = services.bundle(releases.SOURCE)

    def start() -> object:
        return services.start(bundle, "--workers", "2").wait_ready()

    first = start()
    found = asyncio.run(releases.roll(first, first.publish(), start, rounds=2, deadline=PATIENCE))
    for tally in (found.kept, found.fresh):
        assert_sound(tally)
        assert tally.turned_away == []
        assert set(tally.statuses) == {200}
    assert found.codes == [0, 0]


def test_sigterm_loses_nothing_of_who_is_connected(services: Services) -> None:
    service = services.serve(releases.SOURCE, "--workers", "2")
    found = asyncio.run(releases.drain(service, service.publish(), seconds=0.5, deadline=PATIENCE))
    assert_sound(found.kept)
    assert set(found.kept.statuses) == {200}
    assert_sound(found.fresh)
    assert set(found.fresh.statuses) <= {200, 503}
    assert found.code == 0
    with pytest.raises(control.ControlError):
        control.status(service.run_dir)

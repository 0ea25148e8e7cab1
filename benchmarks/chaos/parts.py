"""The parts of the benchmark: each starts a service, runs its campaign and says what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from aims import Aim
from campaigns import hanging, killing, overload, releases, slow
from campaigns.client import Tally, percentile
from runtime_fixtures import RunningService, Services


@dataclass(frozen=True)
class Size:
    """How much of the whole is run; 1 is what the aims mean."""

    share: float

    def count(self, whole: int, least: int = 1) -> int:
        return max(least, round(whole * self.share))

    def seconds(self, whole: float, least: float = 3.0) -> float:
        return max(least, whole * self.share)


def _most(figure: str, wanted: float, found: float, unit: str = "") -> Aim:
    return Aim(figure, wanted, found, at_least=False, unit=unit)


def _say(text: str, end: str = "\n") -> None:
    print(f"  {text}", end=end, flush=True)


def _words(tally: Tally) -> str:
    statuses = ", ".join(f"{count:,} × {status}" for status, count in sorted(tally.statuses.items()))
    rest = f"; {len(tally.wrong)} wrong, {len(tally.unanswered)} unanswered"
    for example in (tally.wrong + tally.unanswered)[:3]:
        rest += f"\n    {example}"
    return (statuses or "nothing answered") + rest


def _sound(name: str, *tallies: Tally) -> list[Aim]:
    wrong = sum(len(tally.wrong) for tally in tallies)
    unanswered = sum(len(tally.unanswered) for tally in tallies)
    return [
        _most(f"{name}: mismatched or duplicated answers", 0, wrong),
        _most(f"{name}: requests without an answer in time", 0, unanswered),
    ]


def kills(services: Services, size: Size) -> list[Aim]:
    """100,000 unique requests while each second a worker is killed, stopped, or allocates without end."""
    timeout = 2.0
    service = services.serve(killing.SOURCE, "--workers", "2", "--prediction-timeout", str(timeout))
    requests = size.count(100_000)
    # A request may wait as long as a prediction may take, and then take as long itself.
    found = asyncio.run(
        killing.kill_workers(service, service.publish(), requests, every=1.0, deadline=2 * timeout + 1)
    )
    _say(_words(found.tally))
    _say(", ".join(f"{count} × {kind}" for kind, count in found.faults.items()))
    _say(f"those that allocate ended in {sorted({str(status) for status in found.eaten})}")
    for status, seconds in sorted(found.tally.seconds.items()):
        _say(f"{status}: p50 {percentile(seconds, 0.5) * 1e3:.1f} ms, longest {max(seconds) * 1e3:.0f} ms")
    others = sum(count for status, count in found.tally.statuses.items() if status not in killing.ALLOWED)
    return [
        *_sound("kills", found.tally),
        _most("kills: answers other than 200, 503 and 504", 0, others),
    ]


def recovery(services: Services, size: Size) -> list[Aim]:
    """The only worker is killed 200 times: how long until the next right answer?"""
    service = services.serve(killing.SOURCE)
    found = asyncio.run(killing.recover(service, service.publish(), size.count(200), deadline=30))
    p50, p99 = (percentile(found.seconds, share) * 1e3 for share in (0.5, 0.99))
    _say(f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {max(found.seconds) * 1e3:.0f} ms")
    return [_most("recovery: kill → serving again, p99", 250, p99, "ms"), *_sound("recovery", found.tally)]


def hang(services: Services, size: Size) -> list[Aim]:
    """Predictors hang, one after the other, while others are asked."""
    timeout = 1.0
    service = services.serve(hanging.SOURCE, "--workers", "2", "--prediction-timeout", str(timeout))
    port = service.publish()
    found = [asyncio.run(hanging.hang(service, port, timeout, 30)) for _ in range(size.count(20, 3))]
    late = max(one.gone for one in found) - timeout
    answered = max(one.answered for one in found) - timeout
    _say(f"answered at most {answered * 1e3:.0f} ms after the timeout, ", end="")
    print(f"the worker gone at most {late * 1e3:.0f} ms after it")
    failed = sum(one.others.asked - one.others.statuses[200] for one in found)
    took = [seconds for one in found for seconds in one.others.seconds[200]]
    _say(f"others: {len(took):,} answers, p99 {percentile(took, 0.99) * 1e3:.1f} ms; {failed} failed")
    return [
        _most("hang: end of the worker after its timeout", 0.5, late, "s"),
        _most("hang: others' requests that failed", 0, failed),
        _most("hang: those that hang, other than 504", 0, sum(one.status != 504 for one in found)),
    ]


def health(services: Services, size: Size) -> list[Aim]:
    """/livez while every worker holds the interpreter's lock in C code."""
    service = services.serve(hanging.SOURCE, "--workers", "2", "--prediction-timeout", "5")
    port = service.publish()
    found = [asyncio.run(hanging.burn(service, port, 2, 400, 60)) for _ in range(size.count(5))]
    took = [seconds for one in found for seconds in one.health.seconds[200]]
    longest = max(took) * 1e3
    _say(f"{len(took):,} answers: p50 {percentile(took, 0.5) * 1e3:.1f} ms, ", end="")
    print(f"p99 {percentile(took, 0.99) * 1e3:.1f} ms, longest {longest:.1f} ms")
    return [
        _most("health: longest answer while all workers hold the lock", 50, longest, "ms"),
        *_sound("health", *(one.health for one in found)),
    ]


def overloaded(services: Services, size: Size) -> list[Aim]:
    """Three times as many requests as two workers can answer that need 20 ms for each, for a minute."""
    service = services.serve(overload.SOURCE, "--workers", "2")
    found = asyncio.run(overload.overload(service, service.publish(), 2, size.seconds(60), 3, 60))
    refused = percentile(found.tally.seconds.get(503, []), 0.99) * 1e3
    longest = max(found.tally.seconds.get(503, [0.0])) * 1e3
    _say(f"capacity {found.capacity:.1f}/s, goodput {found.goodput:.1f}/s; {_words(found.tally)}")
    _say(f"refused within {refused:.1f} ms (p99), {longest:.1f} ms (longest); ", end="")
    print(f"{found.tally.unadvised} without Retry-After")
    middle = len(found.memory) // 2
    early, late = max(found.memory[:middle]), max(found.memory[middle:])
    _say(
        f"memory {found.memory[0] / 1e6:.0f} MB before, at most {early / 1e6:.1f} MB in the first half, ",
        end="",
    )
    print(f"{late / 1e6:.1f} MB in the second; normal {found.normal:.1f} s after")
    return [
        Aim("overload: goodput of the capacity", 90, 100 * found.goodput / found.capacity, unit="%"),
        _most("overload: refusals, p99", 50, refused, "ms"),
        _most("overload: memory of the second half against the first", 1.05, late / early, "×"),
        _most("overload: back to normal", 5, found.normal, "s"),
        *_sound("overload", found.tally),
    ]


def slow_clients(services: Services, size: Size) -> list[Aim]:
    """1,000 clients that are slow with the head, with the body, in reading, or do nothing."""
    limits = slow.Limits(header=5, body=15, write=10)
    service = services.serve(slow.SOURCE, "--workers", "2", *limits.options)
    found = asyncio.run(
        slow.slow_clients(service.publish(), limits, size.count(1000, 20), size.seconds(15), 5, 60)
    )
    alone, beside = (percentile(tally.seconds[200], 0.99) * 1e3 for tally in (found.alone, found.beside))
    _say(f"others: p99 {alone:.1f} ms alone, {beside:.1f} ms beside them; {_words(found.beside)}")
    for kind, times in found.cut.items():
        span = f"after {min(times):.1f} to {max(times):.1f} s" if times else "-"
        _say(f"{kind}: {len(times)} cut {span}, {found.left[kind]} not cut")
    late = {kind: max(times) - limits.of(kind) for kind, times in found.cut.items() if times}
    reader = late.pop("reader", 0.0)
    return [
        _most("slow clients: others' p99 against without them", 2, beside / alone, "×"),
        _most("slow clients: not cut", 0, sum(found.left.values())),
        _most("slow clients: cut after their limit", 1, max(late.values(), default=0.0), "s"),
        # The kernel looks at those when it asks whether they read again, which it does ever more seldom.
        _most("slow clients: cut after their limit, where they do not read", 5, reader, "s"),
        *_sound("slow clients: others", found.beside),
    ]


def rolling(services: Services, size: Size) -> list[Aim]:
    """100 releases take over from each other under load."""
    bundle = (
        services.bundle()
    )  # it answers at once: the more requests, the more are on their way at any moment

    def start() -> RunningService:
        return services.start(bundle, "--workers", "2").wait_ready()

    first = start()
    rounds = size.count(100, 3)
    found = asyncio.run(releases.roll(first, first.publish(), start, rounds, deadline=30, clients=40))
    for name, tally in (("connections kept", found.kept), ("one connection a request", found.fresh)):
        _say(f"{name}: {_words(tally)}; {len(tally.turned_away)} turned away {tally.turned_away[:3]}")
    _say(f"hand-over and end of the old release: p50 {percentile(found.seconds, 0.5):.2f} s, ", end="")
    print(f"longest {max(found.seconds):.2f} s; exit codes {sorted(set(found.codes))}")
    failed = sum(tally.asked - tally.statuses[200] for tally in (found.kept, found.fresh))
    return [
        _most(f"rolling: failed requests in {rounds} hand-overs", 0, failed),
        *_sound("rolling", found.kept, found.fresh),
    ]


def draining(services: Services, size: Size) -> list[Aim]:
    """SIGTERM under load, 20 times: who is connected is answered."""
    bundle = services.bundle(releases.SOURCE)
    found = []
    for _ in range(size.count(20, 2)):
        service = services.start(bundle, "--workers", "2").wait_ready()
        found.append(asyncio.run(releases.drain(service, service.publish(), 1, deadline=30)))
    failed = sum(sum(one.kept.statuses.values()) - one.kept.statuses[200] for one in found)
    failed += sum(len(one.kept.unanswered) for one in found)
    _say(f"{sum(one.kept.statuses[200] for one in found):,} answers, {failed} failed; ended within ", end="")
    print(f"{max(one.seconds for one in found):.2f} s; exit codes {sorted({one.code for one in found})}")
    return [
        _most("drain: failed requests on connections in use", 0, failed),
        _most("drain: exit codes other than 0", 0, sum(one.code != 0 for one in found)),
        *_sound("drain", *(one.kept for one in found)),
    ]


PARTS: dict[str, Callable[[Services, Size], list[Aim]]] = {
    "kills": kills,
    "recovery": recovery,
    "hang": hang,
    "health": health,
    "overload": overloaded,
    "slow": slow_clients,
    "rolling": rolling,
    "drain": draining,
}

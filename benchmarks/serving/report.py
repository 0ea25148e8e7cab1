"""Tables of what was found, and what of the aims was reached."""

from __future__ import annotations

from aims import Aim
from comparison import CONNECTIONS, Found
from peers import BASELINE, CEILING, GUNICORN, OURS

ONE, MANY = CONNECTIONS


def _columns(found: Found) -> list[float]:
    return [
        found.per_second(ONE),
        found.p50(ONE),
        found.p99(ONE),
        found.per_second(MANY),
        found.p50(MANY),
        found.p99(MANY),
        sorted(found.memory)[len(found.memory) // 2] / 1e6,
        sorted(found.cold)[len(found.cold) // 2],
    ]


_HEADINGS = [
    *(f"{what}, {number} conn." for number in CONNECTIONS for what in ("requests/s", "p50 ms", "p99 ms")),
    "memory MB",
    "cold start s",
]
_FORMATS = ["{:,.0f}", "{:.2f}", "{:.2f}", "{:,.0f}", "{:.2f}", "{:.2f}", "{:.0f}", "{:.2f}"]


def _table(first: str, rows: list[tuple[str, list[str]]]) -> None:
    print(f"\n| {first} | " + " | ".join(_HEADINGS) + " |")
    print("|---|" + "---:|" * len(_HEADINGS))
    for label, cells in rows:
        print(f"| {label} | " + " | ".join(cells) + " |")


def print_comparison(found: dict[str, Found]) -> None:
    """Both tables: as measured, and each figure divided by ours."""
    named = {
        key: f"{one.contender.label} ({one.contender.notes})" if one.contender.notes else one.contender.label
        for key, one in found.items()
    }
    measured = {key: _columns(one) for key, one in found.items()}
    _table(
        "medians",
        [
            (named[key], [form.format(value) for form, value in zip(_FORMATS, values, strict=True)])
            for key, values in measured.items()
        ],
    )
    if OURS in measured:
        _table(
            "divided by ours",
            [
                (
                    found[key].contender.label,
                    [f"{value / own:.2f}" for value, own in zip(values, measured[OURS], strict=True)],
                )
                for key, values in measured.items()
                if key != OURS
            ],
        )
    for key, one in found.items():
        if one.failed or one.wrong:
            print(
                f"\n{named[key]}: {one.failed} requests of the load failed, {one.wrong} answers were wrong."
            )


def comparison_aims(found: dict[str, Found]) -> list[Aim]:
    def rate(key: str) -> float | None:
        """Ours by theirs, at many connections."""
        if OURS not in found or key not in found:
            return None
        return found[OURS].per_second(MANY) / found[key].per_second(MANY)

    peers = [key for key in found if key not in (OURS, CEILING)]
    best = max(peers, key=lambda key: found[key].per_second(MANY), default=None)
    label = found[best].contender.label if best is not None else "none ran"
    p50 = None
    if OURS in found and GUNICORN in found:
        p50 = found[OURS].p50(ONE) / found[GUNICORN].p50(ONE)
    return [
        Aim(f"requests/s at {MANY} connections against the Flask development server", 15, rate(BASELINE)),
        Aim(f"… against the best peer ({label})", 5, rate(best) if best is not None else None),
        Aim("… against the ceiling", 0.4, rate(CEILING)),
        Aim("p50 at one connection against gunicorn + Flask", 1, p50, at_least=False),
    ]

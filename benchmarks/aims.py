"""Figures beside what they should be."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Aim:
    """One figure; `found` is None where it was not measured."""

    figure: str
    wanted: float
    found: float | None
    at_least: bool = True
    unit: str = "×"

    @property
    def reached(self) -> bool | None:
        if self.found is None:
            return None
        return self.found >= self.wanted if self.at_least else self.found <= self.wanted

    def row(self) -> str:
        sign = "≥" if self.at_least else "≤"
        if self.found is None:
            found = "not measured"
        else:
            number = f"{self.found:,}" if isinstance(self.found, int) else f"{self.found:,.2f}"
            found = f"{number} {self.unit}".strip()
        verdict = {True: "reached", False: "NOT REACHED", None: "-"}[self.reached]
        aim = f"{sign} {self.wanted:,g} {self.unit}".strip()
        return f"| {self.figure} | {aim} | {found} | {verdict} |"


def print_aims(aims: list[Aim]) -> None:
    print("\n| figure | aim | found | |\n|---|---:|---:|---|")
    for aim in aims:
        print(aim.row())


def all_reached(aims: list[Aim]) -> bool:
    return not any(aim.reached is False for aim in aims)

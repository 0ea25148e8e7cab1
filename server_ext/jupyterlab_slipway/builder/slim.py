"""Phase slim: the service gets the packages that serving needs, and no others.

Which these are is told from what loading the model and scoring the samples used, in a clean environment of
the declared packages (`needed.py`). That is no more than a candidate: the build verifies the bundle with its
lock, and where an answer differs, with the next one; the last candidate is the whole list that is declared.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from pathlib import Path

from packaging.utils import canonicalize_name
from slipway_runtime.bundle import MODULES

from ..problems import Code, SlipwayProblem
from ..served_packages import summary
from ..sizes import size_words
from ..wire import ServedPackage, ServedPackages
from .installed import Environment, read_environment
from .lock import locked_versions, only
from .needed import Needed, Reasons, find_needed, reason_left_out
from .options import BuildOptions
from .progress import Progress
from .requirements import Pin
from .resolve import CAPTURE_PACKAGE
from .samples import Scored
from .verify import Replays

_SHOWN = 8


@dataclass(frozen=True)
class Candidate:
    """What the service may be given."""

    lock: str
    packages: ServedPackages | None
    """None where nothing was looked for."""

    def after(self, failed: Candidate, problem: SlipwayProblem) -> Candidate:
        """The same, knowing that one with less did not do."""
        if self.packages is None or failed.packages is None:
            return self
        missed = sorted(_left_out(failed.packages) - _left_out(self.packages))
        reason = (
            f"Without {_enumerated(missed)} the model does not answer as it did in the notebook, so the "
            f"service keeps {'it' if len(missed) == 1 else 'them'}. ({problem.message})"
        )
        return replace(self, packages={**self.packages, "fallback": reason})


def reason_to_skip(options: BuildOptions, scored: Scored, lock: str) -> str | None:
    """Why there is nothing to look for, or no way to prove what is found."""
    if not options.slim:
        return "switched off: the service gets every declared package"
    if locked_versions(lock).keys() <= {CAPTURE_PACKAGE}:
        return "no packages to leave out"
    if not scored.samples:
        return "no sample to prove it with: the service gets every declared package"
    return None


def find_candidates(
    replays: Replays, python: Path, *, pins: list[Pin], keep: tuple[str, ...], lock: str
) -> list[Candidate]:
    """From the least to all that is declared.

    `python` is that of the environment of all declared packages, `lock` theirs.
    """
    try:
        trace = replays.run("trace.py", python, "slim")
        replays.check(trace)
    except SlipwayProblem:
        replays.progress.note(
            "slim",
            "With all declared packages the captured model does not answer as in the notebook, so nothing "
            "was left out.",
            "warning",
        )
        return [Candidate(lock, None)]  # with which the verification says why
    environment = read_environment(python)
    needed = find_needed(trace, environment, pins=pins, keep=keep, modules=replays.bundle / MODULES)
    found = [
        Candidate(only(lock, reasons), _packages(reasons, needed, environment))
        for reasons in (needed.least, needed.traced)
    ]
    found.append(Candidate(lock, _packages(_all(needed, environment), needed, environment)))
    return _each_once(found)


def check_keep(keep: tuple[str, ...], lock: str) -> None:
    """Raises SlipwayProblem where a package to keep is not one that the requirements bring."""
    for name in keep:
        if canonicalize_name(name) not in locked_versions(lock):
            raise SlipwayProblem(
                Code.REQUEST_INVALID,
                f"The service cannot keep {name}: no requirement of the notebook brings it. Correct the "
                "name, or add it to `requirements`.",
            )


def _all(needed: Needed, environment: Environment) -> Reasons:
    return {**dict.fromkeys(environment.distributions, "declared"), **needed.traced}


def _each_once(candidates: list[Candidate]) -> list[Candidate]:
    return list({candidate.lock: candidate for candidate in reversed(candidates)}.values())[::-1]


def _packages(kept: Reasons, needed: Needed, environment: Environment) -> ServedPackages:
    packages: list[ServedPackage] = []
    for name, distribution in sorted(environment.distributions.items()):
        packages.append(
            {
                "name": name,
                "version": distribution.version,
                "bytes": distribution.bytes,
                "kept": name in kept,
                "reason": kept[name] if name in kept else reason_left_out(name, kept, needed),
                "modules": distribution.modules,
            }
        )
    return {
        "packages": packages,
        "before": sum(package["bytes"] for package in packages),
        "after": sum(package["bytes"] for package in packages if package["kept"]),
        "fallback": None,
    }


def words(packages: ServedPackages | None) -> str:
    return "every declared package" if packages is None else summary(packages)


def tell(packages: ServedPackages | None, progress: Progress) -> None:
    """The list as a fact of its own and in the log, and loudly why it is not shorter."""
    if packages is None:
        return
    for package in packages["packages"]:
        progress.output("slim", _line(package))
    progress.packages(packages)
    if packages["fallback"] is not None:
        progress.note("slim", packages["fallback"], "warning")


def _line(package: ServedPackage) -> str:
    fate = "kept" if package["kept"] else "left out"
    named = f"{package['name']} {package['version']}"
    return f"{fate:8}  {named}  {size_words(package['bytes'])}  {package['reason']}\n"


def _left_out(packages: ServedPackages) -> set[str]:
    return {package["name"] for package in packages["packages"] if not package["kept"]}


def _enumerated(names: Collection[str]) -> str:
    shown = list(names)[:_SHOWN]
    more = len(names) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")

"""Why it is this Python, and why a package cannot be had, in sentences."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from packaging.utils import canonicalize_name

from ..problems import Code, SlipwayProblem
from .import_names import misnomer
from .interpreters import Interpreter, span
from .requirements import Pin
from .uv_words import NO_WHEEL, reason


def why_this_python(
    python: Interpreter,
    own: Interpreter | None,
    at_hand: Sequence[Interpreter],
    failed: Mapping[Interpreter, str],
    pins: Mapping[str, Pin],
    has_wheel: Callable[[Pin, Interpreter], bool],
    where: str,
) -> str:
    """
    Args:
        python: the one that was chosen.
        own: the one that the notebook was written with, where it is at hand.
        at_hand: all.
        failed: what uv said, by those on which the pins did not resolve.
        pins: by their normalised names.
        has_wheel: whether a pin resolves to wheels by itself.
        where: they all are: "at hand", say.
    """
    begin = f"Python {python.short}:"
    if python == own:
        return f"{begin} the version that the notebook was written with."
    newer = sorted((other for other in failed if other.minor > python.minor), key=lambda other: other.minor)
    all_of_them = span(list(at_hand))
    if not newer:
        rank = f"newest of {all_of_them}" if len(at_hand) > 1 else "only one"
        sentence = f"{begin} the {rank} {where}"
        return (
            f"{sentence} (on {own.short}: {reason(failed[own])})."
            if own in failed and own
            else f"{sentence}."
        )
    excluded = _first_missing(newer, failed, pins)
    sentence = f"{begin} the newest of {all_of_them} {where}"
    because = f"(on {newer[0].short}: {reason(failed[newer[0]])})"
    nearest = excluded.get(newer[0])
    if nearest is None:
        return f"{sentence} on which all pins resolve to wheels {because}."
    if not any(has_wheel(nearest, other) for other in newer):
        return f"{sentence} for which {pin_words(nearest)} has a wheel {because}."
    without: dict[Pin, list[Interpreter]] = {}
    for other, pin in excluded.items():
        without.setdefault(pin, []).append(other)
    facts = ", ".join(f"{pin_words(pin)} has none for {span(others)}" for pin, others in without.items())
    return f"{sentence} for which every pin has a wheel: {facts} {because}."


def pin_words(pin: Pin) -> str:
    """`scipy 1.0.1`, or `scipy >=1.0,<2`."""
    name, specifier = pin
    exact = specifier.startswith("==") and "," not in specifier
    return f"{name} {specifier[2:] if exact else specifier}"


def _first_missing(
    pythons: Sequence[Interpreter], failed: Mapping[Interpreter, str], pins: Mapping[str, Pin]
) -> dict[Interpreter, Pin]:
    """The pin of which uv found no wheel, where it was one; it names the first that it met."""
    found = {}
    for python in pythons:
        match = NO_WHEEL.search(failed[python])
        pin = pins.get(canonicalize_name(match.group(1))) if match else None
        if pin is not None:
            found[python] = pin
    return found


def misnomer_words(pin: Pin) -> str | None:
    """A sentence where the pin has the name that is imported, and the package another one."""
    name = pin[0].partition("[")[0]
    package = misnomer(name)
    if package is None:
        return None
    version = pin[1].removeprefix("==") if "," not in pin[1] else pin[1]
    return (
        f"`{name}` is what one imports; the package is {package}. Write "
        f'["{package}", "{version}"] in `requirements`.'
    )


def unknown_version(pin: Pin, at_hand: Sequence[Interpreter]) -> SlipwayProblem:
    """The index has the package, but no such version for any of the Pythons `at_hand`."""
    advice = misnomer_words(pin) or "Correct the version in `requirements`."
    return SlipwayProblem(
        Code.VERSION_UNKNOWN,
        f'The package index has no version of {pin[0]} that fits "{pin[1]}". {advice} '
        f"(Pythons tried: {span(list(at_hand))}.)",
    )


def unknown_package(name: str, pins: Mapping[str, Pin], indexes: Mapping[str, str]) -> SlipwayProblem:
    """No index has a package of this name. `pins` and `indexes` go by normalised names."""
    if name in indexes:
        return SlipwayProblem(
            Code.PACKAGE_UNKNOWN,
            f"The index that the notebook's metadata name for {name}, {indexes[name]}, has no package of "
            "that name. Correct the URL (below it, each package has a directory), or take it out of "
            "`slipway.indexes`.",
        )
    if name not in pins:
        return SlipwayProblem(
            Code.PACKAGE_UNKNOWN,
            f'The package "{name}", which one of `requirements` needs, is not on the package index. Check '
            "the pins and the index settings.",
        )
    said = f'`requirements` names "{pins[name][0]}", but the package index has no package of that name.'
    known = misnomer_words(pins[name])
    if known is not None:
        return SlipwayProblem(Code.PACKAGE_UNKNOWN, f"{said} {known}")
    return SlipwayProblem(
        Code.PACKAGE_UNKNOWN,
        f"{said} Check the spelling; the name to install may differ from the name to import (`sklearn` is "
        "installed as `scikit-learn`). A package of your own that is installed on this machine alone is on "
        "no index: put its directory beside the notebook and take it out of `requirements`; what lies there "
        "is taken along without being declared.",
    )

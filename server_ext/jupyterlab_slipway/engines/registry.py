"""The engines, in the order in which the default is looked for."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache

from ..problems import Code, SlipwayProblem
from ..wire import EngineView
from .containers.engine import ContainerEngine
from .engine import Diagnosis, Engine
from .process import ProcessEngine

DEFAULT_VARIABLE = "SLIPWAY_ENGINE"
"""Names the engine of deployments that name none."""


@cache
def engines() -> tuple[Engine, ...]:
    return (ContainerEngine("docker"), ContainerEngine("podman"), ProcessEngine())


def engine_named(name: str) -> Engine:
    """
    Raises:
        SlipwayProblem: ENGINE_UNKNOWN.
    """
    for engine in engines():
        if engine.name == name:
            return engine
    known = ", ".join(engine.name for engine in engines())
    raise SlipwayProblem(Code.ENGINE_UNKNOWN, f"There is no engine named {name!r}; there is {known}.")


def chosen_default() -> str | None:
    """The engine that the user's environment names."""
    return os.environ.get(DEFAULT_VARIABLE, "").strip() or None


def default_engine(preferred: str | None = None) -> Engine:
    """The preferred one, else the one that the environment names, else the first that works here.

    Raises:
        SlipwayProblem: ENGINE_UNKNOWN, or UNSUPPORTED where it, or every one, does not work.
    """
    if preferred is not None:
        return usable_engine(preferred)
    named = chosen_default()
    if named is not None:
        try:
            return usable_engine(named)
        except SlipwayProblem as problem:
            raise SlipwayProblem(
                problem.code, f"{problem.message} The variable {DEFAULT_VARIABLE} names it."
            ) from None
    reasons = []
    for engine in engines():
        diagnosis = engine.diagnose()
        if diagnosis.available:
            return engine
        reasons.append(detail_words(engine.name, diagnosis))
    raise SlipwayProblem(Code.UNSUPPORTED, f"No engine works on this machine. {' '.join(reasons)}")


def usable_engine(name: str) -> Engine:
    """
    Raises:
        SlipwayProblem: ENGINE_UNKNOWN, or UNSUPPORTED where it does not work here.
    """
    engine = engine_named(name)
    diagnosis = engine.diagnose()
    if not diagnosis.available:
        raise SlipwayProblem(
            Code.UNSUPPORTED,
            f"The engine {name} does not work on this machine. {detail_words(name, diagnosis)}",
        )
    return engine


def image_engine(named: str | None) -> ContainerEngine:
    """The one that is named, else that of the user's environment if it makes images, else what works first.

    Raises:
        SlipwayProblem: ENGINE_UNKNOWN, UNSUPPORTED, REQUEST_INVALID.
    """
    makers = [engine for engine in engines() if isinstance(engine, ContainerEngine)]
    names = [maker.name for maker in makers]
    if named is None and chosen_default() in names:
        named = chosen_default()
    if named is not None:
        engine = usable_engine(engine_named(named).name)
        if isinstance(engine, ContainerEngine):
            return engine
        raise SlipwayProblem(
            Code.REQUEST_INVALID, f"The engine {named} makes no images. What does: {', '.join(names)}."
        )
    found = [(maker, maker.diagnose()) for maker in makers]
    for maker, diagnosis in found:
        if diagnosis.available:
            return maker
    reasons = " ".join(detail_words(maker.name, diagnosis) for maker, diagnosis in found)
    raise SlipwayProblem(Code.UNSUPPORTED, f"No container engine works on this machine. {reasons}")


def engine_views(preferred: str | None = None) -> list[EngineView]:
    """All engines, for the user; which is the default is found as in `default_engine`.

    None is, where the name of the default is that of no engine, or where no engine works.
    """
    known = engines()
    # each asks programs, which may take their time
    with ThreadPoolExecutor(len(known)) as executor:
        diagnoses = list(executor.map(lambda engine: engine.diagnose(), known))
    default = preferred or chosen_default()
    if default is None:
        working = (engine.name for engine, found in zip(known, diagnoses, strict=True) if found.available)
        default = next(working, None)
    return [
        {
            "name": engine.name,
            "available": diagnosis.available,
            "default": engine.name == default,
            "detail": detail_words(engine.name, diagnosis),
        }
        for engine, diagnosis in zip(known, diagnoses, strict=True)
    ]


def detail_words(name: str, diagnosis: Diagnosis) -> str:
    """A diagnosis that stands alone: what is missing, and what to do about it, as sentences."""
    detail = diagnosis.detail
    if not diagnosis.available and detail[:1].islower():
        detail = f"{name} {detail}"
    return detail[:1].upper() + detail[1:]

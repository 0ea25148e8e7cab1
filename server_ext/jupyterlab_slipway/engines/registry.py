"""The engines, in the order in which the default is looked for."""

from __future__ import annotations

from functools import cache

from ..problems import Code, SlipwayProblem
from ..wire import EngineView
from .engine import Engine
from .process import ProcessEngine


@cache
def engines() -> tuple[Engine, ...]:
    return (ProcessEngine(),)


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


def default_engine() -> Engine:
    """The first that works here.

    Raises:
        SlipwayProblem: UNSUPPORTED where none does.
    """
    reasons = []
    for engine in engines():
        diagnosis = engine.diagnose()
        if diagnosis.available:
            return engine
        reasons.append(f"{engine.name}: {diagnosis.detail}")
    raise SlipwayProblem(Code.UNSUPPORTED, f"No engine works on this machine. {' '.join(reasons)}")


def usable_engine(name: str | None) -> Engine:
    """The named one, else the default.

    Raises:
        SlipwayProblem: ENGINE_UNKNOWN, or UNSUPPORTED where it does not work here.
    """
    if name is None:
        return default_engine()
    engine = engine_named(name)
    diagnosis = engine.diagnose()
    if not diagnosis.available:
        raise SlipwayProblem(
            Code.UNSUPPORTED, f"The engine {name} does not work on this machine: {diagnosis.detail}"
        )
    return engine


def engine_views(default: str | None = None) -> list[EngineView]:
    """All engines, for the user; `default` names the preferred one, else it is the first that works."""
    views: list[EngineView] = []
    for engine in engines():
        diagnosis = engine.diagnose()
        views.append(
            {
                "name": engine.name,
                "available": diagnosis.available,
                "default": False,
                "detail": diagnosis.detail,
            }
        )
    for view in views:
        if view["name"] == default if default else view["available"]:
            view["default"] = True
            break
    return views

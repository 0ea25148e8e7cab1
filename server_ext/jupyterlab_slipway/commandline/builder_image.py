"""`slipway builder-image`"""

from __future__ import annotations

import argparse

from ..builder.cancellation import Cancelled
from ..deployments.home import Home
from ..engines.containers.settings import ContainerSettings
from ..engines.containers.tool import Tool
from ..engines.registry import chosen_default, detail_words, engine_named, usable_engine
from ..engines.s2i.builder_image import make_builder_image
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from .display import DisplayProgress, make_display
from .exits import CANCELLED, SUCCESS
from .output import Output

_ENGINES = ("docker", "podman")


def builder_image(options: argparse.Namespace, output: Output) -> int:
    Cancellation().install()
    tool = Tool(_engine(options.engine))
    settings = ContainerSettings.of_user()
    display = make_display(output, f"builder image {options.tag}")
    try:
        identifier = make_builder_image(
            tool, options.tag, options.python, settings, DisplayProgress(display), Home.of_user().root
        )
    except Cancelled:
        output.error("The build was cancelled.")
        return CANCELLED
    finally:
        display.close()
    size = tool.image_size(options.tag)
    output.json({"image": options.tag, "id": f"sha256:{identifier}", "bytes": size, "engine": tool.name})
    output.line(f"`s2i build REPOSITORY {options.tag} SERVICE-IMAGE` makes a service of a repository.")
    return SUCCESS


def _engine(named: str | None) -> str:
    """The one that is named, else the one of SLIPWAY_ENGINE if it makes images, else the first that works.

    Raises:
        SlipwayProblem: ENGINE_UNKNOWN, UNSUPPORTED, REQUEST_INVALID.
    """
    if named is None and chosen_default() in _ENGINES:
        named = chosen_default()
    if named is not None:
        if engine_named(named).name not in _ENGINES:
            raise SlipwayProblem(
                Code.REQUEST_INVALID, f"The engine {named} makes no images. What does: docker, podman."
            )
        return usable_engine(named).name
    found = [(name, engine_named(name).diagnose()) for name in _ENGINES]
    for name, diagnosis in found:
        if diagnosis.available:
            return name
    reasons = " ".join(detail_words(name, diagnosis) for name, diagnosis in found)
    raise SlipwayProblem(Code.UNSUPPORTED, f"No container engine works on this machine. {reasons}")

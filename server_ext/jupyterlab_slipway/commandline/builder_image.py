"""`slipway builder-image`"""

from __future__ import annotations

import argparse

from ..builder.cancellation import Cancelled
from ..builder.plain_lines import EventProgress
from ..deployments.home import Home
from ..engines.containers.settings import ContainerSettings
from ..engines.containers.tool import Tool
from ..engines.registry import image_engine
from ..engines.s2i.builder_image import make_builder_image
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from .display import make_display
from .exits import CANCELLED, SUCCESS
from .output import Output


def builder_image(options: argparse.Namespace, output: Output) -> int:
    Cancellation().install()
    tool = Tool(image_engine(options.engine).name)
    settings = ContainerSettings.of_user()
    display = make_display(output, f"builder image {options.tag}")
    try:
        identifier = make_builder_image(
            tool, options.tag, options.python, settings, EventProgress(display), Home.of_user().root
        )
    except Cancelled:
        output.problem(SlipwayProblem(Code.CANCELLED, "The build was cancelled.").as_problem())
        return CANCELLED
    finally:
        display.close()
    size = tool.image_size(options.tag)
    output.json({"image": options.tag, "id": f"sha256:{identifier}", "bytes": size, "engine": tool.name})
    output.line(f"`s2i build REPOSITORY {options.tag} SERVICE-IMAGE` makes a service of a repository.")
    return SUCCESS

"""`slipway start`"""

from __future__ import annotations

import argparse

from ..deployments.manager import Deployments
from ..problems import SlipwayProblem
from .deploy import Interruption, close, follow
from .exits import FAILED, SUCCESS
from .output import Output


def start(options: argparse.Namespace, output: Output) -> int:
    deployments = Deployments()
    interruption = Interruption()
    try:
        number = deployments.start(options.name, options.release)
    except SlipwayProblem as problem:
        close(output, {"name": options.name, "release": None, "state": "failed"}, problem.as_problem())
        return FAILED
    if options.detach:
        output.json({"name": options.name, "release": number, "state": "building"})
        output.line(
            f"Release {number} of {options.name} is being started. "
            f"`slipway logs {options.name} -f` follows it."
        )
        return SUCCESS
    return follow(deployments, options.name, number, output, interruption)

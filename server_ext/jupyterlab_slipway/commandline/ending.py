"""`slipway stop` and `slipway rm`"""

from __future__ import annotations

import argparse

from ..deployments.manager import Deployments
from .exits import SUCCESS
from .output import Output


def stop(options: argparse.Namespace, output: Output) -> int:
    deployments = Deployments()
    before = deployments.get(options.name)
    ran = any(release["state"] in ("building", "live") for release in before["releases"])
    view = deployments.stop(options.name)
    output.json(view)
    live = view.get("live")
    if live is None:
        output.line(f"{options.name} is stopped." if ran else f"{options.name} was not running.")
    else:
        output.line(
            f"The build is cancelled; release {live} of {options.name} still serves. Stop again to end it."
        )
    return SUCCESS


def remove(options: argparse.Namespace, output: Output) -> int:
    Deployments().remove(options.name, force=options.force)
    output.json({"name": options.name, "removed": True})
    output.line(f"{options.name} is removed.")
    return SUCCESS

"""`slipway push`"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from typing import Any

from ..builder.cancellation import Cancelled
from ..deployments.manager import Deployments
from ..engines.containers.registry_words import Layer
from ..event_words import problem_lines
from ..problems import Code, SlipwayProblem
from ..signals import Cancellation
from ..wire import Problem
from .exits import CANCELLED, FAILED, SUCCESS
from .output import Output, is_live_terminal

_WORDS = {"sent": "sent", "there": "is there already", "again": "could not be sent; it is tried again"}


def push(options: argparse.Namespace, output: Output) -> int:
    cancellation = Cancellation()
    cancellation.install()
    shown = PushDisplay(output)
    try:
        number, published = Deployments().push(
            options.name, options.destination, options.release, shown.layer
        )
    except Cancelled:
        shown.close()
        problem = SlipwayProblem(Code.CANCELLED, "The push was cancelled; nothing of it is left here.")
        return close_without(output, options, "cancelled", problem.as_problem())
    except SlipwayProblem as problem:
        shown.close()
        return close_without(output, options, "failed", problem.as_problem())
    cancellation.shield()
    shown.close()
    output.json({"name": options.name, "release": number, "state": "pushed", **published})
    output.line(f"Release {number} of {options.name} is in the registry as {published['tag']}.")
    output.line(published["reference"])
    return SUCCESS


def close_without(output: Output, options: argparse.Namespace, state: str, problem: Problem) -> int:
    """Says how a command for one release ended that was not done; the exit code."""
    output.json({"name": options.name, "release": options.release, "state": state, "problem": problem})
    for line in problem_lines(problem):
        output.error(line)
    return CANCELLED if state == "cancelled" else FAILED


class PushDisplay:
    """What becomes of the layers: a line that counts them on a terminal, else a line each."""

    def __init__(self, output: Output, words: Mapping[str, str] = _WORDS) -> None:
        self._output = output
        self._words = words
        self._known: dict[str, str] = {}
        self._counts = not output.as_json and is_live_terminal(sys.stdout)

    def layer(self, layer: Layer) -> None:
        self._known[layer.id] = layer.status
        facts: dict[str, Any] = {"kind": "layer", "layer": layer.id, "status": layer.status}
        self._output.json({**facts, "done": self._done(), "known": len(self._known)})
        if self._counts:
            self._output.raw(f"\r  {self._done()} of {len(self._known)} layers\x1b[K")
        elif layer.status in self._words:
            self._output.line(f"  layer {layer.id} {self._words[layer.status]}")

    def close(self) -> None:
        """Leaves the terminal as a plain line would."""
        if self._counts and self._known:
            self._output.raw("\r\x1b[K")

    def _done(self) -> int:
        return sum(status in ("sent", "fetched", "there") for status in self._known.values())

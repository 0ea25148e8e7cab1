"""Why a release's container is gone, in sentences, as far as its engine tells."""

from __future__ import annotations

from collections.abc import Mapping

from ...sizes import size_words
from ..engine import ServiceRecord
from .settings import MEMORY
from .tool import Container


def ending_words(service: ServiceRecord, found: Mapping[str, Container]) -> str:
    """`found` are the containers of the service that are still there, by their ids."""
    name = service.get("name", service["container"][:12])
    container, having_port = found.get(service["container"]), found.get(service["holder"])
    if container is None:
        return f"Its container {name} was removed from outside."
    if not container.running:
        return f"Its container {name} ended with exit code {container.exit_code}{_ended_by(container)}."
    if "pid" in service and container.pid not in (0, service["pid"]):
        return f"Its container {name} was restarted from outside, where it does not get its port again."
    if having_port is None:
        return "The container that has its port was removed from outside."
    return f"The container that has its port, {having_port.name}, was stopped or restarted from outside."


def memory_words(container: Container) -> str:
    limit = f" of {size_words(container.memory)}" if container.memory else ""
    return f"it reached its memory limit{limit}, which {MEMORY} sets"


def _ended_by(container: Container) -> str:
    """What is known from an exit code: 128 + signal where one has ended it."""
    if container.exit_code in (0, 143):
        return ": it was stopped from outside"
    if container.out_of_memory:
        return f": {memory_words(container)}"
    if container.exit_code == 137:
        return ": it was killed from outside, or the machine ran out of memory"
    return ""

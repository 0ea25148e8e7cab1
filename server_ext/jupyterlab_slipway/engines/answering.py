"""What a service says of itself: by its port, and by its log."""

from __future__ import annotations

import http.client
import time

from ..problems import Code, SlipwayProblem
from .engine import Plan

PUBLISH_TIMEOUT = 30.0
_POLL = 0.05


def wait_answered_by(plan: Plan) -> None:
    """Until it is this release that answers on the port; the one before may accept for a moment longer."""
    deadline = time.monotonic() + PUBLISH_TIMEOUT
    answered_by: str | None = None
    while time.monotonic() < deadline:
        connection = http.client.HTTPConnection(plan.host, plan.port, timeout=5)
        try:
            connection.request("GET", "/livez")
            answered_by = connection.getresponse().getheader("Slipway-Release")
        except (OSError, http.client.HTTPException):
            answered_by = None
        finally:
            connection.close()
        if answered_by == plan.identity:
            return
        time.sleep(_POLL)
    raise SlipwayProblem(
        Code.PROBE_FAILED,
        f"On port {plan.port} it is not this release that answers"
        f"{'' if answered_by is None else ' but ' + (answered_by or 'another program')}. "
        "Stop the deployment and deploy again.",
    )


def last_error_in(log: str) -> str | None:
    """The sentence of the last error in a service's log."""
    for line in reversed(log.splitlines()):
        _, found, sentence = line.partition(" ERROR ")
        if found:
            return sentence.strip()
    return None

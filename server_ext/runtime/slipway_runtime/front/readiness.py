"""Is this service able to score? Asked by /readyz, by the engine's probe and by the control socket."""

from __future__ import annotations

from typing import Literal

State = Literal["starting", "ready", "failed", "draining"]


class Readiness:
    """One answer for the whole service; `reason` is a sentence wherever the state is not ready."""

    def __init__(self) -> None:
        self.state: State = "starting"
        self.reason: str | None = "The model is being loaded."

    def become(self, state: State, reason: str | None = None) -> None:
        if self.state == "failed" or (self.state == "draining" and state != "failed"):
            return  # what failed first is what happened, and nothing becomes ready at its end
        self.state = state
        self.reason = reason

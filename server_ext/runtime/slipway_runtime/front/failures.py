"""Why a request has no outcome of the model's."""

from __future__ import annotations


class Busy(Exception):
    """More requests wait than the queue holds, or this one waited too long."""


class NoWorker(Exception):
    """No worker can score now: the model is not loaded, or its processes are being replaced."""


class WorkerLost(Exception):
    """The worker ended while it held this request. `crashed`: by itself, and not by somebody's SIGKILL.

    `stack`: what it was doing, as lines for the log, where that is known.
    """

    def __init__(self, words: str, *, crashed: bool, stack: str = "") -> None:
        super().__init__(words)
        self.crashed = crashed
        self.stack = stack


class TimedOut(Exception):
    """The prediction took too long; its worker was killed. `stack` as above."""

    def __init__(self, stack: str = "") -> None:
        super().__init__()
        self.stack = stack

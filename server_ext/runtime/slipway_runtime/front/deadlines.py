"""Time limits for many short waits at once: a timer for each would cost more than most of the requests."""

from __future__ import annotations

import asyncio

_MOST_LATE = 0.25
"""Seconds after its limit at which a wait ends at the latest."""


class Deadlines:
    """One limit, in seconds, for whatever runs between `begin` and `end` of a task."""

    def __init__(self, limit: float) -> None:
        self._limit = limit
        self._began: dict[asyncio.Task[object], float] = {}
        self._late: set[asyncio.Task[object]] = set()
        self._timer: asyncio.TimerHandle | None = None

    def limit(self) -> _Limit:
        """A context for `begin` and `end`, which raises TimeoutError at its end for a task that is late."""
        return _Limit(self)

    def begin(self) -> asyncio.Task[object]:
        """For the current task, which `end` has to be called with."""
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._began[task] = loop.time()
        if self._timer is None:
            self._timer = loop.call_later(min(self._limit / 4, _MOST_LATE), self._look)
        return task

    def end(self, task: asyncio.Task[object]) -> bool:
        """Whether the task was cancelled because it was late; that is over then."""
        self._began.pop(task, None)
        if task not in self._late:
            return False
        self._late.discard(task)
        task.uncancel()
        return True

    def _look(self) -> None:
        loop = asyncio.get_running_loop()
        now = loop.time()
        for task, began in list(self._began.items()):
            if now - began < self._limit:
                break  # those after it began later
            del self._began[task]
            self._late.add(task)
            task.cancel()
        # Only while something waits: an idle service sleeps.
        self._timer = loop.call_later(min(self._limit / 4, _MOST_LATE), self._look) if self._began else None


class _Limit:
    __slots__ = ("_deadlines", "_task")

    def __init__(self, deadlines: Deadlines) -> None:
        self._deadlines = deadlines

    def __enter__(self) -> None:
        self._task = self._deadlines.begin()

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        late = self._deadlines.end(self._task)
        if late and kind is not None and issubclass(kind, asyncio.CancelledError):
            raise TimeoutError

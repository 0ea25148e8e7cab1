"""What the log says of requests that failed. A traceback that was there a moment ago is not repeated."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from dataclasses import dataclass

log = logging.getLogger("slipway")

MINUTE = 60.0
"""Seconds in which a traceback is not repeated."""
_MOST_KINDS = 256
"""Tracebacks that are remembered."""
_MOST_SHOWN = 300
"""Characters of what was raised, where its traceback is not repeated."""
_RAISED = re.compile(r"[\w.]+(?=:|$)")


@dataclass(slots=True)
class _Told:
    """A traceback that stands in the log."""

    where: str
    when: float
    repeated: int = 0


class FailureLog:
    """The log of one service's failures."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._told: dict[str, _Told] = {}

    def tell(
        self, level: int, request_id: str, words: str, *, place: str = "", expected: bool = False
    ) -> None:
        """`place` says which of the request's samples.

        Where the failure is `expected`, a line on level INFO is enough: its last, which says what was raised.
        """
        text = words.rstrip("\n")
        head = f"request {request_id}: {place}"
        if expected:
            log.info("%s%s (a trial before the release, which may fail)", head, _last_line(text))
            return
        kind = traceback_kind(text)
        if kind is None:
            log.log(level, "%s%s", head, text)
            return
        before = self._before(kind)
        if before is None:
            self._remember(kind, f"request {request_id}{f', {place}' if place else ''}".removesuffix(": "))
            log.log(level, "%s%s", head, text)
            return
        before.repeated += 1
        times = "once" if before.repeated == 1 else f"{before.repeated} times"
        said = _last_line(text)
        log.log(level, "%s%s [the same traceback as %s, %s since]", head, said, before.where, times)

    def _before(self, kind: str) -> _Told | None:
        found = self._told.get(kind)
        if found is not None and self._clock() - found.when > MINUTE:
            del self._told[kind]
            return None
        return found

    def _remember(self, kind: str, where: str) -> None:
        now = self._clock()
        if len(self._told) >= _MOST_KINDS:
            self._told = {kind: told for kind, told in self._told.items() if now - told.when <= MINUTE}
        if len(self._told) < _MOST_KINDS:
            self._told[kind] = _Told(where, now)


def traceback_kind(text: str) -> str | None:
    """What tracebacks of the same fault have in common: their frames and the types of what was raised.

    None for a text without frames.
    """
    parts: list[str] = []
    framed = False
    in_stack = False
    for line in text.splitlines():
        if line.startswith('  File "'):
            parts.append(line)
            framed = in_stack = True
        elif in_stack and not line.startswith(" "):
            raised = _RAISED.match(line)
            parts.append(raised[0] if raised else "")
            in_stack = False
    return "\n".join(parts) if framed else None


def _last_line(text: str) -> str:
    """What was raised: the line after a traceback's last frame, or else the text's first line."""
    lines = text.splitlines()
    frames = [number for number, line in enumerate(lines) if line.startswith('  File "')]
    after = lines[frames[-1] + 1 :] if frames else lines
    found = next((line for line in after if line and not line.startswith(" ")), lines[0] if lines else "")
    return found if len(found) <= _MOST_SHOWN else f"{found[:_MOST_SHOWN]}…"

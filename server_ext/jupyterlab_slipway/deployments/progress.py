"""Progress, written down: events go to the event log, bulk output to the logs of the phases."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from ..wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem, ServedPackages
from .event_log import EventLog
from .log_files import PhaseLog

LOG_EVENT_INTERVAL = 0.25
"""Seconds between two events that tell of growing logs, at least."""


class RecordedProgress:
    """One release's progress. Its methods may be called from any thread; `close` ends it."""

    def __init__(self, events: EventLog, logs: Path) -> None:
        self._events = events
        self._directory = logs
        self._logs: dict[Phase, PhaseLog] = {}
        self._told: dict[Phase, int] = {}
        self._lock = threading.RLock()
        self._last_told = 0.0
        self._grown = threading.Event()
        self._closing = threading.Event()
        # Output that is the last for a while must be told of as well.
        self._teller = threading.Thread(target=self._tell_in_time, name="slipway-log-events", daemon=True)
        self._teller.start()

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None:
        with self._lock:
            if status in ("done", "failed"):
                self._finish(phase)
            event: dict[str, object] = {"kind": "phase", "phase": phase, "status": status}
            if detail is not None:
                event["detail"] = detail
            self._events.append(event)

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None:
        with self._lock:
            self.output(phase, message.rstrip("\n") + "\n")
            self._events.append({"kind": "note", "phase": phase, "level": level, "message": message})

    def output(self, phase: Phase, text: str) -> None:
        if not text:
            return
        with self._lock:
            log = self._logs.get(phase)
            if log is None:
                log = self._logs[phase] = PhaseLog(self._directory / f"{phase}.log")
            log.write(text)
            if time.monotonic() - self._last_told >= LOG_EVENT_INTERVAL:
                self._tell()
            else:
                self._grown.set()

    def cell(self, number: int, total: int, cell: CellPlace) -> None:
        self._events.append({"kind": "cell", "number": number, "total": total, "cell": cell})

    def packages(self, packages: ServedPackages) -> None:
        self._events.append({"kind": "packages", "packages": packages})

    def problem(self, problem: Problem) -> None:
        self._events.append({"kind": "problem", "problem": problem})

    def close(self) -> None:
        """Writes what is still held back. Safe to call again."""
        self._closing.set()
        self._grown.set()
        with self._lock:
            for phase in list(self._logs):
                self._finish(phase)

    def _finish(self, phase: Phase) -> None:
        log = self._logs.get(phase)
        if log is not None:
            log.close()
            self._tell()
            del self._logs[phase]

    def _tell(self) -> None:
        self._last_told = time.monotonic()
        for phase, log in self._logs.items():
            if log.size > self._told.get(phase, 0):
                self._told[phase] = log.size
                self._events.append({"kind": "log", "phase": phase, "size": log.size})

    def _tell_in_time(self) -> None:
        while not self._closing.is_set():
            self._grown.wait()
            if self._closing.wait(LOG_EVENT_INTERVAL):
                return
            self._grown.clear()
            with self._lock:
                try:
                    self._tell()
                except OSError:
                    return  # the disk is full: the builder finds out by itself

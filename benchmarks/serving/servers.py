"""One server while it runs: from its start to its last process."""

from __future__ import annotations

import contextlib
import http.client
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import psutil

PATIENCE = 120.0
"""Seconds that a server may take to start or to end."""
_PAUSE = 0.005
"""Seconds between two attempts to reach a server that starts: the error of a cold start."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass(frozen=True)
class Launch:
    """What to run, and how its clients reach it."""

    command: list[str]
    port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    directory: Path | None = None
    token: str | None = None


@dataclass
class Server:
    """A running server; `started` is the moment before its process was made (time.perf_counter)."""

    launch: Launch
    process: subprocess.Popen[bytes]
    started: float
    log: IO[bytes]

    def post(self, path: str, body: bytes, timeout: float = PATIENCE) -> tuple[int, bytes]:
        """(status, body), on a connection of its own. Raises OSError or HTTPException without an answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.launch.port, timeout=timeout)
        headers = {"content-type": "application/json"}
        if self.launch.token is not None:
            headers["authorization"] = f"Bearer {self.launch.token}"
        try:
            connection.request("POST", path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.read()
        finally:
            connection.close()

    def first_answer(self, path: str, body: bytes) -> tuple[float, bytes]:
        """Seconds from the start of the process to the first answer with status 200, and its body."""
        while time.perf_counter() - self.started < PATIENCE:
            with contextlib.suppress(OSError, http.client.HTTPException):
                status, answer = self.post(path, body)
                if status == 200:
                    return time.perf_counter() - self.started, answer
            if self.process.poll() is not None:
                break
            time.sleep(_PAUSE)
        raise SystemExit(f"{' '.join(self.launch.command)} did not answer:\n{self.words()}")

    def ready(self) -> float:
        """Seconds from the start of the process until its /readyz says 200."""
        while time.perf_counter() - self.started < PATIENCE and self.process.poll() is None:
            with contextlib.suppress(OSError, http.client.HTTPException):
                connection = http.client.HTTPConnection("127.0.0.1", self.launch.port, timeout=5)
                try:
                    connection.request("GET", "/readyz")
                    if connection.getresponse().status == 200:
                        return time.perf_counter() - self.started
                finally:
                    connection.close()
            time.sleep(_PAUSE)
        raise SystemExit(f"{' '.join(self.launch.command)} was not ready:\n{self.words()}")

    def words(self) -> str:
        """The end of what it wrote."""
        self.log.flush()
        return Path(self.log.name).read_bytes()[-3000:].decode("utf-8", "replace")

    def family(self) -> list[psutil.Process]:
        with contextlib.suppress(psutil.NoSuchProcess):
            first = psutil.Process(self.process.pid)
            return [first, *first.children(recursive=True)]
        return []

    def memory(self) -> int:
        """Bytes of all its processes; what they share counts once (PSS)."""
        total = 0
        for process in self.family():
            with contextlib.suppress(psutil.NoSuchProcess):
                total += process.memory_full_info().pss
        return total

    def end(self) -> None:
        """SIGTERM, and SIGKILL for what of its family is left."""
        family = self.family()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(15)
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):
                if process.is_running():  # also false where its id has gone to another process
                    process.kill()
        self.process.wait(PATIENCE)


@contextlib.contextmanager
def running(launch: Launch) -> Iterator[Server]:
    """Starts a server and ends it, also where the benchmark is interrupted."""
    environment = {**os.environ, **launch.environment}
    with tempfile.NamedTemporaryFile(prefix="slipway-bench-", suffix=".log") as log:
        started = time.perf_counter()
        process = subprocess.Popen(
            launch.command,
            env=environment,
            cwd=launch.directory,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,  # Ctrl-C is for the benchmark, which then ends the server
        )
        server = Server(launch, process, started, log)
        try:
            yield server
        finally:
            server.end()

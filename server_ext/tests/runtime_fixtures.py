"""Bundles made on the spot and real services that serve them."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
import psutil
import pytest
from slipway_runtime import control, worker
from slipway_runtime.bundle import FORMAT, digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

PATIENCE = 120.0
"""Seconds that a busy machine may take for anything."""

CELL = "slipway-cell-2.py"
"""The name under which the one cell of these notebooks was compiled; it is the second of the notebook."""

Predictor = "def predictor(x):\n    return x\n"


def eventually(condition: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"In {patience:g} s this did not come true: {what}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def write_bundle(
    directory: Path,
    source: str,
    model: bytes,
    samples: list[Any] | None = None,
    python: Mapping[str, str] | None = None,
    modules: Mapping[str, str] | None = None,
) -> Path:
    """A bundle whose notebook has a title and one cell; `samples` are inputs with no recorded answers."""
    directory.mkdir(parents=True)
    recorded = [{"input": sample, "output": None} for sample in samples or []]
    cells = [
        {"cell_type": "markdown", "id": "t", "source": ["# Model"], "metadata": {}},
        {"cell_type": "code", "id": "c", "source": source.splitlines(keepends=True), "metadata": {}},
    ]
    files = {
        "model.pkl": model,
        "samples.json": json.dumps(recorded).encode(),
        "requirements.lock": b"",
        "notebook.ipynb": json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}).encode(),
        **{f"modules/{name}": text.encode() for name, text in (modules or {}).items()},
    }
    for name, content in files.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_bytes(content)
    manifest = {
        "format": FORMAT,
        "title": "model",
        "python": dict(python or worker.python_identity()),
        "environment": "0" * 64,
        "requirements": [],
        "files": {name: digest(content) for name, content in files.items()},
        "notebook": {"name": "model.ipynb", "sha256": "0" * 64, "revision": None},
        "functions": {
            "predictor": True,
            "validator": "def validator" in source,
            "batch_predictor": "def batch_predictor" in source,
        },
        "samples": {"source": "given" if recorded else None, "count": len(recorded)},
        "cells": [{"index": 2, "id": "c", "file": CELL}],
    }
    (directory / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return directory


def make_bundle(directory: Path, source: str, samples: list[Any] | None = None) -> Path:
    """A bundle of this Python whose notebook's one code cell is `source`."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(compile(source, CELL, "exec"), names)
    functions = {
        "predictor": names["predictor"],
        "validator": names.get("validator"),
        "batch_predictor": names.get("batch_predictor"),
    }
    return write_bundle(directory, source, cloudpickle.dumps(functions), samples)


_LOAD = """if 1:
    import importlib.util, json, os, sys
    spec = importlib.util.spec_from_file_location("_slipway_worker", sys.argv[1])
    worker = importlib.util.module_from_spec(spec)
    sys.modules["_slipway_worker"] = worker
    spec.loader.exec_module(worker)
    for name in sys.argv[4:]:
        __import__(name)
    try:
        functions = worker.load_functions(sys.argv[2])
    except worker.LoadError as error:
        print(json.dumps({"error": str(error), "details": error.details}))
    else:
        outcomes = [worker.score(functions, text.encode()) for text in json.loads(sys.argv[3])]
        print(json.dumps({"outcomes": outcomes, "cwd": os.getcwd()}))
"""


def load_bundle(bundle: Path, *samples: object, before: tuple[str, ...] = ()) -> Any:
    """What loading `bundle` in a process of its own comes to; `before` are modules that are loaded already.

    A bundle that must not be unpickled prints "unpickled!" where it is.
    """
    texts = json.dumps([json.dumps(sample) for sample in samples])
    done = subprocess.run(
        [sys.executable, "-c", _LOAD, worker.__file__, str(bundle), texts, *before],
        capture_output=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        text=True,
        cwd="/",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "unpickled!" not in done.stdout
    return json.loads(done.stdout)


def edit_manifest(bundle: Path, **changes: Any) -> None:
    """Puts these values into a bundle's manifest, dictionaries into those that are there."""
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(manifest.get(key), dict):
            manifest[key].update(value)
        else:
            manifest[key] = value
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


@dataclass
class RunningService:
    """One `slipway_runtime serve` process."""

    run_dir: Path
    log_file: Path
    process: subprocess.Popen[bytes]
    token: str | None = None
    ports: list[int] = field(default_factory=list)

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def state(self) -> str | None:
        try:
            return control.status(self.run_dir)["state"]
        except control.ControlError:
            return None

    def wait_ready(self) -> RunningService:
        eventually(lambda: self.state() == "ready" or self.process.poll() is not None, "the service is ready")
        assert self.process.poll() is None, self.log
        return self

    def wait_end(self) -> int:
        return self.process.wait(PATIENCE)

    def predict(self, body: bytes, **headers: str) -> control.Reply:
        """Over the private socket."""
        sent = {"content-type": "application/json"} | {
            name.replace("_", "-"): value for name, value in headers.items()
        }
        return control.http_request(self.run_dir, "POST", "/predict", body, sent)

    def get(self, path: str, method: str = "GET") -> control.Reply:
        return control.http_request(self.run_dir, method, path)

    def publish(self, port: int | None = None) -> int:
        chosen = port or free_port()
        control.publish(self.run_dir, "127.0.0.1", chosen)
        return chosen

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self.process.pid).children(recursive=True)

    def workers(self) -> list[psutil.Process]:
        """The processes that score: forks of the model's parent."""
        found = psutil.Process(self.process.pid).children()
        return [child for parent in found for child in parent.children()]


def open_connection(port: int) -> http.client.HTTPConnection:
    return http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)


def problem(reply: control.Reply) -> dict[str, Any]:
    """The problem in a reply, after a look at what every problem has."""
    assert reply.headers["content-type"] == "application/problem+json"
    content: dict[str, Any] = json.loads(reply.body)
    assert content["status"] == reply.status
    assert content["requestId"] == reply.headers["x-request-id"]
    assert content["detail"].endswith((".", "TOKEN."))
    assert "Traceback" not in reply.body.decode()
    return content


class Services:
    """Starts services of one test and ends them."""

    def __init__(self, home: Path) -> None:
        self._home = home
        self._started: list[RunningService] = []

    def bundle(self, source: str = Predictor, samples: list[Any] | None = None) -> Path:
        return make_bundle(self._home / f"bundle{len(list(self._home.iterdir()))}", source, samples)

    def start(
        self, bundle: Path, *options: str, token: str | None = None, python: str = sys.executable
    ) -> RunningService:
        number = len(self._started)
        run_dir = self._home / f"run{number}"
        log_file = self._home / f"log{number}"
        arguments = [sys.executable, "-m", "slipway_runtime", "serve", str(bundle), "--model-python", python]
        arguments += ["--run-dir", str(run_dir), "--identity", f"release-{number}", *options]
        if not any(option == "--workers" for option in options):
            arguments += ["--workers", "1"]
        if token is not None:
            token_file = self._home / f"token{number}"
            token_file.write_text(token + "\n", encoding="utf-8")
            arguments += ["--token-file", str(token_file)]
        with log_file.open("wb") as log:
            process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        service = RunningService(run_dir, log_file, process, token)
        self._started.append(service)
        return service

    def serve(self, source: str = Predictor, *options: str, **others: Any) -> RunningService:
        """A service that is ready, of a notebook with this one cell."""
        samples = others.pop("samples", None)
        return self.start(self.bundle(source, samples), *options, **others).wait_ready()

    def close(self) -> None:
        for service in self._started:
            if service.process.poll() is None:
                service.process.send_signal(signal.SIGTERM)
        for service in self._started:
            try:
                service.process.wait(60)
            except subprocess.TimeoutExpired:
                os.kill(service.process.pid, signal.SIGKILL)
                service.process.wait(60)


@pytest.fixture
def services(slipway_home: Path) -> Iterator[Services]:
    found = Services(slipway_home)
    yield found
    found.close()

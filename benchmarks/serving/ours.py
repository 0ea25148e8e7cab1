"""Figures of the service alone: many samples in one request, memory that workers share, start to ready."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from comparison import expected, make_samples
from environments import Bundle, build
from load import press, write_bodies
from peers import WORKERS, service_command, start_service
from servers import Launch, free_port, running

BATCH = 100_000
BATCH_PATH = "/predict/batch"
_BATCH_CHECKED = 1000
LARGE = 500_000_000
"""Bytes of the large model."""


@dataclass(frozen=True)
class Batch:
    """Samples a second over /predict/batch; `wrong` counts predictions that are not the notebook's."""

    at_once: float
    one_by_one: float
    wrong: int


def measure_batch(bundle: Bundle, rounds: int, seconds: float) -> Batch:
    samples = make_samples(BATCH, seed=3)
    body = json.dumps(samples).encode()
    times: list[float] = []
    single: list[float] = []
    with tempfile.TemporaryDirectory(prefix="slip") as name:
        scratch = Path(name)
        bodies = write_bodies(
            scratch / "bodies", [json.dumps([sample]).encode() for sample in samples[:5000]]
        )
        with running(start_service(bundle, scratch, "--workers", str(WORKERS))) as server:
            server.first_answer(BATCH_PATH, json.dumps(samples[:1]).encode())
            answer = b""
            for _ in range(rounds):
                load = press(server, BATCH_PATH, bodies, 1, seconds)
                if load.failed:
                    raise SystemExit(f"{load.failed} requests with one sample failed:\n{server.words()}")
                single.append(load.per_second)
                began = time.perf_counter()
                status, answer = server.post(BATCH_PATH, body)
                times.append(time.perf_counter() - began)
                if status != 200:
                    raise SystemExit(f"{BATCH} samples in one request: status {status}\n{answer[:1000]!r}")
    predictions = json.loads(answer)["predictions"]
    right = expected(bundle, samples[:_BATCH_CHECKED])
    wrong = sum(a != b for a, b in zip(predictions, right, strict=False)) + abs(BATCH - len(predictions))
    return Batch(BATCH / statistics.median(times), statistics.median(single), wrong)


_LARGE_NOTEBOOK = [
    'requirements = [["numpy", "2.3.5"]]',
    f"import time\n\nimport numpy as np\n\nweights = np.arange({LARGE // 8}, dtype=np.float64)",
    # Every page is read, and slowly enough that each of several workers gets one of as many requests.
    "def predictor(x):\n    time.sleep(0.3)\n    return float(weights[::512].sum()) + x",
    "examples = [1]",
]


def write_large_notebook(path: Path) -> Path:
    cells: list[dict[str, Any]] = [
        {
            "cell_type": "code",
            "id": f"c{n}",
            "metadata": {},
            "execution_count": None,
            "outputs": [],
            "source": text,
        }
        for n, text in enumerate(_LARGE_NOTEBOOK)
    ]
    content = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(content), encoding="utf-8")
    return path


def shared_memory(workers: int, bundle: Bundle) -> int:
    """Bytes (PSS) of a service whose workers have all read the whole model. Raises SystemExit where not."""
    with tempfile.TemporaryDirectory(prefix="slip") as name:
        launch = start_service(bundle, Path(name), "--workers", str(workers))
        with running(launch) as server, ThreadPoolExecutor(workers) as threads:
            server.first_answer("/predict", b"1")
            for _ in range(4):
                answers = list(threads.map(lambda _: server.post("/predict", b"1")[0], range(workers)))
                if set(answers) != {200}:
                    raise SystemExit(f"The large model was not served: {answers}\n{server.words()}")
            readers = [process for process in server.family() if process.memory_info().rss > LARGE]
            if len(readers) < workers:
                raise SystemExit(f"Only {len(readers)} processes have read the model.\n{server.words()}")
            return server.memory()


def measure_memory(cache: Path) -> tuple[int, int]:
    """Bytes of the service with one worker, and with four, for a model of 500 MB."""
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
        notebook = write_large_notebook(Path(name, "large.ipynb"))
        bundle = build(notebook, Path(name, "bundle"), cache)
        return shared_memory(1, bundle), shared_memory(4, bundle)


_LOAD = """
import pickle, sys
pickle.loads(open(sys.argv[1], "rb").read())
print("loaded", flush=True)
"""


def _loaded(bundle: Bundle) -> float:
    """Seconds until an interpreter has imported the model's libraries and unpickled it, and nothing else."""
    began = time.perf_counter()
    command = [str(bundle.model_python), "-s", "-c", _LOAD, str(bundle.directory / "model.pkl")]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    line = process.stdout.readline()
    took = time.perf_counter() - began
    if process.wait() != 0 or line != b"loaded\n":
        raise SystemExit("The model was not loaded.")
    return took


def measure_start(bundle: Bundle, rounds: int) -> tuple[float, float]:
    """Seconds from the service's start to ready, and of loading the model in a plain interpreter; medians."""
    ready: list[float] = []
    plain: list[float] = []
    for _ in range(rounds):
        plain.append(_loaded(bundle))
        with tempfile.TemporaryDirectory(prefix="slip") as name:
            port = free_port()
            command = service_command(
                bundle, Path(name, "run"), "--port", str(port), "--workers", str(WORKERS)
            )
            with running(Launch(command, port)) as server:
                ready.append(server.ready())
    return statistics.median(ready), statistics.median(plain)

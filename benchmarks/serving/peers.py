"""The servers of the comparison: what each needs, how it is started, and how a sample is put to it."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from environments import Bundle, peer_environment
from servers import Launch, free_port

APPS = Path(__file__).with_name("apps")
WORKERS = 2
OURS = "slipway"
CEILING = "ceiling"
BASELINE = "flask"
"""What the 2018 post used."""
GUNICORN = "gunicorn"


_ONE_THREAD = dict.fromkeys(
    ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1"
)
"""For the peers' processes: two of them on two processors.

The model asks for as many threads as the machine had where it was fitted, which OMP_NUM_THREADS does not
change; here it would only lose by them. Our service has to see to that by itself.
"""


def _bare(sample: list[float]) -> Any:
    return sample


def _itself(answer: Any) -> Any:
    return answer


@dataclass(frozen=True)
class Contender:
    """One row of the table."""

    key: str
    label: str
    start: Callable[[Bundle, Path, Path], Launch]
    """(bundle, cache, an empty directory) → what to run."""
    path: str = "/predict"
    ask: Callable[[list[float]], Any] = _bare
    """The JSON of a request, from a sample."""
    read: Callable[[Any], Any] = _itself
    """The prediction, from the JSON of an answer."""
    notes: str = ""

    def body(self, sample: list[float]) -> bytes:
        return json.dumps(self.ask(sample)).encode()

    def prediction(self, answer: bytes) -> Any:
        return self.read(json.loads(answer))


@dataclass(frozen=True)
class Package:
    """A peer that uv installs beside the model's own packages."""

    name: str
    requirements: list[str]
    arguments: Callable[[Path, int], list[str]]
    """(its bin directory, port) → the command."""
    environment: dict[str, str] = field(default_factory=dict)
    settings: Callable[[int], dict[str, Any]] | None = None
    """Files of settings, by name, for those that are not set by arguments."""

    def __call__(self, bundle: Bundle, cache: Path, scratch: Path) -> Launch:
        requirements = [*bundle.pins, *self.requirements]
        binaries = peer_environment(self.name, requirements, bundle.base_python, cache)
        port = free_port()
        for name, content in (self.settings(port) if self.settings is not None else {}).items():
            (scratch / name).write_text(json.dumps(content), encoding="utf-8")
        environment = {
            "BENCHMARK_BUNDLE": str(bundle.directory),
            "PYTHONPATH": str(APPS),
            "PYTHONDONTWRITEBYTECODE": "1",
            **_ONE_THREAD,
            **self.environment,
        }
        return Launch(self.arguments(binaries, port), port, environment, scratch)


def service_command(bundle: Bundle, run_dir: Path, *options: str) -> list[str]:
    """What every engine runs."""
    run_dir.mkdir(mode=0o700, exist_ok=True)
    return [
        *(str(bundle.front_python), "-I", "-m", "slipway_runtime", "serve", str(bundle.directory)),
        *("--model-python", str(bundle.model_python), "--run-dir", str(run_dir)),
        *("--identity", "benchmark", *options),
    ]


def start_service(bundle: Bundle, scratch: Path, *options: str) -> Launch:
    """Our service, with a token, as every deployment has one."""
    port, token = free_port(), secrets.token_urlsafe(32)
    token_file = scratch / "token"
    token_file.write_text(token, encoding="utf-8")
    token_file.chmod(0o600)
    options = ("--port", str(port), "--token-file", str(token_file), *options)
    return Launch(service_command(bundle, scratch / "run", *options), port, token=token)


def _ours(bundle: Bundle, _cache: Path, scratch: Path) -> Launch:
    return start_service(bundle, scratch, "--workers", str(WORKERS))


def _ceiling(bundle: Bundle, _cache: Path, scratch: Path) -> Launch:
    port = free_port()
    command = [str(bundle.front_python), "-m", "granian", "--interface", "rsgi", "--http", "1", "--no-ws"]
    command += ["--host", "127.0.0.1", "--port", str(port), "--workers", "1", "constant:app"]
    return Launch(command, port, {"PYTHONPATH": str(APPS)}, scratch)


def _infer(sample: list[float]) -> Any:
    return {"inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": sample}]}


def _mlserver_settings(port: int) -> dict[str, Any]:
    return {
        "settings.json": {
            "host": "127.0.0.1",
            "http_port": port,
            "grpc_port": free_port(),
            "metrics_endpoint": None,
            "debug": False,
            # A process for predictions beside the one for HTTP is slower here: the model is small.
            "parallel_workers": 0,
        },
        "model-settings.json": {
            "name": "kmeans",
            "implementation": "mlserver_app.KMeans",
            "max_batch_size": 64,
            "max_batch_time": 0.001,
        },
    }


def _fastapi(application: str) -> Package:
    return Package(
        "fastapi",
        ["fastapi==0.165.0", "uvicorn[standard]==0.54.0"],
        lambda binaries, port: [
            *(str(binaries / "uvicorn"), "--host", "127.0.0.1", "--port", str(port)),
            *("--workers", str(WORKERS), "--no-access-log", application),
        ],
    )


_FLASK = ["flask==3.1.3", "gunicorn==27.0.1"]

CONTENDERS = [
    Contender(OURS, "Slipway", _ours, notes="2 workers"),
    Contender(
        BASELINE,
        "Flask's development server",
        Package(
            "flask",
            _FLASK,
            lambda binaries, port: [str(binaries / "python"), str(APPS / "flask_app.py"), str(port)],
        ),
        notes="threads",
    ),
    Contender(
        GUNICORN,
        "gunicorn + Flask",
        Package(
            "flask",
            _FLASK,
            lambda binaries, port: [
                *(str(binaries / "gunicorn"), "--bind", f"127.0.0.1:{port}"),
                *("--workers", str(WORKERS), "--preload", "flask_app:app"),
            ],
        ),
        notes="2 workers, preload",
    ),
    Contender("fastapi", "FastAPI + uvicorn", _fastapi("fastapi_app:app"), notes="2 workers, endpoint `def`"),
    Contender(
        "fastapi-async",
        "FastAPI + uvicorn, on the loop",
        _fastapi("fastapi_app:on_the_loop"),
        notes="2 workers, endpoint `async def`",
    ),
    Contender(
        "bentoml",
        "BentoML",
        Package(
            "bentoml",
            ["bentoml==1.4.40"],
            lambda binaries, port: [
                *(str(binaries / "bentoml"), "serve", "--host", "127.0.0.1", "--port", str(port)),
                "bentoml_app:KMeans",
            ],
            {"BENTOML_DO_NOT_TRACK": "true"},
        ),
        ask=lambda sample: {"samples": [sample]},
        read=lambda answer: answer[0],
        notes="2 workers, batching",
    ),
    Contender(
        "litserve",
        "LitServe",
        Package(
            "litserve",
            ["litserve==0.2.19"],
            lambda binaries, port: [str(binaries / "python"), str(APPS / "litserve_app.py"), str(port)],
        ),
        ask=lambda sample: {"sample": sample},
        read=lambda answer: answer["prediction"],
        notes="2 workers, batching",
    ),
    Contender(
        "mlserver",
        "MLServer",
        Package(
            "mlserver",
            ["mlserver==1.7.1"],
            lambda binaries, _port: [str(binaries / "mlserver"), "start", "."],
            settings=_mlserver_settings,
        ),
        path="/v2/models/kmeans/infer",
        ask=_infer,
        read=lambda answer: answer["outputs"][0]["data"][0],
        notes="adaptive batching",
    ),
    Contender(CEILING, "granian, a constant", _ceiling, notes="the ceiling: 1 worker, RSGI"),
]

"""How long from the button to the first prediction, and how much of it the notebook's cells take themselves.

    python benchmarks/deploy.py [NOTEBOOK] [--sample JSON] [--warm N]

Cold: an empty SLIPWAY_HOME and an empty package cache. Warm: the same deployment again, unchanged.
Beside each run the notebook's code cells are executed as a plain script by the model's own interpreter, in
turn with the deployments, so that both see the same machine. All figures are seconds of wall time.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent
NAME = "benchmark"


@dataclass
class Deployment:
    """One timed deployment: seconds until live, until the first prediction, and for each phase."""

    live: float
    predicted: float
    phases: dict[str, float]


def slipway(*args: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "jupyterlab_slipway", *args]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def deploy(notebook: Path, sample: str, environment: dict[str, str]) -> Deployment:
    began = time.perf_counter()
    words = ("--name", NAME, "--engine", "process", "--json")
    done = slipway("deploy", str(notebook), *words, environment=environment)
    live = time.perf_counter() - began
    if done.returncode != 0:
        raise SystemExit(f"the deployment failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    answer = slipway("predict", NAME, sample, environment=environment)
    predicted = time.perf_counter() - began
    if answer.returncode != 0:
        raise SystemExit(f"no prediction:\n{answer.stderr}")
    started: dict[str, float] = {}
    phases: dict[str, float] = {}
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event.get("kind") != "phase":
            continue
        if event["status"] == "started":
            started[event["phase"]] = event["time"]
        elif event["phase"] in started:
            phases[event["phase"]] = (event["time"] - started[event["phase"]]) / 1000
    return Deployment(live, predicted, phases)


def cells_alone(notebook: Path, home: Path) -> float:
    """Runs the code cells as one script in the model's environment."""
    python = next((home / "environments").glob("*/**/bin/python"))
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    script = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    began = time.perf_counter()
    subprocess.run([python, "-c", script], cwd=notebook.parent, check=True, capture_output=True)
    return time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", nargs="?", type=Path, default=ROOT / "examples" / "kmeans.ipynb")
    parser.add_argument("--sample", default="[0.25, 0.75]")
    parser.add_argument("--warm", type=int, default=5, help="warm deployments to measure (default 5)")
    options = parser.parse_args()
    notebook = options.notebook.resolve()
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as scratch:
        home = Path(scratch, "home")
        environment = {**os.environ, "SLIPWAY_HOME": str(home), "UV_CACHE_DIR": str(Path(scratch, "uv"))}
        try:
            cold = deploy(notebook, options.sample, environment)
            warm, alone = [], []
            for _ in range(options.warm):
                alone.append(cells_alone(notebook, home))
                warm.append(deploy(notebook, options.sample, environment))
        finally:
            slipway("rm", NAME, "--force", environment=environment)
    print(f"{notebook.name}, {options.warm} warm runs (median), seconds\n")
    print(f"{'':24}{'cold':>8}{'warm':>8}")
    phase_names = list(dict.fromkeys([*cold.phases, *warm[0].phases]))
    for name in phase_names:
        middle = statistics.median(run.phases.get(name, 0.0) for run in warm)
        print(f"{name:24}{cold.phases.get(name, 0.0):8.2f}{middle:8.2f}")
    live = statistics.median(run.live for run in warm)
    predicted = statistics.median(run.predicted for run in warm)
    cells = statistics.median(alone)
    beyond = statistics.median(run.predicted - own for run, own in zip(warm, alone, strict=True))
    print(f"{'until live':24}{cold.live:8.2f}{live:8.2f}")
    print(f"{'until first prediction':24}{cold.predicted:8.2f}{predicted:8.2f}")
    print(f"{'the cells alone':24}{'':8}{cells:8.2f}")
    print(f"{'beyond the cells':24}{'':8}{beyond:8.2f}")
    print(f"{'ratio to the cells':24}{'':8}{predicted / cells:8.2f}")


if __name__ == "__main__":
    main()

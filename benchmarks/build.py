"""How long a build spends on its packages, and how much of them the service gets.

    python benchmarks/build.py [NOTEBOOK …] [--warm N]

Each notebook (by default every one in examples/) is built by `slipway build`, first cold: an empty
SLIPWAY_HOME and an empty package cache, so that everything is downloaded. Then warm, several times,
unchanged. Times are seconds of the phases resolve and install together, as their events say. Sizes are those
of the manifest: all declared packages with what they need, and those that the service gets.

Exit code 1 where a warm resolve + install takes longer than a second.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from jupyterlab_slipway.sizes import size_words

ROOT = Path(__file__).parent.parent
PHASES = ("resolve", "install")
ALLOWED = 1.0
"""Seconds that a warm resolve + install may take."""


@dataclass
class Measured:
    notebook: str
    python: str
    cold: float
    warm: list[float]
    declared: tuple[int, int] | None
    """Packages and bytes of what is declared; None where the manifest does not say."""
    served: tuple[int, int] | None
    """Likewise, of what the service gets."""


def build(notebook: Path, scratch: Path) -> tuple[float, dict]:
    """Seconds of resolve and install, and the bundle's manifest."""
    bundle = scratch / "bundle"
    shutil.rmtree(bundle, ignore_errors=True)
    environment = {
        **os.environ,
        "SLIPWAY_HOME": str(scratch / "home"),
        "UV_CACHE_DIR": str(scratch / "uv"),
    }
    done = subprocess.run(
        [sys.executable, "-m", "jupyterlab_slipway", "build", str(notebook), "-o", str(bundle), "--json"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise SystemExit(f"{notebook} was not built:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    started: dict[str, float] = {}
    spent = 0.0
    for line in done.stdout.splitlines():
        event = json.loads(line)
        if event.get("kind") != "phase" or event["phase"] not in PHASES:
            continue
        if event["status"] == "started":
            started[event["phase"]] = event["time"]
        else:
            spent += (event["time"] - started[event["phase"]]) / 1000
    return spent, json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))


def measure(notebook: Path, warm: int) -> Measured:
    with tempfile.TemporaryDirectory(prefix="slipway-bench-") as name:
        scratch = Path(name)
        try:
            cold, manifest = build(notebook, scratch)
            times = [build(notebook, scratch)[0] for _ in range(warm)]
        finally:
            subprocess.run(["chmod", "-R", "u+w", name], check=False)  # environments are read-only
    declared, served = None, None
    if "packages" in manifest:
        packages = manifest["packages"]["packages"]
        declared = len(packages), manifest["packages"]["before"]
        served = sum(package["kept"] for package in packages), manifest["packages"]["after"]
    python = ".".join(manifest["python"]["version"].split(".")[:2])
    return Measured(notebook.stem, python, cold, times, declared, served)


def row(found: Measured) -> list[str]:
    def packages(counted: tuple[int, int] | None) -> str:
        return "-" if counted is None else f"{counted[0]}, {size_words(counted[1])}"

    return [
        found.notebook,
        found.python,
        f"{found.cold:.1f}",
        f"{statistics.median(found.warm):.3f}",
        f"{max(found.warm):.3f}",
        packages(found.declared),
        packages(found.served),
    ]


HEADINGS = ["notebook", "Python", "cold", "warm", "longest", "declared", "served"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebooks", nargs="*", type=Path)
    parser.add_argument("--warm", type=int, default=3, help="warm builds to measure (default 3)")
    options = parser.parse_args()
    every = sorted(path for path in (ROOT / "examples").rglob("*.ipynb") if "checkpoint" not in path.name)
    print(
        f"resolve + install, seconds; warm: median and longest of {options.warm}; packages and their bytes\n"
    )
    print("| " + " | ".join(HEADINGS) + " |")
    print("|---|---|" + "---:|" * (len(HEADINGS) - 2), flush=True)
    longest = 0.0
    for notebook in options.notebooks or every:
        found = measure(notebook.resolve(), options.warm)
        longest = max(longest, *found.warm)
        print("| " + " | ".join(row(found)) + " |", flush=True)
    verdict = "at most" if longest <= ALLOWED else "MORE THAN"
    print(
        f"\nThe longest warm resolve + install took {longest:.3f} s: {verdict} the {ALLOWED:g} s that it may."
    )
    return int(longest > ALLOWED)


if __name__ == "__main__":
    sys.exit(main())

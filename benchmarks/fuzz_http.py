"""Requests that schemathesis makes from the OpenAPI document of a real service: valid ones, and broken ones.

    python benchmarks/fuzz_http.py [--cases 10000] [--seed N]

The model returns what it gets, and its validator refuses some of it: so no answer of 500 and above is right.
Every answer has to be one that the document has, with its headers and its schema. Prints what schemathesis
says, the answers by route and status, and last one line with the counts. Exit code 1 where something is not
as it should be.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from jupyterlab_slipway.builder.signature import infer_signature

ROOT = Path(__file__).parent.parent
sys.path.insert(0, str(ROOT / "server_ext" / "tests"))

from runtime_fixtures import RunningService, Services  # noqa: E402

TOKEN = "fuzz-0123456789"
NOTEBOOK = """
def validator(x):
    return not isinstance(x, str)

def predictor(x):
    return x
"""
SAMPLES = [[0.25, 0.75], [0.5, 0.1]]
UNDECIDABLE = "positive_data_acceptance"
"""What fits a shape and a datatype, no schema can say: such requests are rightly refused."""


def start(services: Services) -> RunningService:
    """The service that is tried, ready."""
    bundle = services.bundle(NOTEBOOK, SAMPLES)
    path = bundle / "manifest.json"
    manifest = json.loads(path.read_bytes())
    manifest["signature"] = infer_signature([{"input": sample, "output": sample} for sample in SAMPLES])
    path.write_text(json.dumps(manifest), encoding="utf-8")
    return services.start(bundle, "--workers", "2", token=TOKEN).wait_ready()


@dataclass
class Campaign:
    """What came of it. `failures` are sentences."""

    cases: int = 0
    failures: list[str] = field(default_factory=list)
    answers: dict[str, dict[int, int]] = field(default_factory=dict)
    """How many, by route and status, as the service itself counted them."""

    @property
    def passed(self) -> bool:
        return not self.failures


def fuzz(service: RunningService, port: int, scratch: Path, cases: int, seed: int) -> Campaign:
    """At least `cases` requests to the service, which listens on `port` and wants TOKEN."""
    found = Campaign()
    each = max(5, cases // 4)  # of the four operations that have a body; the others have little to vary
    phases = "examples,coverage,fuzzing"
    while found.cases < cases and found.passed:
        report = _run(port, scratch, each, seed, phases)
        if report is None:
            found.failures.append("schemathesis ended without a report")
            break
        counts, operations = report["test_cases"], report["operations"]
        found.cases += counts["generated"]
        found.failures += [f"{failure['title']} ({failure['count']})" for failure in report["failures"]]
        found.failures += [str(error) for error in report["errors"]]
        if operations["tested"] != operations["total"] or not report["complete"]:
            found.failures.append(f"{operations['tested']} of {operations['total']} operations were tested")
        seed, each, phases = seed + 1, max(5, (cases - found.cases) // 4), "fuzzing"
    found.failures += _look_at(service)
    found.answers = _answers(port)
    return found


def _run(port: int, scratch: Path, each: int, seed: int, phases: str) -> dict | None:
    """The report of one run."""
    path = scratch / "report.json"
    path.unlink(missing_ok=True)
    command = [sys.executable, "-m", "schemathesis.cli", "run", f"http://127.0.0.1:{port}/openapi.json"]
    command += [
        "--header",
        f"Authorization: Bearer {TOKEN}",
        "--checks",
        "all",
        "--exclude-checks",
        UNDECIDABLE,
    ]
    command += [
        "--max-examples",
        str(each),
        "--seed",
        str(seed),
        "--phases",
        phases,
        "--request-timeout",
        "60",
    ]
    command += ["--generation-database", "none", "--continue-on-failure", "--warnings", "off", "--no-color"]
    command += ["--suppress-health-check", "all", "--report", "json", "--report-json-path", str(path)]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": str(Path(__file__).with_name("fuzz_http_hooks.py"))}
    subprocess.run(command, cwd=scratch, env=environment, check=False)
    return json.loads(path.read_bytes()) if path.is_file() else None


def _look_at(service: RunningService) -> list[str]:
    """What the service itself says afterwards."""
    wrong = []
    if service.state() != "ready":
        wrong.append(f"the service is {service.state()} afterwards")
    for sign in ("a fault of the service itself", "process ended while it scored", "Traceback"):
        lines = [line for line in service.log.splitlines() if sign in line]
        wrong += [f"the log has {len(lines)} × “{sign}”, first: {lines[0]}"] if lines else []
    return wrong


_COUNTED = re.compile(r'slipway_requests_total\{route="([^"]+)",status="(\d+)"\} ([\d.]+)')


def _answers(port: int) -> dict[str, dict[int, int]]:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/metrics", headers={"Authorization": f"Bearer {TOKEN}"}
    )
    with urllib.request.urlopen(request) as answer:
        text = answer.read().decode()
    found: dict[str, dict[int, int]] = {}
    for route, status, count in _COUNTED.findall(text):
        found.setdefault(route, {})[int(status)] = int(float(count))
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument(
        "--cases", type=int, default=10_000, help="at least so many requests (default: %(default)s)"
    )
    parser.add_argument("--seed", type=int, default=random.randrange(1 << 32), help="to repeat a run")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as home, tempfile.TemporaryDirectory() as scratch:
        services = Services(Path(home))
        try:
            service = start(services)
            port = service.publish()
            began = time.monotonic()
            found = fuzz(service, port, Path(scratch), options.cases, options.seed)
            spent = time.monotonic() - began
            if not found.passed:
                print(service.log[-20_000:])
        finally:
            services.close()
    for route, counts in sorted(found.answers.items()):
        print(f"{route:16}", "  ".join(f"{status}: {count}" for status, count in sorted(counts.items())))
    for failure in found.failures:
        print(f"FAILED: {failure}")
    print(f"{found.cases} cases, {len(found.failures)} failures, seed {options.seed}, {spent:.0f} s")
    return 0 if found.passed else 1


if __name__ == "__main__":
    sys.exit(main())

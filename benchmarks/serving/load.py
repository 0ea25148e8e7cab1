"""wrk as the load generator: as many requests as a number of connections can have answered."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from servers import Server

_SCRIPT = Path(__file__).with_name("post.lua")


@dataclass(frozen=True)
class Load:
    """What one run of wrk saw; times are milliseconds."""

    per_second: float
    p50: float
    p99: float
    failed: int
    """Answers with a status of 400 or more, and connections that broke or timed out."""


def require_wrk() -> None:
    if shutil.which("wrk") is None:
        raise SystemExit(
            "wrk makes the load, and it is not installed. On Debian and Ubuntu: apt-get install wrk; on "
            "macOS: brew install wrk."
        )


def write_bodies(path: Path, bodies: list[bytes]) -> Path:
    path.write_bytes(b"".join(body + b"\n" for body in bodies))
    return path


def press(server: Server, path: str, bodies: Path, connections: int, seconds: float) -> Load:
    """Posts the lines of `bodies` over `connections` for `seconds`."""
    environment = {**os.environ, "BENCHMARK_BODIES": str(bodies), "BENCHMARK_PATH": path}
    environment.pop("BENCHMARK_TOKEN", None)
    if server.launch.token is not None:
        environment["BENCHMARK_TOKEN"] = server.launch.token
    # One thread: it is enough for all of these servers, and leaves them the rest of the machine.
    command = ["wrk", "--threads", "1", "--connections", str(connections), "--timeout", "10s"]
    command += ["--duration", f"{max(1, round(seconds))}s", "--script", str(_SCRIPT)]
    done = subprocess.run(
        [*command, f"http://127.0.0.1:{server.launch.port}"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise SystemExit(f"wrk failed:\n{done.stdout[-1000:]}\n{done.stderr[-1000:]}\n{server.words()}")
    found = json.loads(lines[-1])
    return Load(
        found["requests"] / (found["microseconds"] / 1e6),
        found["p50"] / 1000,
        found["p99"] / 1000,
        found["refused"] + found["broken"],
    )

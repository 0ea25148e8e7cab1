"""What people read who build an export: lines as other builds have them, none of those for our own reader."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from context_parts import context, fill, notebook
from jupyterlab_slipway.builder.event_lines import MARK, MOST_OUTPUT, to_stdout
from jupyterlab_slipway.builder.plain_lines import PlainWriter
from jupyterlab_slipway.problems import Code

CELL: Any = {"index": 3, "id": "abc", "line": 2, "source": "1 / 0"}
PROBLEM: Any = {
    "code": "SLP501",
    "message": "A cell raised “ä”.",
    "severity": "error",
    "cell": CELL,
    "traceback": "Traceback\n\x1b[31mZeroDivisionError\x1b[0m",
}


def test_people_read_words() -> None:
    written: list[str] = []
    writer = PlainWriter(written.append)
    writer.phase("execute", "started")
    writer.cell(1, 2, CELL)
    writer.output("execute", "Grüße\r\n0 %\r\x1b[32m50 %\x1b[0m\nha")
    writer.output("execute", "lf")
    writer.note("execute", "A note.", "warning")
    writer.phase("execute", "failed")
    writer.end(PROBLEM)
    assert "".join(written) == (
        "  cell 3 (1 of 2 that run)\n"
        "    | Grüße\n"
        "    | 50 %\n"
        "    | half\n"
        "  warning: A note.\n"
        "execute  failed      0.0 s\n"
        "SLP501: A cell raised “ä”.\n"
        "  cell 3, line 2: 1 / 0\n"
        "\n"
        "Traceback\nZeroDivisionError\n"
    )


def test_what_stands_before_output_counts_for_what_a_log_takes() -> None:
    written: list[str] = []
    clock = [0.0]
    writer = PlainWriter(
        written.append, lambda: clock[0], lambda seconds: clock.__setitem__(0, clock[0] + seconds)
    )
    writer.phase("execute", "started")
    for _ in range(100):
        writer.output("execute", "\n" * 4096)
    writer.phase("execute", "done")
    text = "".join(written)
    assert MOST_OUTPUT / 2 < len(text) < MOST_OUTPUT + 1000
    assert "more characters of output do not fit" in text


def test_a_line_break_in_a_name_makes_no_line_of_ours() -> None:
    written: list[str] = []
    writer = PlainWriter(written.append)
    writer.note("execute", "Reads x\nexecute  done      0.0 s", "warning")
    writer.problem({**PROBLEM, "severity": "warning", "message": "x\nSLP501: y"})
    assert "".join(written) == (
        "  warning: Reads x\n"
        "    | execute  done      0.0 s\n"
        "  warning: x\n"
        "    | SLP501: y (cell 3, line 2: 1 / 0) [SLP501]\n"
    )


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", r"\xe4 \udcff"), ("utf-8", r"ä \udcff")])
def test_what_the_encoding_of_a_log_lacks_ends_no_build(encoding: str, shown: str) -> None:
    words = [sys.executable, "-c", f"import {to_stdout.__module__} as m; m.to_stdout('ä \\udcff\\n')"]
    environment = {**os.environ, "PYTHONIOENCODING": f"{encoding}:strict"}
    done = subprocess.run(words, capture_output=True, env=environment, timeout=60, check=True)
    assert done.stdout.decode() == f"{shown}\n"


@pytest.mark.parametrize("readable", [True, False])
def test_the_context_says_who_reads(tmp_path: Path, readable: bool) -> None:
    root = tmp_path / "work"
    fill(root, {"model.ipynb": notebook("requirements = []")})
    build = context(root, readable=readable) / "build"
    facts = json.loads((build / "build.json").read_text())
    (build / "build.json").write_text(json.dumps({**facts, "python": "9.9"}))
    words = [sys.executable, "-m", "jupyterlab_slipway.builder.inside", str(build), str(tmp_path / "bundle")]
    done = subprocess.run(
        [*words, "--home", str(tmp_path / "home")], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 1
    beginning = f"{Code.NO_PYTHON.value}: The base image is meant to hold Python 9.9" if readable else MARK
    assert done.stdout.startswith(beginning)
    assert (MARK in done.stdout) is not readable

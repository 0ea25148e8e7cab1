"""The jobs in docs/ci.md are YAML, and each command of ours in them is one that `slipway` understands."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from jupyterlab_slipway.cli import build_parser

PAGES = [Path(__file__).parents[2] / "docs" / name for name in ("ci.md", "registry.md")]
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for page in PAGES for found, text in BLOCK.findall(page.read_text()) if found == kind]


def commands() -> list[str]:
    """Those of ours, in scripts, in jobs, and in the running text."""
    found = [
        line.strip().removeprefix("$ ")
        for kind in ("sh", "console")
        for line in "".join(blocks(kind)).splitlines()
    ]
    for text in blocks("yaml"):
        found += steps(yaml.safe_load(text))
    for page in PAGES:
        found += re.findall(r"`(slipway [^`]*NOTEBOOK[^`]*|slipway \w+ [^`]*://[^`]*)`", page.read_text())
    return [line for line in found if line.startswith("slipway ")]


def steps(job: Any) -> list[str]:
    if isinstance(job, dict):
        own = [job["run"]] if isinstance(job.get("run"), str) else []
        return own + [line for one in job.values() for line in steps(one)]
    if isinstance(job, list):
        return [line for one in job for line in ([one] if isinstance(one, str) else steps(one))]
    return []


def test_there_are_jobs_for_both() -> None:
    github, gitlab = (yaml.safe_load(text) for text in blocks("yaml"))
    assert set(github["jobs"]) == {"test", "image"}
    assert all(step.keys() & {"uses", "run"} for job in github["jobs"].values() for step in job["steps"])
    assert {"image", "services", "variables", "before_script", "script", "rules"} == set(gitlab["model"])


@pytest.mark.parametrize("line", commands())
def test_slipway_understands(line: str) -> None:
    words = shlex.split(re.sub(r"\$\{\{.*?\}\}|\$\(.*?\)", "x", line.partition(" | ")[0]), comments=False)
    assert build_parser().parse_args(words[1:]).run


def test_every_kind_of_command_was_looked_at() -> None:
    assert {shlex.split(line)[1] for line in commands()} >= {"deploy", "build", "predict", "push", "export"}

"""Secret values of a build are in nothing that is told of it, also where cells print them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Recorder
from jupyterlab_slipway.engines.containers.engine import _whole_manifest
from jupyterlab_slipway.engines.containers.masking import Masked, masked
from runtime_fixtures import make_bundle
from slipway_runtime.bundle import BundleError

SECRETS = ("horse-battery-staple", "battery")


def test_the_longest_value_goes_first() -> None:
    assert masked("a horse-battery-staple and a battery", SECRETS) == "a *** and a ***"


def test_nothing_that_is_told_holds_a_value() -> None:
    recorder = Recorder()
    told = Masked(recorder, SECRETS)
    told.output("execute", "TOKEN=battery\n")
    told.note("capture", "It says battery.", "warning")
    told.phase("execute", "done", "battery")
    told.cell(1, 1, {"index": 1, "source": "print('battery')"})
    problem: Any = {
        "code": "SLP520",
        "message": "battery",
        "severity": "error",
        "cell": {"index": 1, "source": "battery"},
        "traceback": "horse-battery-staple",
    }
    told.problem(problem)
    assert "battery" not in repr(recorder)
    assert recorder.problems[0]["traceback"] == "***"
    assert recorder.outputs == {"execute": "TOKEN=***\n"}


@pytest.mark.parametrize("change", ["extra", "link", "content", "missing"])
def test_a_bundle_that_was_changed_on_its_way_out_is_refused(tmp_path: Path, change: str) -> None:
    bundle = tmp_path / "bundle"
    make_bundle(bundle, "def predictor(x):\n    return x\n")
    assert _whole_manifest(bundle)["files"]
    name = next(iter(json.loads((bundle / "manifest.json").read_text())["files"]))
    match change:
        case "extra":
            (bundle / "more.txt").write_text("")
        case "link":
            (bundle / name).unlink()
            (bundle / name).symlink_to("/etc/hostname")
        case "content":
            (bundle / name).write_bytes(b"x" * (bundle / name).stat().st_size)
        case "missing":
            (bundle / name).unlink()
    with pytest.raises(BundleError):
        _whole_manifest(bundle)

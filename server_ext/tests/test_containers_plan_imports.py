"""The builder runs within an image, with its own files and the planned packages and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from context_parts import context, fill, notebook, planned_packages

PROGRAM = """
import importlib, json, pkgutil, sys
sys.path[:0] = sys.argv[1:]
import jupyterlab_slipway.builder.inside
import jupyterlab_slipway.builder as builder
for module in pkgutil.iter_modules(builder.__path__):
    importlib.import_module(f"jupyterlab_slipway.builder.{module.name}")
print(json.dumps({"file": builder.__file__, "modules": sorted(name.split(".")[0] for name in sys.modules)}))
"""


def test_the_builder_is_imported_with_the_planned_packages_alone(tmp_path: Path) -> None:
    root = tmp_path / "work"
    fill(root, {"model.ipynb": notebook()})
    tools = context(root) / "tools"
    packages = tmp_path / "packages"
    planned_packages(tools, packages)
    done = subprocess.run(
        # without site-packages
        [sys.executable, "-I", "-S", "-c", PROGRAM, str(tools), str(packages)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert Path(told["file"]).is_relative_to(tools)
    assert not {"jupyter_server", "jupyterlab", "tornado.web"}.intersection(told["modules"])

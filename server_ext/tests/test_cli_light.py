"""Commands that only look, or only talk to a service, do not import what builds notebooks."""

from __future__ import annotations

import subprocess
import sys

import pytest

_HEAVY = ("nbformat", "nbclient", "jsonschema", "jupyter_client", "cyclonedx", "rich")


@pytest.mark.parametrize("module", ["deployments.manager", "commandline.listing", "commandline.predict"])
def test_looking_imports_nothing_heavy(module: str) -> None:
    code = (
        f"import sys, jupyterlab_slipway.cli, jupyterlab_slipway.{module}\n"
        f"print([name for name in {_HEAVY!r} if sys.modules.get(name) is not None])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"

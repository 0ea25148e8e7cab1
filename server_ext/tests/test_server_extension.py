"""How the Jupyter server and JupyterLab find Slipway."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import jupyterlab_slipway
from jupyterlab_slipway.server.app import SlipwayExtension

ROOT = Path(__file__).parents[2]


def test_the_version_is_that_of_package_json() -> None:
    package = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    assert jupyterlab_slipway.__version__ == package["version"]
    assert SlipwayExtension.version == package["version"]


def test_the_points_name_the_extension_and_the_front_end() -> None:
    (point,) = jupyterlab_slipway._jupyter_server_extension_points()
    assert point == {"module": "jupyterlab_slipway", "app": SlipwayExtension}
    (path,) = jupyterlab_slipway._jupyter_labextension_paths()
    assert path == {"src": "labextension", "dest": "jupyterlab-slipway"}


def test_installing_enables_it() -> None:
    config = ROOT / "jupyter-config" / "server-config" / "jupyterlab_slipway.json"
    enabled = json.loads(config.read_text(encoding="utf-8"))["ServerApp"]["jpserver_extensions"]
    assert enabled == {SlipwayExtension.name: True}


def test_importing_the_package_imports_no_server() -> None:
    """The command line starts without what only the Jupyter server needs."""
    code = "import sys, jupyterlab_slipway; sys.exit('jupyter_server' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_every_setting_says_what_it_is_for() -> None:
    for name, trait in SlipwayExtension.class_own_traits(config=True).items():
        assert len(trait.help) > 20, name


async def test_the_server_loads_it(jp_serverapp: Any, jp_fetch: Any) -> None:
    assert SlipwayExtension.name in jp_serverapp.extension_manager.extension_apps
    answer = await jp_fetch("slipway", "deployments")
    assert json.loads(answer.body) == {"deployments": []}
    assert answer.headers["Content-Type"].startswith("application/json")

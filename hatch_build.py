"""Puts the wheel of slipway-runtime into the wheel of jupyterlab-slipway.

The process engine and image builds install the runtime from that file, so that it need not be on any index.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from hatchling.builders.wheel import WheelBuilder

CARRIED = "server_ext/jupyterlab_slipway/wheels"


class CarryRuntimeWheel(BuildHookInterface):  # type: ignore[type-arg]
    """Builds `server_ext/runtime` first. An editable install builds it when it is needed instead."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if self.target_name != "wheel" or version == "editable":
            return
        directory = Path(self.root, CARRIED)
        shutil.rmtree(directory, ignore_errors=True)
        builder = WheelBuilder(str(Path(self.root, "server_ext", "runtime")))
        (wheel,) = builder.build(directory=str(directory), versions=["standard"])
        build_data["force_include"][wheel] = f"jupyterlab_slipway/wheels/{Path(wheel).name}"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        shutil.rmtree(Path(self.root, CARRIED), ignore_errors=True)

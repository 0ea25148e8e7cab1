"""Starts a release's builder as a process of its own, which does not need the one that started it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from ..processes import RELEASE_VARIABLE, identify, reap
from .home import HOME_VARIABLE
from .records import ReleaseFiles

RUNNER_LOG = "runner.log"


def launch(files: ReleaseFiles, home: Path) -> None:
    """Starts the runner and records it as the release's builder.

    Raises:
        OSError: it could not be started.
    """
    environment = {**os.environ, HOME_VARIABLE: str(home), RELEASE_VARIABLE: files.record["identity"]}
    with (files.logs / RUNNER_LOG).open("ab") as log:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "jupyterlab_slipway.deployments.runner", str(files.path)],
            cwd=home,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    files.set_builder(identify(process.pid))
    reap(process)

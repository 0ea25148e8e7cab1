"""Times of files in a build context, by which BuildKit tells whether it has a file already."""

from __future__ import annotations

import os
import subprocess
import time
import uuid
from pathlib import Path

import pytest
from jupyterlab_slipway.engines.containers.context_files import settle

IMAGE = "localhost/python:3.11-bookworm"


def fill(directory: Path, text: str) -> Path:
    directory.mkdir(parents=True)
    (directory / "file").write_text(text)
    settle(directory)
    return directory


def test_files_of_a_size_have_the_same_time_only_where_they_are_the_same(tmp_path: Path) -> None:
    one, other, again = (
        (fill(tmp_path / str(number), text) / "file").stat()
        for number, text in enumerate(["factor = 2", "factor = 3", "factor = 2"])
    )
    assert one.st_size == other.st_size
    assert one.st_mtime != other.st_mtime
    assert one.st_mtime == again.st_mtime
    assert 315532800 < min(one.st_mtime, other.st_mtime) <= max(one.st_mtime, other.st_mtime) < time.time()


def says_nothing(*words: str) -> bool:
    try:
        return subprocess.run([*words], capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.mark.slow
def test_buildkit_sees_a_change_that_keeps_the_size(tmp_path: Path) -> None:
    """What it would not see with one time for all; this fails where BuildKit has changed its ways for the worse."""
    if not (
        says_nothing("docker", "buildx", "version") and says_nothing("docker", "image", "inspect", IMAGE)
    ):
        pytest.skip(f"Docker with buildx and {IMAGE} does not answer here")
    marker = uuid.uuid4().hex
    found = []
    for number in range(2):
        context = tmp_path / str(number) / "context"
        context.mkdir(parents=True)
        (context / "Dockerfile").write_text("FROM scratch\nCOPY file /file\n")
        (context / "file").write_text(f"{marker}{number}")
        settle(context)
        output = tmp_path / f"out{number}"
        subprocess.run(
            ["docker", "buildx", "build", "--output", str(output), str(context)],
            env={**os.environ, "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"},
            check=True,
            capture_output=True,
            timeout=120,
        )
        found.append((output / "file").read_text())
    assert found == [f"{marker}0", f"{marker}1"]

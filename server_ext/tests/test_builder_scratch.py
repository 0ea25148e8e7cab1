"""Scratch directories go with their owner, even one that was killed."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from jupyterlab_slipway.builder.scratch import scratch_directory

HOLD = (
    "import sys, time\n"
    "from jupyterlab_slipway.builder.scratch import scratch_directory\n"
    "with scratch_directory() as directory:\n"
    "    print(directory, flush=True)\n"
    "    sys.stdin.read()\n"
)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return tmp_path


def make_old(directory: Path) -> None:
    os.utime(directory, (1, 1))


def test_it_is_removed_with_what_is_in_it(temporary: Path) -> None:
    with scratch_directory() as directory:
        (directory / "inner").mkdir()
        (directory / "inner").chmod(0o500)
        assert directory.parent == temporary
    assert list(temporary.iterdir()) == []


def test_what_a_killed_process_left_is_removed_by_the_next_but_not_what_is_held(temporary: Path) -> None:
    owner = subprocess.Popen(
        [sys.executable, "-c", HOLD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert owner.stdout is not None
    left = Path(owner.stdout.readline().strip())
    make_old(left)
    with scratch_directory():
        assert left.is_dir()
    owner.kill()
    owner.communicate()
    assert left.is_dir()
    make_old(left)
    with scratch_directory():
        assert not left.exists()

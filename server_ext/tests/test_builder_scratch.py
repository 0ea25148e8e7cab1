"""Scratch directories go with their owner, even one that was killed."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import SimpleNamespace

import pytest
from jupyterlab_slipway.builder.disk import disk_full_by, told_as_disk_full
from jupyterlab_slipway.builder.scratch import scratch_directory
from jupyterlab_slipway.problems import Code, SlipwayProblem

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


def test_a_full_temporary_directory_is_the_one_that_is_named(
    temporary: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A write to an open file names none, and what was taken is free again once the directory is gone."""

    def usage(path: Path) -> SimpleNamespace:
        return SimpleNamespace(free=0 if any(temporary.glob("slipway-scratch-*")) else 1 << 30)

    monkeypatch.setattr(shutil, "disk_usage", usage)
    elsewhere = tmp_path / "elsewhere"
    with pytest.raises(SlipwayProblem) as caught, told_as_disk_full(elsewhere), scratch_directory():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.message.startswith(f"The disk that holds {temporary} is full.")
    with pytest.raises(SlipwayProblem) as caught, told_as_disk_full(elsewhere), scratch_directory() as made:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(made / "x"))
    assert f"{made}/x is full" in caught.value.message
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(free=1 << 30))
    with pytest.raises(SlipwayProblem) as caught, told_as_disk_full(elsewhere), scratch_directory():
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert caught.value.message.startswith(f"The disk that holds {elsewhere} is full.")


def test_nowhere_to_write_temporary_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_candidate_tempdir_list", lambda: ["/dev/null"])
    with pytest.raises(SlipwayProblem, match="set TMPDIR") as caught, scratch_directory():
        pass
    assert caught.value.code is Code.DISK_FULL
    assert "/dev/null" in caught.value.message


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (
            "error: Failed to install x.whl\n  Caused by: failed to copy /c/uv/x.py to /h/env/x.py: Disk quota exceeded",
            "/h/env/x.py",
        ),
        (
            "error: failed to write to file `/c/uv/sdists-v9/.tmpX`: No space left on device",
            "/c/uv/sdists-v9/.tmpX",
        ),
        ("error: I/O failed on https://host/simple: No space left on device (os error 28)", "/given"),
    ],
)
def test_a_program_may_say_which_disk_is_full(words: str, named: str) -> None:
    assert f"that holds {named} is full" in disk_full_by(words, Path("/given")).message

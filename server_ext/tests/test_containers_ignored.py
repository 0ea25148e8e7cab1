"""What ignore files leave out is counted, and the largest of it is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from builder_fixtures import Recorder
from context_parts import context, fill, notebook
from jupyterlab_slipway.engines.containers import ignored
from jupyterlab_slipway.engines.containers.ignored import Ignored


def said(root: Path) -> list[str]:
    recorder = Recorder()
    context(root, progress=recorder)
    return [note[-1] for note in recorder.notes if "Left out" in note[-1]]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "work"
    fill(directory, {"model.ipynb": notebook("requirements = []"), "a.csv": "1"})
    return directory


def test_nothing_is_said_where_nothing_was_left_out(root: Path) -> None:
    fill(root, {".dockerignore": "other\n", ".git/config": "x"})
    assert said(root) == []


def test_files_and_whole_directories_are_counted(root: Path) -> None:
    fill(root, {".dockerignore": "*.bin\n", ".slipwayignore": "raw\n!raw/labels.csv\nold\n"})
    fill(root, {"a.bin": b"x" * 300, "raw/labels.csv": "1", "raw/b.csv": b"x" * 2000, "old/c/d": b"x" * 40})
    fill(root, {"old/.git/config": b"x" * 9000, "old/node_modules/e.js": b"x" * 9000})
    (root / "old/link").symlink_to("c/d")
    (found,) = said(root)
    assert "3 files, 2.3 kB. The biggest: raw/b.csv (2.0 kB), a.bin (300 B), old/c/d (40 B)." in found


def test_few_of_many_are_named(root: Path) -> None:
    fill(root, {".slipwayignore": "*.bin\n", **{f"{size}.bin": b"x" * size for size in range(100, 112)}})
    (found,) = said(root)
    assert "12 files" in found
    assert found.count(".bin (") == 5
    assert "111.bin (111 B), 110.bin" in found


def test_it_is_not_counted_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ignored, "_COUNTED", 3)
    fill(tmp_path, {f"raw/{number}/a": b"x" for number in range(5)})
    found = Ignored()
    found.take_all(tmp_path, "raw")
    assert (found.count, found.complete) == (3, False)
    assert "at least 3 files" in (found.note() or "")


def test_what_cannot_be_read_is_nobodys_trouble(tmp_path: Path) -> None:
    found = Ignored()
    found.take_all(tmp_path, "gone")
    assert found.note() is None

"""Where a notebook's directory cannot be sent to an image build as it is: too much, unreadable, changing."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from context_parts import KEY, context, fill, names_in, notebook, problem
from jupyterlab_slipway.builder.disk import told_as_disk_full
from jupyterlab_slipway.engines.containers import context_files
from jupyterlab_slipway.engines.containers.context_files import Left, Tree, copy
from jupyterlab_slipway.engines.containers.ignore import IgnoreRules
from jupyterlab_slipway.problems import Code, SlipwayProblem


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "work"
    fill(directory, {"model.ipynb": notebook("requirements = []")})
    return directory


# -- limits


def test_the_limit_names_the_biggest_files_and_ways_out(root: Path) -> None:
    fill(root, {"big.bin": b"x" * 3_000_000, "sub/second.bin": b"x" * 400_000, "small": "1"})
    message = problem(root, context_limit=1_000_000)
    assert "The notebook's directory has 3.4 MB; the limit is 1.0 MB." in message
    assert "The biggest: big.bin (3.0 MB), sub/second.bin (400 kB), " in message
    for word in (".slipwayignore", "SLIPWAY_MOUNT_DATA", "SLIPWAY_CONTEXT_LIMIT"):
        assert word in message
    fill(root, {".slipwayignore": "big.bin\n"})
    assert "big.bin" not in names_in(context(root, context_limit=1_000_000))


def test_what_is_left_out_or_mounted_does_not_count(root: Path) -> None:
    fill(root, {"data/big.bin": b"x" * 3_000_000})
    context(root, context_limit=1_000_000, mount_data=("data",))
    with (root / "huge").open("wb") as file:
        file.truncate(10**12)  # never read where it is too large
    assert "1.0 TB" in problem(root, context_limit=1_000_000, mount_data=("data",))


def test_a_huge_directory_is_not_counted_to_its_end(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(context_files, "MOST_ENTRIES", 20)
    monkeypatch.setattr(context_files, "_LOOKED_FURTHER", 10)
    for number in range(25):
        (root / f"{number:03}").touch()
    assert "has 26 entries; the most are 20" in problem(root)
    fill(root, {f"a/frames/{number}": "" for number in range(100)})
    message = problem(root)
    assert "has at least 32 entries; the most are 20" in message
    assert "Most are in the directory itself (27), a/frames (4), a (1). " in message
    assert "SLIPWAY_CONTEXT_LIMIT" not in message, "that counts bytes"


# -- what goes wrong


@pytest.mark.parametrize("mode", ["file", "directory"])
def test_what_cannot_be_read_is_told(root: Path, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    fill(root, {"closed/inner": "1"})
    closed = str(root / "closed" / ("inner" if mode == "file" else ""))
    denied = PermissionError(errno.EACCES, "Permission denied")
    name = "open" if mode == "file" else "scandir"
    real = getattr(os, name)

    def refuse(path: object, *rest: object) -> object:
        if str(path) == closed.rstrip("/"):
            raise denied
        return real(path, *rest)

    monkeypatch.setattr(context_files.os, name, refuse)
    message = problem(root)
    assert "closed" in message
    assert "cannot be read (Permission denied)" in message
    assert ".slipwayignore" in message


def tree(root: Path, left: Left) -> Tree:
    return Tree(root, root.parent / "home", IgnoreRules(), left)


def test_files_that_vanish_or_turn_into_something_else_while_they_are_copied(
    root: Path, tmp_path: Path
) -> None:
    fill(root, {"gone": "1", "gone.ipynb": notebook(), "pipe": "1", "swapped": "1", "stays": "1"})
    left = Left()
    here = tree(root, left)
    found = here.find(None)
    for name in ("gone", "gone.ipynb", "pipe", "swapped"):
        (root / name).unlink()
    os.mkfifo(root / "pipe")
    (tmp_path / "target").mkdir()
    (tmp_path / "target2").mkdir()
    copy(found, here, tmp_path / "target", notebooks=True)
    assert sorted(left.vanished) == ["gone", "gone.ipynb", "pipe", "swapped"]
    assert (tmp_path / "target/stays").read_text() == "1"
    assert "Gone while the directory was copied: " in "\n".join(left.notes())
    (root / "swapped").symlink_to("/etc/passwd")
    with pytest.raises(SlipwayProblem, match=r"swapped changed while it was copied\. Deploy again"):
        copy(found, here, tmp_path / "target2", notebooks=True)


def test_a_file_that_grows_is_copied_as_far_as_it_went_and_told(
    root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(root, {"log.txt": "begun"})
    left = Left()
    here = tree(root, left)
    found = here.find(None)
    real = os.read

    def read(handle: int, count: int) -> bytes:
        with (root / "log.txt").open("a") as file:
            file.write(" and more")
        return real(handle, count)

    monkeypatch.setattr(context_files.os, "read", read)
    (tmp_path / "target").mkdir()
    copy(found, here, tmp_path / "target", notebooks=True)
    assert (tmp_path / "target/log.txt").read_text() == "begun"
    assert "log.txt" in left.changed


def test_a_full_disk_is_told_as_such(root: Path, tmp_path: Path) -> None:
    with pytest.raises(SlipwayProblem) as caught, told_as_disk_full(tmp_path):
        raise context_files._read_or_write("x", OSError(errno.ENOSPC, "No space left on device"))
    assert caught.value.code == Code.DISK_FULL
    (root / "full").symlink_to("/dev/full")
    context(root)  # a link out of the directory, nothing else


def test_a_dockerfile_of_ones_own(root: Path, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    place = context(root, dockerfile=tmp_path / "Dockerfile")
    assert (place / "Dockerfile").read_text() == "FROM scratch\n"
    assert "SLIPWAY_DOCKERFILE" in problem(root, dockerfile=tmp_path / "missing")


# -- data that are mounted


def test_mounted_data_go_another_way(root: Path, tmp_path: Path) -> None:
    fill(root, {"data/train/a.npy": "1", "data/train/.env": "A=b", "one.bin": "2", "data/small.txt": "3"})
    fill(tmp_path, {"store/x/y": "4"})
    (root / "linked").symlink_to(tmp_path / "store")
    recorder = Recorder()
    names = ("data/train/", "./one.bin", "data/train/deeper/..", " ", "linked")
    place = context(root, progress=recorder, mount_data=names)
    assert names_in(place / "notebook") == {"model.ipynb", "data/small.txt"}
    assert names_in(place / "data") == {"data/train/a.npy", "one.bin", "linked/x/y", ".keep"}
    assert json.loads((place / "build/data.json").read_text()) == ["data/train", "linked", "one.bin"]
    assert "mounted: data/train, linked, one.bin." in recorder.said
    assert (root / "one.bin").stat().st_nlink == 2, "large files are not copied on one disk"
    assert (root / "data/train/a.npy").stat().st_mtime > 0, "a user's own file stays as it was"


def test_data_below_data_are_mounted_once(root: Path) -> None:
    fill(root, {"data/train/a": "1"})
    place = context(root, mount_data=("data/train", "data"))
    assert json.loads((place / "build/data.json").read_text()) == ["data"]
    assert names_in(place / "data") == {"data/train/a", ".keep"}


@pytest.mark.parametrize(
    ("given_path", "words"),
    [
        ("..", "does not lie within"),
        ("../elsewhere", "does not lie within"),
        ("/etc", "does not lie within"),
        (".", "does not lie within"),
        ("missing", "is not in the notebook's directory"),
        (".ssh", "may hold secrets"),
        ("sub/.env", "may hold secrets"),
        ("key.pem", "holds a secret"),
        ("pipe", "neither a file nor a directory"),
        (os.fsdecode(b"\xff"), "name that is not UTF-8"),
        ("a\nb", "is not in"),
    ],
)
def test_what_cannot_be_mounted(root: Path, given_path: str, words: str) -> None:
    fill(root, {".ssh/x": "", "sub/.env": "", "key.pem": KEY, os.fsdecode(b"\xff"): ""})
    os.mkfifo(root / "pipe")
    message = problem(root, mount_data=(given_path,))
    assert words in message
    assert "SLIPWAY_MOUNT_DATA" in message

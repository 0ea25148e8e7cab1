"""Whole builds: the examples, the same bytes twice, cancelling, and a full disk."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from builder_fixtures import PREDICTOR, Build
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.written_files import snapshot, written_note
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime.bundle import check_files, read_manifest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.mark.slow
def test_the_example_builds_and_gives_the_notebooks_answers(build: Build) -> None:
    built = build(notebook=EXAMPLES / "kmeans.ipynb")
    assert read_manifest(built.bundle) == built.manifest
    check_files(built.bundle, built.manifest)
    assert [phase for phase, status, _ in built.progress.phases if status in ("done", "skipped")] == [
        "check",
        "resolve",
        "install",
        "execute",
        "capture",
        "slim",
        "verify",
    ]
    assert built.manifest["samples"] == {"source": "examples", "count": 4}
    assert all(0 <= sample["output"] < 7 for sample in built.samples)
    assert not [
        output
        for output in json.loads((built.bundle / "notebook.ipynb").read_text())["cells"]
        if output.get("outputs")
    ]


@pytest.mark.slow
def test_the_pins_of_2018_find_their_python(build: Build) -> None:
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    built = build(notebook=EXAMPLES / "kmeans-2018.ipynb")
    assert built.manifest["python"]["version"].startswith("3.6.")
    assert "Python 3.6: " in built.progress.said
    assert "has no usable wheels" in built.progress.said
    assert built.manifest["requirements"] == [
        ["numpy", "==1.15"],
        ["scikit-learn", "==0.19.2"],
        ["scipy", "==1.0.1"],
    ]
    assert built.manifest["samples"] == {"source": "calls", "count": 1}


@pytest.mark.slow
def test_two_builds_in_two_directories_are_the_same_bytes(build: Build, tmp_path: Path) -> None:
    source = build.make(
        [
            "requirements = []",
            "words = {'b', 'a', 'c'}",
            "def predictor(x):\n    return [x, sorted(words)]",
            "examples = [1]",
        ]
    )
    contents = []
    for name in ("one", "two"):
        directory = tmp_path / name
        directory.mkdir()
        copy = directory / "notebook.ipynb"
        copy.write_bytes(source.read_bytes())
        built = build(notebook=copy, directory=directory, into=f"bundle-{name}")
        contents.append({path.name: path.read_bytes() for path in built.bundle.iterdir()})
        time.sleep(1.1)  # another second, where a time stamp would show
    assert contents[0] == contents[1]


def test_a_destination_with_something_in_it_is_left_alone(build: Build, tmp_path: Path) -> None:
    occupied = tmp_path / "bundle"
    occupied.mkdir()
    (occupied / "mine.txt").write_text("keep", encoding="utf-8")
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR)
    assert str(occupied) in caught.value.message
    assert (occupied / "mine.txt").read_text(encoding="utf-8") == "keep"


@pytest.mark.slow
def test_a_full_disk_leaves_nothing_behind(build: Build, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last file that is written finds the disk full."""
    from jupyterlab_slipway.builder import bundle_writer

    def full(directory: Path) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(directory / "model.pkl"))

    monkeypatch.setattr(bundle_writer, "list_files", full)
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR)
    assert caught.value.code is Code.DISK_FULL
    assert "model.pkl" in caught.value.message
    assert [path.name for path in build.tmp_path.iterdir()] == [
        "notebook.ipynb",
        *(["t"] if (build.tmp_path / "t").exists() else []),
    ]


CANCELLED_BUILD = """
import signal, sys
from pathlib import Path
from builder_fixtures import Recorder
from jupyterlab_slipway.builder.build import build_bundle
from jupyterlab_slipway.builder.cancellation import Cancelled
from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.options import BuildOptions

def cancel(*_):
    raise Cancelled

signal.signal(signal.SIGTERM, cancel)
notebook = Path(sys.argv[1])
progress = Recorder(on_output=lambda text: print(text, flush=True))
try:
    build_bundle(BuildOptions(notebook, notebook.parent, "n"), notebook.parent / "bundle", EnvironmentStore(Path(sys.argv[2])), progress)
except Cancelled:
    print("cancelled", progress.phases[-1][:2])
"""

ENDLESS = (
    "import subprocess, sys, time\n"
    "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
    "print('pid', child.pid, flush=True)\n"
    "while True:\n    time.sleep(0.1)"
)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_nothing_outlives_a_builder_that_is_ended(
    build: Build, number: signal.Signals, slipway_home: Path
) -> None:
    notebook = build.make(["requirements = []", ENDLESS, PREDICTOR])
    build.store  # noqa: B018  made once, so that the child finds its environment
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(slipway_home)}
    process = subprocess.Popen(
        [sys.executable, "-c", CANCELLED_BUILD, notebook, build.store.root],
        env=env,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    assert process.stdout is not None
    words = next(line for line in process.stdout if line.startswith("pid"))
    family = [psutil.Process(int(words.split()[1])), *psutil.Process(process.pid).children(recursive=True)]
    assert len(family) >= 3
    process.send_signal(number)
    rest = process.stdout.read()
    process.wait(30)
    assert number is signal.SIGKILL or "cancelled ('execute', 'failed')" in rest
    deadline = time.monotonic() + 20
    while alive(family) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not alive(family)
    if number is signal.SIGTERM:
        assert not [path for path in notebook.parent.iterdir() if "bundle" in path.name]
        assert not list(slipway_home.glob("slipway-*"))


def alive(processes: list[psutil.Process]) -> list[psutil.Process]:
    found = []
    for process in processes:
        try:
            if process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            continue
    return found


def test_our_own_records_beside_the_notebook_are_not_told_of_as_written(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    before = snapshot(tmp_path, home)
    (home / "events.jsonl").write_text("{}", encoding="utf-8")
    (tmp_path / "figure.png").write_text("x", encoding="utf-8")
    note = written_note(before, snapshot(tmp_path, home))
    assert note is not None
    assert "figure.png (1 byte)" in note
    assert "events.jsonl" not in note

"""Cells on a real kernel: what they see, what they may do, and what becomes of them when they misbehave."""

from __future__ import annotations

import re
import tempfile
import time
from pathlib import Path

import psutil
import pytest
from builder_fixtures import PREDICTOR, Build
from jupyterlab_slipway.problems import Code, SlipwayProblem

pytestmark = pytest.mark.slow


def fails(build: Build, *cells: str, **options: object) -> SlipwayProblem:
    """Builds what must fail, and checks that nothing is left behind."""
    with pytest.raises(SlipwayProblem) as caught:
        build(*cells, **options)
    beside = {path.name for path in build.tmp_path.iterdir() if path.suffix != ".ipynb"}
    assert not beside & {"bundle"}
    assert not [name for name in beside if name.startswith(".bundle")]
    assert not list(Path(tempfile.gettempdir()).iterdir())
    assert not [child for child in psutil.Process().children(recursive=True) if is_ours(child)]
    assert "failed" in [status for _, status, _ in build.progress.phases]
    return caught.value


def is_ours(process: psutil.Process) -> bool:
    try:
        return process.status() != psutil.STATUS_ZOMBIE and (
            "SLIPWAY_BUILD" in process.environ() or "executor" in " ".join(process.cmdline())
        )
    except psutil.Error:
        return False


def test_a_cell_that_raises_is_named_with_line_and_traceback(build: Build) -> None:
    problem = fails(build, "def f():\n    return 1 / 0", "x = 1\n\ny = f()", PREDICTOR)
    assert problem.code is Code.CELL_RAISED
    assert problem.cell == {"index": 3, "id": "c3", "line": 3, "source": "y = f()"}
    assert "Cell 3, line 3, raised ZeroDivisionError: division by zero" in problem.message
    assert problem.traceback is not None
    assert "ZeroDivisionError" in problem.traceback
    assert "jupyterlab_slipway" not in problem.traceback
    assert "An error occurred while executing" not in problem.traceback


def test_a_cell_that_is_not_python_is_named(build: Build) -> None:
    problem = fails(build, "x = 1\ny = = 2", PREDICTOR)
    assert problem.code is Code.SYNTAX
    assert problem.cell is not None
    assert (problem.cell["index"], problem.cell["line"]) == (2, 2)


def test_a_cell_that_never_ends_is_stopped(build: Build) -> None:
    problem = fails(build, "while True:\n    pass", PREDICTOR, cell_timeout=2.0)
    assert problem.code is Code.CELL_TIMEOUT
    assert problem.cell is not None
    assert problem.cell["index"] == 2
    assert "2 seconds" in problem.message


@pytest.mark.parametrize("line", ["import sys; sys.exit()", "exit()", "quit()", "raise SystemExit(3)"])
def test_a_cell_that_exits_is_named(build: Build, line: str) -> None:
    problem = fails(build, f"x = 1\n{line}", PREDICTOR)
    assert problem.code is Code.CELL_EXIT
    assert problem.cell is not None
    assert problem.cell["index"] == 2
    assert problem.cell["line"] == 2


def test_a_cell_that_kills_the_kernel_is_named(build: Build) -> None:
    problem = fails(build, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", PREDICTOR)
    assert problem.code is Code.KERNEL_DIED
    assert "SIGKILL" in problem.message
    assert "cell 2" in problem.message
    assert "memory" in problem.message


def test_a_crash_of_native_code_is_named(build: Build) -> None:
    problem = fails(build, "import ctypes\nctypes.string_at(0)", PREDICTOR)
    assert problem.code is Code.KERNEL_DIED
    assert "SIGSEGV" in problem.message


def test_a_cell_that_ends_the_process_is_named(build: Build) -> None:
    problem = fails(build, "import os\nos._exit(7)", PREDICTOR)
    assert problem.code is Code.KERNEL_DIED
    assert "exit code 7" in problem.message


@pytest.mark.parametrize("line", ["name = input('who? ')", "import getpass; getpass.getpass()"])
def test_a_cell_that_asks_for_input_is_named(build: Build, line: str) -> None:
    problem = fails(build, line, PREDICTOR)
    assert problem.code is Code.KEYBOARD_INPUT
    assert problem.cell is not None
    assert problem.cell["index"] == 2


def test_a_name_without_a_value_has_the_code_of_the_lint(build: Build) -> None:
    problem = fails(build, "print(1)\nprint(table)", "table = 1", PREDICTOR)
    assert problem.code is Code.DEFINED_LATER
    assert "`table`" in problem.message
    assert problem.cell is not None
    assert (problem.cell["index"], problem.cell["line"]) == (2, 2)


def test_a_name_that_a_library_misses_is_an_exception_as_others(build: Build) -> None:
    problem = fails(build, "import logging\neval('x' * 3, logging.__dict__)", PREDICTOR)
    assert problem.code is Code.CELL_RAISED


def test_a_missing_import_names_the_requirement(build: Build) -> None:
    problem = fails(build, "import sklearn.cluster", PREDICTOR)
    assert problem.code is Code.IMPORT_UNDECLARED
    assert re.search(r'Add \["scikit-learn", "\d[\w.]*"\] to `requirements`', problem.message), (
        problem.message
    )
    assert problem.cell is not None
    assert problem.cell["index"] == 2


@pytest.mark.parametrize("line", ["!pip install -q left-pad==1.0", "%pip install left-pad==1.0"])
def test_an_install_line_that_the_lock_does_not_satisfy_fails(build: Build, line: str) -> None:
    problem = fails(build, f"x = 1\n{line}", PREDICTOR)
    assert problem.code is Code.INSTALL_LINE
    assert '["left-pad", "1.0"]' in problem.message
    assert problem.cell is not None
    assert (problem.cell["index"], problem.cell["line"]) == (2, 2)


def test_twenty_megabytes_of_output_are_kept_to_head_and_tail(build: Build) -> None:
    built = build(
        "for i in range(200_000):\n    print(i, 'x' * 100)\nprint('the' + ' end')",
        "print('y' * 20_000_000 + 'tail')",
        PREDICTOR,
    )
    output = built.progress.outputs["execute"]
    assert len(output) < 2_000_000
    assert output.startswith("0 xxx")
    assert "the end" in output
    assert output.rstrip().endswith("tail")
    assert "left out" in output


def test_output_streams_while_the_cell_runs(build: Build, tmp_path: Path) -> None:
    """The cell waits for a file that is only written once its first line has arrived."""
    flag = tmp_path / "flag"
    cell = (
        "import pathlib, time\nprint('first', flush=True)\n"
        "while not pathlib.Path('flag').exists():\n    time.sleep(0.05)\nprint('second')"
    )
    path = build.make(["requirements = []", cell, PREDICTOR])
    from builder_fixtures import Recorder
    from jupyterlab_slipway.builder.build import build_bundle
    from jupyterlab_slipway.builder.options import BuildOptions

    progress = Recorder(on_output=lambda text: flag.touch() if "first" in text else None)
    options = BuildOptions(path, path.parent, "notebook", cell_timeout=60.0)
    build_bundle(options, tmp_path / "bundle", build.store, progress)
    assert progress.outputs["execute"].split() == ["first", "second"]


def test_what_cells_see(build: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Environment, directory, numbering, magics, and names that the notebook rebinds, in one run."""
    monkeypatch.setenv("JUPYTER_TOKEN", "secret-1")
    monkeypatch.setenv("JUPYTERHUB_API_TOKEN", "secret-2")
    monkeypatch.setenv("LET_THROUGH", "yes")
    monkeypatch.setenv("NOT_LET_THROUGH", "no")
    (tmp_path / "data.txt").write_text("from the file", encoding="utf-8")
    built = build(
        "import os\nprint(sorted(os.environ))\nassert os.environ['LET_THROUGH'] == 'yes'",
        "   \n",
        "assert open('data.txt').read() == 'from the file'\nopen('out.txt', 'w').write('x' * 1234)",
        "%matplotlib inline\n%config InlineBackend.figure_format = 'retina'\n!pip install -q pip cloudpickle\n"
        "%pip install --upgrade cloudpickle\n!false",
        "class Rich:\n    def _repr_html_(self):\n        raise OSError('no such program')\nRich()",
        "import IPython.display, traitlets, cloudpickle",
        "json = open = list = dict = print = None\n__name__ = 'other'\n"
        "def predictor(x):\n    return [x, len(str(x))]",
        "examples = [1, 'two', None]",
        pass_environment=("LET_THROUGH",),
    )
    output = built.progress.outputs["execute"]
    assert "JUPYTER" not in output.replace("IPYTHONDIR", "")
    assert "NOT_LET_THROUGH" not in output
    assert "secret" not in output
    assert "Already there" in output
    assert [(number, total, cell["index"]) for number, total, cell in built.progress.cells] == [
        (1, 8, 1),
        (2, 8, 2),
        (3, 8, 4),
        (4, 8, 5),
        (5, 8, 6),
        (6, 8, 7),
        (7, 8, 8),
        (8, 8, 9),
    ]
    assert "out.txt (1,234 bytes)" in built.progress.said
    assert "data.txt" not in built.progress.said
    severities = {
        problem["message"].split()[3].rstrip(","): problem["severity"] for problem in built.progress.problems
    }
    assert severities == {"IPython": "hint", "traitlets": "warning"}
    assert {problem["code"] for problem in built.progress.problems} == {"SLP109"}
    assert built.samples == [
        {"input": 1, "output": [1, 1]},
        {"input": "two", "output": ["two", 3]},
        {"input": None, "output": [None, 4]},
    ]
    assert [entry["file"] for entry in built.manifest["cells"]][2] == "<cell 4>"
    assert built.manifest["samples"] == {"source": "examples", "count": 3}


def test_what_a_cell_starts_ends_with_the_build(build: Build, tmp_path: Path) -> None:
    cell = (
        "import subprocess, sys\n"
        "p = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'], start_new_session=True)\n"
        "open('pid', 'w').write(str(p.pid))"
    )
    build(cell, "del p", PREDICTOR)
    pid = int((tmp_path / "pid").read_text())
    deadline = time.monotonic() + 20
    while psutil.pid_exists(pid) and time.monotonic() < deadline:
        if psutil.Process(pid).status() == psutil.STATUS_ZOMBIE:
            break
        time.sleep(0.05)
    assert not psutil.pid_exists(pid) or psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_a_full_disk_in_a_cell_is_named(build: Build) -> None:
    problem = fails(
        build,
        "import errno, os\nraise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), '/data/x')",
        PREDICTOR,
    )
    assert problem.code is Code.DISK_FULL
    assert problem.cell is not None
    assert problem.cell["index"] == 2
    assert "/data/x" in problem.message

"""Files that predictions read: those beside the notebook travel along, and of the others it is told."""

from __future__ import annotations

import argparse
import json
import shutil
import sqlite3
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Build, Built
from jupyterlab_slipway.builder.beside import Read, is_systems, leads_out, targets_of
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.commandline.choices import add_choices, choices
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime import worker
from slipway_runtime.bundle import check_files
from test_builder_by_value import answers, modules_of, write

READERS = {
    "json": "def json_(x):\n    import json\n    with open('data/table.json') as file:\n        return json.load(file)[str(x)]",
    "csv": (
        "import csv\ndef csv_(x):\n    with open('rows.csv', newline='') as file:\n        return [row for row in csv.reader(file)][x]"
    ),
    "pathlib": "from pathlib import Path\ndef pathlib_(x):\n    return Path('data', 'words.txt').read_text(encoding='utf-8').split()[x]",
    "os.open": (
        "import os\ndef osopen_(x):\n    file = os.open('raw.bin', os.O_RDONLY)\n    try:\n        return list(os.read(file, 10))[x]\n"
        "    finally:\n        os.close(file)"
    ),
    "sqlite": (
        "import sqlite3\ndef sqlite_(x):\n    connection = sqlite3.connect('facts.db')\n    try:\n"
        "        return connection.execute('select value from facts where id = ?', (x,)).fetchone()[0]\n"
        "    finally:\n        connection.close()"
    ),
    "cached": (
        "import functools\n@functools.lru_cache(maxsize=None)\ndef table():\n    with open('cached.txt') as file:\n        return file.read().split()\n"
        "def cached_(x):\n    return table()[x]"
    ),
    "scratch": (
        "def scratch_(x):\n    with open('scratch.tmp', 'w') as file:\n        file.write(str(x))\n"
        "    with open('scratch.tmp') as file:\n        return file.read()"
    ),
    "helper": "import helper\ndef helper_(x):\n    return helper.lookup(x)",
}


def make_files(directory: Path) -> None:
    write(
        directory,
        {
            "data/table.json": '{"1": "one", "2": "two"}',
            "data/words.txt": "null eins zwei",
            "data/unused.txt": "never read",
            "rows.csv": "a,b\n1,2\n3,4\n",
            "cached.txt": "x y z",
            "helper.py": (
                "import json\nfrom pathlib import Path\nSETTINGS = json.loads(Path('settings.json').read_text())\n"
                "def lookup(x):\n    return [SETTINGS['k'], Path(__file__).with_name('beside.txt').read_text()]\n"
            ),
            "settings.json": '{"k": 5}',
            "beside.txt": "found",
        },
    )
    (directory / "raw.bin").write_bytes(bytes(range(10)))
    connection = sqlite3.connect(directory / "facts.db")
    connection.execute("create table facts (id integer, value text)")
    connection.executemany("insert into facts values (?, ?)", [(1, "first"), (2, "second")])
    connection.commit()
    connection.close()


@pytest.mark.slow
@pytest.mark.parametrize("minor", [(3, 6), (3, 13)], ids=lambda minor: "{}.{}".format(*minor))
def test_files_beside_the_notebook_travel_along(build: Build, tmp_path: Path, minor: tuple[int, int]) -> None:
    """Read in many ways; the service finds them when the notebook's directory is gone."""
    if not any(python.minor == minor for python in list_interpreters()):
        pytest.skip("there is no Python {}.{} here".format(*minor))
    directory = tmp_path / "work"
    make_files(directory)
    names = [source.partition("(x)")[0].rpartition(" ")[2] for source in READERS.values()]
    notebook = build.make(
        [
            "requirements = []",
            *READERS.values(),
            "def predictor(x):\n    return [f(x) for f in (" + ", ".join(names) + ")]",
            "predictor(1)",
        ],
        metadata={"language_info": {"name": "python", "version": "{}.{}.0".format(*minor)}},
    )
    shutil.move(notebook, directory / "notebook.ipynb")
    built = build(notebook=directory / "notebook.ipynb", directory=directory)
    taken = {
        *(
            "data/table.json",
            "data/words.txt",
            "rows.csv",
            "raw.bin",
            "facts.db",
            "settings.json",
            "beside.txt",
        ),
        "cached.txt",  # read in a cell, and never again: the service's cache is empty
    }
    data = {name.removeprefix("modules/") for name in built.manifest["data"]}
    assert data == taken
    assert modules_of(built) == taken | {"helper.py"}
    check_files(built.bundle, built.manifest)
    assert "Taken along because predictions read it: " in built.progress.said
    assert not [p for p in built.progress.problems if p["code"] in (Code.ABSOLUTE_PATH, Code.FILE_NOT_BESIDE)]
    shutil.rmtree(directory)
    assert answers(build, built, 2) == [
        ["two", ["3", "4"], "zwei", 2, "second", "z", "2", [5, "found"]],
    ]


OPENS = "def predictor(x):\n    with open({name!r}, 'rb') as file:\n        return len(file.read(10))"


def outcome(build: Build, directory: Path, *cells: str, **options: Any) -> tuple[Built | None, str]:
    """The bundle, or None and the sentence of the problem that ended the build."""
    notebook = build.make(["requirements = []", *cells, "predictor(1)"])
    into = f"bundle-{len(list(build.tmp_path.iterdir()))}"
    try:
        return build(notebook=notebook, directory=directory, into=into, **options), ""
    except SlipwayProblem as problem:
        return None, f"{problem.code}: {problem.message}"


def warnings(build: Build, code: Code) -> list[str]:
    return [problem["message"] for problem in build.progress.problems if problem["code"] == code]


@pytest.mark.slow
def test_a_file_that_is_too_large_ends_the_build(build: Build, tmp_path: Path) -> None:
    """2 GB, sparse: its size is found before anything of it is read."""
    directory = tmp_path / "work"
    directory.mkdir()
    with (directory / "huge.bin").open("wb") as file:
        file.truncate(2_000_000_000)
    built, words = outcome(build, directory, OPENS.format(name="huge.bin"))
    assert built is None
    assert words.startswith(Code.FILE_TOO_LARGE)
    assert "huge.bin (cell 2, line 2), which has 2.0 GB" in words
    assert "--largest-file" in words
    assert not list(tmp_path.glob("bundle*"))
    write(directory, {"small.txt": "0123456789abc"})
    built, _ = outcome(build, directory, OPENS.format(name="small.txt"), largest_file=13)
    assert built is not None
    assert built.manifest["data"] == ["modules/small.txt"]
    built, words = outcome(build, directory, OPENS.format(name="small.txt"), largest_file=12)
    assert built is None
    assert "which has 13 B; files of up to 12 B" in words


@pytest.mark.slow
def test_files_that_the_service_will_not_find_are_told_of(build: Build, tmp_path: Path) -> None:
    directory, elsewhere = tmp_path / "work", tmp_path / "elsewhere"
    write(directory, {"own.txt": "0123456789"})
    write(elsewhere, {"theirs.txt": "0123456789"})
    (directory / "link.txt").symlink_to(elsewhere / "theirs.txt")
    (directory / "inside.txt").symlink_to(directory / "own.txt")

    built, _ = outcome(build, directory, OPENS.format(name=str(directory / "own.txt")))
    assert built is not None
    assert built.manifest["data"] == ["modules/own.txt"]
    assert len(warnings(build, Code.ABSOLUTE_PATH)) == 1
    assert 'such as "own.txt"' in warnings(build, Code.ABSOLUTE_PATH)[0]

    built, _ = outcome(build, directory, OPENS.format(name=str(elsewhere / "theirs.txt")))
    assert built is not None
    assert "data" not in built.manifest
    assert warnings(build, Code.ABSOLUTE_PATH) == []
    (words,) = warnings(build, Code.FILE_NOT_BESIDE)
    assert "theirs.txt (cell 2, line 2), which is not beside the notebook" in words

    built, problem = outcome(build, directory, OPENS.format(name="../elsewhere/theirs.txt"))
    assert built is None
    assert problem.startswith(Code.VERIFY_DIFFERS)
    assert "theirs.txt" in problem
    assert len(warnings(build, Code.FILE_NOT_BESIDE)) == 1

    built, problem = outcome(build, directory, OPENS.format(name="link.txt"))
    assert built is None
    assert "link.txt" in problem
    (words,) = warnings(build, Code.FILE_NOT_BESIDE)
    assert "link.txt (cell 2, line 2), which is a link to" in words

    write(directory, {".env": "PASSWORD=1234"})
    built, problem = outcome(
        build,
        directory,
        "import os\ndef predictor(x):\n    return os.path.exists('.env') and len(open('.env').read())",
    )
    assert built is None
    assert problem.startswith(Code.VERIFY_DIFFERS)
    (words,) = warnings(build, Code.FILE_NOT_BESIDE)
    assert "Hidden files often hold credentials" in words

    write(directory, {"below/deep.txt": "0123456789"})
    built, _ = outcome(build, directory, "import os\nos.chdir('below')\n" + OPENS.format(name="deep.txt"))
    assert built is not None
    assert built.manifest["data"] == ["modules/below/deep.txt", "modules/deep.txt"]

    built, _ = outcome(build, directory, OPENS.format(name="inside.txt"))
    assert built is not None
    assert built.manifest["data"] == ["modules/inside.txt"]


@pytest.mark.slow
def test_predictions_leave_the_bundle_as_it_was_built(build: Build, tmp_path: Path) -> None:
    directory = tmp_path / "work"
    write(directory, {"count.txt": "1", "fixed.txt": "k"})
    counts = (
        "def predictor(x):\n    n = int(open('count.txt').read())\n    with open('count.txt', 'w') as file:\n"
        "        file.write(str(n + 1))\n    return x"
    )
    built, words = outcome(build, directory, counts)
    assert built is None
    assert words.startswith(f"{Code.DATA_CHANGED}: Predictions read count.txt")
    opened = (
        "import sqlite3\nconnection = sqlite3.connect('open.db')\nconnection.execute('pragma journal_mode=wal')\n"
        "connection.execute('create table t (x)')\nconnection.execute('insert into t values (7)')\nconnection.commit()"
    )
    asks = (
        "def predictor(x):\n    asking = sqlite3.connect('open.db')\n    try:\n"
        "        return asking.execute('select x from t').fetchone()[0]\n    finally:\n        asking.close()"
    )
    built, words = outcome(build, directory, opened, asks)
    assert built is None
    assert words.startswith(f"{Code.DATA_CHANGED}: Predictions read open.db")
    assert "close all connections" in words
    (directory / "open.db").unlink()
    built, words = outcome(build, directory, opened + "\nconnection.close()", asks)
    assert words == ""
    assert built is not None
    writes = (
        "import os\ndef predictor(x):\n    os.makedirs('deep/er', exist_ok=True)\n"
        "    with open('deep/er/log.txt', 'a') as file:\n        file.write('x')\n    return open('fixed.txt').read()"
    )
    built, _ = outcome(build, directory, writes)
    assert built is not None
    check_files(built.bundle, built.manifest)
    assert modules_of(built) == {"fixed.txt"}
    assert not (built.bundle / "modules" / "deep").exists()


@pytest.mark.parametrize(("words", "expected"), [([], 512 << 20), (["--largest-file", "2.5"], 2621440)])
def test_how_large_a_file_may_be_is_an_option(words: list[str], expected: int) -> None:
    parser = argparse.ArgumentParser()
    add_choices(parser)
    chosen = choices(parser.parse_args(["a.ipynb", *words]))
    assert BuildOptions(Path("a.ipynb"), Path(), "a", **chosen).largest_file == expected
    with pytest.raises(SystemExit):
        parser.parse_args(["a.ipynb", "--largest-file", "-1"])


def test_where_a_file_goes(tmp_path: Path) -> None:
    nb, lib, out = tmp_path / "nb", tmp_path / "nb" / "lib", tmp_path / "out"
    write(tmp_path, {"nb/lib/t.json": "", "out/u.json": ""})

    def targets(path: Path, *parents: Path) -> list[str]:
        return list(dict.fromkeys(targets_of(Read(path, path.resolve(), 0, None), [nb], parents)))

    assert targets(lib / "t.json") == ["lib/t.json"]
    # Beside a module that is taken to the top, too, where its __file__ leads.
    assert targets(lib / "t.json", nb, lib) == ["lib/t.json", "t.json"]
    assert targets(out / "u.json") == []
    assert targets(out / "u.json", out) == ["u.json"]
    (nb / "l.json").symlink_to(out / "u.json")
    assert leads_out(nb / "l.json", [nb])
    assert not leads_out(nb / "l.json", [nb, tmp_path])
    assert not leads_out(out / "u.json", [nb])


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/etc/ssl/certs/ca.pem", True),
        ("/usr/share/zoneinfo/UTC", True),
        ("/home/ada/.cache/model.bin", True),
        ("/home/ada/data.csv", False),
        ("/data/lookup.db", False),
    ],
)
def test_what_every_machine_has_is_not_told_of(path: str, expected: bool) -> None:
    assert is_systems(Path(path)) is expected


WATCHED = """if 1:
    import importlib.util, json, os, sys
    spec = importlib.util.spec_from_file_location("_slipway_reads", sys.argv[1])
    reads = importlib.util.module_from_spec(spec)
    sys.modules["_slipway_reads"] = reads
    spec.loader.exec_module(reads)
    import io, pathlib, pickle, shelve, sqlite3
    reads.watch(os.getcwd())
    exec(compile("def predictor():\\n    open('in_cell.txt').close()", "<cell 2>", "exec"))
    open("not_for_us.txt").close()
    predictor()
    class Holder:
        opener = open
    Holder().opener("not_for_us.txt").close()
    assert pickle.loads(pickle.dumps([open, io.open, os.open, sqlite3.connect]))[0]("not_for_us.txt").read() == "x"
    with reads.scoring():
        pathlib.Path("a.txt").read_text()
        with open(b"b.txt", "r+") as file:
            file.read()
        open("c.txt", "w").close()
        open("c.txt").close()
        with open(os.open("d.txt", os.O_RDONLY)) as file:
            file.read()
        sqlite3.connect("file:" + os.path.abspath("e.db") + "?mode=ro", uri=True).execute("select * from t")
        sqlite3.connect(":memory:")
        for none in ("missing.txt", "no\\0path"):
            try:
                open(none)
            except (FileNotFoundError, ValueError):
                pass
        import module_beside
        os.listdir(".")
    open("after.txt").close()
    print(json.dumps([os.path.basename(entry["path"]) for entry in reads.report()]))
"""


@pytest.mark.parametrize(
    "minor", [(3, minor) for minor in range(6, 15)], ids=lambda minor: "{}.{}".format(*minor)
)
def test_what_counts_as_read(tmp_path: Path, minor: tuple[int, int]) -> None:
    found = [python for python in list_interpreters() if python.minor == minor]
    if not found:
        pytest.skip("there is no Python {}.{} here".format(*minor))
    names = ("in_cell", "not_for_us", "a", "b", "c", "d", "after")
    write(tmp_path, {f"{name}.txt": "x" for name in names} | {"module_beside.py": "X = 1\n"})
    connection = sqlite3.connect(tmp_path / "e.db")
    connection.execute("create table t (x)")
    connection.close()
    reads = Path(worker.__file__).parents[2] / "jupyterlab_slipway" / "builder" / "kernel_side" / "reads.py"
    done = subprocess.run(
        [found[0].path, "-c", WATCHED, reads],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == ["a.txt", "b.txt", "d.txt", "e.db", "in_cell.txt"]

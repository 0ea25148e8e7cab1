"""How large a model is and why; a warning where training data rides along, and none for weights."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Build
from jupyterlab_slipway.builder.cells import Cell
from jupyterlab_slipway.builder.execute import KERNEL_SIDE
from jupyterlab_slipway.builder.holdings import size_note, training_problem
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.problems import Code

LOOK = """if 1:
    import importlib.util, json, os, sys
    for name in ("ordering", "reducers", "pickling", "parts", "holdings"):
        spec = importlib.util.spec_from_file_location("_slipway_" + name, os.path.join(sys.argv[1], name + ".py"))
        holdings = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(holdings)
    names = {"__name__": "__main__"}
    sys.modules["__main__"].__dict__.update(names)
    exec(compile(sys.argv[2], "<cell 2>", "exec"), sys.modules["__main__"].__dict__)
    names = sys.modules["__main__"].__dict__
    functions = {name: names.get(name) for name in ("predictor", "validator", "batch_predictor")}
    print(json.dumps(holdings.holdings(functions, True, names)))
"""
STUBS = """
class Frame:
    def __init__(self, rows, columns=2):
        self.shape = (rows, columns)
Frame.__module__ = 'pandas.core.frame'
class Column:
    def __init__(self, rows):
        self.shape = (rows,)
Column.__module__ = 'pandas.core.series'
class Array:
    def __init__(self, *shape):
        self.shape = shape
Array.__module__ = 'numpy'
class Tensor(Array):
    pass
Tensor.__module__ = 'torch'
class Estimator:
    def __init__(self, **fitted):
        self.__dict__.update(fitted)
"""
"""Told from the real ones by nothing that is looked at; the slow test has the real ones."""


def look(source: str) -> dict[str, Any]:
    python = next(python for python in list_interpreters() if python.minor[:2] == (3, 11))
    site = subprocess.run(
        [
            "python",
            "-c",
            "import cloudpickle, os; print(os.path.dirname(os.path.dirname(cloudpickle.__file__)))",
        ],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    done = subprocess.run(
        [python.path, "-c", LOOK, KERNEL_SIDE, STUBS + source],
        env={"PYTHONPATH": site},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


SUSPECT = {
    "a frame": ("df = Frame(100)", "df", "DataFrame", 100),
    "a column": ("column = Column(5000)", "column", "Series", 5000),
    "an array": ("X = Array(1000, 4)", "X", "array", 1000),
    "a list of rows": ("rows = [[1, 2]] * 1000", "rows", "list", 1000),
    "a list of dicts": ("rows = [{'a': 1}] * 1000", "rows", "list", 1000),
    "texts": ("texts = ['a sentence that somebody wrote about something'] * 1000", "texts", "list", 1000),
    "columns": ("table = {'a': [1] * 1000, 'b': [2] * 1000}", "table", "dict of columns", 1000),
    "what an estimator was fitted with": (
        "knn = Estimator(_fit_X=Array(150, 4), n=5)",
        "knn._fit_X",
        "array",
        150,
    ),
    "in a pipeline": (
        "pipe = Estimator(steps=[('scale', Estimator()), ('knn', Estimator(_fit_X=Array(150, 4)))])",
        "pipe.steps[1][1]._fit_X",
        "array",
        150,
    ),
    "results that hold their data": (
        "results = Estimator(model=Estimator(data=Estimator(frame=Frame(200))))",
        "results.model.data.frame",
        "DataFrame",
        200,
    ),
    "an object's own training data": ("mine = Estimator(x_train=[[1.0]] * 300)", "mine.x_train", "list", 300),
    "a container": ("parts = {'model': 1, 'train': Frame(300)}", "parts['train']", "DataFrame", 300),
}
INNOCENT = {
    "a small frame": "held = Frame(99)",
    "a small array": "held = Array(999, 4)",
    "weights": "weights = held = Array(5000, 10)\nW1 = Array(5000, 2)\nembedding_matrix = Array(5000, 2)",
    "a tensor": "held = Tensor(100000, 10)",
    "weights of an estimator": "held = Estimator(coef_=Array(5000, 3), cluster_centers_=Array(2000, 2), tree_=Estimator(value=Array(9999)))",
    "how the training went": "held = Estimator(train_score_=Array(200), training_loss=[[0.1]] * 300)",
    "a vocabulary": "held = ['word'] * 50000",
    "a lookup table": "held = {str(i): i for i in range(5000)}",
    "numbers": "held = list(range(50000))",
    "few rows": "held = [[1, 2]] * 999",
}


@pytest.mark.parametrize("what", SUSPECT)
def test_training_data_is_found_with_the_line_that_drags_it_in(what: str) -> None:
    source, path, kind, rows = SUSPECT[what]
    name = source.partition(" ")[0]
    above = (STUBS + source).count("\n") + 1
    (found,) = look(
        f"{source}\ndef helper(x):\n    y = x\n    return ({name}, y)[1]\ndef predictor(x):\n    return helper(x)"
    )["data"]
    assert found.pop("bytes") > 0
    assert found == {
        "path": path,
        "kind": kind,
        "rows": rows,
        "function": "helper",
        "file": "<cell 2>",
        "line": above + 3,
    }


@pytest.mark.parametrize("what", INNOCENT)
def test_weights_and_tables_to_look_things_up_in_are_left_alone(what: str) -> None:
    used = "(weights, W1, embedding_matrix)" if what == "weights" else "held"
    assert look(f"{INNOCENT[what]}\ndef predictor(x):\n    return ({used}, x)[1]")["data"] == []


def test_all_that_functions_reach_is_looked_at() -> None:
    """Methods, closures, defaults, partial functions, and the object whose method the predictor is."""
    source = (
        "import functools\nfirst, second, third, fourth, unused = Frame(100), Frame(101), Frame(102), Frame(103), Frame(104)\n"
        "class Model:\n    def __init__(self):\n        self.train = Frame(105)\n    def predict(self, x):\n        return first\n"
        "def outer():\n    inner = second\n    def f(x, default=third):\n        return inner\n    return f\n"
        "model = Model()\nf = functools.partial(outer(), fourth)\n"
        "@functools.lru_cache(maxsize=None)\ndef validator(x):\n    return f(x)\npredictor = model.predict\n"
    )
    found = look(source)
    assert sorted(entry["rows"] for entry in found["data"]) == [100, 101, 102, 103, 105]
    assert "model.train" in {entry["path"] for entry in found["data"]}
    assert {entry["name"] for entry in found["globals"]} >= {"model", "first", "inner"}


def test_the_note_names_the_largest() -> None:
    assert size_note(99_999, [{"name": "a", "bytes": 99_000}]) is None
    sizes = [
        {"name": "kmodel", "bytes": 41_000_000},
        {"name": "lookup", "bytes": 900_000},
        {"name": "k", "bytes": 100},
    ]
    assert size_note(42_000_000, sizes) == "The model has 42 MB: kmodel 41 MB, lookup 900 kB."
    assert size_note(100_000, []) == "The model has 100 kB."


def test_the_warning_says_what_it_is_and_where() -> None:
    cell = Cell(3, "c3", "def predictor(x):\n    return df.mean()")
    found = {
        "path": "df",
        "kind": "DataFrame",
        "rows": 1200,
        "bytes": 34_000,
        "function": "predictor",
        "file": "<cell 3>",
        "line": 2,
    }
    problem = training_problem(found, {cell.file: cell})
    assert problem["code"] == Code.TRAINING_DATA
    assert problem["severity"] == "warning"
    assert (
        "`df` goes into the service: a DataFrame of 1,200 rows (34 kB), used by `predictor` (cell 3, line 2)"
        in problem["message"]
    )
    assert problem["cell"] == {"index": 3, "id": "c3", "line": 2, "source": "    return df.mean()"}
    elsewhere = training_problem({**found, "file": None, "function": None, "line": None}, {})
    assert "used by the functions" in elsewhere["message"]
    assert "cell" not in elsewhere


@pytest.mark.slow
def test_a_build_with_real_frames_and_estimators(build: Build, tmp_path: Path) -> None:
    built = build(
        "import numpy as np, pandas as pd\nfrom sklearn.neighbors import KNeighborsClassifier\nfrom sklearn.linear_model import LinearRegression",
        "rng = np.random.default_rng(0)\ndf = pd.DataFrame({'a': rng.normal(size=500), 'b': rng.normal(size=500)})\n"
        "y = (df.a > df.b).to_numpy()\nknn = KNeighborsClassifier().fit(df.to_numpy(), y)\n"
        "line = LinearRegression().fit(df.to_numpy(), df.a)\nweights = rng.normal(size=(2000, 10))",
        "def predictor(x):\n    share = float((df.a < x[0]).mean())\n"
        "    return [share, bool(knn.predict([x])[0]), float(line.predict([x])[0]), float(weights[0, 0])]",
        "examples = [[0.1, 0.2]]",
        requirements='requirements = [["numpy", "2.3.5"], ["pandas", "2.3.3"], ["scikit-learn", "1.7.2"]]',
    )
    found = [problem for problem in built.progress.problems if problem["code"] == Code.TRAINING_DATA]
    assert [problem["message"].partition(" goes into")[0] for problem in found] == ["`df`", "`knn._fit_X`"]
    assert "DataFrame of 500 rows" in found[0]["message"]
    assert found[0]["cell"]["index"] == 4
    assert found[0]["cell"]["line"] == 2
    (note,) = [message for _, _, message in built.progress.notes if message.startswith("The model has ")]
    assert note.startswith("The model has 1")
    assert "kB: weights 160 kB" in note
    details = {phase: detail for phase, status, detail in built.progress.phases if status == "done"}
    assert "kB" in (details["capture"] or "")

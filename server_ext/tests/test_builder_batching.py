"""Batched forms: which predictors get one, that it answers as they do, and what is refused."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builder_fixtures import Build, Recorder
from jupyterlab_slipway.builder import batching
from jupyterlab_slipway.builder.alike import MOST, alike
from jupyterlab_slipway.builder.execute import KERNEL_SIDE, WORKER
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.notebook import read_notebook
from jupyterlab_slipway.builder.requirements import read_requirements
from jupyterlab_slipway.builder.resolve import resolve
from jupyterlab_slipway.builder.samples import Scored
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime.bundle import BatchingEntry, Sample
from slipway_runtime.scoring.rows import likeness

if TYPE_CHECKING:
    from jupyterlab_slipway.builder.environments import EnvironmentStore

EXAMPLES = Path(__file__).parents[2] / "examples"
DRIVER = Path(__file__).with_name("batching_driver.py")
SWEEP = Path(__file__).with_name("batching_sweep.py")

SETUP = """
import math, random
import numpy as np
from numpy import asarray
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.cluster import KMeans
from sklearn.decomposition import NMF, PCA
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, LabelEncoder, StandardScaler
from sklearn.svm import SVC
from sklearn.tree import DecisionTreeClassifier

rng = np.random.RandomState(0)
points = rng.rand(120, 2)
classes = np.where(points[:, 0] + points[:, 1] > 1, "far", "near")
kmeans = KMeans(n_clusters=3, random_state=0).fit(points)
scaler = StandardScaler().fit(points)
model = LogisticRegression().fit(points, classes)
scaled_model = LogisticRegression().fit(scaler.transform(points), classes)
tree = DecisionTreeClassifier(random_state=0).fit(points, classes)
forest = make_pipeline(StandardScaler(), RandomForestClassifier(n_estimators=3, random_state=0)).fit(points, classes)
labels = LabelEncoder().fit(["blue", "green", "red"])
numbers = DecisionTreeClassifier(random_state=0).fit(points, (points[:, 0] * 3).astype(int))
price = LinearRegression().fit(points, points.sum(axis=1))
price_scaler = StandardScaler().fit(points[:, :1])
many = MultiOutputClassifier(LogisticRegression()).fit(points, np.array([classes, classes[::-1]]).T)
texts = TfidfVectorizer().fit(["a red kettle", "a blue lamp", "the lamp is red"])
text_model = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(["red kettle", "blue lamp"] * 5, [0, 1] * 5)
sums = NMF(n_components=2, init="random", random_state=0, max_iter=5).fit(points)
decider = SVC().fit(points, (points[:, 0] * 3).astype(int))
guess = DummyClassifier(strategy="stratified").fit(points, classes)
logged = make_pipeline(FunctionTransformer(np.log1p, validate=False), LinearRegression()).fit(points, points[:, 0])
odd = make_pipeline(FunctionTransformer(lambda X: X - X.mean(), validate=False), LinearRegression()).fit(points, points[:, 0])
models = {"a": model, "b": tree}

def words_of(text):
    return text.split()

own_words = make_pipeline(TfidfVectorizer(tokenizer=words_of), LogisticRegression()).fit(["red kettle", "blue lamp"] * 5, [0, 1] * 5)

class Centred(BaseEstimator, TransformerMixin):
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        X = np.asarray(X)
        return X - X.mean(axis=0)

class Own(LogisticRegression):
    pass

centred = make_pipeline(Centred(), LogisticRegression()).fit(points, classes)
own = Own().fit(points, classes)
patched = LogisticRegression().fit(points, classes)
patched.predict = lambda X: np.array(["far"] * len(X))
names = ["none", "one", "two", "three"]
CODES = {"red": 0.25, "blue": 0.5}
MIXED = {"red": 1, "blue": 0.5}
COLUMNS = ["a", "b"]
seen = []
counter = 0

def helper(x):
    return x

def decorate(function):
    return function
"""

POINTS = [[0.1, 0.2], [0.9, 0.7], [0.4, 0.3], [-3.5, 80.25]]
ROWS = [{"a": 0.1, "b": 0.2}, {"a": 0.9, "b": 0.7}, {"a": 5.5, "b": -1.0}]
COLOURS = [{"colour": "red", "a": 0.5}, {"colour": "blue", "a": 0.25}, {"colour": "red", "a": 0.1}]


@dataclass(frozen=True)
class Case:
    name: str
    cell: str
    expected: str
    """The form, or a part of the reason."""
    samples: list[Any] = field(default_factory=lambda: POINTS)


def one(name: str, expression: str, expected: str, samples: list[Any] | None = None) -> Case:
    """A predictor of one line."""
    return Case(name, f"def predictor(x):\n    return {expression}", expected, samples or POINTS)


def lines(name: str, expected: str, *body: str, samples: list[Any] | None = None) -> Case:
    cell = "\n    ".join(["def predictor(x):", *body])
    return Case(name, cell, expected, samples or POINTS)


DERIVED = [
    one("first", "kmeans.predict([x])[0]", "kmeans.predict(xs)"),
    one("item", "kmeans.predict([x]).item()", "kmeans.predict(xs)"),
    one("last", "model.predict([x])[-1]", "model.predict(xs)"),
    one("whole array", "model.predict([x])", "model.predict(xs)"),
    one("listed", "model.predict([x]).tolist()[0]", "model.predict(xs)"),
    one("flat", "model.predict([x]).ravel()[0]", "model.predict(xs)"),
    one("array", "kmeans.predict(np.array([x]))[0]", "kmeans.predict(xs)"),
    one("typed array", "kmeans.predict(np.array([x], dtype=float))[0]", "kmeans.predict(xs)"),
    one("imported function", "kmeans.predict(asarray([x], float))[0]", "kmeans.predict(xs)"),
    one("reshaped", "kmeans.predict(np.asarray(x).reshape(1, -1))[0]", "kmeans.predict(xs)"),
    one("reshaped by a tuple", "kmeans.predict(np.array(x).reshape((1, -1)))[0]", "kmeans.predict(xs)"),
    one("reshaped by a function", "kmeans.predict(np.reshape(np.array(x), (1, -1)))[0]", "kmeans.predict(xs)"),
    one("new axis", "kmeans.predict(np.array(x)[None, :])[0]", "kmeans.predict(xs)"),
    one("new axis by name", "kmeans.predict(np.array(x)[np.newaxis])[0]", "kmeans.predict(xs)"),
    one("two dimensions", "kmeans.predict(np.atleast_2d(x))[0]", "kmeans.predict(xs)"),
    one("expanded", "kmeans.predict(np.expand_dims(np.array(x), axis=0))[0]", "kmeans.predict(xs)"),
    one("probabilities", "model.predict_proba([x])[0].tolist()", "model.predict_proba(xs)"),
    one("one probability", "model.predict_proba([x])[0][1]", "model.predict_proba(xs)"),
    one("one probability at once", "round(float(model.predict_proba([x])[0, 1]), 4)", "model.predict_proba(xs)"),
    one("looked up", "names[int(kmeans.predict([x])[0])]", "kmeans.predict(xs)"),
    one("formatted", "f'{names[kmeans.predict([x])[0]]}!'", "kmeans.predict(xs)"),
    one("in a dict", "{'class': model.predict([x])[0], 'sure': max(model.predict_proba([x])[0])}",
        "model.predict(xs), model.predict_proba(xs)"),
    one("by class", "dict(zip(model.classes_, model.predict_proba([x])[0]))", "model.predict_proba(xs)"),
    one("comprehension over answers", "[round(float(p), 3) for p in model.predict_proba([x])[0]]",
        "model.predict_proba(xs)"),
    one("decision", "float(model.decision_function([x])[0])", "model.decision_function(xs)"),
    one("chain", "scaled_model.predict(scaler.transform([x]))[0]", "scaled_model.predict(scaler.transform(xs))"),
    one("pipeline", "forest.predict_proba([x])[0].max()", "forest.predict_proba(xs)"),
    one("of a dict of models", "models['b'].predict([x])[0]", "models['b'].predict(xs)"),
    one("labels", "labels.inverse_transform(numbers.predict([x]))[0]", "labels.inverse_transform(numbers.predict(xs))"),
    one("scaled back", "price_scaler.inverse_transform(price.predict([x]).reshape(-1, 1))[0][0]",
        "price_scaler.inverse_transform(price.predict(xs))"),
    one("a function of numpy inside", "logged.predict([[abs(x[0]), abs(x[1])]])[0]", "logged.predict(xs)"),
    one("side by side", "kmeans.predict(np.hstack([np.array([x[:1]]), np.array([x[1:]])]))[0]", "kmeans.predict(xs)"),
    one("of columns", "model.predict([[x['a'], x['b']]])[0]", "model.predict(xs)", ROWS),
    one("of named columns", "model.predict([[x[name] for name in COLUMNS]])[0]", "model.predict(xs)", ROWS),
    one("of all values", "model.predict([list(x.values())])[0]", "model.predict(xs)", ROWS),
    one("computed", "model.predict([[float(x['a']) * 2, math.exp(x['b']) + np.log1p(abs(x['a']))]])[0]",
        "model.predict(xs)", ROWS),
    one("with a default", "model.predict([[x.get('a', 0.5), x.get('c', 1.0)]])[0]", "model.predict(xs)", ROWS),
    one("mapped", "model.predict([list(map(float, x))])[0]", "model.predict(xs)"),
    one("looked up in a table", "model.predict([[CODES[x['colour']], x['a']]])[0]", "model.predict(xs)", COLOURS),
    one("encoded", "model.predict([[labels.transform([x['colour']])[0], x['a']]])[0]", "labels.transform(xs), model.predict(xs)", COLOURS),
    one("text", "int(text_model.predict([x])[0])", "text_model.predict(xs)", ["a red kettle", "blue", ""]),
    one("sparse", "texts.transform([x]).toarray()[0].tolist()", "texts.transform(xs)", ["a red kettle", "blue"]),
    lines("names", "model.predict(xs), model.predict_proba(xs)", "X = np.array([x])", "label = model.predict(X)[0]",
          "sure = model.predict_proba(X)[0].tolist()", "return {'label': label, 'sure': sure, 'columns': X.shape[1]}"),
    lines("rebound", "scaled_model.predict(scaler.transform(xs))", "'Says near or far.'", "x = np.array(x)",
          "x = x.reshape(1, -1)", "x = scaler.transform(x)", "return str(scaled_model.predict(x)[0]).upper()"),
    lines("unpacked", "model.predict(xs)", "a, b = x", "first, second = x[0], x[1]", "label: str = model.predict([[first, second]])[0]",
          "return [a, b, label]"),
    lines("aliases", "forest[1].predict_proba(forest[0].transform(xs))", "scale, classify = forest[0], forest[1]",
          "probabilities = classify.predict_proba(scale.transform([x]))[0]", "best = probabilities.argmax()",
          "return {'label': classify.classes_[best], 'p': probabilities[best]}"),
    lines("names of ours", "model.predict(xs)", "xs = x", "answers, index, count = 3, 4, 5", "predictions = model.predict([xs])[0]",
          "return [predictions, answers, index, count, x]"),
    Case("another name", "def classify(row):\n    return tree.predict([row])[0]\npredictor = classify", "tree.predict(xs)"),
    Case("redefined", "def predictor(x):\n    seen.append(x)\ndef predictor(x):\n    return tree.predict([x])[0]", "tree.predict(xs)"),
    Case("other functions around it", "def a(x):\n    return model.predict([x])[0]\ndef predictor(x):\n    return tree.predict([x])[0]", "tree.predict(xs)"),
    Case("rebound later", "def predictor(x):\n    return chosen.predict([x])[0]\nchosen = kmeans\nchosen = tree", "chosen.predict(xs)"),
]  # fmt: skip

REFUSED = [
    lines("branches", "line 2 of cell 5 branches", "if x[0] > 1:", "    return 'far'", "return model.predict([x])[0]"),
    one("branches in an expression", "'far' if x[0] > 1 else model.predict([x])[0]", "line 2 of cell 5 branches"),
    one("branches by or", "x[0] > 1 or model.predict([x])[0]", "line 2 of cell 5 branches"),
    one("branches in a comprehension", "[p for p in model.predict_proba([x])[0] if p > 0.5]", "branches"),
    lines("loops", "line 3 of cell 5 loops", "found = []", "for value in x:", "    found.append(value)", "return found"),
    lines("catches", "catches", "try:", "    return model.predict([x])[0]", "except ValueError:", "    return None"),
    lines("imports", "imports", "import time", "return model.predict([x])[0]"),
    one("lambda", "max(model.predict_proba([x])[0], key=lambda p: -p)", "function that is not known"),
    one("asks in a comprehension", "[model.predict([x])[0] for model in models.values()]", "asks a model in a comprehension"),
    lines("list append", "does something besides", "seen.append(x)", "return model.predict([x])[0]"),
    one("append in an expression", "[seen.append(x), model.predict([x])[0]]", "calls `seen.append`"),
    lines("counter", "names a global", "global counter", "counter = counter + 1", "return [counter, model.predict([x])[0]]"),
    lines("mutated before", "does something besides", "x.append(1.0)", "return model.predict([x[:2]])[0]"),
    lines("item assigned", "changes a value in place", "x[0] = 1.0", "return model.predict([x])[0]"),
    lines("sum in place", "changes a value in place", "x += [1.0]", "return model.predict([x[:2]])[0]"),
    lines("used before it is assigned", "calls `model.predict`", "y = model.predict([x])[0]", "model = 3", "return y"),
    one("random", "model.predict([x])[0] + str(random.random())", "calls `random.random`"),
    one("random by numpy", "model.predict([[x[0], np.random.rand()]])[0]", "`np.random.rand`"),
    one("result put elsewhere", "np.exp(model.predict_proba([x])[0], points[0])", "calls `np.exp`"),
    one("helper", "model.predict([helper(x)])[0]", "calls `helper`, a function of the notebook"),
    one("helper around", "helper(model.predict([x])[0])", "calls `helper`, a function of the notebook"),
    one("print", "print(model.predict([x])[0])", "calls `print`"),
    one("several rows", "model.predict([x, x])[0]", "not one row"),
    one("a column", "model.predict(np.array(x).reshape(-1, 1))[0]", ""),
    one("keywords", "model.predict([x], check=True)[0]", "other than one argument"),
    one("types that vary", "model.predict([[MIXED[x['colour']], x['a']]])[0]", "several types", COLOURS),
    one("default of another type", "model.predict([[CODES.get(x['colour'], 0), x['a']]])[0]", "several types", COLOURS),
    one("a place that varies", "model.predict([[x[int(x[0])], x[1]]])[0]", "depends on the sample"),
    one("power", "model.predict([[x[0] ** x[1], 1]])[0]", "power"),
    one("sorted row", "model.predict([sorted(x)])[0]", "makes a row with `sorted`"),
    one("greatest", "model.predict([[max(x), min(x)]])[0]", "makes a row with `max`"),
    one("depends on the batch", "centred.predict([x])[0]", "`Centred`, a class of the notebook"),
    one("own subclass", "own.predict([x])[0]", "`own` is of `Own`, a class of the notebook"),
    one("patched", "patched.predict([x])[0]", "`patched`"),
    one("iterates over all rows", "sums.transform([x])[0].tolist()", "NMF"),
    one("scaled decisions", "decider.decision_function([x])[0].tolist()", "SVC"),
    one("guesses", "guess.predict([x])[0]", "random"),
    one("function inside", "odd.predict([x])[0]", "`odd`"),
    one("own words", "own_words.predict([x])[0]", "`words_of`", ["red"]),
    one("no model", "sum(x)", "asks no model"),
    one("nothing known", "nothing.predict([x])[0]", "calls `nothing.predict`"),
    lines("returns nothing", "", "y = model.predict([x])[0]"),
    Case("decorated", "@decorate\ndef predictor(x):\n    return model.predict([x])[0]", "line 2 of cell 5 is decorated"),
    Case("lambda as predictor", "predictor = lambda x: model.predict([x])[0]", "plain `def`"),
    Case("object", "class P:\n    def __call__(self, x):\n        return 1\npredictor = P()", "no plain function"),
    Case("closure", "def make(m):\n    def predictor(x):\n        return m.predict([x])[0]\n    return predictor\npredictor = make(model)", "no plain function"),
    Case("two parameters", "def predictor(x, m=model):\n    return m.predict([x])[0]", "more than one parameter"),
    Case("shadowed builtin", "def round(value, digits):\n    seen.append(value)\n    return value\ndef predictor(x):\n    return round(model.predict_proba([x])[0][0], 2)",
         "calls `round`, a function of the notebook"),
    Case("shadowed numpy", "class np:\n    array = staticmethod(lambda rows: rows)\ndef predictor(x):\n    return model.predict(np.array([x]))[0]", "not one row"),
    Case("code put in its place", "def other(x):\n    return [seen.append(x), model.predict([x])[0]]\ndef predictor(x):\n    return model.predict([x])[0]\npredictor.__code__ = other.__code__", "`seen.append`"),
    Case("an object that acts", "class Acting:\n    def __getitem__(self, key):\n        seen.append(key)\n        return key\nacting = Acting()\ndef predictor(x):\n    return acting[model.predict([x])[0]]", "`Acting`, a class of the notebook"),
]  # fmt: skip

# Pieces of today's scikit-learn and pandas.
FRAMES_SETUP = """
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.preprocessing import OneHotEncoder

table = pd.DataFrame({"colour": ["red", "blue", "red", "green"] * 5, "a": [1.0, 2.0, None, 4.0] * 5, "n": [1, 2, 3, 4] * 5})
prepared = ColumnTransformer([
    ("words", OneHotEncoder(handle_unknown="ignore"), ["colour"]),
    ("numbers", make_pipeline(SimpleImputer(), StandardScaler()), ["a", "n"]),
])
sale = make_pipeline(prepared, LogisticRegression()).fit(table, ["yes", "no", "no", "yes"] * 5)
framed = StandardScaler().set_output(transform="pandas").fit(table[["a", "n"]])
NUMBERS = ["a", "n"]
"""
SALES = [
    {"colour": "red", "a": 1.5, "n": 3},
    {"colour": "violet", "a": -2.5, "n": 40},
    {"colour": "blue", "a": 0.0, "n": 0},
]
WITHOUT = [{"colour": "red", "a": None, "n": 3}, {"colour": "blue", "a": None, "n": 7}]
FRAMES = [
    one("frame", "sale.predict(pd.DataFrame([x]))[0]", "sale.predict(xs)", SALES),
    one("frame without a number", "sale.predict_proba(pd.DataFrame([x]).astype({'a': float}))[0].tolist()", "sale.predict_proba(xs)", WITHOUT),
    one("frame with columns", "sale.predict(pd.DataFrame([[x['colour'], x['a'], x['n']]], columns=['colour', 'a', 'n']))[0]",
        "sale.predict(xs)", SALES),
    one("frame of a row", "sale.predict(pd.DataFrame(x, index=[0]))[0]", "sale.predict(xs)", SALES),
    one("frame of columns", "sale.predict(pd.DataFrame({'colour': [x['colour']], 'a': [x['a']], 'n': [x['n']]}))[0]",
        "sale.predict(xs)", SALES),
    one("chosen columns", "framed.transform(pd.DataFrame([x])[NUMBERS]).values[0].tolist()", "framed.transform(xs)", SALES),
    lines("named frame", "sale.predict(xs)", "row = pd.DataFrame([x])", "row = row.fillna(0)",
          "return {'sale': sale.predict(row)[0]}", samples=SALES),
    one("series", "sale.predict(pd.Series(x).to_frame().T)[0]", "", SALES),
]  # fmt: skip


def derived(
    store: EnvironmentStore, tmp: Path, example: str, setup: str, cases: list[Case], script: Path = DRIVER
) -> dict[str, Any]:
    """What a script says of the cases, in an environment of the example's requirements."""
    notebook = read_notebook(EXAMPLES / example)
    progress = Recorder()
    resolution = resolve(
        read_requirements(notebook.running), notebook.python_version, store.resolutions, progress
    )
    python = store.ensure(resolution.lock, resolution.interpreter, progress)
    job, answer = tmp / "job.json", tmp / "answer.json"
    asked = [{"name": case.name, "cell": case.cell, "samples": case.samples} for case in cases]
    content = {"kernel_side": str(KERNEL_SIDE), "worker": str(WORKER), "setup": setup, "cases": asked}
    job.write_text(json.dumps(content), encoding="utf-8")
    subprocess.run([python, "-W", "ignore", script, job, answer], check=True, timeout=300)
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def today(store: EnvironmentStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    cases = [*DERIVED, *REFUSED, *FRAMES]
    return derived(
        store, tmp_path_factory.mktemp("today"), "parcel-delays.ipynb", SETUP + FRAMES_SETUP, cases
    )


@pytest.fixture(scope="module")
def in_2018(store: EnvironmentStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    return derived(store, tmp_path_factory.mktemp("2018"), "kmeans-2018.ipynb", SETUP, [*DERIVED, *REFUSED])


def name_of(case: Case) -> str:
    return case.name


def is_derived(found: dict[str, Any], case: Case) -> None:
    assert found["reason"] is None
    assert found["form"] == case.expected
    assert found["wrong"] is None
    assert found["shares"], "one pickle holds the model once"


@pytest.mark.slow
@pytest.mark.parametrize("case", [*DERIVED, *FRAMES[:-1]], ids=name_of)
def test_a_straight_line_gets_a_form_that_answers_alike(today: dict[str, Any], case: Case) -> None:
    is_derived(today[case.name], case)


@pytest.mark.slow
@pytest.mark.parametrize("case", DERIVED, ids=name_of)
def test_so_it_does_in_2018(in_2018: dict[str, Any], case: Case) -> None:
    if case.name == "aliases":
        pytest.skip("pipelines have no items in scikit-learn 0.19")
    is_derived(in_2018[case.name], case)


@pytest.mark.slow
@pytest.mark.parametrize("case", [*REFUSED, FRAMES[-1]], ids=name_of)
def test_anything_else_is_refused_with_the_reason(today: dict[str, Any], case: Case) -> None:
    found = today[case.name]
    assert found["form"] is None
    assert case.expected in found["reason"]
    assert found["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_so_it_is_in_2018(in_2018: dict[str, Any], case: Case) -> None:
    assert in_2018[case.name]["form"] is None


@pytest.mark.slow
def test_no_estimator_of_scikit_learn_answers_otherwise_in_a_batch(
    store: EnvironmentStore, tmp_path: Path
) -> None:
    """All that it has and that can be fitted: what looks at other rows, or draws random numbers, is refused."""
    found = derived(store, tmp_path, "parcel-delays.ipynb", "", [], SWEEP)
    assert found["different"] == []
    assert found["raising"] == ["FunctionTransformer.transform"], "gives back the list that it is given"
    assert {"NMF.transform", "SparsePCA.transform", "BernoulliRBM.score_samples"} <= set(found["refused"])
    usual = ("KMeans", "LogisticRegression", "RandomForestClassifier", "HistGradientBoostingRegressor")
    assert {f"{name}.predict" for name in (*usual, "MLPClassifier")} <= set(found["alike"])


# ---------------------------------------------------------------- changed samples


SAMPLES: list[list[Any]] = [
    [[0.5, 0.5], [0.1, 0.9]],
    [
        {"a": 1, "b": [True, None, "text"], "c": {"d": 2.5}},
        {"a": 7, "b": [False, None, "other"], "c": {"d": -1.0}},
    ],
    ["a text", "another"],
    [[[1, 2], [3, 4]]],
    [2**63, -(2**63), 1e308, 2**200],
]


@pytest.mark.parametrize("samples", SAMPLES)
def test_changed_rows_are_like_a_sample_and_equal_to_none(samples: list[Any]) -> None:
    found = alike(samples)
    assert 0 < len(found) <= MOST
    likely = {likeness(sample) for sample in samples}
    assert all(likeness(value) in likely for value in found)
    texts = [json.dumps(value) for value in [*samples, *found]]
    assert len(set(texts)) == len(texts)
    assert alike(samples) == found


def test_texts_are_swapped_and_numbers_changed_a_little_and_a_lot() -> None:
    found = alike([{"t": "red", "n": 2.0}, {"t": "blue", "n": 3.0}])
    assert {"red", "blue", "RED"} <= {row["t"] for row in found}
    changes = [abs(row["n"] / 2.0) for row in found]
    assert any(1 < change < 1.1 for change in changes)
    assert max(changes) > 1e5


def test_there_is_nothing_to_change_in_nothing() -> None:
    assert alike([]) == []
    assert alike([None, {}, []]) == []


# ---------------------------------------------------------------- what is made of the answers


def entry(
    source: Any = "derived", form: str | None = "m.predict(xs)", reason: str | None = None
) -> BatchingEntry:
    return {"source": source, "form": form, "reason": reason}


def sample(value: Any, output: Any = 1) -> Sample:
    return {"input": value, "output": output}


def report(singles: list[Any], *batches: tuple[list[int], Any]) -> dict[str, Any]:
    listed = [
        {"rows": rows, "outcomes": None, "words": found}
        if isinstance(found, str)
        else {"rows": rows, "outcomes": found}
        for rows, found in batches
    ]
    return {"singles": singles, "batches": listed}


def test_the_same_answers_pass() -> None:
    found = report([[0, "1.0"], [0, "2"]], ([0, 1], [[0, "1.0000000001"], [0, "2"]]), ([1], [[0, "2"]]))
    checked = batching.compared(found, [sample(5)], [6])
    assert (checked.difference, checked.samples, checked.changed) == (None, 1, 1)
    assert batching.after_check(entry(), checked) == entry()
    assert (
        batching.sentence(entry(), checked)
        == "Batched: m.predict(xs); checked on 1 sample and 1 changed ones."
    )


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (([0, 1], [[0, "1"], [0, "2.1"]]), "in a batch of 2 it answers 6 with 2.1, and `predictor` with 2"),
        (([0], [[0, "1.0"]]), "in a batch of one it answers 5 with 1.0"),
        (([1, 0], "it raises ValueError: no"), "in a batch of 2 that begins with 6 it raises ValueError: no"),
        (([0, 1], "it gave 1 predictions for 2 samples"), "it gave 1 predictions"),
        (([2], [[0, "3"]]), "it answers 7 with 3, and `predictor` with KeyError: 'x'"),
        (([1], [[4, "the prediction is nan"]]), "with the prediction is nan, and `predictor` with 2"),
    ],
)
def test_any_difference_means_one_by_one(batch: tuple[list[int], Any], words: str) -> None:
    singles = [[0, "1"], [0, "2"], [3, "Traceback\nKeyError: 'x'"]]
    checked = batching.compared(report(singles, batch), [sample(5)], [6, 7])
    assert checked.difference is not None
    assert words in checked.difference.words
    after = batching.after_check(entry(), checked)
    assert after["source"] is after["form"] is None
    assert batching.sentence(after, checked).startswith(
        "One by one: the batched form m.predict(xs) differs from"
    )


def test_a_batch_may_raise_with_a_row_for_which_the_predictor_raises() -> None:
    found = report([[0, "1"], [3, "KeyError"]], ([0, 1], "it raises KeyError"), ([1], "it raises KeyError"))
    assert batching.compared(found, [sample(5)], [6]).difference is None


def test_a_declared_one_has_to_answer_the_samples() -> None:
    declared = entry("declared", None)
    changed = batching.compared(report([[0, "1"], [0, "2"]], ([1], [[0, "3"]])), [sample(5)], [6])
    batching.require_same_on_samples(declared, changed)
    assert batching.after_check(declared, changed)["source"] is None
    wrong = batching.compared(report([[0, "1"]], ([0], [[0, "3"]])), [sample(5)], [])
    batching.require_same_on_samples(entry(), wrong)
    with pytest.raises(SlipwayProblem) as caught:
        batching.require_same_on_samples(declared, wrong)
    assert caught.value.code is Code.BATCH_DIFFERS


def test_what_cannot_be_checked_is_not_derived() -> None:
    without, differing = Scored(), Scored("calls", [sample(1)], False)
    for scored in (without, differing):
        found = batching.before_check(entry(), scored)
        assert found["source"] is None
        assert batching.to_ask(found, scored.samples) is None
        declared = batching.before_check(entry("declared", None), scored)
        assert declared["source"] == "declared"
        assert str(declared["reason"]).startswith("not checked: ")
        assert batching.to_ask(declared, scored.samples) is None
    assert batching.before_check(entry(), Scored("calls", [sample(1)], True)) == entry()


# ---------------------------------------------------------------- built


PREDICTOR = "def predictor(x):\n    return x * 2"
USED = """
import json, sys
import importlib.util
spec = importlib.util.spec_from_file_location("w", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
sys.modules["w"] = worker
spec.loader.exec_module(worker)
form = worker.load_functions(sys.argv[2])["batch_predictor"]
print(json.dumps(None if form is None else [int(answer) for answer in form(json.loads(sys.argv[3]))]))
"""


def used(build: Build, manifest: Any, bundle: Path, xs: list[Any]) -> Any:
    """What a worker would get from the bundle's batched form; None where it has none to use."""
    python = build.store.python_of(manifest)
    assert python is not None
    command = [python, "-c", USED, WORKER, bundle, json.dumps(xs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_seeds_notebook_gets_its_batched_form(build: Build) -> None:
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    built = build(notebook=EXAMPLES / "kmeans-2018.ipynb", directory=build.tmp_path)
    assert built.manifest["batching"] == entry("derived", "kmodel.predict(xs)")
    assert built.manifest["functions"]["batch_predictor"] is False, "the notebook declares none"
    assert "Batched: kmodel.predict(xs); checked on 1 sample and" in built.progress.said
    (recorded,) = built.samples
    far = [-5.0, -5.0]
    first, *others = used(
        build, built.manifest, built.bundle, [recorded["input"], far, far, recorded["input"]]
    )
    assert [first, others[-1]] == [recorded["output"]] * 2
    assert others[0] == others[1]


@pytest.mark.slow
def test_a_form_that_fails_its_check_is_not_used(build: Build) -> None:
    cells = json.loads((EXAMPLES / "kmeans.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    requirements, training = sources[:2]
    predictor = (
        "def predictor(x):\n    found = kmodel.predict([x])\n    return [found[0], found.base is None]"
    )
    built = build(training, predictor, "examples = [[0.5, 0.5], [0.1, 0.9]]", requirements=requirements)
    assert built.manifest["batching"]["source"] is None
    said = [message for phase, _, message in built.progress.notes if phase == "verify"]
    assert any(
        message.startswith("One by one: the batched form kmodel.predict(xs) differs") for message in said
    )
    assert used(build, built.manifest, built.bundle, [[0.5, 0.5]]) is None


@pytest.mark.slow
def test_a_declared_form_is_checked_and_used(build: Build) -> None:
    built = build(
        PREDICTOR, "def batch_predictor(xs):\n    return [x * 2 for x in xs]", "examples = [1, 2.5]"
    )
    assert built.manifest["batching"] == entry("declared", None)
    assert "Batched: `batch_predictor`; checked on 2 samples and" in built.progress.said
    assert used(build, built.manifest, built.bundle, [3, 4]) == [6, 8]


@pytest.mark.slow
def test_one_that_differs_on_other_rows_only_is_left_out_loudly(build: Build) -> None:
    built = build(
        PREDICTOR, "def batch_predictor(xs):\n    return [min(x * 2, 10) for x in xs]", "examples = [1, 2]"
    )
    assert built.manifest["batching"]["source"] is None
    assert "One by one: `batch_predictor` differs from `predictor`: " in built.progress.said
    assert used(build, built.manifest, built.bundle, [3, 4]) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        pytest.param(
            "def batch_predictor(xs):\n    return [x * 2 + sum(xs) - xs[0] * len(xs) for x in xs]",
            Code.BATCH_DIFFERS,
            "in a batch of 2 it answers 1 with 4, and `predictor` with 2",
            id="depends on the batch",
        ),
        pytest.param(
            "def batch_predictor(xs):\n    return xs[:1]",
            Code.BATCH_DIFFERS,
            "it gave 1 predictions for 2 samples",
            id="too few",
        ),
        pytest.param(
            "def batch_predictor():\n    return []", Code.BATCH_KIND, "a list of samples", id="arity"
        ),
        pytest.param(
            "batch_predictor = 5", Code.BATCH_KIND, "`def batch_predictor(xs): …`", id="no function"
        ),
    ],
)
def test_a_declared_form_that_is_wrong_is_an_error(build: Build, cell: str, code: Code, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, cell, "examples = [1, 3]")
    assert caught.value.code is code
    assert words in caught.value.message
    assert not (build.tmp_path / "bundle").exists()

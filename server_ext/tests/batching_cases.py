"""Predictors, and what is to become of each: the form that it gets, or a part of the reason why it gets none."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

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
    lines("answers as a row", "model.predict_proba(xs), tree.predict(xs)", "sure = model.predict_proba([x])[0]",
          "return tree.predict([[sure[0], sure[1]]])[0]"),
    lines("answers in an array", "model.predict_proba(xs), tree.predict(xs)", "sure = model.predict_proba([x])[0]",
          "return tree.predict(np.array(sure).reshape(1, -1))[0]"),
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
    one("more dimensions", "kmeans.predict(np.array(x, ndmin=2)[None, :])[0]", "not one row"),
    one("keywords", "model.predict([x], check=True)[0]", "other than one argument"),
    one("types that vary", "model.predict([[MIXED[x['colour']], x['a']]])[0]", "several types", COLOURS),
    one("default of another type", "model.predict([[CODES.get(x['colour'], 0), x['a']]])[0]", "several types", COLOURS),
    one("a place that varies", "model.predict([[x[int(x[0])], x[1]]])[0]", "depends on the sample"),
    lines("iterator used twice", "makes a row of `values`", "values = map(float, x)", "label = model.predict([list(values)])[0]",
          "return [label, len(list(values))]"),
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
    Case("a dict that grows", "import collections\ngrown = collections.defaultdict(int)\ndef predictor(x):\n    return [grown[x[0]], model.predict([x])[0]]",
         "looks at `grown`, a defaultdict"),
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
]  # fmt: skip
FRAMES_REFUSED = [
    one("series", "sale.predict(pd.Series(x).to_frame().T)[0]", "not one row", SALES),
    one("filled from above", "sale.predict(pd.DataFrame([x]).fillna(method='ffill'))[0]", "not one row", SALES),
    one("only where it works", "sale.predict(pd.DataFrame([x]).astype(float, errors='ignore'))[0]", "not one row", SALES),
    one("categories", "sale.predict(pd.DataFrame([x]).astype({'colour': 'category'}))[0]", "makes categories", SALES),
    one("rows chosen", "sale.predict(pd.DataFrame([x]).dropna())[0]", "not one row", SALES),
    one("a mean of the table", "sale.predict(pd.DataFrame([x]).fillna(pd.DataFrame([x]).mean()))[0]", "", SALES),
]  # fmt: skip

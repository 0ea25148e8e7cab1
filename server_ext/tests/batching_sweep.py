"""Asks every estimator of scikit-learn about rows together and alone: run by an environment that has it.

    python batching_sweep.py JOB ANSWER

JOB is {"kernel_side": directory, "worker": path}; ANSWER gets {"alike": [what answered alike ...], "refused":
[...], "different": [...], "raising": [...]}, each as "KMeans.predict".
"""
# mypy: ignore-errors
# (scikit-learn is not in the environment of the tests)

import json
import sys
import warnings
from pathlib import Path

import batching_driver
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.utils import all_estimators

METHODS = ("predict", "predict_proba", "predict_log_proba", "decision_function", "score_samples", "transform")
SMALL = {"n_estimators": 3, "n_components": 2, "max_iter": 20, "random_state": 0, "n_quantiles": 20}
rng = np.random.RandomState(0)
points = rng.rand(40, 4)
classes, totals = (points[:, 0] * 3).astype(int), points.sum(axis=1)
rows = [
    list(map(float, row)) for row in [*(rng.rand(4, 4) * 1.3), points[0], points[1], np.zeros(4), np.ones(4)]
]


def fitted():
    """(name, estimator, rows) of all that can be made without or with one estimator, and fitted."""
    for name, kind in all_estimators():
        if name.endswith("CV"):
            continue  # they choose among what is here
        for arguments in ((), (LogisticRegression(),)):
            try:
                estimator = kind(*arguments)
            except TypeError:
                continue
            known = estimator.get_params()
            estimator.set_params(**{key: value for key, value in SMALL.items() if key in known})
            for given, wanted in ((points, classes), (points, totals), (points[:, 0], totals)):
                try:
                    estimator.fit(given, wanted)
                except Exception:  # noqa: BLE001  not what it is fitted with
                    continue
                yield name, estimator, rows if given is points else [row[0] for row in rows]
                break
            break


def dense(value):
    return value.toarray() if hasattr(value, "toarray") else np.asarray(value)


def same(one, other):
    one, other = dense(one), dense(other)
    if one.shape != other.shape or one.dtype.kind not in "biuf":
        return one.shape == other.shape and (one == other).all()
    return np.allclose(one, other, rtol=1e-6, atol=1e-9, equal_nan=True)


def fate(derive, estimator, method, samples):
    source = f"def predictor(x):\n    return model.{method}([x])"
    namespace = {"__name__": "__main__", "model": estimator}
    batching_driver.run_cell(source, "<cell 5>", namespace)
    form = derive(namespace["predictor"], {"<cell 5>": source})["function"]
    if form is None:
        return "refused"
    try:
        alone = [namespace["predictor"](row) for row in samples]
    except Exception:  # noqa: BLE001  not a way to ask it
        return None
    for order in (range(len(samples)), range(len(samples))[::-1], [3, 1], [5, 5, 5, 0]):
        try:
            together = form([samples[index] for index in order])
        except Exception:  # noqa: BLE001  which the service then does row by row
            return "raising"
        if len(together) != len(order) or not all(map(same, [alone[index] for index in order], together)):
            return "different"
    return "alike"


def main():
    warnings.simplefilter("ignore")
    job = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))
    derive = batching_driver.load_parts(job)
    found = {"alike": [], "refused": [], "different": [], "raising": []}
    for name, estimator, samples in fitted():
        for method in METHODS:
            if hasattr(estimator, method):
                end = fate(derive, estimator, method, samples)
                found.get(end, []).append(f"{name}.{method}")
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()

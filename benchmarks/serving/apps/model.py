"""The notebook's functions, for the peers: out of the same `model.pkl` that the service serves.

`BENCHMARK_BUNDLE` names the bundle's directory. A sample is `[x, y]`, a prediction the number of a centre.
"""

from __future__ import annotations

import os
import pickle
from collections.abc import Sequence
from pathlib import Path

_functions = pickle.loads(Path(os.environ["BENCHMARK_BUNDLE"], "model.pkl").read_bytes())
_predictor, _validator = _functions["predictor"], _functions["validator"]
_model = _predictor.__globals__["kmodel"]


def valid(sample: Sequence[float]) -> bool:
    return bool(_validator(sample))


def predict(sample: Sequence[float]) -> int:
    """As the notebook's predictor has it: one call of the model a sample."""
    return int(_predictor(sample))


def predict_many(samples: Sequence[Sequence[float]]) -> list[int]:
    """What an author who wants batches writes by hand: one call of the model for all."""
    predictions: list[int] = _model.predict(samples).tolist()
    return predictions

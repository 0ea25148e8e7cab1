"""BentoML with its adaptive batching. Each request carries a list of one sample, which BentoML merges."""

from __future__ import annotations

import bentoml
import model


@bentoml.service(workers=2)
class KMeans:
    @bentoml.api(batchable=True, route="/predict", max_batch_size=64, max_latency_ms=1000)
    def predict(self, samples: list[list[float]]) -> list[int]:
        if not all(model.valid(sample) for sample in samples):
            raise bentoml.exceptions.InvalidArgument("a sample has two numbers")
        return model.predict_many(samples)

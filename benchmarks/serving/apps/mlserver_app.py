"""MLServer: a runtime of one's own, with adaptive batching (its settings are in peers.py)."""

from __future__ import annotations

import model
import numpy as np
from mlserver import MLModel
from mlserver.codecs import NumpyCodec
from mlserver.types import InferenceRequest, InferenceResponse


class KMeans(MLModel):
    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        samples = NumpyCodec.decode_input(payload.inputs[0])
        predictions = np.array(model.predict_many(samples), dtype=np.int32).reshape(-1, 1)
        return InferenceResponse(
            model_name=self.name, outputs=[NumpyCodec.encode_output("predictions", predictions)]
        )

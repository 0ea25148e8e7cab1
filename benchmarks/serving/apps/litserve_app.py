"""LitServe with its batching: `python litserve_app.py PORT`."""

from __future__ import annotations

import sys

import litserve


class KMeans(litserve.LitAPI):
    def setup(self, device: str) -> None:  # noqa: ARG002  LitServe's interface
        import model  # here: each of its processes loads the model

        self.model = model

    def decode_request(self, request: dict[str, list[float]]) -> list[float]:
        sample = request["sample"]
        if not self.model.valid(sample):
            raise ValueError("a sample has two numbers")
        return sample

    def batch(self, inputs: list[list[float]]) -> list[list[float]]:
        return inputs

    def predict(self, inputs: list[list[float]]) -> list[int]:
        return self.model.predict_many(inputs)

    def unbatch(self, output: list[int]) -> list[int]:
        return output

    def encode_response(self, output: int) -> dict[str, int]:
        return {"prediction": output}


if __name__ == "__main__":
    # No waiting for more: with this model that only made it slower.
    api = KMeans(max_batch_size=64, batch_timeout=0.0)
    server = litserve.LitServer(api, accelerator="cpu", workers_per_device=2)
    server.run(host="127.0.0.1", port=int(sys.argv[1]), generate_client_file=False, log_level="warning")

"""Run with tritonclient[http]: asks a service with the client as it is, and prints what came back as JSON.

python triton_client.py HOST:PORT MODEL TOKEN
"""

import json
import sys
from typing import Any

import numpy as np
from tritonclient.http import InferenceServerClient, InferInput, InferRequestedOutput
from tritonclient.utils import InferenceServerException, np_to_triton_dtype

address, model, token = sys.argv[1:]
headers = {"Authorization": f"Bearer {token}"}
client = InferenceServerClient(address)


def infer(arrays: dict[str, Any], *, binary: bool = True, **more: Any) -> Any:
    inputs = []
    for name, array in arrays.items():
        sent = InferInput(name, list(array.shape), np_to_triton_dtype(array.dtype))
        sent.set_data_from_numpy(array, binary_data=binary)
        inputs.append(sent)
    more.setdefault("headers", dict(headers))
    return client.infer(more.pop("model_name", model), inputs, **more)


def shown(result: Any) -> dict[str, Any]:
    """Every output as numpy has it, with its datatype; and the rest of the answer."""
    answer = dict(result.get_response())
    found = {}
    for output in answer["outputs"]:
        values = result.as_numpy(output["name"]).tolist()
        found[output["name"]] = [output["datatype"], decoded(values)]
    return {**answer, "outputs": found}


def decoded(value: Any) -> Any:
    if isinstance(value, list):
        return [decoded(part) for part in value]
    return value.decode() if isinstance(value, bytes) else value


def refused(**request: Any) -> list[str]:
    try:
        return ["answered", json.dumps(shown(infer(**request)))]
    except InferenceServerException as error:
        return [error.status(), error.message()]


pair = np.array([[1, 2], [3, 4]])
people = {"age": np.array([30, 40]), "name": np.array(["Ada", "Grace"], dtype=object)}
found: dict[str, Any] = {
    "live": client.is_server_live(),
    "ready": client.is_server_ready(),
    "models": [client.is_model_ready(model), client.is_model_ready(model, "1"), client.is_model_ready("no")],
    "server": client.get_server_metadata(headers=headers),
    "model": client.get_model_metadata(model, headers=headers),
}
for kind in ("float64", "float32", "float16", "int64", "int8", "uint16", "bool"):
    for binary in (True, False):
        found[f"{kind} {binary}"] = shown(infer({"x": pair.astype(kind)}, binary=binary))
for binary in (True, False):
    found[f"text {binary}"] = shown(infer({"x": np.array(["ab", "ü"], dtype=object)}, binary=binary))
    found[f"people {binary}"] = shown(infer(people, binary=binary, request_id="r-1", model_version="1"))
wanted = [InferRequestedOutput("greeting", binary_data=False), InferRequestedOutput("older")]
found["wanted"] = shown(infer(people, outputs=wanted))
found["nan"] = shown(infer({"x": np.array([[np.nan, 1.0]])}))
found["no tensor"] = shown(infer({"x": np.array([[0, 1], [1, 1]])}))
sent = InferInput("x", [2, 2], "INT64").set_data_from_numpy(pair)
found["asynchronous"] = shown(client.async_infer(model, [sent], headers=headers).get_result())
found["refused"] = {
    "token": refused(arrays={"x": pair}, headers={}),
    "validator": refused(arrays={"x": np.array([[1, 2], [-1, 2]])}),
    "predictor": refused(arrays={"x": np.array([["a", "b"]], dtype=object)}),
    "output": refused(arrays={"x": pair}, outputs=[InferRequestedOutput("no")]),
    "version": refused(arrays={"x": pair}, model_version="2"),
    "model": refused(arrays={"x": pair}, model_name="no"),
    "empty": refused(arrays={"x": np.zeros((0, 2))}),
    "nan": refused(arrays={"x": np.array([[np.nan]])}, binary=False),
    "gzip": refused(arrays={"x": pair}, request_compression_algorithm="gzip"),
}
print(json.dumps(found))

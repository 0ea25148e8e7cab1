"""Run with kserve: asks a service with its InferenceRESTClient, and prints what came back as JSON.

python kserve_client.py HOST:PORT MODEL TOKEN
"""

import asyncio
import json
import sys
from typing import Any

import httpx
import numpy as np
from kserve import InferenceRESTClient, InferInput, InferRequest, RESTConfig
from kserve.protocol.infer_type import RequestedOutput
from kserve.utils.numpy_codec import from_np_dtype

address, model, token = sys.argv[1:]
url = f"http://{address}"
client = InferenceRESTClient(RESTConfig(protocol="v2", retries=0))


def request(arrays: dict[str, Any], *, binary: bool = False, **more: Any) -> InferRequest:
    inputs = []
    for name, array in arrays.items():
        sent = InferInput(name, list(array.shape), from_np_dtype(array.dtype))
        sent.set_data_from_numpy(array, binary_data=binary)
        inputs.append(sent)
    return InferRequest(model, inputs, **more)


async def infer(content: Any, *, model_name: str = model, with_token: bool = True) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {token}"} if with_token else {}
    answer = await client.infer(url, content, model_name=model_name, headers=headers)
    outputs = {output.name: [output.datatype, output.as_numpy().tolist()] for output in answer.outputs}
    return {"id": answer.id, "model": answer.model_name, "outputs": outputs}


async def refused(content: Any, **more: Any) -> list[Any]:
    try:
        return ["answered", await infer(content, **more)]
    except httpx.HTTPStatusError as error:
        return [error.response.status_code, str(error)]


async def main() -> dict[str, Any]:
    pair = {"x": np.array([[1.5, 2.0], [3.0, 4.0]])}
    people = {"age": np.array([30, 40]), "name": np.array(["Ada", "Grace"], dtype=object)}
    found: dict[str, Any] = {
        "live": await client.is_server_live(url),
        "ready": await client.is_server_ready(url),
        "models": [await client.is_model_ready(url, name) for name in (model, "no")],
    }
    for binary in (True, False):
        parameters = {"binary_data_output": binary}
        found[f"pair {binary}"] = await infer(
            request(pair, binary=binary, request_id="k-1", parameters=parameters)
        )
        found[f"people {binary}"] = await infer(request(people, binary=binary, parameters=parameters))
    wanted = [RequestedOutput("greeting"), RequestedOutput("older", {"binary_data": True})]
    found["wanted"] = await infer(request(people, binary=True, request_outputs=wanted))
    plain = {"name": "x", "shape": [2, 2], "datatype": "INT32", "data": [[1, 2], [3, 4]]}
    found["plain"] = await infer({"inputs": [plain]})
    found["refused"] = {
        "token": await refused(request(pair), with_token=False),
        "validator": await refused(request({"x": np.array([[-1.0, 2.0]])})),
        "shape": await refused({"inputs": [{**plain, "shape": [3, 2]}]}),
        "model": await refused(request(pair), model_name="no"),
    }
    await client.close()
    return found


print(json.dumps(asyncio.run(main())))

"""The Open Inference Protocol, version 2, in the OpenAPI document.

Shapes as in https://github.com/kserve/open-inference-protocol (specification/protocol/inference_rest.md); the
binary form as in Triton's protocol/extension_binary_data.md.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from ..bundle import SignatureEntry
from ..scoring.tensor_data import DATATYPES
from ..scoring.tensors import COLUMNS, TensorError, read_request
from .oip import BINARY_TYPE, ROOT, Model, Route, model_metadata
from .openapi_parts import REQUEST_ID_PARAMETER, Json, answer, refused
from .problem import JSON_TYPE

TAG = "Open Inference Protocol"
HEADER_LENGTH = "Inference-Header-Content-Length"


def _object(required: list[str], **properties: Any) -> Json:
    return {"type": "object", "properties": properties, "required": required}


def _list(name: str, **further: Any) -> Json:
    return {"type": "array", "items": {"$ref": f"#/components/schemas/{name}"}, **further}


_TEXT: Json = {"type": "string"}
_NAME: Json = {"type": "string", "minLength": 1}
_SIZE: Json = {
    "type": "integer",
    "minimum": 0,
    "description": "Bytes of the data, where it follows the JSON.",
}
_DATATYPE: Json = {"type": "string", "enum": sorted(DATATYPES)}
_PARAMETERS: Json = {"type": "object"}


def _shape(least: int, words: str) -> Json:
    return {
        "type": "array",
        "items": {"type": "integer", "minimum": least},
        "minItems": 1,
        "description": words,
    }


_SHAPE = _shape(0, "The length of each axis; the first one is the samples.")
_DATA: Json = {"description": "The elements in row-major order: nested arrays, or one flat array."}

SCHEMAS: Json = {
    "InferRequest": _object(
        ["inputs"],
        id={**_TEXT, "description": "Comes back in the answer."},
        parameters=_PARAMETERS,
        inputs=_list("InputTensor", minItems=1),
        outputs=_list("WantedOutput", description="Which outputs to give; all, where it is left out."),
    ),
    "InputTensor": {
        **_object(
            ["name", "shape", "datatype"],
            name=_NAME,
            shape=_SHAPE,
            datatype=_DATATYPE,
            parameters=_object([], binary_data_size=_SIZE),
            data=_DATA,
        ),
        "anyOf": [{"required": ["data"]}, {"required": ["parameters"]}],
    },
    "WantedOutput": _object(["name"], name=_TEXT, parameters=_PARAMETERS),
    "InferResponse": _object(
        ["model_name", "outputs"],
        model_name=_TEXT,
        model_version=_TEXT,
        id=_TEXT,
        parameters=_PARAMETERS,
        outputs=_list("OutputTensor"),
    ),
    "OutputTensor": _object(
        ["name", "shape", "datatype"],
        name=_TEXT,
        shape=_SHAPE,
        datatype=_DATATYPE,
        parameters=_PARAMETERS,
        data=_DATA,
    ),
    "ServerLive": _object(["live"], live={"type": "boolean"}),
    "ServerReady": _object(["ready"], live={"type": "boolean"}, ready={"type": "boolean"}),
    "ServerMetadata": _object(
        ["name", "version", "extensions"],
        name=_TEXT,
        version=_TEXT,
        extensions={"type": "array", "items": _TEXT},
    ),
    "ModelMetadata": _object(
        ["name", "platform", "inputs", "outputs"],
        name=_TEXT,
        versions={"type": "array", "items": _TEXT},
        platform=_TEXT,
        inputs=_list("TensorMetadata"),
        outputs=_list("TensorMetadata"),
        parameters=_PARAMETERS,
    ),
    "TensorMetadata": _object(
        ["name", "datatype", "shape"],
        name=_TEXT,
        datatype=_DATATYPE,
        shape=_shape(-1, "The length of each axis; -1 where it may be any."),
    ),
    "ModelReady": _object(["name", "ready"], name=_TEXT, ready={"type": "boolean"}),
    "InferError": _object(["error"], error={**_TEXT, "description": "A sentence for people."}),
}


def oip_paths(model: Model, guarded: Json, example: Json | None) -> Json:
    """Path items, with the model's own name and version in the paths.

    `guarded` is what an operation that needs the token has in addition (`security` and `responses`);
    `example` is an infer request.
    """
    paths = {
        ROOT: _get(Route.SERVER, "", guarded),
        f"{ROOT}/health/live": _get(Route.LIVE, "", guarded),
        f"{ROOT}/health/ready": _get(Route.READY, "", guarded),
    }
    way = f"{ROOT}/models/{quote(model.name, safe='')}"
    for place, suffix in ((way, ""), (f"{way}/versions/{quote(model.version, safe='')}", "Version")):
        paths[place] = _get(Route.MODEL, suffix, guarded)
        paths[f"{place}/ready"] = _get(Route.MODEL_READY, suffix, guarded)
        paths[f"{place}/infer"] = {"post": _infer(f"infer{suffix}", guarded, example)}
    return paths


_GETS = {
    Route.SERVER: ("serverMetadata", "Name, version and extensions of the server", "ServerMetadata"),
    Route.LIVE: ("serverLive", "Live: the service runs, whatever the model does", "ServerLive"),
    Route.READY: ("serverReady", "Ready: the service can score", "ServerReady"),
    Route.MODEL: ("modelMetadata", "Inputs and outputs of the model", "ModelMetadata"),
    Route.MODEL_READY: ("modelReady", "Ready: the model can score", "ModelReady"),
}


def _get(route: Route, suffix: str, guarded: Json) -> Json:
    operation, summary, schema = _GETS[route]
    further = {} if route.open else guarded
    responses = {"200": answer(f"{summary}.", _json(schema)), **further.get("responses", {})}
    if route in (Route.READY, Route.MODEL_READY):
        responses |= refused("Infer", 503)
    return {
        "get": {
            "tags": [TAG],
            "summary": summary,
            "operationId": f"{operation}{suffix}",
            **further,
            "responses": responses,
        }
    }


def _json(schema: str, example: Json | None = None) -> Json:
    content: Json = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
    return {JSON_TYPE: content if example is None else {**content, "example": example}}


def _infer(operation: str, guarded: Json, example: Json | None) -> Json:
    binary: Json = {"schema": {}}
    length: Json = {
        "description": "Length of the JSON at the beginning, where binary data follows it.",
        "schema": {"type": "string"},
    }
    return {
        "tags": [TAG],
        "summary": "Score samples",
        "description": "In tensors: the samples are the first axis of every input; one input gives lists, "
        f"several give objects by name. With `{BINARY_TYPE}` the data of those inputs follow the JSON that "
        "have the parameter `binary_data_size`: the binary tensor extension of Triton.",
        "operationId": operation,
        **guarded,
        "parameters": [
            REQUEST_ID_PARAMETER,
            {"name": HEADER_LENGTH, "in": "header", **length},
        ],
        "requestBody": {"required": True, "content": {**_json("InferRequest", example), BINARY_TYPE: binary}},
        "responses": {
            "200": answer(
                "The predictions, one a sample; binary where the request asked for it.",
                {**_json("InferResponse"), BINARY_TYPE: binary},
                {HEADER_LENGTH: length},
            ),
            **guarded.get("responses", {}),
            **refused("Infer", 400, 408, 413, 415, 422, 500, 503, 504),
        },
    }


def infer_example(model: Model, signature: SignatureEntry | None, samples: Sequence[Any]) -> Json | None:
    """An infer request of these samples in the form of the model's metadata; None where there is none."""
    metadata = json.loads(model_metadata(model, signature))
    columns = metadata.get("parameters", {}).get("content_type") == COLUMNS
    if not samples or not metadata["inputs"]:
        return None
    request: Json = {"parameters": metadata["parameters"]} if columns else {}
    try:
        request["inputs"] = [_tensor(entry, samples, columns) for entry in metadata["inputs"]]
        rows = read_request(json.dumps(request).encode(), None).rows
    except (TensorError, KeyError):
        return None
    return request if rows == list(samples) else None


def _tensor(entry: Mapping[str, Any], samples: Sequence[Any], columns: bool) -> Json:
    """Raises KeyError where a sample lacks the column."""
    data = [sample[entry["name"]] for sample in samples] if columns else list(samples)
    return {"name": entry["name"], "shape": _shape_of(data), "datatype": entry["datatype"], "data": data}


def _shape_of(data: Any) -> list[int]:
    """By the first element of each axis; where others differ, `read_request` refuses it."""
    return [len(data), *(_shape_of(data[0]) if data else [])] if isinstance(data, list) else []

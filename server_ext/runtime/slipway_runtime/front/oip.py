"""Paths, metadata and errors of the Open Inference Protocol, version 2. Pure functions.

Sources: https://github.com/kserve/open-inference-protocol (`specification/protocol/inference_rest.md`);
binary data: https://github.com/triton-inference-server/server (`docs/protocol/extension_binary_data.md`).
`docs/open-inference-protocol.md` says what a client sees; `scoring/tensors.py` reads and writes tensors.
"""

from __future__ import annotations

import enum
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..names import slug
from ..scoring.tensor_data import BOOL, BYTES, FP64, INT64, MOST_AXES
from ..scoring.tensors import COLUMNS, OUTPUT
from .body import is_json
from .problem import JSON_TYPE, Refusal

ROOT = "/v2"
HEADER_LENGTH = "inference-header-content-length"
"""The header, in lower case, that says how long the JSON before binary data is."""
BINARY_TYPE = "application/octet-stream"
EXTENSIONS = ("binary_tensor_data",)
SERVER = "slipway"
PLATFORM = "slipway_cloudpickle"
INPUT = "input"
"""What the one input of a model is called in its metadata; any other name will do in a request."""
FALLBACK_NAME = "model"
FIRST_VERSION = "1"

Json = dict[str, Any]
Tensor = tuple[str, list[int]]
"""A datatype, and a shape without the axis of samples."""


class Route(enum.Enum):
    """What a path of the protocol asks for."""

    SERVER = "server metadata"
    LIVE = "server live"
    READY = "server ready"
    MODEL = "model metadata"
    MODEL_READY = "model ready"
    INFER = "infer"

    @property
    def methods(self) -> tuple[str, ...]:
        return ("POST",) if self is Route.INFER else ("GET", "HEAD")

    @property
    def open(self) -> bool:
        """Is it answered without a token, for probes?"""
        return self in (Route.LIVE, Route.READY, Route.MODEL_READY)


@dataclass(frozen=True)
class Model:
    """The one model of a service, as the protocol names it."""

    name: str
    version: str = FIRST_VERSION


def model_name(title: str) -> str:
    """The name of a model in URLs, from the manifest's title: as deployments are named, or `model`."""
    return slug(title) or FALLBACK_NAME


# ---------------------------------------------------------------- paths

_FIXED = {
    ROOT: Route.SERVER,
    f"{ROOT}/": Route.SERVER,
    f"{ROOT}/health/live": Route.LIVE,
    f"{ROOT}/health/ready": Route.READY,
}
_OF_MODEL = re.compile(
    rf"{ROOT}/models/(?P<name>[^/]+)(?:/versions/(?P<version>[^/]+))?(?P<rest>/ready|/infer)?", re.ASCII
)
_RESTS = {None: Route.MODEL, "/ready": Route.MODEL_READY, "/infer": Route.INFER}


def is_oip(path: str) -> bool:
    """Is a path the protocol's own, so that its errors have the protocol's form?"""
    return path == ROOT or path.startswith(f"{ROOT}/")


def resolve(path: str, model: Model) -> Route:
    """What a path below /v2, without its query, asks for.

    Raises Refusal with 404 for a path that the protocol does not have, and for another model or version.
    """
    fixed = _FIXED.get(path)
    if fixed is not None:
        return fixed
    found = _OF_MODEL.fullmatch(path)
    if found is None:
        raise Refusal(404, f"There is nothing here; predictions are at POST {infer_path(model)}.")
    name, version = found["name"], found["version"]
    if name != model.name:
        raise Refusal(404, f"There is no such model here; the one model is {model.name}.")
    if version is not None and version != model.version:
        raise Refusal(404, f"There is no such version here; {model.name} has version {model.version}.")
    return _RESTS[found["rest"]]


def infer_path(model: Model) -> str:
    return f"{ROOT}/models/{model.name}/infer"


def header_length(value: str | None) -> int | None:
    """The length that the header Inference-Header-Content-Length gives; None where it was not sent.

    Raises Refusal with 400 for what is no number. That it is no more than the body, `read_request` checks.
    """
    if value is None:
        return None
    if re.fullmatch(r"[0-9]{1,9}", value, re.ASCII) is None:
        raise Refusal(400, "The header Inference-Header-Content-Length is no number of bytes.")
    return int(value)


def check_content_type(value: str | None) -> None:
    """Raises Refusal with 415 for what is neither JSON nor binary tensor data.

    None is right: `tritonclient.http` sends no Content-Type. Others send either with either form, so that the
    header above alone tells them apart.
    """
    if value is None:
        return
    kind, *parameters = [part.strip().lower() for part in value.split(";")]
    charsets = [part[8:].strip('"') for part in parameters if part.startswith("charset=")]
    if not (is_json(kind) or kind == BINARY_TYPE) or any(charset != "utf-8" for charset in charsets):
        raise Refusal(415, f"Send {JSON_TYPE}, or {BINARY_TYPE} with binary tensor data.")


# ---------------------------------------------------------------- answers


def _encoded(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def error_body(detail: str) -> bytes:
    """The body of every error below /v2, whatever its status; `application/json`."""
    return _encoded({"error": detail})


def live_body() -> bytes:
    return _encoded({"live": True})


def ready_body(reason: str | None) -> bytes:
    """`reason` says why the service is not ready (status 503), or is None.

    The specification has `live` here, the `kserve` client looks for `ready`.
    """
    if reason is None:
        return _encoded({"live": True, "ready": True})
    return _encoded({"error": reason, "live": True, "ready": False})


def model_ready_body(model: Model, reason: str | None) -> bytes:
    """As ready_body; clients judge it by its status."""
    if reason is None:
        return _encoded({"name": model.name, "ready": True})
    return _encoded({"error": reason, "name": model.name, "ready": False})


def server_metadata(version: str) -> bytes:
    """`version` is that of slipway_runtime."""
    return _encoded({"name": SERVER, "version": version, "extensions": EXTENSIONS})


def model_metadata(model: Model, signature: Mapping[str, Any] | None) -> bytes:
    """What goes in and comes out, as far as the manifest's signature shows it; without one, lists are empty.

    Inputs that no tensor can hold are not listed. Outputs that are no tensor are BYTES that hold JSON.
    """
    schemas = signature or {}
    content: Json = {
        "name": model.name,
        "versions": [model.version],
        "platform": PLATFORM,
        "inputs": _inputs(schemas.get("input")),
        "outputs": _outputs(schemas.get("output")),
    }
    if _columns(schemas.get("input")):
        # Only with it is a request with one input read as objects.
        content["parameters"] = {"content_type": COLUMNS}
    return _encoded(content)


def _inputs(schema: Any) -> list[Json]:
    columns = _columns(schema)
    if not columns:
        tensor = _tensor(schema, nulls=True)
        return [] if tensor is None else [_described(INPUT, tensor)]
    tensors = {name: _tensor(column, nulls=True) for name, column in columns.items()}
    if any(tensors.get(name) is None for name in schema.get("required", [])):
        return []
    return [_described(name, tensor) for name, tensor in tensors.items() if tensor is not None]


def _outputs(schema: Any) -> list[Json]:
    if not isinstance(schema, dict):
        return []
    columns = _columns(schema)
    if not columns or set(schema.get("required", [])) != columns.keys():
        columns = {OUTPUT: schema}
    return [_described(name, _tensor(column, nulls=False) or (BYTES, [])) for name, column in columns.items()]


def _described(name: str, tensor: Tensor) -> Json:
    datatype, shape = tensor
    return {"name": name, "datatype": datatype, "shape": [-1, *shape]}


def _columns(schema: Any) -> Json:
    """The properties of a schema that is one of objects alone; else none."""
    if not isinstance(schema, dict) or schema.get("type") != "object":
        return {}
    found = schema.get("properties")
    return found if isinstance(found, dict) else {}


_DATATYPES = {"integer": INT64, "number": FP64, "boolean": BOOL, "string": BYTES}


def _tensor(schema: Any, *, nulls: bool, axes: int = MOST_AXES) -> Tensor | None:
    """The tensor of what a schema describes, or None. `nulls`: is null left aside, which no tensor holds?"""
    if not isinstance(schema, dict):
        return None
    kinds = schema.get("type")
    several = kinds if isinstance(kinds, list) else [kinds]
    names = [kind for kind in several if kind != "null" or not nulls]
    if len(names) != 1:
        return None
    if names[0] != "array":
        datatype = _DATATYPES.get(str(names[0]))
        return None if datatype is None else (datatype, [])
    if axes == 1:
        return None
    places = schema.get("prefixItems") or [schema.get("items")]
    tensors = [_tensor(place, nulls=nulls, axes=axes - 1) for place in places]
    first = tensors[0]
    if first is None or any(tensor != first for tensor in tensors):
        return None
    least, most = schema.get("minItems"), schema.get("maxItems")
    return first[0], [least if isinstance(least, int) and least == most else -1, *first[1]]

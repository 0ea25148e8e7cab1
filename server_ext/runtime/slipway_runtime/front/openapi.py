"""The OpenAPI document of a service (https://spec.openapis.org/oas/v3.1.1).

The schemas of samples and predictions come from the recorded samples. They describe, and refuse nothing: a
sample of another form reaches the notebook's validator and predictor all the same. So wherever a sample or a
prediction stands, any other JSON value is allowed beside it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..bundle import Manifest, Sample, bundle_digest
from .notebook_prose import read_prose
from .oip import Model, model_name
from .openapi_oip import SCHEMAS as OIP_SCHEMAS
from .openapi_oip import TAG as OIP
from .openapi_oip import infer_example, oip_paths
from .openapi_parts import (
    HEADERS,
    PROBLEM_SCHEMA,
    REQUEST_ID_PARAMETER,
    SECURITY_SCHEMES,
    TOKEN,
    Json,
    answer,
    refusals,
    refused,
)
from .problem import JSON_TYPE

MOST_EXAMPLES = 5
LARGEST_EXAMPLE = 16 * 1024
"""Bytes of JSON of a sample with its answer; larger ones are left out, pages with them are no help."""

PREDICTIONS, HEALTH, ABOUT = "Predictions", "Health", "About"


def openapi_json(
    bundle: Path,
    manifest: Manifest,
    samples: Sequence[Sample],
    *,
    release: str,
    token_wanted: bool,
    max_body: int,
) -> bytes:
    """The document of a bundle's service, as text. Raises OSError, and BundleError as `read_file`."""
    document = openapi_document(
        manifest,
        samples,
        release=release or bundle_digest(bundle)[: len("sha256:") + 12],
        token_wanted=token_wanted,
        max_body=max_body,
        prose=read_prose(bundle, manifest),
    )
    return json.dumps(document).encode()  # in ASCII: texts may hold lone surrogates


def openapi_document(
    manifest: Manifest,
    samples: Sequence[Sample],
    *,
    release: str,
    token_wanted: bool,
    max_body: int,
    prose: str = "",
) -> Json:
    """OpenAPI 3.1 as a JSON object.

    `release` becomes the version, `prose` (Markdown) the description; `max_body` is in bytes.
    """
    guarded: Json = {"security": [{TOKEN: []}], "responses": refused("", 401)} if token_wanted else {}
    oip_guarded = {**guarded, "responses": refused("Infer", 401)} if token_wanted else {}
    examples = _examples(samples)
    inputs = [sample["input"] for sample in examples]
    signature = manifest.get("signature")
    model = Model(model_name(manifest["title"]))
    return {
        "openapi": "3.1.1",
        "info": {
            "title": manifest["title"],
            "version": release,
            "description": _description(prose, len(samples), len(examples), token_wanted),
        },
        "tags": [
            {"name": PREDICTIONS, "description": "Samples in, predictions out."},
            {"name": OIP, "description": "Version 2, for its clients: KServe, Triton, MLServer."},
            {"name": HEALTH, "description": "For probes and monitoring."},
            {"name": ABOUT},
        ],
        "paths": {
            "/predict": {"post": _predict(guarded, examples)},
            "/predict/batch": {"post": _batch(guarded, examples)},
            **oip_paths(model, oip_guarded, infer_example(model, signature, inputs)),
            **_health(),
            **_about(guarded),
        },
        "components": {
            "schemas": {
                "Sample": _described(signature and signature["input"], "sample"),
                "Prediction": _described(signature and signature["output"], "prediction"),
                "Problem": PROBLEM_SCHEMA,
                **OIP_SCHEMAS,
            },
            "responses": {
                **refusals("", max_body),
                **refusals("Infer", max_body, content_type=JSON_TYPE, schema="InferError"),
            },
            "headers": HEADERS,
            **({"securitySchemes": SECURITY_SCHEMES} if token_wanted else {}),
        },
    }


def _description(prose: str, recorded: int, shown: int, token_wanted: bool) -> str:
    parts = [prose] if prose else []
    if token_wanted:
        parts.append("Everything but health and `/docs` needs the service's token.")
    parts.append(
        "Every answer says which release gave it (`Slipway-Release`) and the request's id (`X-Request-Id`), "
        "by which the service's log names it. Another path is answered 404, another method 405 with `Allow`."
    )
    if recorded and not shown:
        parts.append("The recorded samples are too large to be shown here.")
    return "\n\n".join(parts)


# -- schemas


def _described(schema: Json | None, what: str) -> Json:
    """What the samples show, and anything else."""
    if not schema:
        return {
            "title": f"any {what}",
            "description": "Any JSON value: no sample was recorded that shows more.",
        }
    # The dialect of OpenAPI 3.1 is JSON Schema 2020-12 with a few words more: it need not be named.
    shown = {key: value for key, value in schema.items() if key != "$schema"}
    return {
        "anyOf": [
            {"title": f"{what} as recorded", **shown},
            {
                "title": f"any other {what}",
                "description": f"Any JSON value: the schema describes the {what}s that the notebook "
                "recorded, and constrains none.",
            },
        ]
    }


def _reference(schema: str) -> Json:
    return {"$ref": f"#/components/schemas/{schema}"}


# -- examples


def _examples(samples: Sequence[Sample]) -> list[Sample]:
    """The first few that are not too large, and that no tool would take for a reference."""
    found = []
    for sample in samples[:MOST_EXAMPLES]:
        text = json.dumps([sample["input"], sample["output"]])
        if len(text) <= LARGEST_EXAMPLE and '"$ref"' not in text:
            found.append(sample)
    return found


def _named(values: Sequence[Any]) -> Json:
    """The map of examples of a content; nothing where there are none."""
    return (
        {
            "examples": {
                f"sample-{number}": {"summary": f"Sample {number} of the notebook", "value": value}
                for number, value in enumerate(values, 1)
            }
        }
        if values
        else {}
    )


# -- operations


def _predict(guarded: Json, examples: Sequence[Sample]) -> Json:
    body = {"schema": _reference("Sample"), **_named([sample["input"] for sample in examples])}
    prediction = {"schema": _reference("Prediction"), **_named([sample["output"] for sample in examples])}
    return {
        "tags": [PREDICTIONS],
        "summary": "Score one sample",
        "description": "The body is the argument of the notebook's `predictor`, the answer what it returns.",
        "operationId": "predict",
        **guarded,
        "parameters": [REQUEST_ID_PARAMETER],
        "requestBody": {"required": True, "content": {JSON_TYPE: body}},
        "responses": {
            "200": answer("The prediction.", {JSON_TYPE: prediction}),
            **guarded.get("responses", {}),
            **refused("", 400, 408, 413, 415, 422, 500, 503, 504),
        },
    }


def _batch(guarded: Json, examples: Sequence[Sample]) -> Json:
    samples: Json = {"schema": {"type": "array", "items": _reference("Sample")}}
    predictions: Json = {
        "schema": {
            "type": "object",
            "properties": {
                "predictions": {
                    "description": "One a sample, in their order; null where there is none.",
                    "type": "array",
                    "items": _reference("Prediction"),
                },
                "errors": {
                    "description": "Why not, by the sample's place, counted from 0.",
                    "type": "object",
                    "patternProperties": {"^[0-9]+$": _reference("Problem")},
                    "additionalProperties": False,
                },
            },
            "required": ["predictions", "errors"],
        }
    }
    if examples:
        samples["example"] = [sample["input"] for sample in examples]
        predictions["example"] = {"predictions": [sample["output"] for sample in examples], "errors": {}}
    return {
        "tags": [PREDICTIONS],
        "summary": "Score many samples",
        "description": "An array of samples. Each stands for itself: one that fails leaves the others alone.",
        "operationId": "predictBatch",
        **guarded,
        "parameters": [REQUEST_ID_PARAMETER],
        "requestBody": {"required": True, "content": {JSON_TYPE: samples}},
        "responses": {
            "200": answer(
                "The predictions, and why there are none for some samples.", {JSON_TYPE: predictions}
            ),
            **guarded.get("responses", {}),
            **refused("", 400, 408, 413, 415, 500, 503, 504),
        },
    }


def _get(tag: str, operation: str, summary: str, content: Json, further: Json | None = None) -> Json:
    further = further or {}
    responses = {"200": answer(f"{summary}.", content), **further.get("responses", {})}
    return {
        "get": {
            "tags": [tag],
            "summary": summary,
            "operationId": operation,
            **further,
            "responses": responses,
        }
    }


def _facts(**properties: str) -> Json:
    schema = {
        "type": "object",
        "properties": {name: {"type": kind} for name, kind in properties.items()},
        "required": list(properties),
    }
    return {JSON_TYPE: {"schema": schema}}


def _text(content_type: str) -> Json:
    return {content_type: {"schema": {"type": "string"}}}


def _health() -> Json:
    return {
        "/livez": _get(
            HEALTH, "live", "Live: the service runs, whatever the model does", _facts(live="boolean")
        ),
        "/readyz": _get(
            HEALTH,
            "ready",
            "Ready: the service can score",
            _facts(ready="boolean", release="string"),
            {"responses": refused("", 503)},
        ),
    }


def _about(guarded: Json) -> Json:
    return {
        "/metrics": _get(ABOUT, "metrics", "Figures for Prometheus", _text("text/plain"), guarded),
        "/openapi.json": _get(
            ABOUT, "openapi", "This description", {JSON_TYPE: {"schema": {"type": "object"}}}, guarded
        ),
        "/docs": _get(ABOUT, "docs", "This description as a page to read and to try", _text("text/html")),
    }

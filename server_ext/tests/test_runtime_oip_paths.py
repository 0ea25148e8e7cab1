"""Paths, metadata and errors of the Open Inference Protocol, as far as they need no service."""

from __future__ import annotations

import contextlib
import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.builder.signature import infer_signature
from slipway_runtime.front import oip
from slipway_runtime.front.oip import Model, Route
from slipway_runtime.front.problem import Refusal
from slipway_runtime.scoring.json_rules import decode_sample
from slipway_runtime.scoring.tensors import read_request, write_answer

MODEL = Model("irises", "3")


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("Irises", "irises"),
        ("k-means", "k-means"),
        ("My model (v2), final!", "my-model-v2-final"),
        ("Straße nach Köln", "strasse-nach-koln"),
        ("模型", "model"),
        ("../..", "model"),
        ("", "model"),
        ("a" * 300, "a" * 42),
        ("%2e\0\n\ud800x", "2e-x"),
    ],
)
def test_model_name(title: str, name: str) -> None:
    assert oip.model_name(title) == name


@given(st.text())
def test_a_models_name_needs_no_quoting_and_its_paths_are_found(title: str) -> None:
    name = oip.model_name(title)
    assert quote(name, safe="") == name
    model = Model(name)
    assert oip.resolve(f"/v2/models/{name}", model) is Route.MODEL
    assert oip.resolve(f"/v2/models/{name}/versions/1/infer", model) is Route.INFER
    assert oip.resolve(oip.infer_path(model), model) is Route.INFER


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/v2", Route.SERVER),
        ("/v2/", Route.SERVER),
        ("/v2/health/live", Route.LIVE),
        ("/v2/health/ready", Route.READY),
        ("/v2/models/irises", Route.MODEL),
        ("/v2/models/irises/ready", Route.MODEL_READY),
        ("/v2/models/irises/infer", Route.INFER),
        ("/v2/models/irises/versions/3", Route.MODEL),
        ("/v2/models/irises/versions/3/ready", Route.MODEL_READY),
        ("/v2/models/irises/versions/3/infer", Route.INFER),
    ],
)
def test_paths_that_are(path: str, route: Route) -> None:
    assert oip.is_oip(path)
    assert oip.resolve(path, MODEL) is route
    assert ("POST" in route.methods) == (route is Route.INFER)


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/v2/models", "POST /v2/models/irises/infer."),
        ("/v2/models/", "POST /v2/models/irises/infer."),
        ("/v2/models//infer", "POST /v2/models/irises/infer."),
        ("/v2//health/live", "There is nothing here"),
        ("/v2/health", "There is nothing here"),
        ("/v2/health/live/", "There is nothing here"),
        ("/v2/models/irises/", "There is nothing here"),
        ("/v2/models/irises/versions", "There is nothing here"),
        ("/v2/models/irises/versions/3/", "There is nothing here"),
        ("/v2/models/irises/infer\n", "There is nothing here"),
        ("/v2/models/irises/config", "There is nothing here"),
        ("/v2/repository/index", "There is nothing here"),
        ("/v2/models/Irises/infer", "There is no such model here; the one model is irises."),
        ("/v2/models/%69rises", "There is no such model here"),
        ("/v2/models/ірises/ready", "There is no such model here"),
        ("/v2/models/irises/versions/2/infer", "There is no such version here; irises has version 3."),
        ("/v2/models/irises/versions/03", "There is no such version here"),
    ],
)
def test_paths_that_are_not(path: str, words: str) -> None:
    with pytest.raises(Refusal) as caught:
        oip.resolve(path, MODEL)
    assert caught.value.status == 404
    assert words in caught.value.detail


def test_which_paths_are_the_protocols() -> None:
    assert not any(map(oip.is_oip, ["/", "/v2x", "//v2", "/V2", "/predict", "/v1/v2"]))
    assert oip.is_oip("/v2/whatever")


@given(st.text(st.sampled_from("/v2modelshatifr-%\n")))
def test_any_path(text: str) -> None:
    with contextlib.suppress(Refusal):
        assert oip.resolve(f"/v2/{text}", MODEL) in Route


def test_probes_need_no_token_and_the_rest_does() -> None:
    assert {route for route in Route if route.open} == {Route.LIVE, Route.READY, Route.MODEL_READY}


@pytest.mark.parametrize("value", ["", "-1", "+1", "1.0", "1e3", " 1", "0x10", "१", "1,1", "9" * 19])
def test_a_header_length_that_is_no_number(value: str) -> None:
    with pytest.raises(Refusal, match="Inference-Header-Content-Length is no number") as caught:
        oip.header_length(value)
    assert caught.value.status == 400


def test_header_lengths() -> None:
    assert (oip.header_length(None), oip.header_length("0"), oip.header_length("0135")) == (None, 0, 135)


@pytest.mark.parametrize(
    "value",
    [
        None,  # tritonclient.http
        "application/octet-stream",
        "application/json",
        "Application/JSON; charset=UTF-8",
        "application/vnd.api+json",
    ],
)
def test_content_types_that_are_taken(value: str | None) -> None:
    oip.check_content_type(value)


@pytest.mark.parametrize(
    "value",
    ["", "text/plain", "application/x-www-form-urlencoded", "json", "application/json; charset=latin-1"],
)
def test_content_types_that_are_not(value: str) -> None:
    with pytest.raises(Refusal) as caught:
        oip.check_content_type(value)
    assert caught.value.status == 415


def test_bodies() -> None:
    assert json.loads(oip.error_body('no "x" ü')) == {"error": 'no "x" ü'}
    assert json.loads(oip.live_body()) == {"live": True}
    assert json.loads(oip.ready_body(None)) == {"live": True, "ready": True}
    assert json.loads(oip.ready_body("Not yet.")) == {"error": "Not yet.", "live": True, "ready": False}
    assert json.loads(oip.model_ready_body(MODEL, None)) == {"name": "irises", "ready": True}
    assert json.loads(oip.model_ready_body(MODEL, "No.")) == {
        "error": "No.",
        "name": "irises",
        "ready": False,
    }
    assert json.loads(oip.server_metadata("0.4.0")) == {
        "name": "slipway",
        "version": "0.4.0",
        "extensions": ["binary_tensor_data"],
    }


def metadata(samples: list[Any], predictions: list[Any]) -> dict[str, Any]:
    """Of a model whose builder saw these."""
    recorded = [{"input": x, "output": y} for x, y in zip(samples, predictions, strict=True)]
    found: dict[str, Any] = json.loads(oip.model_metadata(MODEL, infer_signature(recorded)))  # type: ignore[arg-type]
    return found


def described(tensors: list[dict[str, Any]]) -> dict[str, tuple[str, list[int]]]:
    return {tensor["name"]: (tensor["datatype"], tensor["shape"]) for tensor in tensors}


def test_metadata_says_which_model_it_is() -> None:
    found = json.loads(oip.model_metadata(MODEL, None))
    assert found == {
        "name": "irises",
        "versions": ["3"],
        "platform": "slipway_cloudpickle",
        "inputs": [],
        "outputs": [],
    }


@pytest.mark.parametrize(
    ("samples", "inputs"),
    [
        ([[1.5, 2], [3, 4]], {"input": ("FP64", [-1, 2])}),
        ([1, 2], {"input": ("INT64", [-1])}),
        ([True], {"input": ("BOOL", [-1])}),
        (["a"], {"input": ("BYTES", [-1])}),
        ([[[1.5, 2.5]], [[1.5, 2.5]]], {"input": ("FP64", [-1, 1, 2])}),
        ([[1], [1, 2]], {"input": ("INT64", [-1, -1])}),
        ([1, None], {"input": ("INT64", [-1])}),
        ([[1, "a"]], {}),
        ([1, "a"], {}),
        ([[]], {}),
        ([None], {}),
        ([{"a": 1, "b": "x", "v": [1.5, 2.5]}], {"a": ("INT64", [-1]), "b": ("BYTES", [-1]), "v": ("FP64", [-1, 2])}),
        ([{"a": 1}, {"a": 2.5, "b": True}], {"a": ("FP64", [-1]), "b": ("BOOL", [-1])}),
        ([{"a": 1, "b": {"c": 1}}], {}),
        ([{"a": 1}, {"a": 2, "b": {"c": 1}}], {"a": ("INT64", [-1])}),
        ([json.loads("[" * 20 + "1" + "]" * 20)], {}),
    ],
)  # fmt: skip
def test_inputs(samples: list[Any], inputs: dict[str, Any]) -> None:
    found = metadata(samples, [0] * len(samples))
    assert described(found["inputs"]) == inputs
    assert ("parameters" in found) == all(isinstance(sample, dict) for sample in samples)


@pytest.mark.parametrize(
    ("predictions", "outputs"),
    [
        ([1.5], {"output": ("FP64", [-1])}),
        ([1, None], {"output": ("BYTES", [-1])}),
        ([[1, "a"]], {"output": ("BYTES", [-1])}),
        ([{"label": "a", "p": [0.5, 0.5]}], {"label": ("BYTES", [-1]), "p": ("FP64", [-1, 2])}),
        ([{"a": 1, "b": {"c": 1}}], {"a": ("INT64", [-1]), "b": ("BYTES", [-1])}),
        ([{"a": 1}, {"a": 2, "b": 1}], {"output": ("BYTES", [-1])}),
        ([{}], {"output": ("BYTES", [-1])}),
    ],
)
def test_outputs(predictions: list[Any], outputs: dict[str, Any]) -> None:
    assert described(metadata([0] * len(predictions), predictions)["outputs"]) == outputs


def test_a_damaged_signature_describes_nothing() -> None:
    for damaged in (
        1,
        [],
        {"type": "object", "properties": 1},
        {"type": "array", "items": 1},
        {"type": 1},
        {},
    ):
        found = json.loads(oip.model_metadata(MODEL, {"input": damaged, "output": damaged}))
        assert found["inputs"] == []


@pytest.mark.parametrize(
    "samples",
    [
        [[1.5, 2], [3.0, 4]],
        [{"age": 1, "name": "x"}, {"age": 2, "name": "y"}],
        [{"age": 1}, {"age": 2}],
        ["a", "b"],
        [[[1, 2]], [[3, 4]]],
    ],
)
def test_a_request_by_the_metadata_gives_the_samples_and_an_answer_by_it(samples: list[Any]) -> None:
    """Also for a model of one column, by the metadata's parameters."""
    found = metadata(samples, samples)
    inputs = []
    for tensor in found["inputs"]:
        name = tensor["name"]
        column = [sample[name] for sample in samples] if isinstance(samples[0], dict) else samples
        shape = [len(samples), *tensor["shape"][1:]]
        inputs.append({**tensor, "shape": shape, "data": column})
    content = {"inputs": inputs, "parameters": found.get("parameters")}
    request = read_request(json.dumps(content).encode(), None)
    assert request.rows == samples
    body, _ = write_answer(request, samples, {"name": MODEL.name, "version": MODEL.version})
    outputs = described(decode_sample(body)["outputs"])
    for name, (datatype, shape) in described(found["outputs"]).items():
        assert outputs[name] == (datatype, [len(samples), *shape[1:]])

"""The OpenAPI document: valid, complete, and honest about what it knows."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from jupyterlab_slipway.builder.signature import infer_signature
from openapi_spec_validator import OpenAPIV31SpecValidator
from runtime_fixtures import Predictor, make_bundle
from slipway_runtime.bundle import Manifest, Sample, read_manifest, read_samples
from slipway_runtime.front.notebook_prose import LONGEST, prose_of
from slipway_runtime.front.openapi import LARGEST_EXAMPLE, MOST_EXAMPLES, openapi_document, openapi_json
from slipway_runtime.scoring.tensors import read_request

if TYPE_CHECKING:
    from pathlib import Path

LISTS = [[0.25, 0.75], [0.5, 0.1]]
RECORDS = [{"age": 31, "city": "Lyon", "ill": False}, {"age": 44.5, "city": "Oslo", "ill": True}]


def recorded(inputs: list[Any], output: Any = 3) -> list[Sample]:
    return [{"input": value, "output": output} for value in inputs]


def document(samples: list[Sample], title: str = "kmeans", **options: Any) -> dict[str, Any]:
    manifest: dict[str, Any] = {"title": title}
    signature = infer_signature(samples)
    if signature is not None:
        manifest["signature"] = signature
    chosen = {"release": "r-1", "token_wanted": True, "max_body": 1000, **options}
    return openapi_document(manifest, samples, **chosen)  # type: ignore[arg-type]  # all that is read of it


def operations(found: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {
        f"{method.upper()} {path}": operation
        for path, item in found["paths"].items()
        for method, operation in item.items()
    }


def check(found: dict[str, Any]) -> None:
    """By the meta-schema, with every reference followed; as it comes out of JSON."""
    OpenAPIV31SpecValidator(json.loads(json.dumps(found))).validate()


@pytest.mark.parametrize("token_wanted", [True, False])
@pytest.mark.parametrize(
    "samples", [[], recorded(LISTS), recorded(RECORDS, {"label": "yes"}), recorded([None, "a"])]
)
def test_it_is_valid(samples: list[Sample], token_wanted: bool) -> None:
    check(document(samples, token_wanted=token_wanted, prose="About *it*."))


def test_what_it_says_of_the_service() -> None:
    found = document(recorded(LISTS), title="My model", prose="Finds *clusters*.")
    assert (found["info"]["title"], found["info"]["version"]) == ("My model", "r-1")
    assert found["info"]["description"].startswith("Finds *clusters*.\n\n")
    assert "/v2/models/my-model/versions/1/infer" in found["paths"]
    assert "1000 bytes" in found["components"]["responses"]["413"]["description"]
    predict = operations(found)["POST /predict"]
    assert set(predict["responses"]) == {
        *("200", "400", "401", "408", "413", "415", "422", "500", "503", "504")
    }
    assert len({operation["operationId"] for operation in operations(found).values()}) == len(
        operations(found)
    )


def test_only_what_needs_the_token_says_so() -> None:
    secured = {
        name for name, operation in operations(document(recorded(LISTS))).items() if "security" in operation
    }
    for path in (
        "/livez",
        "/readyz",
        "/docs",
        "/v2/health/live",
        "/v2/health/ready",
        "/v2/models/kmeans/ready",
    ):
        assert f"GET {path}" not in secured
    for name in ("POST /predict", "POST /predict/batch", "GET /openapi.json", "POST /v2/models/kmeans/infer"):
        assert name in secured
    without = document(recorded(LISTS), token_wanted=False)
    assert not any(
        "security" in operation or "401" in operation["responses"]
        for operation in operations(without).values()
    )
    assert "securitySchemes" not in without["components"]


def test_the_examples_are_the_samples() -> None:
    operation = operations(document(recorded(LISTS)))["POST /predict"]
    shown = operation["requestBody"]["content"]["application/json"]["examples"]
    assert [example["value"] for example in shown.values()] == LISTS
    answers = operation["responses"]["200"]["content"]["application/json"]["examples"]
    assert [example["value"] for example in answers.values()] == [3, 3]


@pytest.mark.parametrize("inputs", [LISTS, RECORDS, [1, 2], ["a", "b"], [[[1, 2]], [[3, 4]]]])
def test_the_infer_example_means_the_samples(inputs: list[Any]) -> None:
    operation = operations(document(recorded(inputs)))["POST /v2/models/kmeans/infer"]
    example = operation["requestBody"]["content"]["application/json"]["example"]
    assert read_request(json.dumps(example).encode(), None).rows == inputs


@pytest.mark.parametrize("inputs", [[None], [[1], [1, 2]], [{"a": []}], [{"a": 1}, {"b": 2}], [[1, "a"]]])
def test_samples_that_are_no_tensor_are_no_infer_example(inputs: list[Any]) -> None:
    operation = operations(document(recorded(inputs)))["POST /v2/models/kmeans/infer"]
    assert "example" not in operation["requestBody"]["content"]["application/json"]


def test_examples_are_few_and_small() -> None:
    many = document(recorded([[number] for number in range(100)]))
    content = operations(many)["POST /predict"]["requestBody"]["content"]["application/json"]
    assert len(content["examples"]) == MOST_EXAMPLES
    large = document(recorded(["x" * LARGEST_EXAMPLE]))
    assert "examples" not in operations(large)["POST /predict"]["requestBody"]["content"]["application/json"]
    assert "too large to be shown" in large["info"]["description"]
    assert len(json.dumps(large)) < LARGEST_EXAMPLE * 3
    reference = document(recorded([{"$ref": "#/nowhere"}]))
    assert "#/nowhere" not in json.dumps(reference)
    check(reference)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=15, deadline=None)
@given(samples=st.lists(JSON_VALUES, max_size=3), other=JSON_VALUES)
def test_it_is_valid_and_refuses_nothing_whatever_the_samples(samples: list[Any], other: Any) -> None:
    found = document(recorded(samples, output=samples[:1]))
    check(found)
    for name in ("Sample", "Prediction"):
        schema = found["components"]["schemas"][name]
        Draft202012Validator.check_schema(schema)
        for value in (other, *samples):
            Draft202012Validator(schema).validate(value)


def test_what_was_recorded_is_described() -> None:
    recorded_form, anything = document(recorded(LISTS))["components"]["schemas"]["Sample"]["anyOf"]
    assert (recorded_form["type"], recorded_form["minItems"]) == ("array", 2)
    assert set(anything) == {"title", "description"}


def test_a_bundle_s_own(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle", Predictor, samples=[[1, "\ud800"]])
    manifest: Manifest = read_manifest(bundle)
    text = openapi_json(
        bundle, manifest, read_samples(bundle, manifest), release="", token_wanted=True, max_body=5
    )
    found = json.loads(text)
    check(found)
    assert found["info"]["version"].startswith("sha256:")
    assert len(found["info"]["version"]) == len("sha256:") + 12


# -- prose


def notebook(*cells: tuple[str, Any]) -> dict[str, Any]:
    return {"cells": [{"cell_type": kind, "source": source} for kind, source in cells]}


@pytest.mark.parametrize(
    ("cells", "prose"),
    [
        ([("markdown", ["# Title\n", "\n", "Text\n", "goes on."])], "Text\ngoes on."),
        ([("markdown", "Title\n=====\n## Part\nText\n\n## More")], "Text\n\n## More"),
        ([("markdown", "# Title"), ("raw", "x"), ("markdown", "Text")], "Text"),
        ([("markdown", "# Title"), ("code", "x = 1"), ("markdown", "Text")], ""),
        ([("markdown", "#tagged text")], "#tagged text"),
        ([("markdown", "![a plot](attachment:plot.png) of it")], "a plot of it"),
        ([("code", "x"), ("markdown", "Text")], ""),
        ([("markdown", None), ("markdown", ["a", 1])], "a"),
        ([], ""),
    ],
)
def test_the_prose_of_a_notebook(cells: list[tuple[str, Any]], prose: str) -> None:
    assert prose_of(notebook(*cells)) == prose


@pytest.mark.parametrize("content", [None, [], {}, {"cells": 3}, {"cells": [1]}])
def test_what_is_no_notebook_has_no_prose(content: Any) -> None:
    assert prose_of(content) == ""


def test_prose_is_bounded() -> None:
    text = prose_of(notebook(("markdown", "a " * LONGEST)))
    assert len(text) <= LONGEST
    assert text.endswith("…")
    assert prose_of(notebook(("markdown", " " * 200_000))) == ""

"""The order of a sample's keys: kept in the bundle, given to the predictor, and warned of where it matters."""

from __future__ import annotations

import json
import sys
from typing import Any

import cloudpickle
import pytest
from builder_fixtures import Build
from jupyterlab_slipway.builder.perturbation import turned
from jupyterlab_slipway.builder.signature import schema_of
from slipway_runtime import worker
from slipway_runtime.front.oip import Model, model_metadata
from slipway_runtime.front.openapi_oip import infer_example
from slipway_runtime.scoring import frames
from slipway_runtime.scoring.jobs import Scorer
from slipway_runtime.scoring.tensors import read_request

MODEL = Model("m")


def column(name: str, *data: float) -> dict[str, Any]:
    return {"name": name, "datatype": "FP64", "shape": [len(data)], "data": list(data)}


def request(*columns: dict[str, Any]) -> bytes:
    return json.dumps({"inputs": columns}).encode()


def test_properties_stand_in_the_order_of_the_first_samples_keys() -> None:
    schema = schema_of([{"size": 1, "age": 2}, {"more": 0, "age": 3, "size": 4}])
    assert list(schema["properties"]) == ["size", "age", "more"]
    assert schema["required"] == ["age", "size"]


@pytest.mark.parametrize(
    ("order", "keys"),
    [
        ((), ["z", "age", "size"]),
        (("size", "age"), ["size", "age", "z"]),
        (("none", "size", "z", "age"), ["size", "z", "age"]),
    ],
)
def test_named_tensors_make_objects_in_the_given_order(order: tuple[str, ...], keys: list[str]) -> None:
    body = request(column("z", 1, 2), column("age", 3, 4), column("size", 5, 6))
    rows = read_request(body, None, order).rows
    assert [list(row) for row in rows] == [keys, keys]
    assert rows == [{"z": 1.0, "age": 3.0, "size": 5.0}, {"z": 2.0, "age": 4.0, "size": 6.0}]


def test_keys_are_turned_at_every_depth() -> None:
    value = [{"a": 1, "b": {"c": 2, "d": 3}, "e": 4}, 5]
    assert json.dumps(turned(value)) == '[{"b": {"d": 3, "c": 2}, "e": 4, "a": 1}, 5]'
    assert turned(value) == value


SIZE_LESS_AGE = "def predictor(x):\n    size, age = x.values()\n    return size - age"


@pytest.mark.slow
def test_inputs_are_listed_and_given_in_the_order_of_the_samples_keys(build: Build) -> None:
    here = ".".join(map(str, sys.version_info[:3]))  # the bundle is loaded by this Python
    metadata = {"language_info": {"name": "python", "version": here}}
    requirements = f'requirements = [["cloudpickle", "{cloudpickle.__version__}"]]'
    examples = 'examples = [{"size": 5, "age": 2}]'
    built = build(SIZE_LESS_AGE, examples, requirements=requirements, metadata=metadata)
    content = json.loads((built.bundle / "manifest.json").read_text(encoding="utf-8"))
    assert list(content) == sorted(content)
    listed = json.loads(model_metadata(MODEL, content["signature"]))["inputs"]
    assert [tensor["name"] for tensor in listed] == ["size", "age"]
    example = infer_example(MODEL, content["signature"], [{"size": 5, "age": 2}])
    assert example is not None
    assert [tensor["name"] for tensor in example["inputs"]] == ["size", "age"]
    functions = worker.load_functions(str(built.bundle))
    scorer = Scorer(functions, {"name": "m", "version": "1"})
    for columns in ([column("age", 2), column("size", 5)], [column("size", 5), column("age", 2)]):
        job = (frames.TENSORS, frames.pack_tensors(request(*columns), None))
        _, ((status, _, answer),) = scorer.score(frames.pack_jobs([job]), False, lambda: None)
        assert status == worker.OK
        body, _ = frames.unpack_tensors(answer)
        assert json.loads(body)["outputs"][0]["data"] == [3.0]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("predictor", "words"),
    [
        (SIZE_LESS_AGE, 'it answers that with -3. Clients send keys in any order: take the values by name, such as `[x["size"], x["age"]]`'),
        ("def predictor(x):\n    assert list(x) == ['size', 'age']\n    return 1", "it fails on that (AssertionError)"),
        (SIZE_LESS_AGE + "\ndef validator(x):\n    return next(iter(x)) == 'size'", "`validator` refuses that"),
        ("def predictor(x):\n    return x['size'] - x['age']", None),
    ],
)  # fmt: skip
def test_a_predictor_that_goes_by_the_order_of_keys_is_told(
    build: Build, predictor: str, words: str | None
) -> None:
    built = build(predictor, 'examples = [{"size": 5, "age": 2}]')
    warnings = [message for _, level, message in built.progress.notes if level == "warning"]
    found = [message for message in warnings if "depends on the order of a sample's keys" in message]
    if words is None:
        assert found == []
    else:
        (message,) = found
        assert words in message
        assert '{"age": 2, "size": 5} is the same in JSON' in message

"""Infer requests of the Open Inference Protocol: what is read, what is refused and how, what is answered."""

from __future__ import annotations

import json
import math
import struct
import subprocess
from array import array
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jupyterlab_slipway.builder.interpreters import list_interpreters
from slipway_runtime.scoring import tensors
from slipway_runtime.scoring.json_rules import EncodeError
from slipway_runtime.scoring.tensor_data import DATATYPES, MOST_AXES
from slipway_runtime.scoring.tensors import TensorError, read_request, write_answer
from tensor_cases import MODEL, READ, REFUSED, WRITTEN, binary, binary_body, body, tensor


def same_kinds(one: Any, other: Any) -> bool:
    return repr(one) == repr(other)  # 1 is not 1.0 here


@pytest.mark.parametrize(
    ("content", "length", "rows"), [case[1:] for case in READ], ids=[case[0] for case in READ]
)
def test_reads(content: bytes, length: int | None, rows: list[Any]) -> None:
    assert same_kinds(read_request(content, length).rows, rows)


@pytest.mark.parametrize(("content", "length", "sentence"), REFUSED)
def test_refuses(content: bytes, length: int | None, sentence: str) -> None:
    with pytest.raises(TensorError) as caught:
        read_request(content, length)
    text = str(caught.value)
    assert sentence in text
    assert text.endswith(".")
    assert len(text) < 400


def test_what_is_asked_for_besides_rows() -> None:
    request = read_request(body(tensor([1], [1]), id="7", parameters={"binary_data_output": True}), None)
    assert (request.id, request.outputs, request.binary) == ("7", None, True)
    wanted = [{"name": "a"}, {"name": "b", "parameters": {"binary_data": False}}]
    request = read_request(
        body(tensor([1], [1]), outputs=wanted, parameters={"binary_data_output": True}), None
    )
    assert (request.id, request.outputs) == (None, [("a", True), ("b", False)])


def test_binary_numbers_may_be_none_that_json_has() -> None:
    special = array("d", [math.nan, math.inf, -math.inf]).tobytes()
    rows = read_request(*binary_body(binary([1, 3], "FP64", special))).rows
    assert math.isnan(rows[0][0])
    assert rows[0][1:] == [math.inf, -math.inf]


def test_rows_are_independent_of_each_other() -> None:
    rows = read_request(body(tensor([[1, 1], [1, 1]], [2, 2])), None).rows
    rows[0].append(0)
    assert rows[1] == [1.0, 1.0]


# ---------------------------------------------------------------- answers


def asked(**more: Any) -> tensors.TensorRequest:
    return read_request(body(tensor([1], [1]), **more), None)


def outputs_of(content: bytes, length: int | None) -> dict[str, tuple[str, list[int], list[Any]]]:
    """The outputs of an answer, decoded by other means than those that wrote it; JSON in text is named so."""
    head = json.loads(content if length is None else content[:length])
    at = length or 0
    found = {}
    for output in head["outputs"]:
        parameters = output.get("parameters", {})
        datatype, data = output["datatype"], output.get("data")
        if "binary_data_size" in parameters:
            assert data is None
            part = content[at : at + parameters["binary_data_size"]]
            at += parameters["binary_data_size"]
            data = list(decoded(datatype, part))
        if parameters.get("content_type") == "application/json":
            assert datatype == "BYTES"
            datatype = "JSON"
        found[output["name"]] = (datatype, output["shape"], data)
    assert at == (0 if length is None else len(content))
    return found


def decoded(datatype: str, part: bytes) -> list[Any]:
    if datatype == "BYTES":
        texts = []
        while part:
            size = int.from_bytes(part[:4], "little")
            texts.append(part[4 : 4 + size].decode())
            part = part[4 + size :]
        return texts
    if datatype == "BOOL":
        return [byte == 1 for byte in part]
    return array({"INT64": "q", "UINT64": "Q", "FP64": "d"}[datatype], part).tolist()


@pytest.mark.parametrize("binary_output", [False, True], ids=["JSON", "binary"])
@pytest.mark.parametrize(
    ("predictions", "outputs"), [case[1:] for case in WRITTEN], ids=[case[0] for case in WRITTEN]
)
def test_writes(predictions: list[Any], outputs: Any, binary_output: bool) -> None:
    content, length = write_answer(
        asked(parameters={"binary_data_output": binary_output}), predictions, MODEL
    )
    assert (length is not None) == binary_output
    assert same_kinds(outputs_of(content, length), outputs)


def test_an_answer_says_whose_it_is() -> None:
    content, _ = write_answer(asked(id="ü"), [1], MODEL)
    output = {"name": "output", "shape": [1], "datatype": "INT64", "data": [1]}
    expected = {"model_name": "irises", "model_version": "3", "id": "ü", "outputs": [output]}
    assert json.loads(content) == expected
    content, _ = write_answer(asked(), [1], MODEL)
    assert "id" not in json.loads(content)


def test_gives_the_outputs_that_are_wanted_as_they_are_wanted() -> None:
    wanted = [{"name": "c", "parameters": {"binary_data": True}}, {"name": "a"}]
    predictions = [{"a": 1, "b": 2, "c": 3}]
    content, length = write_answer(asked(outputs=wanted), predictions, MODEL)
    assert length is not None
    assert content[length:] == struct.pack("<q", 3)
    assert outputs_of(content, length) == {"c": ("INT64", [1], [3]), "a": ("INT64", [1], [1])}
    assert [output["name"] for output in json.loads(content[:length])["outputs"]] == ["c", "a"]
    with pytest.raises(TensorError, match=r'There is no output "d"; this answer has "a", "b", "c"\.'):
        write_answer(asked(outputs=[{"name": "d"}]), predictions, MODEL)


def test_what_cannot_be_written() -> None:
    for predictions in ([math.nan], [[1.0, math.inf]]):
        with pytest.raises(EncodeError, match=r"NaN"):
            write_answer(asked(), predictions, MODEL)
    content, _ = write_answer(asked(), ["\ud800"], MODEL)
    assert json.loads(content)["outputs"][0]["data"] == ["\ud800"]
    with pytest.raises(EncodeError, match="lone surrogate"):
        write_answer(asked(parameters={"binary_data_output": True}), ["\ud800"], MODEL)


# ---------------------------------------------------------------- properties

RANGES = {f"{sign}INT{bits}": (0 if sign else -(2 ** (bits - 1)), 2 ** (bits if sign else bits - 1) - 1) for sign in ("", "U") for bits in (8, 16, 32, 64)}  # fmt: skip
WIDTHS = {"FP16": 16, "FP32": 32, "FP64": 64}
SHAPES = st.lists(st.integers(1, 4), min_size=1, max_size=4)


def elements_of(datatype: str) -> st.SearchStrategy[Any]:
    if datatype in WIDTHS:
        return st.floats(allow_nan=False, allow_infinity=False, width=WIDTHS[datatype])  # type: ignore[arg-type]
    if datatype == "BYTES":
        return st.text(st.characters(codec="utf-8"), max_size=5)
    return st.booleans() if datatype == "BOOL" else st.integers(*RANGES[datatype])


def packed(datatype: str, flat: list[Any]) -> bytes:
    """Independent of the code under test: one element after the other."""
    if datatype == "BYTES":
        return b"".join(len(text.encode()).to_bytes(4, "little") + text.encode() for text in flat)
    if datatype == "BOOL":
        return bytes(flat)
    if datatype in WIDTHS:
        return b"".join(struct.pack({"FP16": "<e", "FP32": "<f", "FP64": "<d"}[datatype], x) for x in flat)
    size = int(datatype.lstrip("U")[3:]) // 8
    return b"".join(x.to_bytes(size, "little", signed=datatype[0] != "U") for x in flat)


def nest(flat: list[Any], shape: list[int]) -> list[Any]:
    if len(shape) == 1:
        return flat
    step = math.prod(shape[1:])
    return [nest(flat[index * step : (index + 1) * step], shape[1:]) for index in range(shape[0])]


@st.composite
def tensors_of_all_kinds(draw: st.DrawFn) -> tuple[str, list[int], list[Any]]:
    datatype = draw(st.sampled_from(DATATYPES))
    shape = draw(SHAPES)
    count = math.prod(shape)
    return datatype, shape, draw(st.lists(elements_of(datatype), min_size=count, max_size=count))


@given(tensors_of_all_kinds())
def test_the_three_ways_to_send_a_tensor_mean_the_same(
    given_tensor: tuple[str, list[int], list[Any]],
) -> None:
    datatype, shape, flat = given_tensor
    expected = nest(flat, shape)
    assert same_kinds(read_request(body(tensor(flat, shape, datatype)), None).rows, expected)
    assert same_kinds(read_request(body(tensor(expected, shape, datatype)), None).rows, expected)
    sent = binary_body(binary(shape, datatype, packed(datatype, flat)))
    assert same_kinds(read_request(*sent).rows, expected)


@given(SHAPES, st.sampled_from(["INT64", "FP64", "BOOL", "BYTES"]), st.booleans(), st.data())
def test_predictions_come_back_when_they_are_sent(
    shape: list[int], datatype: str, binary_output: bool, data: st.DataObject
) -> None:
    count = math.prod(shape)
    predictions = nest(data.draw(st.lists(elements_of(datatype), min_size=count, max_size=count)), shape)
    request = asked(parameters={"binary_data_output": binary_output})
    content, length = write_answer(request, predictions, MODEL)
    head = json.loads(content[:length])
    sent = json.dumps({"inputs": head["outputs"]}).encode()
    answered = sent + (b"" if length is None else content[length:])
    assert same_kinds(read_request(answered, None if length is None else len(sent)).rows, predictions)


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("ab"), inner, max_size=2),
    max_leaves=8,
)


@given(st.lists(PLAIN, min_size=1, max_size=4), st.booleans())
@example([[[0.0]], [[0.0, 1.0]]], False)
def test_whatever_is_predicted_is_answered_for_every_sample(
    predictions: list[Any], binary_output: bool
) -> None:
    request = asked(parameters={"binary_data_output": binary_output})
    if binary_output and "\\ud" in json.dumps(predictions):
        return  # a surrogate: test_what_cannot_be_written
    content, length = write_answer(request, predictions, MODEL)
    found = outputs_of(content, length)
    for datatype, shape, flat in found.values():
        assert shape[0] == len(predictions)
        assert math.prod(shape) == len(flat)
        assert datatype in ("JSON", "BYTES", "BOOL", "INT64", "UINT64", "FP64")
    if found.keys() == {"output"} and found["output"][0] == "JSON":
        assert [json.loads(text) for text in found["output"][2]] == predictions


def read_or_refused(content: bytes, length: int | None) -> None:
    """Nothing but TensorError may come out."""
    try:
        rows = read_request(content, length).rows
    except TensorError:
        return
    head = json.loads(content[:length])
    assert {len(rows)} == {sent["shape"][0] for sent in head["inputs"]}


LENGTHS = st.none() | st.integers(-2, 400) | st.integers()


@settings(max_examples=300)
@given(st.binary(max_size=200), LENGTHS)
def test_any_bytes(content: bytes, length: int | None) -> None:
    read_or_refused(content, length)


VALID = [case[1:3] for case in READ]


@settings(max_examples=500)
@given(st.sampled_from(VALID), st.data())
def test_a_request_with_some_bytes_changed(case: tuple[bytes, int | None], data: st.DataObject) -> None:
    content, length = case
    start = data.draw(st.integers(0, len(content)))
    end = data.draw(st.integers(start, min(len(content), start + 4)))
    changed = (
        content[:start]
        + data.draw(st.binary(max_size=4) | st.sampled_from([b"-", b"9" * 30, b"[", b"null"]))
        + content[end:]
    )
    read_or_refused(changed, data.draw(LENGTHS | st.just(length)))


ODD: st.SearchStrategy[Any] = st.sampled_from(
    [None, True, -1, 0, 1, 2, 2**63, 2**70, 1.5, "", "x", "INT64", [], [1], [[1]], [2, 1], {}, [2**40] * 3]
)
KEYS = ["name", "shape", "datatype", "data", "parameters"]


@settings(max_examples=500, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(
        st.fixed_dictionaries(
            {"name": st.sampled_from("ab")},
            optional={
                "shape": st.lists(st.integers(-1, 3), max_size=3) | ODD,
                "datatype": st.sampled_from([*DATATYPES, "FP8"]),
                "data": st.lists(ODD, max_size=6) | ODD,
                "parameters": st.fixed_dictionaries({}, optional={"binary_data_size": st.integers(-1, 9) | ODD, "content_type": ODD}),
            },
        )
        | st.dictionaries(st.sampled_from(KEYS), ODD),
        max_size=3,
    ),
    st.dictionaries(st.sampled_from(["id", "parameters", "outputs"]), ODD | st.lists(st.dictionaries(st.sampled_from(KEYS), ODD), max_size=2)),
    st.binary(max_size=24),
    st.booleans(),
)  # fmt: skip
def test_requests_of_odd_parts(inputs: list[Any], more: dict[str, Any], content: bytes, header: bool) -> None:
    head = body(*inputs, **more)
    read_or_refused(head + content, len(head) if header else None)


def test_nothing_is_made_as_large_as_a_shape_claims() -> None:
    """One of these would need more memory than there is."""
    for axes in range(1, MOST_AXES + 1):
        shape = [2**60] * axes
        for sent in (
            (body(tensor([1], shape)), None),
            (body(tensor(json.loads("[" * axes + "1" + "]" * axes), shape)), None),
            binary_body(binary(shape, "UINT8", b"\1")),
            binary_body(binary(shape, "BYTES", b"\0\0\0\0")),
        ):
            with pytest.raises(TensorError, match="shape"):
                read_request(*sent)


def test_large_requests() -> None:
    count = 100_000
    flat = [index / 7 for index in range(2 * count)]
    rows = [flat[index : index + 2] for index in range(0, 2 * count, 2)]
    assert read_request(body(tensor(flat, [count, 2])), None).rows == rows
    sent = binary_body(
        binary([count, 2], "FP64", array("d", flat).tobytes()), parameters={"binary_data_output": True}
    )
    request = read_request(*sent)
    assert request.rows == rows
    content, length = write_answer(request, rows, MODEL)
    assert content[length:] == array("d", list(chain.from_iterable(rows))).tobytes()


SCRIPT = r"""if 1:
    import json, random, sys
    sys.path.insert(0, sys.argv[1])
    from scoring.tensors import TensorError, read_request, write_answer
    cases, answers, model = json.load(sys.stdin)
    found = []
    def read(content, length):
        try:
            return read_request(content, length).rows
        except TensorError as error:
            return "refused: " + str(error)
    for content, length in cases:
        found.append(read(bytes.fromhex(content), length))
    chance = random.Random(7)
    for content, length in cases * 20:
        changed = bytearray(bytes.fromhex(content))
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
        read(bytes(changed), length)
    asked = read_request(b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1]}]}', None)
    for predictions in answers:
        asked.binary = not asked.binary
        content, length = write_answer(asked, predictions, model)
        found.append([content.hex(), length])
    print(json.dumps(found))
"""


@pytest.mark.slow
def test_the_oldest_python_reads_and_writes_the_same() -> None:
    oldest = [found for found in list_interpreters() if found.minor == (3, 6)]
    if not oldest:
        pytest.skip("there is no Python 3.6 here")
    cases = [(content, length) for _, content, length, _ in READ]
    refused = [(content, length) for content, length, sentence in REFUSED if "not JSON" not in sentence]
    answers = [predictions for _, predictions, _ in WRITTEN]
    sent = [[(content.hex(), length) for content, length in cases + refused], answers, MODEL]
    answer = subprocess.run(
        [oldest[0].path, "-c", SCRIPT, str(Path(tensors.__file__).parent.parent)],
        input=json.dumps(sent),
        capture_output=True,
        text=True,
        env={"PYTHONIOENCODING": "utf-8"},
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout)
    for (content, length), rows in zip(cases + refused, found, strict=False):
        try:
            expected: Any = read_request(content, length).rows
        except TensorError as error:
            expected = f"refused: {error}"
        assert same_kinds(rows, expected)
    request = asked()
    for predictions, (content, length) in zip(answers, found[-len(answers) :], strict=True):
        request.binary = not request.binary
        assert (bytes.fromhex(content), length) == write_answer(request, predictions, MODEL)

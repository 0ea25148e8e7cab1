"""Infer requests with the rows that they mean or the sentence that refuses them, and predictions with their outputs."""

from __future__ import annotations

import json
from typing import Any

MODEL = {"name": "irises", "version": "3"}


def tensor(data: Any, shape: Any, datatype: Any = "FP64", name: Any = "x", **more: Any) -> dict[str, Any]:
    return {"name": name, "shape": shape, "datatype": datatype, "data": data, **more}


def body(*inputs: Any, **more: Any) -> bytes:
    return json.dumps({"inputs": list(inputs), **more}).encode()


def binary(shape: Any, datatype: str, content: bytes, name: str = "x", **parameters: Any) -> Any:
    """An input whose data follow the JSON, and the data."""
    size = {"binary_data_size": len(content), **parameters}
    return {"name": name, "shape": shape, "datatype": datatype, "parameters": size}, content


def binary_body(*inputs: Any, **more: Any) -> tuple[bytes, int]:
    head = body(*(head for head, _ in inputs), **more)
    return head + b"".join(content for _, content in inputs), len(head)


TEXTS = b"\x02\0\0\0ab\0\0\0\0\x02\0\0\0\xc3\xbc"
READ: list[tuple[str, bytes, int | None, list[Any]]] = [
    ("flat", body(tensor([1, 2.5, 3, 4], [2, 2])), None, [[1.0, 2.5], [3.0, 4.0]]),
    ("nested", body(tensor([[1, 2.5], [3, 4]], [2, 2])), None, [[1.0, 2.5], [3.0, 4.0]]),
    ("one axis", body(tensor([1, 2], [2], "INT64")), None, [1, 2]),
    (
        "three axes",
        body(tensor(list(range(12)), [2, 3, 2], "INT8")),
        None,
        [[[0, 1], [2, 3], [4, 5]], [[6, 7], [8, 9], [10, 11]]],
    ),
    ("whole floats", body(tensor([1.0, -2.0], [2], "INT32")), None, [1, -2]),
    ("booleans", body(tensor([True, False], [1, 2], "BOOL")), None, [[True, False]]),
    ("text", body(tensor(["ü", ""], [2], "BYTES")), None, ["ü", ""]),
    ("extremes", body(tensor([2**64 - 1, 0], [2], "UINT64")), None, [2**64 - 1, 0]),
    ("greatest FP32", body(tensor([3.4028235e38, -3.4028235e38], [2], "FP32")), None, [3.4028235e38, -3.4028235e38]),
    ("greatest FP16", body(tensor([65504, 0.1], [2], "FP16")), None, [65504.0, 0.1]),
    (
        "several inputs",
        body(tensor([1, 2], [2], "INT64", "a"), tensor(["u", "v"], [2], "BYTES", "b")),
        None,
        [{"a": 1, "b": "u"}, {"a": 2, "b": "v"}],
    ),
    (
        "several inputs, one of lists",
        body(tensor([1, 2], [2], "INT64", "a"), tensor([1, 2, 3, 4], [2, 2], name="b")),
        None,
        [{"a": 1, "b": [1.0, 2.0]}, {"a": 2, "b": [3.0, 4.0]}],
    ),
    (
        "what is not known",
        body(
            tensor([1], [1], parameters={"content_type": "np", "headers": None}, extra=1),
            id="a",
            model_name="other",
            parameters={"sequence_id": 3, "priority": 1, "timeout": 5, "custom": "x"},
            outputs=[],
        ),
        None,
        [1.0],
    ),
    ("nulls", body(tensor([1], [1], parameters=None), id=None, parameters=None, outputs=None), None, [1.0]),
    (
        "one column",
        body(tensor([1, 2], [2], "INT64", "age"), parameters={"content_type": "pd"}),
        None,
        [{"age": 1}, {"age": 2}],
    ),
    (
        "columns of MLServer",
        body(
            tensor([1, 2], [2, 1], "INT64", "age"),
            tensor(["u", "v"], [2, 1], "BYTES", "b", parameters={"content_type": "str"}),
            parameters={"content_type": "pd"},
        ),
        None,
        [{"age": 1, "b": "u"}, {"age": 2, "b": "v"}],
    ),
    ("texts of MLServer", body(tensor(["u", "v"], [2, 1], "BYTES", parameters={"content_type": "str"})), None, ["u", "v"]),
    ("a column of lists", body(tensor([1, 2, 3, 4], [2, 2], name="v"), parameters={"content_type": "pd"}), None, [{"v": [1.0, 2.0]}, {"v": [3.0, 4.0]}]),
    ("a column that is none of MLServer's", body(tensor(["u", "v"], [2, 1], "BYTES")), None, [["u"], ["v"]]),
    ("JSON with its length", body(tensor([1], [1])), len(body(tensor([1], [1]))), [1.0]),
    # The bytes of these numbers are written down, not computed.
    ("FP64", *binary_body(binary([1, 2], "FP64", bytes.fromhex("000000000000f83f00000000000000c0"))), [[1.5, -2.0]]),
    ("FP32", *binary_body(binary([1, 2], "FP32", bytes.fromhex("0000c03f000000c0"))), [[1.5, -2.0]]),
    ("FP16", *binary_body(binary([1, 2], "FP16", bytes.fromhex("003e00c0"))), [[1.5, -2.0]]),
    ("INT16", *binary_body(binary([2], "INT16", bytes.fromhex("feff0100"))), [-2, 1]),
    ("UINT32", *binary_body(binary([2], "UINT32", bytes.fromhex("feffffff01000000"))), [2**32 - 2, 1]),
    ("UINT8", *binary_body(binary([2, 1], "UINT8", b"\xff\x01")), [[255], [1]]),
    ("BOOL", *binary_body(binary([2], "BOOL", b"\x01\x00")), [True, False]),
    ("BYTES", *binary_body(binary([3], "BYTES", TEXTS)), ["ab", "", "ü"]),
    (
        "two binary inputs and one of JSON",
        *binary_body(
            binary([2], "UINT8", b"\x01\x02", "a"),
            (tensor([0.5, 1.5], [2], "FP64", "b"), b""),
            binary([2], "BOOL", b"\0\1", "c"),
        ),
        [{"a": 1, "b": 0.5, "c": False}, {"a": 2, "b": 1.5, "c": True}],
    ),
]  # fmt: skip


def _with(**changes: Any) -> dict[str, Any]:
    return {**tensor([1, 2], [2]), **changes}


SHORT, SHORT_HEAD = binary_body(binary([2], "UINT8", b"\1\2"))
REFUSED: list[tuple[bytes, int | None, str]] = [
    (b"", None, "The request is not JSON: Expecting value: line 1 column 1 (char 0)."),
    (b"{", None, "The request is not JSON"),
    (b"[]", None, "The request is no JSON object with inputs."),
    (b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[NaN]}]}', None, "The request is not JSON: NaN is no JSON."),
    (b'{"inputs":[{"name":"x","shape":[1],"datatype":"FP64","data":[1e999]}]}', None, "The request is not JSON: 1e999 is too large"),
    (b'{"inputs":"\xff"}', None, "The request is not JSON: "),
    (b'{"inputs":' + b"[" * 100_000, None, "The request is not JSON"),
    (b"{}", None, "The request has no inputs: a list of one or more tensors."),
    (body(), None, "The request has no inputs: a list of one or more tensors."),
    (b'{"inputs":{}}', None, "The request has no inputs: a list of one or more tensors."),
    (body(1), None, "Input 0 is no JSON object."),
    (body(_with(name=None)), None, "Input 0 has no name."),
    (body(_with(), _with(name="")), None, "Input 1 has no name."),
    (body(_with(), _with()), None, 'There are two inputs of the name "x".'),
    (body(_with(datatype="FLOAT")), None, 'The datatype of input "x" is none of BOOL, FP16, FP32, FP64, INT16, INT32, INT64, INT8, UINT16, UINT32, UINT64, UINT8, BYTES.'),
    (body(_with(datatype=None)), None, 'The datatype of input "x" is none of'),
    (body(_with(datatype=["FP64"])), None, 'The datatype of input "x" is none of'),
    (body(_with(shape=None)), None, 'The shape of input "x" is no list of integers.'),
    (body(_with(shape=[2.0])), None, 'The shape of input "x" is no list of integers.'),
    (body(_with(shape=[True])), None, 'The shape of input "x" is no list of integers.'),
    (body(_with(shape=[])), None, 'The shape of input "x" has 0 axes; it must have 1 to 16, the first of which counts the samples.'),
    (body(_with(shape=[1] * 17)), None, 'The shape of input "x" has 17 axes; it must have 1 to 16'),
    (body(_with(shape=[-2])), None, 'The shape of input "x" has an axis of -2; each must be 1 or more.'),
    (body(_with(shape=[0, 2], data=[])), None, 'The shape of input "x" has an axis of 0; each must be 1 or more.'),
    (body(_with(shape=[10**9, 0], data=[])), None, 'The shape of input "x" has an axis of 0; each must be 1 or more.'),
    (body(_with(shape=[2**63])), None, 'The shape of input "x" has an axis of 9223372036854775808; each must be 1 or more.'),
    (body(_with(shape=[10**60])), None, 'has an axis of an integer of very many digits'),
    (body(_with(shape=[2**40, 2**40])), None, 'Input "x" has 2 elements where its shape [1099511627776, 1099511627776] has 1208925819614629174706176.'),
    (body(_with(shape=[3])), None, 'Input "x" has 2 elements where its shape [3] has 3.'),
    (body(_with(data=[])), None, 'Input "x" has 0 elements where its shape [2] has 2.'),
    (body(_with(shape=[2, 1], data=[[1], 2])), None, 'The data of input "x" is not nested by its shape [2, 1]: its lists at depth 2 must all be of length 1.'),
    (body(_with(shape=[2, 2], data=[[1, 2], [3]])), None, 'not nested by its shape [2, 2]: its lists at depth 2 must all be of length 2.'),
    (body(_with(shape=[2, 2], data=[[1, 2]])), None, 'not nested by its shape [2, 2]: its lists at depth 1 must all be of length 2.'),
    (body(_with(shape=[1, 2], data=[[[1], [2]]])), None, 'Element 0 of input "x" is a list, which is no FP64.'),
    (body(_with(shape=[3000, 1, 1, 1, 1], data=[0] * 3000)), None, 'The shape of input "x" has too many axes of length 1; leave some of them out.'),
    (body(_with(data="12")), None, 'The data of input "x" is "12" where a list is due.'),
    (body(_with(data=None)), None, 'Input "x" has no data.'),
    (body(_with(data=[1, None])), None, 'Element 1 of input "x" is null, which is no FP64.'),
    (body(_with(data=[1, True])), None, 'Element 1 of input "x" is true, which is no FP64.'),
    (body(_with(data=[1, "2"])), None, 'Element 1 of input "x" is "2", which is no FP64.'),
    (body(_with(data=[1, 10**400])), None, "an integer of very many digits, which is no FP64."),
    (body(_with(datatype="FP32", data=[1, 1e39])), None, 'Element 1 of input "x" is 1e+39, which is no FP32.'),
    (body(_with(datatype="FP32", data=[1, 3.4028236e38])), None, 'Element 1 of input "x" is 3.4028236e+38, which is no FP32.'),
    (body(_with(datatype="FP32", data=[-3.4028236e38, 1])), None, 'Element 0 of input "x" is -3.4028236e+38, which is no FP32.'),
    (body(_with(datatype="FP16", data=[-65520, 1])), None, 'Element 0 of input "x" is -65520.0, which is no FP16.'),
    (body(_with(datatype="INT8", data=[1, 128])), None, 'Element 1 of input "x" is 128, which is no INT8.'),
    (body(_with(datatype="UINT8", data=[-1, 1])), None, 'Element 0 of input "x" is -1, which is no UINT8.'),
    (body(_with(datatype="INT64", data=[1, 2**63])), None, 'Element 1 of input "x" is 9223372036854775808, which is no INT64.'),
    (body(_with(datatype="INT64", data=[1, 2.5])), None, 'Element 1 of input "x" is 2.5, which is no INT64.'),
    (body(_with(datatype="INT64", data=[True, 1])), None, 'Element 0 of input "x" is true, which is no INT64.'),
    (body(_with(datatype="BOOL", data=[True, 1])), None, 'Element 1 of input "x" is 1, which is no BOOL.'),
    (body(_with(datatype="BYTES", data=["a", 1])), None, 'Element 1 of input "x" is 1, which is no BYTES.'),
    (body(tensor([1, 2], [2], name="a"), tensor([1], [1], name="b")), None, 'Inputs "a" and "b" have 2 and 1 samples: the first axes of all inputs must be equal.'),
    (body(_with(name="n" * 1000, data=[])), None, 'Input "' + "n" * 59 + "… has 0 elements"),
    (body(_with(), id=1), None, "The request's id is no text."),
    (body(_with(), parameters=[]), None, "The parameters of the request are no JSON object."),
    (body(_with(parameters=1)), None, 'The parameters of input "x" are no JSON object.'),
    (body(_with(), parameters={"binary_data_output": "yes"}), None, "The parameter binary_data_output of the request is neither true nor false."),
    (body(_with(), outputs=[{"name": "y", "parameters": {"binary_data": 1}}]), None, 'The parameter binary_data of requested output "y" is neither true nor false.'),
    (body(_with(), outputs={}), None, "The request's outputs are no list."),
    (body(_with(), outputs=["y"]), None, "Requested output 0 has no name."),
    (body(_with(), outputs=[{"name": "y"}, {"name": "y"}]), None, "The request asks for an output twice."),
    (body(_with(), outputs=[{"name": "y", "parameters": {"classification": 3}}]), None, 'The parameters of requested output "y" ask for classification of an output, which this service does not offer.'),
    (body(_with(data=None, parameters={"shared_memory_region": "r"})), None, 'The parameters of input "x" ask for shared memory, which this service does not offer.'),
    (SHORT, -1, "Inference-Header-Content-Length is -1, which is no length of a part of this body of"),
    (SHORT, len(SHORT) + 1, "which is no length of a part of this body of"),
    (SHORT, None, "The request is not JSON: Extra data"),
    (SHORT, SHORT_HEAD - 1, "The request is not JSON"),
    (SHORT, 0, "The request is not JSON: Expecting value"),
    (SHORT[:SHORT_HEAD], None, 'Input "x" has binary data, and the request no Inference-Header-Content-Length.'),
    (SHORT + b"!", SHORT_HEAD, "The body has 1 byte behind its last tensor."),
    (SHORT[:-1], SHORT_HEAD, 'Input "x" is to have more bytes of binary data than the 1 that are left in the body.'),
    (*binary_body(binary([2], "FP64", b"", binary_data_size=10**30)), 'is to have more bytes of binary data than the 0'),
    (*binary_body(binary([2], "UINT8", b"\1\2", binary_data_size=-2)), 'The binary_data_size of input "x" is no number of bytes.'),
    (*binary_body(binary([2], "UINT8", b"\1\2", binary_data_size=2.0)), 'The binary_data_size of input "x" is no number of bytes.'),
    (*binary_body(binary([2], "UINT8", b"\1\2", binary_data_size=True)), 'The binary_data_size of input "x" is no number of bytes.'),
    (*binary_body((_with(parameters={"binary_data_size": 1}), b"1")), 'Input "x" has both data and binary data.'),
    (*binary_body(binary([3], "UINT8", b"\1\2")), 'Input "x" has 2 bytes of data where its shape [3] and datatype UINT8 have 3.'),
    (*binary_body(binary([2**40, 2**40], "FP64", b"\1\2")), 'Input "x" has 2 bytes of data where its shape'),
    (*binary_body(binary([2], "BOOL", b"\1\2")), 'The data of input "x" has bytes that are no BOOL: each must be 0 or 1.'),
    (*binary_body(binary([2], "BYTES", TEXTS)), 'Input "x" has 3 elements where its shape [2] has 2.'),
    (*binary_body(binary([2**40], "BYTES", b"")), 'Input "x" has 0 elements where its shape [1099511627776] has 1099511627776.'),
    (*binary_body(binary([1], "BYTES", b"\1\0\0")), 'The data of input "x" ends within its element 0.'),
    (*binary_body(binary([2], "BYTES", b"\0\0\0\0\2\0\0\0a")), 'The data of input "x" ends within its element 1.'),
    (*binary_body(binary([1], "BYTES", b"\xff\xff\xff\xffa")), 'The data of input "x" ends within its element 0.'),
    (*binary_body(binary([1], "BYTES", b"\1\0\0\0\xff")), 'Element 0 of input "x" is no UTF-8; send bytes that are no text as base64.'),
]  # fmt: skip


WRITTEN: list[tuple[str, list[Any], dict[str, tuple[str, list[int], list[Any]]]]] = [
    ("integers", [1, -2], {"output": ("INT64", [2], [1, -2])}),
    ("floats", [1.0, 2.5], {"output": ("FP64", [2], [1.0, 2.5])}),
    ("integers and floats", [1, 2.5], {"output": ("FP64", [2], [1.0, 2.5])}),
    ("booleans", [True, False], {"output": ("BOOL", [2], [True, False])}),
    ("texts", ["a", "ü"], {"output": ("BYTES", [2], ["a", "ü"])}),
    ("lists", [[1, 2], [3, 4]], {"output": ("INT64", [2, 2], [1, 2, 3, 4])}),
    ("nested", [[[1.5], [2]]], {"output": ("FP64", [1, 2, 1], [1.5, 2.0])}),
    ("large", [2**64 - 1, 0], {"output": ("UINT64", [2], [2**64 - 1, 0])}),
    ("too large", [2**64], {"output": ("JSON", [1], ["18446744073709551616"])}),
    ("of no common type", [-1, 2**63], {"output": ("JSON", [2], ["-1", "9223372036854775808"])}),
    ("not exact as floats", [0.5, 2**53 + 1], {"output": ("JSON", [2], ["0.5", "9007199254740993"])}),
    ("ragged", [[1], [1, 2]], {"output": ("JSON", [2], ["[1]", "[1,2]"])}),
    ("empty lists", [[], []], {"output": ("JSON", [2], ["[]", "[]"])}),
    ("null", [None, 1], {"output": ("JSON", [2], ["null", "1"])}),
    ("booleans and integers", [True, 1], {"output": ("JSON", [2], ["true", "1"])}),
    ("text beside numbers", ["a", 1], {"output": ("JSON", [2], ['"a"', "1"])}),
    ("lists beside numbers", [[1], 1], {"output": ("JSON", [2], ["[1]", "1"])}),
    ("numbers beside lists", [1, [1]], {"output": ("JSON", [2], ["1", "[1]"])}),
    (
        "objects",
        [{"label": "a", "p": [0.5, 1]}, {"p": [0, 0.25], "label": "b"}],
        {"label": ("BYTES", [2], ["a", "b"]), "p": ("FP64", [2, 2], [0.5, 1.0, 0.0, 0.25])},
    ),
    (
        "objects in objects",
        [{"a": {"b": 1}, "c": 1}, {"a": {}, "c": 2}],
        {"a": ("JSON", [2], ['{"b":1}', "{}"]), "c": ("INT64", [2], [1, 2])},
    ),
    ("objects of other keys", [{"a": 1}, {"b": 1}], {"output": ("JSON", [2], ['{"a":1}', '{"b":1}'])}),
    ("empty objects", [{}], {"output": ("JSON", [1], ["{}"])}),
    ("too many axes", [json.loads("[" * 16 + "1" + "]" * 16)], {"output": ("JSON", [1], ["[" * 16 + "1" + "]" * 16])}),
]  # fmt: skip

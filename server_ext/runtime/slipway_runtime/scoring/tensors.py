"""Infer requests of the Open Inference Protocol, version 2, and their answers.

Sources are named in tensor_data.py; `docs/open-inference-protocol.md` says what a client sees. Standard
library only, Python 3.6 to 3.14. A body is JSON, or JSON and behind it the binary data of tensors; the header
Inference-Header-Content-Length then says how long the JSON is.
"""

from typing import Any, Dict, List, Optional, Sequence, Tuple

from .json_rules import EncodeError, decode_sample, encode_prediction, own_json, to_bytes
from .tensor_data import (
    BYTES,
    DATATYPES,
    TensorError,
    check_shape,
    from_binary,
    from_json,
    nested,
    quoted,
    tensor_of,
    to_binary,
)
from .words import counted

__all__ = [
    "COLUMNS",
    "JSON_CONTENT",
    "OUTPUT",
    "TensorError",
    "TensorRequest",
    "read_request",
    "write_answer",
]

OUTPUT = "output"  # the name of the one output, where predictions are no objects
JSON_CONTENT = "application/json"  # `content_type` of an output of BYTES that hold JSON

COLUMNS, TEXTS = "pd", "str"  # values of MLServer's parameter `content_type` that say something of samples
_NOT_OFFERED = {
    "shared_memory_region": "shared memory",
    "classification": "classification of an output",
}

Output = Tuple[str, bool]  # its name, and whether it is wanted as binary data


class TensorRequest:
    """What an infer request holds.

    `rows` are the samples: JSON values, but that floats from binary data may be NaN or infinite. `id` is the
    request's own or None. `outputs` are those it asks for, or None for all; `binary` is then how they are
    wanted.
    """

    __slots__ = ("binary", "id", "outputs", "rows")

    def __init__(
        self,
        rows: List[Any],
        id: Optional[str],  # noqa: A002  the protocol's own word
        outputs: Optional[List[Output]],
        binary: bool,
    ) -> None:
        self.rows = rows
        self.id = id
        self.outputs = outputs
        self.binary = binary


# ---------------------------------------------------------------- requests


def read_request(body: bytes, header_length: Optional[int], order: Sequence[str] = ()) -> TensorRequest:
    """Reads an infer request; `header_length` is None where the whole body is JSON.

    `order` has the keys of the model's samples: objects made of several inputs have theirs in this order,
    whatever that of the request, and what else it has behind them. Raises TensorError, whose text is a
    sentence for the client, for whatever is no such request.
    """
    if header_length is not None and not (type(header_length) is int and 0 <= header_length <= len(body)):
        raise TensorError(
            "Inference-Header-Content-Length is %s, which is no length of a part of this body of %d bytes."
            % (header_length, len(body))
        )
    json_length = len(body) if header_length is None else header_length
    try:
        content = decode_sample(body[:json_length])
    except ValueError as error:
        raise TensorError("The request is not JSON: %s." % error) from None
    if not isinstance(content, dict):
        raise TensorError("The request is no JSON object with inputs.")
    parameters = _parameters(content, "the request")
    binary = _flag(parameters, "binary_data_output", False, "the request")
    name = content.get("id")
    if name is not None and not isinstance(name, str):
        raise TensorError("The request's id is no text.")
    outputs = _outputs(content.get("outputs"), binary)
    inputs = content.get("inputs")
    if not isinstance(inputs, list) or not inputs:
        raise TensorError("The request has no inputs: a list of one or more tensors.")
    reader = _Inputs(body, json_length, header_length is not None, parameters.get("content_type"))
    for index, tensor in enumerate(inputs):
        reader.read(tensor, index)
    return TensorRequest(reader.rows(order), name, outputs, binary)


class _Inputs:
    """Reads one input after the other: binary data stands in their order behind the JSON."""

    def __init__(self, body: bytes, at: int, has_header: bool, content_type: Any) -> None:
        self._body = body
        self._at = at
        self._has_header = has_header
        self._content_type = content_type
        self._columns: Dict[str, List[Any]] = {}

    def read(self, tensor: Any, index: int) -> None:
        where = "input %d" % index
        if not isinstance(tensor, dict):
            raise TensorError("Input %d is no JSON object." % index)
        name = tensor.get("name")
        if not isinstance(name, str) or not name:
            raise TensorError("Input %d has no name." % index)
        where = "input %s" % quoted(name)
        if name in self._columns:
            raise TensorError("There are two inputs of the name %s." % quoted(name))
        datatype = tensor.get("datatype")
        if not isinstance(datatype, str) or datatype not in DATATYPES:
            raise TensorError("The datatype of %s is none of %s." % (where, ", ".join(DATATYPES)))
        shape: Any = tensor.get("shape")
        count = check_shape(shape, where)
        parameters = _parameters(tensor, where)
        content = self._binary(parameters, where)
        data = tensor.get("data")
        if content is not None and data is not None:
            raise TensorError("%s has both data and binary data." % _sentence(where))
        if content is not None:
            flat = from_binary(datatype, shape, count, content, where)
        elif data is not None:
            flat = from_json(datatype, shape, count, data, where)
        else:
            raise TensorError("%s has no data." % _sentence(where))
        if len(shape) == 2 and shape[1] == 1 and self._is_column(parameters):
            shape = shape[:1]
        self._columns[name] = nested(flat, shape)

    def _is_column(self, parameters: Dict[str, Any]) -> bool:
        return self._content_type in (COLUMNS, TEXTS) or parameters.get("content_type") == TEXTS

    def _binary(self, parameters: Dict[str, Any], where: str) -> Optional[bytes]:
        """The next input's bytes; None where it has none."""
        size = parameters.get("binary_data_size")
        if size is None:
            return None
        if type(size) is not int or size < 0:
            raise TensorError("The binary_data_size of %s is no number of bytes." % where)
        if not self._has_header:
            raise TensorError(
                "%s has binary data, and the request no Inference-Header-Content-Length." % _sentence(where)
            )
        left = len(self._body) - self._at
        if size > left:
            raise TensorError(
                "%s is to have more bytes of binary data than the %d that are left in the body."
                % (_sentence(where), left)
            )
        start, self._at = self._at, self._at + size
        return self._body[start : self._at]

    def rows(self, order: Sequence[str]) -> List[Any]:
        if self._at != len(self._body):
            more = counted(len(self._body) - self._at, "byte")
            raise TensorError("The body has %s behind its last tensor." % more)
        (first, column), *others = self._columns.items()
        for name, other in others:
            if len(other) != len(column):
                raise TensorError(
                    "Inputs %s and %s have %d and %d samples: the first axes of all inputs must be equal."
                    % (quoted(first), quoted(name), len(column), len(other))
                )
        if not others and self._content_type != COLUMNS:
            return column
        known = [name for name in order if name in self._columns]
        names = list(dict.fromkeys(known + list(self._columns)))
        return [dict(zip(names, row)) for row in zip(*[self._columns[name] for name in names])]


def _sentence(where: str) -> str:
    return where[0].upper() + where[1:]


def _parameters(holder: Dict[str, Any], where: str) -> Dict[str, Any]:
    """Parameters that are not known are as good as none; those that ask for what is not there are refused."""
    parameters = holder.get("parameters")
    if parameters is None:
        return {}
    if not isinstance(parameters, dict):
        raise TensorError("The parameters of %s are no JSON object." % where)
    for name, words in _NOT_OFFERED.items():
        if parameters.get(name):
            raise TensorError(
                "The parameters of %s ask for %s, which this service does not offer." % (where, words)
            )
    return parameters


def _flag(parameters: Dict[str, Any], name: str, default: bool, where: str) -> bool:
    value = parameters.get(name)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise TensorError("The parameter %s of %s is neither true nor false." % (name, where))
    return value


def _outputs(wanted: Any, binary: bool) -> Optional[List[Output]]:
    if wanted is None or wanted == []:
        return None
    if not isinstance(wanted, list):
        raise TensorError("The request's outputs are no list.")
    found: List[Output] = []
    for index, output in enumerate(wanted):
        name = output.get("name") if isinstance(output, dict) else None
        if not isinstance(name, str) or not name:
            raise TensorError("Requested output %d has no name." % index)
        where = "requested output %s" % quoted(name)
        found.append((name, _flag(_parameters(output, where), "binary_data", binary, where)))
    if len({name for name, _ in found}) != len(found):
        raise TensorError("The request asks for an output twice.")
    return found


# ---------------------------------------------------------------- answers


def write_answer(
    request: TensorRequest, predictions: List[Any], model: Dict[str, str]
) -> Tuple[bytes, Optional[int]]:
    """The answer's body, and how long its JSON is where binary data follows.

    `predictions` are plain JSON values, one for each row of the request; `model` has `name` and `version`.
    Raises TensorError where the request asks for an output that they do not make, and EncodeError where they
    cannot be written.
    """
    columns = _columns(predictions)
    wanted = request.outputs
    if wanted is None:
        wanted = [(name, request.binary) for name in columns]
    parts: List[bytes] = []
    outputs: List[Dict[str, Any]] = []
    for name, binary in wanted:
        if name not in columns:
            raise TensorError(
                "There is no output %s; this answer has %s."
                % (quoted(name), ", ".join(quoted(known) for known in list(columns)[:10]))
            )
        content = _output(name, columns[name], binary)
        if binary:
            parts.append(content.pop("data"))
        outputs.append(content)
    head: Dict[str, Any] = {"model_name": model["name"], "model_version": model["version"]}
    if request.id is not None:
        head["id"] = request.id
    head["outputs"] = outputs
    try:
        text = own_json.dumps(head, allow_nan=False, ensure_ascii=False, separators=(",", ":"))
    except ValueError:
        raise EncodeError("the prediction holds NaN or an infinity, which JSON has no number for") from None
    encoded = to_bytes(text)
    if not parts:
        return encoded, None
    return b"".join([encoded] + parts), len(encoded)


def _columns(predictions: List[Any]) -> Dict[str, List[Any]]:
    """The predictions by output: one for each key where they are objects of equal keys, else one for all."""
    if set(map(type, predictions)) == {dict} and predictions[0]:
        names = list(predictions[0])
        wanted = set(names)
        if all(prediction.keys() == wanted for prediction in predictions):
            return {name: [prediction[name] for prediction in predictions] for name in names}
    return {OUTPUT: predictions}


def _output(name: str, values: List[Any], binary: bool) -> Dict[str, Any]:
    tensor = tensor_of(values)
    parameters: Dict[str, Any] = {}
    if tensor is None:
        texts = [to_bytes(encode_prediction(value)).decode("utf-8") for value in values]
        tensor = BYTES, [len(values)], texts
        parameters["content_type"] = JSON_CONTENT
    datatype, shape, flat = tensor
    output: Dict[str, Any] = {"name": name, "shape": shape, "datatype": datatype, "data": flat}
    if binary:
        try:
            output["data"] = to_binary(datatype, flat)
        except UnicodeEncodeError:
            raise EncodeError(
                "the prediction holds text with a lone surrogate, which binary data cannot hold"
            ) from None
        parameters["binary_data_size"] = len(output["data"])
    if parameters:
        output["parameters"] = parameters
    return output

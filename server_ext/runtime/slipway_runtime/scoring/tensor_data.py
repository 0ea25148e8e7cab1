"""The elements of tensors as JSON and as bytes, and the lists that they make.

Datatypes and JSON forms are those of the Open Inference Protocol, version 2
(https://github.com/kserve/open-inference-protocol, `specification/protocol/inference_rest.md`); the binary
forms are those of Triton's binary tensor data extension
(https://github.com/triton-inference-server/server, `docs/protocol/extension_binary_data.md`): little-endian,
row by row, a BOOL is a byte 0 or 1, an element of BYTES is its length in 4 bytes and then its content.

A tensor is flat here: its elements in one list, the last axis running fastest, beside its shape. Nothing is
ever made as large as a shape claims before there are as many elements.
"""

import struct
import sys
from itertools import chain
from typing import Any, Dict, List, NamedTuple, Optional, Sequence, Tuple

from .json_rules import own_json
from .words import counted

MOST_AXES = 16
SPARE_LISTS = 1024  # axes of length 1 may make so many lists, beyond two for each element
_LARGEST_AXIS = 2**63 - 1
_EXACT = 2**53  # whole numbers up to this are exact as FP64
_LENGTH = struct.Struct("<I")
_SHOWN = 60  # characters of a client's own words in a message

BYTES, BOOL, INT64, UINT64, FP64 = "BYTES", "BOOL", "INT64", "UINT64", "FP64"

Numbers = NamedTuple("Numbers", [("code", str), ("least", Any), ("greatest", Any)])

# Code of `struct`, and the range. What lies less than half a step beyond the greatest float is rounded to it.
INTEGERS: Dict[str, Numbers] = {
    "INT8": Numbers("b", -(2**7), 2**7 - 1),
    "INT16": Numbers("h", -(2**15), 2**15 - 1),
    "INT32": Numbers("i", -(2**31), 2**31 - 1),
    INT64: Numbers("q", -(2**63), 2**63 - 1),
    "UINT8": Numbers("B", 0, 2**8 - 1),
    "UINT16": Numbers("H", 0, 2**16 - 1),
    "UINT32": Numbers("I", 0, 2**32 - 1),
    UINT64: Numbers("Q", 0, 2**64 - 1),
}
FLOATS: Dict[str, Numbers] = {
    "FP16": Numbers("e", -65519.99, 65519.99),
    "FP32": Numbers("f", -3.40282356e38, 3.40282356e38),
    FP64: Numbers("d", -sys.float_info.max, sys.float_info.max),
}
_CODES = {name: numbers.code for name, numbers in chain(INTEGERS.items(), FLOATS.items())}
_CODES[BOOL] = "?"
DATATYPES = tuple(sorted(_CODES)) + (BYTES,)


class TensorError(ValueError):
    """A request that cannot be read or answered as it asks; `str()` is a sentence for the client."""


def quoted(name: str) -> str:
    """A client's own word for a message: as JSON, and cut where it is long."""
    text = str(own_json.dumps(name))
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _shown(value: Any) -> str:
    if isinstance(value, (list, dict)):
        return "a list" if isinstance(value, list) else "an object"
    if isinstance(value, int) and value.bit_length() > 128:
        return "an integer of very many digits"  # their text is costly
    return quoted(value)


def check_shape(shape: Any, where: str) -> int:
    """How many elements a shape has. Raises TensorError where it is none, or of no use for samples."""
    if not isinstance(shape, list) or not all(type(size) is int for size in shape):
        raise TensorError("The shape of %s is no list of integers." % where)
    if not 1 <= len(shape) <= MOST_AXES:
        raise TensorError(
            "The shape of %s has %d axes; it must have 1 to %d, the first of which counts the samples."
            % (where, len(shape), MOST_AXES)
        )
    count, lists = 1, 0
    for size in shape:
        if not 1 <= size <= _LARGEST_AXIS:
            raise TensorError(
                "The shape of %s has an axis of %s; each must be 1 or more." % (where, _shown(size))
            )
        lists += count
        count *= size
    if lists - 1 > 2 * count + SPARE_LISTS:
        raise TensorError("The shape of %s has too many axes of length 1; leave some of them out." % where)
    return count


def _wrong_count(where: str, found: int, shape: Sequence[int], count: int) -> TensorError:
    return TensorError(
        "%s has %s where its shape %s has %s."
        % (where[0].upper() + where[1:], counted(found, "element"), list(shape), _shown(count))
    )


def nested(flat: List[Any], shape: Sequence[int]) -> List[Any]:
    """The elements in lists by their shape; of one axis, they are as they come."""
    for size in reversed(shape[1:]):
        flat = [flat[start : start + size] for start in range(0, len(flat), size)]
    return flat


def from_json(datatype: str, shape: Sequence[int], count: int, data: Any, where: str) -> List[Any]:
    """The elements of JSON data, flat or nested by the shape. Raises TensorError where it is neither."""
    if not isinstance(data, list):
        raise TensorError("The data of %s is %s where a list is due." % (where, _shown(data)))
    flat = data
    if len(shape) > 1 and data and isinstance(data[0], list):
        flat = [data]
        for axis, size in enumerate(shape):
            if set(map(type, flat)) != {list} or set(map(len, flat)) != {size}:
                raise TensorError(
                    "The data of %s is not nested by its shape %s: its lists at depth %d must all be of "
                    "length %d." % (where, list(shape), axis + 1, size)
                )
            flat = list(chain.from_iterable(flat))
    if len(flat) != count:
        raise _wrong_count(where, len(flat), shape, count)
    return _checked(datatype, flat, where)


def _checked(datatype: str, flat: List[Any], where: str) -> List[Any]:
    """The same elements as the datatype has them. Raises TensorError where one is of another kind."""
    kinds = set(map(type, flat))
    if datatype in (BYTES, BOOL):
        kind = str if datatype == BYTES else bool
        if kinds != {kind}:
            _refuse(datatype, flat, where, [type(element) is kind for element in flat])
        return flat
    if not kinds <= {int, float}:
        _refuse(datatype, flat, where, [type(element) in (int, float) for element in flat])
    if datatype in INTEGERS:
        if float in kinds:
            whole = [element == int(element) for element in flat]
            if not all(whole):
                _refuse(datatype, flat, where, whole)
            flat = list(map(int, flat))
        numbers = INTEGERS[datatype]
    else:
        numbers = FLOATS[datatype]
        if int in kinds:
            try:
                flat = list(map(float, flat))
            except OverflowError:
                pass  # out of any range
    if not numbers.least <= min(flat) <= max(flat) <= numbers.greatest:
        _refuse(datatype, flat, where, [numbers.least <= element <= numbers.greatest for element in flat])
    return flat


def _refuse(datatype: str, flat: List[Any], where: str, right: List[bool]) -> None:
    index = right.index(False)
    raise TensorError(
        "Element %d of %s is %s, which is no %s." % (index, where, _shown(flat[index]), datatype)
    )


def from_binary(datatype: str, shape: Sequence[int], count: int, content: bytes, where: str) -> List[Any]:
    """The elements of binary data. Raises TensorError where they are not as many as the shape says."""
    if datatype == BYTES:
        texts = _texts(content, where)
        if len(texts) != count:
            raise _wrong_count(where, len(texts), shape, count)
        return texts
    code = _CODES[datatype]
    width = struct.calcsize("<" + code)
    if len(content) != width * count:
        raise TensorError(
            "%s has %s of data where its shape %s and datatype %s have %s."
            % (
                where[0].upper() + where[1:],
                counted(len(content), "byte"),
                list(shape),
                datatype,
                _shown(width * count),
            )
        )
    if datatype == BOOL and content.translate(None, b"\0\1"):
        raise TensorError("The data of %s has bytes that are no BOOL: each must be 0 or 1." % where)
    return list(struct.unpack("<%d%s" % (count, code), content))


def _texts(content: bytes, where: str) -> List[str]:
    texts: List[str] = []
    at, end = 0, len(content)
    while at < end:
        size = _LENGTH.unpack_from(content, at)[0] if at + _LENGTH.size <= end else end
        at += _LENGTH.size
        if size > end - at:
            raise TensorError("The data of %s ends within its element %d." % (where, len(texts)))
        try:
            texts.append(content[at : at + size].decode("utf-8"))
        except UnicodeDecodeError:
            raise TensorError(
                "Element %d of %s is no UTF-8; send bytes that are no text as base64." % (len(texts), where)
            ) from None
        at += size
    return texts


def to_binary(datatype: str, flat: Sequence[Any]) -> bytes:
    """Raises UnicodeEncodeError for a text with a lone surrogate, which UTF-8 cannot hold."""
    if datatype == BYTES:
        contents = [element.encode("utf-8") for element in flat]
        return b"".join([part for content in contents for part in (_LENGTH.pack(len(content)), content)])
    return struct.pack("<%d%s" % (len(flat), _CODES[datatype]), *flat)


def tensor_of(values: List[Any]) -> Optional[Tuple[str, List[int], List[Any]]]:
    """Datatype, shape and elements of plain JSON values, one a sample; None where they make no tensor.

    They make one where they are of one kind (integers, numbers, booleans, text), or equally long lists of it.
    """
    shape, flat = [len(values)], values
    while flat and isinstance(flat[0], list) and len(shape) < MOST_AXES:
        if set(map(type, flat)) != {list}:
            return None
        sizes = set(map(len, flat))
        if len(sizes) != 1:
            return None
        shape += sizes
        flat = list(chain.from_iterable(flat))
    datatype = _datatype(flat)
    if datatype is None:
        return None
    return datatype, shape, list(map(float, flat)) if datatype == FP64 else flat


def _datatype(flat: List[Any]) -> Optional[str]:
    kinds = set(map(type, flat))
    if kinds == {int}:
        least, greatest = min(flat), max(flat)
        for name in (INT64, UINT64):
            if INTEGERS[name].least <= least and greatest <= INTEGERS[name].greatest:
                return name
        return None
    if kinds == {int, float}:
        exact = all(-_EXACT <= element <= _EXACT for element in flat if type(element) is int)
        return FP64 if exact else None
    for kind, name in ((float, FP64), (bool, BOOL), (str, BYTES)):
        if kinds == {kind}:
            return name
    return None

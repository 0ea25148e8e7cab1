"""JSON Schemas of a model's inputs and outputs, as far as its samples show them.

Vocabulary of JSON Schema 2020-12 (https://json-schema.org/draft/2020-12/schema): `type`, `items`,
`prefixItems`, `minItems`, `maxItems`, `properties`, `required`, `additionalProperties`, `description`. Every
sample is valid by the schema that it made. What is only likely (the range of a number) is a description and
never a constraint. The order of the samples makes no difference, but that properties stand in the order in
which the samples' keys first come: a service lists its inputs in it, and `list(x.values())` depends on it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from slipway_runtime.bundle import Sample, SignatureEntry

DIALECT = "https://json-schema.org/draft/2020-12/schema"
DEPTH = 16
"""What is nested deeper may be anything."""
MOST_POSITIONS = 64
"""Longer lists are described by what all their elements have in common."""
MOST_PROPERTIES = 32
"""More names than this, none of them in every sample, are no columns but data."""
_LARGEST_SHOWN = 10**30
_KINDS: dict[type, str] = {
    type(None): "null",
    bool: "boolean",
    int: "integer",
    float: "number",
    str: "string",
    list: "array",
    dict: "object",
}

Schema = dict[str, Any]


def infer_signature(samples: Sequence[Sample]) -> SignatureEntry | None:
    """None where there is no sample to tell it from."""
    if not samples:
        return None
    return {
        "input": {"$schema": DIALECT, **schema_of([sample["input"] for sample in samples])},
        "output": {"$schema": DIALECT, **schema_of([sample["output"] for sample in samples])},
    }


def schema_of(values: Sequence[Any], depth: int = DEPTH) -> Schema:
    """A schema by which every one of `values` (at least one, each as `json.loads` gives it) is valid."""
    groups: dict[str, list[Any]] = {}
    for value in values:
        groups.setdefault(_KINDS[type(value)], []).append(value)
    if depth == 0 and groups.keys() & {"array", "object"}:
        return {}
    # An integer is a number.
    kinds = groups.keys() - {"integer"} if "number" in groups else groups.keys()
    names = sorted(kinds - {"null"}) + sorted(kinds & {"null"})
    schema: Schema = {"type": names[0] if len(names) == 1 else names}
    words = _range([*groups.get("integer", []), *groups.get("number", [])])
    if words is not None:
        schema["description"] = words
    if "array" in groups:
        schema.update(_array(groups["array"], depth - 1))
    if "object" in groups:
        schema.update(_object(groups["object"], depth - 1))
    return schema


def _range(numbers: Sequence[float]) -> str | None:
    if not numbers:
        return None
    least, greatest = min(numbers), max(numbers)
    if least == greatest or max(abs(least), abs(greatest)) >= _LARGEST_SHOWN:
        return None
    return f"from {_shown(least)} to {_shown(greatest)} in the samples"


def _shown(number: float) -> str:
    return repr(int(number) if number == int(number) else number)  # 1 and 1.0 are one end of a range


def _array(arrays: Sequence[list[Any]], depth: int) -> Schema:
    lengths = {len(array) for array in arrays}
    schema: Schema = {}
    if len(lengths) == 1:
        length = min(lengths)
        schema = {"minItems": length, "maxItems": length}
        if 0 < length <= MOST_POSITIONS and _differ(arrays, length):
            columns = ([array[position] for array in arrays] for position in range(length))
            return {**schema, "prefixItems": [schema_of(column, depth) for column in columns]}
    elements = [element for array in arrays for element in array]
    return {**schema, "items": schema_of(elements, depth)} if elements else schema


def _differ(arrays: Sequence[list[Any]], length: int) -> bool:
    """Whether the positions hold different kinds of things, like the columns of a table's row."""
    found = set()
    for position in range(length):
        kinds = {_KINDS[type(array[position])] for array in arrays} - {"null"}
        if kinds:
            found.add(frozenset("number" if kind == "integer" else kind for kind in kinds))
    return len(found) > 1


def _object(objects: Sequence[dict[str, Any]], depth: int) -> Schema:
    names = list(dict.fromkeys(name for found in objects for name in found))
    required = [name for name in sorted(names) if all(name in found for found in objects)]
    if len(names) > MOST_PROPERTIES and not required:
        values = [value for found in objects for value in found.values()]
        return {"additionalProperties": schema_of(values, depth)}
    parts = {name: [found[name] for found in objects if name in found] for name in names}
    schema: Schema = {"properties": {name: schema_of(values, depth) for name, values in parts.items()}}
    return {**schema, "required": required} if required else schema

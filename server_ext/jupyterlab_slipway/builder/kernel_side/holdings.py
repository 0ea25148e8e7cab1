"""How large the captured globals are, and which of them look like training data: Python 3.6 syntax."""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import collections
import dis
import functools
import re
import types

import _slipway_parts as parts
import _slipway_pickling as pickling
import _slipway_reducers as reducers

# From so many rows on, a table is taken for training data rather than for one to look things up in.
TABLE_ROWS = 100
SEQUENCE_ROWS = 1000
TEXT_LENGTH = 40  # characters on average that tell texts from words
LOOKED_AT = 2000  # attributes of one object

# Where libraries keep what they were fitted with (scikit-learn, statsmodels, lightgbm, surprise), and what
# people call it themselves; not how well the training went.
FITTED_WITH = re.compile(
    r"^_?(fit_X|X_fit_?|X_?|y|endog|exog|trainset|data_?|dataset|corpus"
    r"|(?!.*(score|loss|error|metric|time)).*train.*)$"
)
WEIGHTS = re.compile(
    r"weight|coef|bias|embed|vector|kernel|cent(er|roid)|param|theta|vocab|^W\d*$", re.IGNORECASE
)
TREES = ("KDTree", "cKDTree", "BallTree")


def holdings(functions, measured, namespace):
    """What the functions take along: {"globals": [{"name", "bytes"} ...], "data": [{...} ...]}.

    `globals` is empty unless `measured`. Each entry of `data` has the "path" from the global to the data, its
    "kind", "rows" and "bytes", the "function" that uses it, and the "file" and "line" where it does.
    """
    found = list(_held(functions, namespace))
    sizes = []
    if measured:
        sizes = [{"name": name, "bytes": pickling.size_of(value) or 0} for name, value, _ in found]
        sizes.sort(key=lambda entry: -entry["bytes"])
    data = []
    for name, value, user in found:
        for path, part, kind, rows in _training_data(name, value):
            entry = {"path": path, "kind": kind, "rows": rows, "bytes": pickling.size_of(part) or 0}
            entry.update(_where(user, name))
            data.append(entry)
    return {"globals": sizes, "data": data}


def _held(functions, namespace):
    """(name, value, function that uses it) of each captured global that is data."""
    waiting = [(name, value, None) for name, value in functions.items() if value is not None]
    seen = set()
    while waiting:
        name, value, user = waiting.pop(0)
        if id(value) in seen or value is None or isinstance(value, (types.ModuleType, bool, int, float)):
            continue
        seen.add(id(value))
        inner = _code_of(value)
        if inner is not None:
            for part_name, part, part_user in inner:
                waiting.append((part_name or name, part, part_user or user))
            continue
        if user is None:  # the object whose method or __call__ is the function
            name = next((own for own, other in namespace.items() if other is value and own[0] != "_"), name)
        yield name, value, user
        kind = type(value)
        if kind.__module__ == "__main__":
            waiting.append((name, kind, user))


def _code_of(value):
    """(name, part, function) of what is code rather than data; None for data."""
    if isinstance(value, types.FunctionType):
        if reducers.by_reference(value):
            return []
        defaults = list(value.__defaults__ or ()) + list((value.__kwdefaults__ or {}).values())
        return [(name, part, value) for name, part in parts.names_of(value)] + [
            (None, part, value) for part in defaults
        ]
    if isinstance(value, functools._lru_cache_wrapper):
        return [(None, value.__wrapped__, None)]
    if isinstance(value, types.MethodType):
        return [(None, value.__self__, None), (None, value.__func__, None)]
    if isinstance(value, functools.partial):
        inside = [value.func] + list(value.args) + list(value.keywords.values())
        return [(None, part, None) for part in inside]
    if isinstance(value, property):
        return [(None, part, None) for part in (value.fget, value.fset, value.fdel)]
    if isinstance(value, type):
        if value.__module__ != "__main__":
            return []
        inside = [(name, getattr(part, "__func__", part)) for name, part in list(vars(value).items())]
        return [(name, part, None) for name, part in inside if name[:2] != "__" or callable(part)]
    if isinstance(value, (types.BuiltinFunctionType, types.CodeType)) or type(value).__name__.endswith(
        "_descriptor"
    ):
        return []
    return None


def _training_data(name, value):
    """(path, part, kind, rows) of what looks like training data in one global."""
    found = _table(value)
    if found is not None:
        kind, rows = found
        least = TABLE_ROWS if kind in ("DataFrame", "Series") else SEQUENCE_ROWS
        if rows >= least and (least == TABLE_ROWS or not WEIGHTS.search(name)):
            yield name, value, kind, rows
        return
    suspects = []
    waiting = collections.deque([(name, "", value)])
    seen = {id(value)}
    while waiting and len(seen) < LOOKED_AT:
        path, attribute, part = waiting.popleft()
        found = _table(part) if attribute else None
        if found is not None:
            kind, rows = found
            telling = kind in ("DataFrame", "Series", "tree") or FITTED_WITH.match(attribute)
            if rows >= TABLE_ROWS and telling:
                suspects.append((path, part, "array" if kind == "tree" else kind, rows))
            continue
        for step, inner, inner_name in _attributes(part):
            if id(inner) not in seen:
                seen.add(id(inner))
                waiting.append((path + step, inner_name or attribute, inner))
    if suspects:  # one of each object is enough to say it
        yield max(suspects, key=lambda suspect: _cells(suspect[1], suspect[3]))


def _cells(table, rows):
    shape = getattr(table, "shape", ())
    return rows * (shape[1] if len(shape) > 1 else 1)


def _attributes(part):
    if isinstance(part, (str, bytes, int, float, type, types.ModuleType, types.FunctionType)):
        return
    if isinstance(part, dict):
        for key, inner in list(part.items())[:LOOKED_AT]:
            if isinstance(key, str):
                yield "[%r]" % key, inner, key
    elif isinstance(part, (list, tuple)):
        for index, inner in enumerate(part[:100]):
            yield "[%d]" % index, inner, None
    else:
        own = getattr(part, "__dict__", None)
        for key, inner in list(own.items()) if isinstance(own, dict) else ():
            if isinstance(key, str):
                yield "." + key, inner, key


def _table(value):
    """(kind, rows) of what has rows; None for anything else."""
    kind = type(value)
    module = kind.__module__.split(".")[0]
    shape = getattr(value, "shape", None) if module != "torch" else None
    try:
        if module in ("pandas", "polars", "pyarrow") and shape:
            name = "Series" if len(shape) == 1 else "DataFrame"
            return name, int(shape[0])
        if kind.__name__ in TREES and hasattr(value, "data"):
            return "tree", len(value.data)
        if module in ("numpy", "scipy", "cupy") and isinstance(shape, tuple) and shape:
            return "array", int(shape[0])
        if isinstance(value, (list, tuple, collections.deque)) and len(value) >= TABLE_ROWS:
            return ("list", len(value)) if _has_rows(list(value)[:100]) else None
        if isinstance(value, dict) and len(value) > 1:
            lengths = {
                len(part) if isinstance(part, (list, tuple)) else -1 for part in list(value.values())[:100]
            }
            if len(lengths) == 1 and max(lengths) >= TABLE_ROWS:
                return "dict of columns", max(lengths)
    except Exception:
        return None  # an object of a strange kind
    return None


def _has_rows(members):
    """Are these rows or texts, rather than numbers or words?"""
    if all(isinstance(member, str) for member in members):
        return sum(map(len, members)) >= TEXT_LENGTH * len(members)
    rows = [
        member for member in members if isinstance(member, (list, tuple, dict)) or hasattr(member, "shape")
    ]
    return len(rows) == len(members)


def _where(function, name):
    """The function that uses a global, and the file and line where it does."""
    if function is None:
        return {"function": None, "file": None, "line": None}
    file, line = function.__code__.co_filename, _line_of(function.__code__, name)
    return {"function": function.__name__, "file": file, "line": line or function.__code__.co_firstlineno}


def _line_of(code, name):
    starts = dict(dis.findlinestarts(code))
    line = None
    for instruction in dis.get_instructions(code):
        line = starts.get(instruction.offset) or line
        if instruction.argval == name and instruction.opname.startswith("LOAD_"):
            return line
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            found = _line_of(constant, name)
            if found is not None:
                return found
    return None

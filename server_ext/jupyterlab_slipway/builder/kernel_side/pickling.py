"""One pickle by value of what a notebook defines, the same bytes for the same content: Python 3.6 syntax.

cloudpickle does the work. Added here is what it has no way to pickle, or pickles by a name in `__main__`, and
what would make equal content differ from build to build: the random ids of classes, places of files, and the
order of sets whose members are hashed by their address.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import collections
import copyreg
import hashlib
import os
import pickle
import re
import sys
import types
import weakref

import _slipway_ordering as ordering
import _slipway_reducers as reducers

# An id of a class as a pickle has it: 32 hexadecimal digits, in the opcodes for text of protocols 4 and 2.
CLASS_ID = re.compile(rb"\x8c\x20([0-9a-f]{32})|X\x20\0\0\0([0-9a-f]{32})")
NAMELESS = "<dynamic-code>"  # cloudpickle's name for the file of any code

_state = {"directory": os.getcwd(), "overlay": None}


def settle(overlay):
    _state.update(directory=os.getcwd(), overlay=os.path.realpath(overlay))


# ---------------------------------------------------------------- dumping


def version():
    """Of the cloudpickle that loads what this one dumps."""
    import cloudpickle

    return cloudpickle.__version__


class Kept:
    """A file in memory. (A BytesIO whose buffer is in use complains when garbage is collected.)"""

    def __init__(self):
        self.content = bytearray()

    def write(self, part):
        self.content += part
        return memoryview(part).nbytes  # large arrays come as they are


class Sink:
    """A file that only counts."""

    def __init__(self):
        self.size = 0

    def write(self, content):
        written = memoryview(content).nbytes
        self.size += written
        return written


def dump(value, file, kind="plain"):
    """Writes the pickle of `value`; ids of classes are still random ones.

    `kind`: "watchful" raises Unordered where it comes to a set without an order of its own, "ordered" gives
    it one and takes longer, "plain" takes what comes.
    """
    pickler = _picklers()[kind]
    registered = {kind: copyreg.dispatch_table.get(kind) for kind in reducers.reducers()}
    copyreg.dispatch_table.update(reducers.reducers())
    try:
        pickler(file).dump(value)
    finally:
        for kind, before in registered.items():
            if before is None:
                del copyreg.dispatch_table[kind]
            else:
                copyreg.dispatch_table[kind] = before


def dumps(value):
    """A buffer with the pickle of `value`, the same for the same content."""
    try:
        return _dumps(value, "watchful")
    except ordering.Unordered:
        pass
    try:
        return _dumps(value, "ordered")
    except Exception:
        return _dumps(value, "plain")  # nested too deeply for Python's own code, say


def _dumps(value, kind):
    file = Kept()
    dump(value, file, kind)
    content = memoryview(file.content)
    settle_ids(content, _ids())
    return content


def _digest(value):
    """Of the pickle of `value` alone; of its type's name where it does not pickle by itself."""
    try:
        return ordering.digest_of(_dumps(value, "ordered"))
    except Exception:
        return type(value).__qualname__


def size_of(value):
    """Bytes of the pickle of `value` alone; None where it does not pickle."""
    sink = Sink()
    try:
        dump(value, sink)
    except Exception:
        return None
    return sink.size


def pickles(value):
    try:
        dump(value, Sink())
    except BaseException:
        return False
    return True


# ---------------------------------------------------------------- ids of classes


def _ids():
    """The ids that cloudpickle has given to classes of this process; older versions give none."""
    module = sys.modules.get("cloudpickle.cloudpickle")
    known = getattr(module, "_DYNAMIC_CLASS_TRACKER_BY_CLASS", None) or {}
    return {name.encode("ascii") for name in list(known.values())}


def settle_ids(content, known):
    """Replaces, in place, random ids by ones that follow from the content.

    Each becomes a digest of its number by first occurrence and of the content with all of them numbered. So
    equal content has equal ids, and classes of different content are never taken for one another in a
    process that loads both: cloudpickle looks classes up by these ids.
    """
    numbers = {}
    places = []
    for match in CLASS_ID.finditer(content):
        group = match.lastindex
        name = match.group(group)
        if name in known:
            places.append((match.start(group), numbers.setdefault(name, len(numbers))))
    if not places:
        return
    for place, number in places:
        content[place : place + 32] = b"%032x" % number
    whole = hashlib.sha256(content).hexdigest()
    for place, number in places:
        name = hashlib.sha256(("%s %d" % (whole, number)).encode("ascii")).hexdigest()[:32]
        content[place : place + 32] = name.encode("ascii")


# ---------------------------------------------------------------- the pickler


def _picklers():
    """cloudpickle's pickler with files named by their place among the modules, in three kinds."""
    found = _state.get("picklers")
    if found is None:
        found = _state["picklers"] = _make_picklers()
    return found


def _make_picklers():
    from cloudpickle import CloudPickler

    table = getattr(CloudPickler, "dispatch_table", None)
    if table is None or not hasattr(CloudPickler, "_dynamic_function_reduce"):
        return dict.fromkeys(("plain", "watchful", "ordered"), CloudPickler)  # from before 2020
    reduce_code = table[types.CodeType]

    class Plain(CloudPickler):
        dispatch_table = collections.ChainMap(
            {
                types.CodeType: lambda code: _named(reduce_code(_placed(code)), _placed(code)),
                weakref.WeakSet: lambda members: (weakref.WeakSet, (_in_order(list(members)),)),
            },
            table,
        )

        def _dynamic_function_reduce(self, function):
            names = function.__globals__
            known = id(names) in self.globals_ref
            reduced = CloudPickler._dynamic_function_reduce(self, function)
            if not known:
                _mend(self.globals_ref[id(names)], names)
            _mend(reduced[2][1]["__globals__"], names)
            return reduced

        in_order = staticmethod(lambda members: _in_order(members))

    if issubclass(CloudPickler, pickle._Pickler):  # before Python 3.8

        class Ordered(Plain):
            dispatch = dict(CloudPickler.dispatch)
            dispatch[set] = ordering.save_set
            dispatch[frozenset] = ordering.save_frozenset

            def _save_reduce_pickle5(self, function, arguments, state=None, *others, **named):
                _order_registry(state)
                CloudPickler._save_reduce_pickle5(self, function, arguments, state, *others, **named)

        return {"plain": Plain, "watchful": Ordered, "ordered": Ordered}

    def reducer_override(self, value):
        reduced = CloudPickler.reducer_override(self, value)
        if isinstance(reduced, tuple) and len(reduced) > 2:
            _order_registry(reduced[2])
        return reduced

    class Watchful(Plain):
        def persistent_id(self, value):
            if type(value) in (set, frozenset) and ordering.is_unordered(value):
                raise ordering.Unordered

    # The methods of cloudpickle's pickler, and pickle's own one in Python for the rest.
    space = {name: part for name, part in vars(CloudPickler).items() if name not in NOT_OURS}
    space.update((name, part) for name, part in vars(Plain).items() if name not in NOT_OURS)
    space["dispatch"] = dict(pickle._Pickler.dispatch)
    space["dispatch"][set] = ordering.save_set
    space["dispatch"][frozenset] = ordering.save_frozenset
    in_python = type("Ordered", (_InPython,), space)
    Plain.reducer_override = in_python.reducer_override = reducer_override
    return {"plain": Plain, "watchful": Watchful, "ordered": in_python}


NOT_OURS = (
    "__init__",
    "__dict__",
    "__weakref__",
    "__doc__",
    "__module__",
    "__qualname__",
    "dump",
    "reducer_override",
)


class _InPython(pickle._Pickler):
    def __init__(self, file):
        from cloudpickle import DEFAULT_PROTOCOL

        pickle._Pickler.__init__(self, file, DEFAULT_PROTOCOL)
        self.globals_ref = {}


def _in_order(members):
    return ordering.ordered(members, _digest) if ordering.is_unordered(members) else members


def _order_registry(state):
    """Puts the classes in order that were registered with an abstract one; cloudpickle has them as a list."""
    if isinstance(state, tuple) and state and isinstance(state[0], dict):
        registered = state[0].get("_abc_impl")
        if isinstance(registered, list):
            state[0]["_abc_impl"] = _in_order(registered)


class _Attribute:
    """Stands for an attribute of a module, whose value is found when the pickle is loaded."""

    def __init__(self, module, name):
        self.module = module
        self.name = name

    def __reduce__(self):
        return getattr, (self.module, self.name)


def _mend(travelling, names):
    """Mends `__file__` and `__path__` of a function that travels by value though a module defines it.

    `names` are its globals, `travelling` those that go into the pickle.
    """
    module = sys.modules.get(names.get("__name__"))
    if names.get("__name__") == reducers.__name__:
        travelling.pop("__file__", None)
        travelling.pop("__package__", None)
        if "__name__" in travelling:
            travelling["__name__"] = "__main__"
    elif getattr(module, "__dict__", None) is names and module is not sys.modules["__main__"]:
        for name in ("__file__", "__path__"):
            if name in travelling and not _in_overlay(names.get("__file__")):
                travelling[name] = _Attribute(module, name)
            elif isinstance(travelling.get(name), str):
                travelling[name] = placed(travelling[name])


def _in_overlay(file):
    overlay = _state["overlay"]
    return (
        isinstance(file, str) and overlay is not None and os.path.realpath(file).startswith(overlay + os.sep)
    )


def placed(file):
    """A file's name from its place on sys.path, where a traceback finds it again; others as they are."""
    if not os.path.isabs(file):
        return file
    entries = [entry for entry in sys.path if entry and os.path.isabs(entry)] + [_state["directory"]]
    for entry in sorted(set(entries), key=len, reverse=True):
        for root in (entry, os.path.realpath(entry)):
            if file.startswith(root.rstrip(os.sep) + os.sep):
                return os.path.relpath(file, root).replace(os.sep, "/")
    return file


def _placed(code):
    """`code` as if it had been compiled from a file of the relative name."""
    file = placed(code.co_filename)
    if file == code.co_filename:
        return code
    if hasattr(code, "replace"):
        return code.replace(co_filename=file)
    return types.CodeType(
        code.co_argcount,
        code.co_kwonlyargcount,
        code.co_nlocals,
        code.co_stacksize,
        code.co_flags,
        code.co_code,
        code.co_consts,
        code.co_names,
        code.co_varnames,
        file,
        code.co_name,
        code.co_firstlineno,
        code.co_lnotab,
        code.co_freevars,
        code.co_cellvars,
    )


def _named(reduced, code):
    """cloudpickle from 3.1.3 on leaves out the file's name, by which a traceback tells the cell."""
    name = code.co_filename
    arguments = [name if part == NAMELESS and isinstance(part, str) else part for part in reduced[1]]
    return (reduced[0], tuple(arguments)) + tuple(reduced[2:])

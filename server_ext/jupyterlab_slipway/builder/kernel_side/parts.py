"""What a function would take along into a pickle, and which part does not pickle: Python 3.6 syntax."""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import functools
import types

import _slipway_pickling as pickling

DEPTH = 8  # of the search for what does not pickle


def explain(functions, error, made):
    """Finds the global that does not pickle, by trying, and the way to it from the function.

    `functions` are those of the contract by name, `made` the cell that gave a global its value.
    """
    for name, value in functions.items():
        if value is not None and not pickling.pickles(value):
            path, culprit, words = _search(name, value, error)
            owner = next((step for step in reversed(path) if step in made), name)
            return {
                "problem": "not picklable",
                "name": name,
                "path": path,
                "global": owner,
                "type": "%s.%s" % (type(culprit).__module__, type(culprit).__name__),
                "words": words,
                "cell": made.get(owner),
            }
    return {
        "problem": "not picklable",
        "name": "predictor",
        "path": ["predictor"],
        "global": "predictor",
        "type": type(error).__name__,
        "words": _words(error),
        "cell": made.get("predictor"),
    }


def _words(error):
    return "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__


def _search(name, value, error):
    path, seen = [name], {id(value)}
    for _ in range(DEPTH):
        following = None
        for step, part in parts_of(value):
            if id(part) not in seen and not pickling.pickles(part):
                following = (step, part)
                break
        if following is None:
            break
        step, value = following
        seen.add(id(value))
        path.append(step)
    try:
        pickling.dump(value, pickling.Sink())
    except BaseException as last:
        error = last
    return path, value, _words(error)


def parts_of(value):
    """(name, part) of what a pickle of `value` would hold: globals, closure, defaults, items, attributes."""
    if isinstance(value, functools._lru_cache_wrapper):
        yield "__wrapped__", value.__wrapped__
    elif isinstance(value, types.MethodType):
        yield "__self__", value.__self__
        yield value.__func__.__name__, value.__func__
    elif isinstance(value, functools.partial):
        yield "func", value.func
        for index, part in enumerate(value.args):
            yield "args[%d]" % index, part
        yield "keywords", value.keywords
    elif isinstance(value, types.FunctionType):
        for name, part in names_of(value):
            yield name, part
        yield "its defaults", (value.__defaults__, value.__kwdefaults__)
        yield "its attributes", vars(value)
    elif isinstance(value, property):
        for name in ("fget", "fset", "fdel"):
            yield name, getattr(value, name)
    elif isinstance(value, type):
        for name, part in list(vars(value).items()):
            yield name, getattr(part, "__func__", part)
    elif isinstance(value, dict):
        for key, part in list(value.items()):
            yield "[%r]" % (key,), part
    elif isinstance(value, (list, tuple, set, frozenset)):
        for index, part in enumerate(value):
            yield "[%d]" % index, part
    elif not isinstance(value, types.ModuleType):
        yield type(value).__name__, type(value)
        for name, part in list(getattr(value, "__dict__", {}).items()):
            yield "." + name, part


def names_of(function):
    """(name, value) of the globals that a function's code mentions, and of its free variables."""
    for name in sorted(_global_names(function.__code__)):
        if name in function.__globals__:
            yield name, function.__globals__[name]
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            yield name, cell.cell_contents
        except ValueError:
            pass


def _global_names(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names

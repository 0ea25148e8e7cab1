"""What Slipway does in the notebook's kernel after the last cell: Python 3.6 syntax, cloudpickle.

`run(job)` reads a job from a JSON file and writes its answer beside it, never to the notebook's own streams:

    {"do": "failure", "answer": path}                      the line of the cell that failed
    {"do": "capture", "model": path, "imports": [module that cells import ...], "answer": path}
    {"do": "score", "samples": [JSON text ...], "answer": path}

It lives in a module of its own, so that no name which the notebook rebinds (open, json, list ...) matters.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import copyreg
import functools
import inspect
import io
import json
import os
import sys
import sysconfig
import traceback
import types

import _slipway_worker as worker

FUNCTIONS = ("predictor", "validator", "batch_predictor")
DEPTH = 8  # of the search for what does not pickle

_state = {"shell": None, "settings": {}, "made": {}, "seen": {}, "line": None}


def watch(shell, settings):
    """Remembers from now on which cell gave a name its value."""
    _state.update(shell=shell, settings=settings)
    _state["seen"] = {name: id(value) for name, value in shell.user_ns.items()}
    shell.events.register("post_run_cell", _note_names)


def _note_names(*results):
    number = _state["shell"].execution_count - 1
    _state["line"] = _line_of(results[0]) if results else None
    order = _state["settings"]["cells"]
    seen = _state["seen"]
    for name, value in list(_state["shell"].user_ns.items()):
        if seen.get(name) != id(value):
            seen[name] = id(value)
            if 1 <= number <= len(order):
                _state["made"][name] = order[number - 1]


def _line_of(result):
    """The line of the cell at which it failed: the last frame in the cell's own code."""
    error = getattr(result, "error_before_exec", None) or getattr(result, "error_in_exec", None)
    if isinstance(error, SyntaxError) and (error.filename or "").startswith("<cell "):
        return error.lineno
    found = None
    for frame, line in traceback.walk_tb(getattr(error, "__traceback__", None)):
        if frame.f_code.co_filename.startswith("<cell ") and frame.f_code.co_name == "<module>":
            found = line
    return found


def failure(job):
    return {"line": _state["line"]}


def run(path):
    with open(path, encoding="utf-8") as file:
        job = json.load(file)
    try:
        answer = {"failure": failure, "capture": capture, "score": score}[job["do"]](job)
    except BaseException as error:
        answer = {"fault": "".join(traceback.format_exception(type(error), error, error.__traceback__))}
    with open(job["answer"], "w", encoding="utf-8") as file:
        json.dump(answer, file)


# ---------------------------------------------------------------- capture


def capture(job):
    names = _state["shell"].user_ns
    functions = {}
    for name in FUNCTIONS:
        value = names.get(name)
        if value is None:
            functions[name] = None
            continue
        finding = _check(name, value)
        if finding is not None:
            return finding
        functions[name] = value
    if functions["predictor"] is None:
        return {"problem": "missing"}
    try:
        content = dumps(functions)
    except BaseException as error:
        return explain(functions, error)
    with open(job["model"], "wb") as file:
        file.write(content)
    return {
        "python": worker.python_identity(),
        "functions": {name: value is not None for name, value in functions.items()},
        "modules": local_modules(),
        "undeclared": undeclared(job.get("imports", [])),
    }


def _check(name, value):
    cell = _state["made"].get(name)
    if not callable(value):
        return {"problem": "not callable", "name": name, "type": type(value).__name__, "cell": cell}
    try:
        inspect.signature(value).bind(None)
    except TypeError as error:
        return {"problem": "arity", "name": name, "words": str(error), "cell": cell}
    except ValueError:
        pass  # a built-in that tells nothing of itself
    if inspect.iscoroutinefunction(value) or inspect.isgeneratorfunction(value):
        kind = "an async function" if inspect.iscoroutinefunction(value) else "a generator"
        return {"problem": "not callable", "name": name, "type": kind, "cell": cell}
    return None


def dumps(value):
    """One pickle by value of what the notebook defines."""
    import cloudpickle

    kind = functools._lru_cache_wrapper
    before = copyreg.dispatch_table.get(kind)
    copyreg.pickle(kind, _reduce_cached)
    try:
        file = io.BytesIO()
        cloudpickle.dump(value, file)
        return file.getvalue()
    finally:
        if before is None:
            del copyreg.dispatch_table[kind]
        else:
            copyreg.dispatch_table[kind] = before


def _cached_again(function, maxsize, typed):
    import functools

    return functools.lru_cache(maxsize=maxsize, typed=typed)(function)


_cached_again.__module__ = "__main__"  # so that it travels by value


def _reduce_cached(wrapper):
    """functools' own way is the function's name in `__main__`, which the service does not have."""
    module = sys.modules.get(wrapper.__module__)
    if wrapper.__module__ != "__main__" and getattr(module, wrapper.__name__, None) is wrapper:
        return wrapper.__qualname__
    parameters = getattr(wrapper, "cache_parameters", None)
    facts = parameters() if parameters else {"maxsize": wrapper.cache_info().maxsize, "typed": False}
    return _cached_again, (wrapper.__wrapped__, facts["maxsize"], facts["typed"])


# ---------------------------------------------------------------- what does not pickle


def explain(functions, error):
    """Finds the global that does not pickle, by trying, and the way to it from the function."""
    for name in FUNCTIONS:
        value = functions[name]
        if value is not None and not _pickles(value):
            path, culprit, words = _search(name, value, error)
            owner = next((step for step in reversed(path) if step in _state["made"]), name)
            return {
                "problem": "not picklable",
                "name": name,
                "path": path,
                "global": owner,
                "type": "%s.%s" % (type(culprit).__module__, type(culprit).__name__),
                "words": words,
                "cell": _state["made"].get(owner),
            }
    return {
        "problem": "not picklable",
        "name": "predictor",
        "path": ["predictor"],
        "global": "predictor",
        "type": type(error).__name__,
        "words": _words(error),
        "cell": _state["made"].get("predictor"),
    }


def _pickles(value):
    try:
        dumps(value)
    except BaseException:
        return False
    return True


def _words(error):
    return "%s: %s" % (type(error).__name__, error) if str(error) else type(error).__name__


def _search(name, value, error):
    path, seen = [name], {id(value)}
    for _ in range(DEPTH):
        following = None
        for step, part in parts_of(value):
            if id(part) not in seen and not _pickles(part):
                following = (step, part)
                break
        if following is None:
            break
        step, value = following
        seen.add(id(value))
        path.append(step)
    try:
        dumps(value)
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
        for name in sorted(_global_names(value.__code__)):
            if name in value.__globals__:
                yield name, value.__globals__[name]
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
            try:
                yield name, cell.cell_contents
            except ValueError:
                pass
        yield "its defaults", (value.__defaults__, value.__kwdefaults__)
        yield "its attributes", vars(value)
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


def _global_names(code):
    names = set(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            names |= _global_names(constant)
    return names


# ---------------------------------------------------------------- modules


def _inside(path, directory):
    path, directory = os.path.realpath(path), os.path.realpath(directory)
    return path == directory or path.startswith(directory + os.sep)


def local_modules():
    """Files and directories of the top-level modules that come from beside the notebook, by name."""
    overlay = _state["settings"]["overlay"]
    known = [sys.prefix, sys.base_prefix, overlay, os.path.dirname(os.path.abspath(__file__))]
    known += [sysconfig.get_paths()[name] for name in ("stdlib", "purelib", "platlib")]
    found = {}
    for name, module in list(sys.modules.items()):
        if "." in name or name == "__main__" or name.startswith("_slipway"):
            continue
        file = getattr(module, "__file__", None)
        if not isinstance(file, str):
            places = list(getattr(module, "__path__", None) or [])
        elif os.path.basename(file).startswith("__init__."):
            places = [os.path.dirname(file)]
        else:
            places = [file]
        for place in places:
            ours = isinstance(place, str) and any(_inside(place, directory) for directory in known)
            if isinstance(place, str) and not ours and os.path.exists(place):
                found.setdefault(name, []).append(os.path.abspath(place))
    return found


def undeclared(imports):
    """Those of the names that cells import which only the build-time overlay could serve."""
    overlay = _state["settings"]["overlay"]
    found = []
    for name in imports:
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", None) or []), None)
        if isinstance(place, str) and _inside(place, overlay):
            found.append(name)
    return found


# ---------------------------------------------------------------- samples


def score(job):
    """Scores each sample twice: all of them once, then all again."""
    names = _state["shell"].user_ns
    functions = {name: names.get(name) for name in FUNCTIONS}
    contents = [text.encode("utf-8") for text in job["samples"]]
    first = [worker.score(functions, content) for content in contents]
    second = [worker.score(functions, content) for content in contents]
    return {"first": first, "second": second}

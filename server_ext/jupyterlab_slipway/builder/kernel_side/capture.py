"""What Slipway does in the notebook's kernel after the last cell: Python 3.6 syntax, cloudpickle.

`run(job)` reads a job from a JSON file and writes its answer beside it, never to the notebook's own streams:

    {"do": "failure", "answer": path}                      the line of the cell that failed
    {"do": "capture", "model": path, "imports": [module that cells import ...], "answer": path}
    {"do": "holdings", "measured": whether to measure each global, "answer": path}
    {"do": "score", "samples": [JSON text ...], "answer": path}
    {"do": "beside", "imports": [module that cells import ...], "answer": path}
    {"do": "judge", "values": [JSON text ...], "answer": path}

It lives in a module of its own, so that no name which the notebook rebinds (open, json, list ...) matters.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import inspect
import os
import traceback
from io import open  # noqa: A004  the original

import _slipway_batch_forms as batch_forms
import _slipway_holdings
import _slipway_local_modules as local_modules
import _slipway_parts as parts
import _slipway_pickling as pickling
import _slipway_reads as reads
import _slipway_worker as worker

FUNCTIONS = ("predictor", "validator", "batch_predictor")

_state = {"shell": None, "settings": {}, "sources": {}, "made": {}, "seen": {}, "line": None}


def watch(shell, settings, sources):
    """Remembers from now on which cell gave a name its value. `sources` gets the code of cells that run."""
    _state.update(shell=shell, settings=settings, sources=sources)
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
        job = worker.own_json.load(file)
    try:
        answer = JOBS[job["do"]](job)
    except BaseException as error:
        answer = {"fault": "".join(traceback.format_exception(type(error), error, error.__traceback__))}
    with open(job["answer"], "w", encoding="utf-8") as file:
        worker.own_json.dump(answer, file)


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
    derived = _derived(functions)
    try:
        content = pickling.dumps(dict(functions, batch_predictor=derived["function"]))
    except BaseException as error:
        return parts.explain(functions, error, _state["made"])
    with open(job["model"], "wb") as file:
        file.write(content)
    return {
        "python": worker.python_identity(),
        "cloudpickle": pickling.version(),
        "size": len(content),
        "functions": {name: value is not None for name, value in functions.items()},
        "batching": {name: derived[name] for name in ("source", "form", "reason")},
        "undeclared": local_modules.undeclared(_overlay(), job.get("imports", [])),
    }


def _derived(functions):
    """The batched form: the notebook's own, or one that is made of its predictor, or why there is none."""
    declared = functions["batch_predictor"]
    if declared is not None:
        return {"function": declared, "source": "declared", "form": None, "reason": None}
    try:
        found = batch_forms.derive(functions["predictor"], _state["sources"])
    except Exception as error:  # an object that is strange to look at is no reason to fail
        words = "`predictor` cannot be looked into (%s: %s)" % (type(error).__name__, error)
        found = {"function": None, "form": None, "reason": words}
    return dict(found, source=None if found["function"] is None else "derived")


def holdings(job):
    """How large the captured globals are, and which look like training data."""
    names = _state["shell"].user_ns
    functions = {name: names.get(name) for name in FUNCTIONS}
    return _slipway_holdings.holdings(functions, job["measured"], names)


def beside(job):
    """What predictions need from beside the notebook, after the samples have been scored."""
    modules = local_modules.local_modules(_overlay(), job.get("imports", []))
    known = local_modules.known_places(_overlay())
    read = [entry for entry in reads.report() if not local_modules.is_known(entry["real"], known)]
    return {"modules": modules, "reads": read, "directory": os.getcwd()}


def _overlay():
    return _state["settings"]["overlay"]


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


# ---------------------------------------------------------------- samples


def score(job):
    """Scores each sample twice: all of them once, then all again."""
    names = _state["shell"].user_ns
    functions = {name: names.get(name) for name in FUNCTIONS}
    contents = [worker.to_bytes(text) for text in job["samples"]]
    with reads.scoring():
        first = [worker.score(functions, content) for content in contents]
        second = [worker.score(functions, content) for content in contents]
    return {"first": first, "second": second}


def judge(job):
    """Asks the validator about each value, and then about each again: [[accepted, accepted or None] ...].

    Values are decoded anew each time, as the validator may change them; None where this Python cannot.
    """
    functions = {"validator": _state["shell"].user_ns.get("validator")}
    contents = [worker.to_bytes(text) for text in job["values"]]
    rounds = [[worker.accepts(functions, content) for content in contents] for _ in range(2)]
    return {"verdicts": [list(verdicts) for verdicts in zip(*rounds)]}


JOBS = {
    "failure": failure,
    "capture": capture,
    "holdings": holdings,
    "score": score,
    "judge": judge,
    "beside": beside,
}

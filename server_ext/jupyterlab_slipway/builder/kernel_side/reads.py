"""Which files are read while samples are scored, or modules beside the notebook loaded: Python 3.6 syntax.

From Python 3.8 on the interpreter tells of every open (PEP 578). On older ones `open`, `io.open`, `os.open`
and `sqlite3.connect` are replaced. What native libraries open by themselves is not seen.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import builtins
import io
import os
import sys
from contextlib import contextmanager
from urllib.parse import unquote, urlsplit

FUNCTIONS = ("predictor", "validator", "batch_predictor")
CELL = "<cell "
# What these read is source code to quote in tracebacks.
QUOTING = ("linecache", "tokenize", "inspect")
FIRST_WITH_HOOKS = (3, 8)
EVENTS = ("open", "sqlite3.connect", "ctypes.dlopen")

_state = {"directory": None, "scoring": 0, "read": {}, "written": set(), "beside": {}}


def watch(directory):
    """Notes from now on what is read below or by way of `directory`, the notebook's, and elsewhere."""
    _state["directory"] = os.path.realpath(directory)
    if sys.version_info >= FIRST_WITH_HOOKS:
        sys.addaudithook(_hook)
    else:
        _replace_openers()


@contextmanager
def scoring():
    """Everything that is read in the body is read for a prediction."""
    _state["scoring"] += 1
    try:
        yield
    finally:
        _state["scoring"] -= 1


def report():
    """What was read: [{"path": absolute, as it was asked for, "real", "size", "cell": file, "line"} ...]."""
    return [dict(entry, path=path) for path, entry in sorted(_state["read"].items())]


def _hook(event, arguments):
    if event not in EVENTS or not arguments:
        return
    try:
        if event == "open":
            _note(*arguments)
        else:
            _note_named(event, arguments[0])
    except (OSError, ValueError):
        pass  # a file that is gone already, a path that is none: whoever opens it will be told


def _note_named(event, name):
    """A database, or a shared library where its name has a directory."""
    name = _text(name)
    if name is None or (event == "ctypes.dlopen" and os.sep not in name):
        return
    if event == "sqlite3.connect" and name.startswith("file:"):
        name = unquote(urlsplit(name).path)
    _note(name, "r", 0)
    if event == "sqlite3.connect":
        for ending in ("-wal", "-journal"):
            if os.path.isfile(name + ending):
                _note(name + ending, "r", 0)


def _note(path, mode, flags):
    path = _text(path)
    if not path:
        return
    frame = sys._getframe(2)
    if not _state["scoring"] and not _for_a_prediction(frame):
        return
    absolute = os.path.abspath(path)
    if isinstance(mode, str):
        reads = not any(letter in mode for letter in "wxa")
    else:
        reads = not (isinstance(flags, int) and flags & os.O_WRONLY)
    if not reads or not os.path.isfile(path):
        _state["written"].add(absolute)
    elif absolute not in _state["written"] and absolute not in _state["read"] and not _is_code(frame, path):
        file, line = _cell_of(frame)
        real = os.path.realpath(path)
        entry = {"real": real, "size": os.path.getsize(real), "cell": file, "line": line}
        _state["read"][absolute] = entry


def _text(path):
    if isinstance(path, (str, bytes)) or hasattr(path, "__fspath__"):
        return os.fsdecode(path)
    return None


def _outside(frame):
    """The frame, or the first above it, that is not of this file."""
    while frame is not None and frame.f_code.co_filename == __file__:
        frame = frame.f_back
    return frame


def _is_code(frame, path):
    """Is it the import system that reads, or who wants to quote source code?"""
    frame = _outside(frame)
    name = frame.f_code.co_filename if frame is not None else ""
    if name.startswith(("<frozen importlib", "<frozen zipimport")):
        return True
    reader = frame.f_globals.get("__name__") if frame is not None else None
    return path.endswith((".py", ".pyc")) and reader in QUOTING


def _for_a_prediction(frame):
    """Is one of the functions running, or a module beside the notebook being loaded?"""
    while frame is not None:
        code = frame.f_code
        if code.co_name in FUNCTIONS and code.co_filename.startswith(CELL):
            return True
        if code.co_name == "<module>" and _is_beside(code.co_filename):
            return True
        frame = frame.f_back
    return False


def _is_beside(file):
    beside = _state["beside"]
    if file not in beside:
        real = os.path.realpath(file)
        own = not file.startswith("<") and "site-packages" not in real
        beside[file] = own and real.startswith(str(_state["directory"]) + os.sep)
    return beside[file]


def _cell_of(frame):
    while frame is not None:
        if frame.f_code.co_filename.startswith(CELL):
            return frame.f_code.co_filename, frame.f_lineno
        frame = frame.f_back
    return None, None


# ---------------------------------------------------------------- before Python 3.8


class Opener:
    """Stands for a function that opens files: no method in a class, as a built-in, and pickled by name."""

    def __init__(self, module, name, original, note):
        self.__module__ = module
        self.__name__ = self.__qualname__ = name
        self.__doc__ = original.__doc__
        self.original = original
        self.note = note

    def __call__(self, *arguments, **named):
        try:
            self.note(*arguments, **named)
        except (OSError, ValueError):
            pass  # as in _hook
        return self.original(*arguments, **named)

    def __reduce__(self):
        return self.__name__


def _replace_openers():
    def high_level(file=None, mode="r", *arguments, **named):
        _note(file, mode, 0)

    def low_level(path=None, flags=0, *arguments, **named):
        _note(path, None, flags)

    def database(database=None, *arguments, **named):
        _note_named("sqlite3.connect", database)

    io.open = builtins.open = Opener("io", "open", io.open, high_level)
    os.open = Opener("os", "open", os.open, low_level)
    os.supports_dir_fd.add(os.open)
    try:
        import sqlite3
    except ImportError:
        return
    sqlite3.connect = Opener("sqlite3", "connect", sqlite3.connect, database)

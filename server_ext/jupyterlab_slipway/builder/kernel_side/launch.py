"""Starts ipykernel for a build: Python 3.6 syntax; imports come from the model's environment first.

    python launch.py SETTINGS CONNECTION_FILE

SETTINGS is a JSON file: {"overlay": directory of ipykernel, "worker": path of worker.py, "cells": [index of
each cell in the order of execution], "install": argument list of the program that answers install lines}.

Whatever Slipway later runs in this kernel is a module of its own, `_slipway_kernel`, so that no name which
the notebook rebinds can get in its way.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import importlib.util
import json
import linecache
import os
import subprocess
import sys

# In the order in which they import each other, as `_slipway_` and the name.
PARTS = (
    "reads",
    "ordering",
    "reducers",
    "pickling",
    "parts",
    "holdings",
    "local_modules",
    "batch_models",
    "batch_values",
    "batch_rows",
    "batch_tables",
    "batch_lines",
    "batch_forms",
)


def load(name, path):
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def name_cells(shell, order):
    """Cells are compiled under names that are the same in every run, so tracebacks and pickles are, too.

    Answers the code that was compiled, by these names.
    """
    used = {}
    sources = {}

    def cache(code, number=0, raw_code=None):
        if not 1 <= number <= len(order):
            return original(code, number)
        name = "<cell %d>" % order[number - 1]
        versions = used.setdefault(name, [])
        if code not in versions:
            versions.append(code)
        if versions.index(code):
            name = "%s.%d>" % (name[:-1], versions.index(code))
        sources[name] = code
        # No time in the entry keeps linecache from looking for a file.
        lines = [line + "\n" for line in (raw_code or code).split("\n")]
        linecache.cache[name] = (len(code), None, lines, name)
        cached = getattr(linecache, "_ipython_cache", None)
        if cached is not None:
            cached[name] = linecache.cache[name]
        return name

    original = shell.compile.cache
    shell.compile.cache = cache
    return sources


def answer_install_lines(shell, command):
    """`%pip install x` is answered as `!pip install x` is: by the lock, naming the requirement to add."""

    def installer(tool):
        def install(line):
            shell.system(subprocess.list2cmdline(command + [tool]) + " " + line)

        return install

    for tool in ("pip", "conda", "mamba", "micromamba", "uv"):
        shell.register_magic_function(installer(tool), "line", tool)


def show_nothing(shell):
    """Nobody looks: figures stay undrawn, and a rich display that fails cannot fail its cell."""

    def matplotlib(line):
        return None

    for name in ("matplotlib", "pylab"):
        shell.register_magic_function(matplotlib, "line", name)
    shell.display_formatter.active_types = ["text/plain"]
    for name in ("mimebundle_formatter", "ipython_display_formatter"):
        formatter = getattr(shell.display_formatter, name, None)
        if formatter is not None:
            formatter.enabled = False


def exit_as_error(shell):
    """exit() and quit() would end the kernel in silence; sys.exit() is an error of its cell already."""

    def ask_exit():
        raise SystemExit

    shell.ask_exit = ask_exit


def open_plainly(shell):
    """IPython puts an `open` of its own before Python's; a function that uses it would take it along."""
    names = getattr(shell.user_ns.get("open"), "__globals__", {})
    if names.get("__name__", "").startswith("IPython"):
        del shell.user_ns["open"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        settings = json.load(file)
    connection = sys.argv[2]
    here = os.path.dirname(os.path.abspath(__file__))
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    sys.path.append(settings["overlay"])
    worker = load("_slipway_worker", settings["worker"])
    worker.die_with_parent(int(os.environ.get("JPY_PARENT_PID", os.getppid())))
    sys.argv = ["ipykernel_launcher", "-f", connection]

    from ipykernel.kernelapp import IPKernelApp

    app = IPKernelApp.instance()
    app.initialize(["-f", connection, "--HistoryManager.enabled=False"])
    shell = app.shell
    sources = name_cells(shell, settings["cells"])
    answer_install_lines(shell, settings["install"])
    show_nothing(shell)
    exit_as_error(shell)
    open_plainly(shell)
    for name in PARTS:
        load("_slipway_" + name, os.path.join(here, name + ".py"))
    sys.modules["_slipway_pickling"].settle(settings["overlay"])
    sys.modules["_slipway_reads"].watch(os.getcwd())
    capture = load("_slipway_kernel", os.path.join(here, "capture.py"))
    capture.watch(shell, settings, sources)
    app.start()


if __name__ == "__main__":
    main()

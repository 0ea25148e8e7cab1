"""Does what verify.py does and records what that needed: Python 3.6 syntax, standard library.

    python trace.py WORKER BUNDLE SAMPLES ANSWER

ANSWER gets what verify.py writes and

    "imports": {module: [file of the importing code, whether a plugin's entry point led to it], ...}
    "loaded":  {module: its file, ...}
    "bodies":  {module that a function of a cell imports in its body: [name of the cell's file, exactly], ...}
    "referred": [module that the pickle, or a global of a cell's function, refers to, ...]
    "files":   [data file that was opened, ...]
    "libraries": [shared library that is loaded, ...]
    "markers": the environment markers of PEP 508

where `exactly` is false for text that might name a module.
"""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import dis
import gc
import importlib.util
import os
import platform
import re
import sys
import types

CELL = "<cell "
PASSED_ON = re.compile(r"(^<frozen (importlib|zipimport)|[\\/]importlib[\\/]|[\\/]zipimport\.py$)")
PLUGINS = re.compile(r"([\\/]importlib[\\/_]metadata|[\\/]importlib_metadata[\\/]|[\\/]pkg_resources[\\/])")
DOTTED = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")


class Imports:
    """Finds nothing, but notes who asks: first on sys.meta_path."""

    def __init__(self):
        self.asked = {}

    def find_spec(self, name, path=None, target=None):  # noqa: ARG002  the interface of finders
        if name not in self.asked:
            self.asked[name] = asking(sys._getframe(1))
        return


def asking(frame):
    """(file of the code that imports, whether by way of a plugin's entry point)."""
    plugin = False
    while frame is not None:
        file = frame.f_code.co_filename
        if PLUGINS.search(file):
            plugin = True
        elif file != __file__ and not PASSED_ON.search(file):
            return [file, plugin]
        frame = frame.f_back
    return ["", plugin]


class Audit:
    """Notes which files are opened and which modules a pickle names, where Python tells (from 3.8 on)."""

    def __init__(self):
        self.opened = set()
        self.pickled = set()
        self.wanted = True
        hook = getattr(sys, "addaudithook", None)
        if hook is not None:
            hook(self.note)

    def note(self, event, arguments):
        if self.wanted and event == "open" and isinstance(arguments[0], str):
            self.opened.add(arguments[0])
        elif self.wanted and event == "pickle.find_class":
            self.pickled.add(arguments[0])


def cell_functions():
    for value in gc.get_objects():
        if type(value) is types.FunctionType and value.__code__.co_filename.startswith(CELL):
            yield value


def referred():
    """Modules that functions of cells know by a global, whoever was the first to import them.

    Without namespaces, which belong to nobody: their parts do.
    """
    known = {id(function.__globals__): function.__globals__ for function in cell_functions()}
    values = [value for variables in known.values() for value in list(variables.values())]
    modules = [value for value in values if isinstance(value, types.ModuleType)]
    return {module.__name__ for module in modules if getattr(module, "__file__", None)}


def bodies():
    """What functions of cells import when they are called, seen in their byte code."""
    found = {}
    for function in cell_functions():
        imports_of(function.__code__, found)
    return found


def imports_of(code, found):
    module = None
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            module = instruction.argval
            found[module] = [code.co_filename, True]
        elif instruction.opname == "IMPORT_FROM" and module is not None:
            found.setdefault("%s.%s" % (module, instruction.argval), [code.co_filename, True])
    by_name = "import_module" in code.co_names or "__import__" in code.co_names
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            imports_of(constant, found)
        elif by_name and isinstance(constant, str) and DOTTED.match(constant):
            found.setdefault(constant, [code.co_filename, False])


def libraries():
    """Shared libraries in the process, where the system tells."""
    try:
        with open("/proc/self/maps") as file:
            lines = file.read().splitlines()
    except OSError:
        return []
    paths = {line.split(None, 5)[5] for line in lines if len(line.split(None, 5)) == 6}
    return sorted(path for path in paths if path.startswith("/"))


def markers():
    version = platform.python_version()
    implementation = sys.implementation.version
    return {
        "implementation_name": sys.implementation.name,
        "implementation_version": "%d.%d.%d" % implementation[:3],
        "os_name": os.name,
        "platform_machine": platform.machine(),
        "platform_python_implementation": platform.python_implementation(),
        "platform_release": platform.release(),
        "platform_system": platform.system(),
        "platform_version": platform.version(),
        "python_full_version": version,
        "python_version": ".".join(platform.python_version_tuple()[:2]),
        "sys_platform": sys.platform,
    }


def traced(do):
    imports, audit = Imports(), Audit()
    sys.meta_path.insert(0, imports)
    try:
        do()
    finally:
        sys.meta_path.remove(imports)
        audit.wanted = False
    loaded = {}
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str):
            loaded[name] = os.path.abspath(file)
    return {
        "imports": imports.asked,
        "loaded": loaded,
        "bodies": bodies(),
        "referred": sorted(referred() | audit.pickled),
        "files": sorted(os.path.abspath(path) for path in audit.opened),
        "libraries": libraries(),
        "markers": markers(),
    }


def main():
    here = os.path.dirname(os.path.abspath(__file__))
    spec = importlib.util.spec_from_file_location("_slipway_verify", os.path.join(here, "verify.py"))
    verify = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verify)
    verify.main(traced)


if __name__ == "__main__":
    main()

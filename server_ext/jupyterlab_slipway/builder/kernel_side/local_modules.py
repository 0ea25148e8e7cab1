"""Which modules come from beside the notebook, and which only from the build: Python 3.6 syntax."""
# mypy: ignore-errors
# (older than the oldest Python that mypy knows; tests compile it with the real one)

import ast
import importlib.util
import os
import sys
import sysconfig
from io import open  # noqa: A004  the original

# Not the whole prefix: below /usr, say, there may be notebooks as well.
PLACES = ("stdlib", "platstdlib", "purelib", "platlib")
MOST_FILES = 2000  # that are read for the imports in them


def _inside(path, directory):
    """By what it is called, or by where it really is: Debian's Python has a module of its own below /etc."""
    for resolve in (os.path.abspath, os.path.realpath):
        place, parent = resolve(path), resolve(directory)
        if place == parent or place.startswith(parent + os.sep):
            return True
    return False


def known_places(overlay):
    """Directories whose modules are Python's own, packages' or ours."""
    places = [overlay, os.path.dirname(os.path.abspath(__file__))]
    return places + [sysconfig.get_paths()[name] for name in PLACES]


def local_modules(overlay, imports):
    """Files and directories of the top-level modules that come from beside the notebook, by name.

    Beside those that are loaded there are the ones that a function imports only when it is called: `imports`
    are names that cells import, and the files of the modules themselves are read for more.
    """
    known = known_places(overlay)
    found = {}
    for name, module in list(sys.modules.items()):
        if "." not in name and name != "__main__" and not name.startswith("_slipway"):
            for place in _places(getattr(module, "__file__", None), getattr(module, "__path__", None)):
                if _is_local(place, known):
                    found.setdefault(name, []).append(os.path.abspath(place))
    asked = set(sys.modules)
    waiting = set(imports)
    read = set()
    while True:
        for places in found.values():
            waiting |= _imports_of(places, read)
        waiting -= asked
        if not waiting:
            return found
        for name in sorted(waiting):
            for place in _find(name):
                if _is_local(place, known):
                    found.setdefault(name, []).append(os.path.abspath(place))
        asked |= waiting


def _places(file, path):
    if not isinstance(file, str):
        return list(path or [])
    return [os.path.dirname(file)] if os.path.basename(file).startswith("__init__.") else [file]


def is_known(place, known):
    return any(_inside(place, directory) for directory in known)


def _is_local(place, known):
    return isinstance(place, str) and not is_known(place, known) and os.path.exists(place)


def _find(name):
    """Where a top-level module that is not loaded would come from."""
    try:
        spec = importlib.util.find_spec(name)
    except Exception:
        return []
    if spec is None:
        return []
    if spec.has_location:
        return _places(spec.origin, spec.submodule_search_locations)
    # A directory without __init__.py may as well hold data alone.
    return [place for place in spec.submodule_search_locations or [] if any(_sources([place]))]


def _imports_of(places, read):
    """Top-level names that the files of a module import anywhere in them."""
    names = set()
    for file in _sources(places):
        if file in read or len(read) >= MOST_FILES:
            continue
        read.add(file)
        try:
            with open(file, "rb") as source:
                tree = ast.parse(source.read())
        except (OSError, SyntaxError, ValueError, RecursionError):
            continue
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names.add(node.module.split(".")[0])
    return names


def _sources(places):
    for place in places:
        if place.endswith(".py"):
            yield place
        for parent, directories, files in os.walk(place):
            directories.sort()
            for name in sorted(files):
                if name.endswith(".py"):
                    yield os.path.join(parent, name)


def undeclared(overlay, imports):
    """Those of the names that cells import which only the build-time overlay could serve."""
    found = []
    for name in imports:
        module = sys.modules.get(name)
        place = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", None) or []), None)
        if isinstance(place, str) and _inside(place, overlay):
            found.append(name)
    return found

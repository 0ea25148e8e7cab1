"""Names that pyflakes finds undefined in notebooks: what the lint's own findings are compared with.

Reads a JSON list of notebooks from the standard input, each a list of the sources of its code cells; writes a
list of findings for each: `[cell, name]`, the cell counted from 0; null for what does not compile.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import warnings

from IPython.core.inputtransformer2 import TransformerManager
from pyflakes.checker import Checker
from pyflakes.messages import UndefinedName

# Cell magics whose body is Python.
PYTHON_BODY = re.compile(r"\s*%%(time|timeit|capture|prun)\b[^\n]*(\n|$)")
# Line magics whose line is Python that runs in the notebook.
PYTHON_LINE = re.compile(
    r"^([ \t]*)%(?:time|timeit|prun)\b[ \t]*(?:-[A-Za-z]+[ \t]*\d*[ \t]+)*", re.MULTILINE
)
# Names that only a notebook has.
NOTEBOOK_NAMES = {"display", "get_ipython", "In", "Out", "_", "__", "___"}
IPYTHON_HISTORY = re.compile(r"_i?\d+|_i{1,3}|_ih|_oh|_dh|__IPYTHON__|_exit_code")


def as_python(source: str) -> str:
    """The cell as Python, on as many lines or more."""
    source = PYTHON_BODY.sub("\n", source, count=1)
    source = PYTHON_LINE.sub(r"\1", source)
    return TransformerManager().transform_cell(source)


def undefined_names(cells: list[str]) -> list[tuple[int, str]] | None:
    joined = ""
    starts = []
    for source in cells:
        starts.append(joined.count("\n") + 1)
        joined += as_python(source).rstrip("\n") + "\n"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(joined)
    except (SyntaxError, ValueError):
        return None
    found = []
    for message in Checker(tree, filename="notebook").messages:
        if isinstance(message, UndefinedName):
            name = message.message_args[0]
            cell = max(index for index, line in enumerate(starts) if line <= message.lineno)
            if name not in NOTEBOOK_NAMES and not IPYTHON_HISTORY.fullmatch(name):
                found.append((cell, name))
    return sorted(set(found))


if __name__ == "__main__":
    json.dump([undefined_names(cells) for cells in json.load(sys.stdin)], sys.stdout)

"""Says which sources Python does not take: `python scripts/python_syntax.py < sources.json`.

Reads a JSON list of sources, each a cell without magics, and writes its version and the compiler's message
for each, or null. `await` may stand outside of functions, as it may in cells.
"""

from __future__ import annotations

import ast
import json
import sys
import warnings


def fault(source: str) -> str | None:
    try:
        source += "" if source.endswith("\n") else "\n"  # as IPython does
        compile(source, "<cell>", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError) as error:
        return str(error)
    return None


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    version = [sys.version_info.major, sys.version_info.minor]
    json.dump({"version": version, "faults": [fault(source) for source in json.load(sys.stdin)]}, sys.stdout)

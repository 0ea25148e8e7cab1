"""Runs notebooks cell by cell, as a kernel does: what the lint says of names is compared with what happens.

Reads a JSON list of notebooks from the standard input, each a list of the sources of its cells; writes what
ended each: `["name", cell, line, name]` for a name without a value, cells counted from 0 and lines from 1;
`["other", cell]` for any other exception; null where all cells ran.
"""

from __future__ import annotations

import json
import sys
from typing import Any


def end_of(cells: list[str]) -> list[Any] | None:
    """What ends a notebook; each is its own module."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for index, source in enumerate(cells):
        try:
            code = compile(source, str(index), "exec", dont_inherit=True)
            exec(code, namespace)  # noqa: S102  code made for this
        except UnboundLocalError:
            # A function's own name: the lint speaks of the module's.
            return ["other", index]
        except NameError as error:
            frame = error.__traceback__
            while frame and frame.tb_next:
                frame = frame.tb_next
            if frame:
                return ["name", int(frame.tb_frame.f_code.co_filename), frame.tb_lineno, error.name]
        except BaseException:  # noqa: BLE001  whatever it is, it ends the notebook
            return ["other", index]
    return None


if __name__ == "__main__":
    json.dump([end_of(cells) for cells in json.load(sys.stdin)], sys.stdout)

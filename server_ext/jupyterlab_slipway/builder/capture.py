"""Takes predictor, validator and batch_predictor out of the notebook's kernel."""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from slipway_runtime.bundle import BatchingEntry, Functions, PythonIdentity

from ..problems import Code, SlipwayProblem
from ..wire import CellPlace, Problem
from .cells import Cell
from .disk import disk_full, says_disk_full
from .execute import KernelGone, Session
from .import_names import package_of
from .install_line import pair
from .progress import Progress

_ADVICE = {
    "_thread.": "Create the lock inside the function, or leave it out: each worker is its own process.",
    "_io": "Read the file in its cell and keep its content, or open it inside the function.",
    "builtins.generator": "Keep a list of its values, or create it inside the function.",
    "sqlite3.Connection": "Connect inside the function, or read what is needed into a variable.",
    "_sqlite3.Connection": "Connect inside the function, or read what is needed into a variable.",
}


@dataclass(frozen=True)
class DataFile:
    """A file that predictions read."""

    source: Path
    target: str
    """Below the bundle's `modules/`, with forward slashes."""
    size: int


@dataclass(frozen=True)
class Captured:
    python: PythonIdentity
    cloudpickle: str
    """Version that made the pickle."""
    functions: Functions
    model: Path
    size: int
    """Bytes of the pickle."""
    undeclared: dict[str, CellPlace]
    """Modules that only the build-time overlay could serve, with the cell that imports them."""
    batching: BatchingEntry
    """The batched form in the pickle, which has not been asked anything yet."""
    modules: dict[str, list[str]] = field(default_factory=dict)
    """Places of the modules that came from beside the notebook; known when samples have been scored."""
    data: list[DataFile] = field(default_factory=list)
    """Likewise."""


def capture(session: Session, progress: Progress) -> Captured:
    """Pickles the functions in the notebook's kernel.

    Raises SlipwayProblem: no predictor, not callable, wrong arity, not picklable (with its global and cell).
    """
    imports = imported_modules(session.cells)
    model = session.scratch / "model.pkl"
    try:
        answer = session.call({"do": "capture", "model": str(model), "imports": sorted(imports)}, "capture")
    except KernelGone:
        raise SlipwayProblem(
            Code.NOT_PICKLABLE,
            "The notebook's process ended while `predictor` was captured: an object that it uses crashes "
            "when it is pickled. Keep plain data in globals, and create such objects inside the function.",
        ) from None
    if "fault" in answer:
        _raise_fault(answer["fault"], model)
    if "problem" in answer:
        raise capture_problem(answer, {cell.index: cell for cell in session.cells})
    captured = Captured(
        python=cast("PythonIdentity", answer["python"]),
        cloudpickle=answer["cloudpickle"],
        functions=cast("Functions", answer["functions"]),
        model=model,
        size=answer["size"],
        undeclared={name: imports[name] for name in answer["undeclared"]},
        batching=cast("BatchingEntry", answer["batching"]),
    )
    for problem in undeclared_problems(captured.undeclared):
        progress.problem(problem)
    return captured


def _raise_fault(words: str, model: Path) -> None:
    if says_disk_full(words):
        raise disk_full(model)
    if "cloudpickle" in words and "ImportError" in words:
        raise SlipwayProblem(
            Code.NOT_PICKLABLE,
            "The cloudpickle that `requirements` pins does not work in this environment. Pin another "
            "version, such as "
            '["cloudpickle", ">=2"], or leave it out: Slipway adds one that fits.',
        )
    raise SlipwayProblem(Code.INTERNAL, f"Capturing failed in Slipway itself:\n{words}")


def capture_problem(finding: dict[str, Any], cells: dict[int, Cell]) -> SlipwayProblem:
    """The sentence for what kernel_side/capture.py found."""
    cell = cells.get(finding.get("cell") or 0)
    place = cell.place() if cell else None
    where = f" (cell {cell.index})" if cell else ""
    name = finding.get("name")
    if finding["problem"] == "missing":
        return SlipwayProblem(
            Code.PREDICTOR_MISSING,
            "After all cells have run there is no `predictor`. Define `def predictor(x): …` in a cell; it "
            "gets one sample and returns its prediction.",
        )
    if finding["problem"] == "not callable":
        return SlipwayProblem(
            _KIND.get(str(name), Code.PREDICTOR_KIND),
            f"`{name}`{where} is no function but {_article(finding['type'])}. The service calls it with "
            f"{_called_with(name)}.",
            cell=place,
        )
    if finding["problem"] == "arity":
        return SlipwayProblem(
            _ARITY.get(str(name), Code.PREDICTOR_ARITY),
            f"`{name}`{where} cannot be called with one argument ({finding['words']}). The service calls it "
            f"with {_called_with(name)}, and give further arguments a default.",
            cell=place,
        )
    path = " → ".join(finding["path"])
    advice = next(
        (words for kind, words in _ADVICE.items() if str(finding["type"]).startswith(kind)),
        "Keep plain data in globals, and create such objects inside the function that uses them.",
    )
    made = f", made by cell {cell.index}," if cell else ""
    return SlipwayProblem(
        Code.NOT_PICKLABLE,
        f"`{finding['name']}` cannot be taken out of the notebook: the global `{finding['global']}`{made} "
        f"is or holds {_article(finding['type'])}, which cannot be pickled ({finding['words']}). It is "
        f"reached by {path}. {advice}",
        cell=place,
    )


_KIND = {"validator": Code.VALIDATOR_KIND, "batch_predictor": Code.BATCH_KIND}
_ARITY = {"validator": Code.VALIDATOR_ARITY, "batch_predictor": Code.BATCH_KIND}


def _called_with(name: str | None) -> str:
    if name == "batch_predictor":
        return "a list of samples: define it as `def batch_predictor(xs): …`"
    return f"one sample: define it as `def {name}(x): …`"


def _article(kind: str) -> str:
    if " " in kind:
        return kind
    return f"{'an' if kind[:1].lower() in 'aeiou' else 'a'} {kind.removeprefix('builtins.')}"


def imported_modules(cells: list[Cell]) -> dict[str, CellPlace]:
    """Top-level names of the modules that cells import, with the place of the first import."""
    found: dict[str, CellPlace] = {}
    for cell in cells:
        tree = cell.parse()
        for node in ast.walk(tree) if tree is not None else ():
            names: list[str] = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                names = [node.module]
            for name in names:
                found.setdefault(name.partition(".")[0], cell.place(node.lineno))  # type: ignore[attr-defined]
    return found


def undeclared_problems(undeclared: dict[str, CellPlace]) -> list[Problem]:
    """Imports that worked only because the build brings a kernel: the service will not have them."""
    return [
        {
            "code": Code.IMPORT_UNDECLARED.value,
            "severity": "hint" if name == "IPython" else "warning",
            "message": f"Cell {place['index']} imports {name}, which is there only while the notebook is "
            "built: `requirements` does not declare it, so `predictor` cannot use it in the service. If it "
            f"needs it, add {pair(package_of(name))}.",
            "cell": place,
        }
        for name, place in undeclared.items()
    ]

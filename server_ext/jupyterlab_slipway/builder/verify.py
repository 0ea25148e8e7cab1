"""Loads the bundle in another process of the same Python, in another directory, and replays the samples."""

from __future__ import annotations

import json
import os
from pathlib import Path
from uuid import uuid4

from slipway_runtime import worker
from slipway_runtime.bundle import Sample

from ..problems import Code, SlipwayProblem
from ..wire import CellPlace
from .capture import Captured
from .cell_environment import MARKER, cell_environment
from .children import run
from .comparison import difference
from .execute import KERNEL_SIDE, WORKER
from .import_names import package_of
from .install_line import pair
from .options import BuildOptions
from .progress import Progress
from .samples import last_line, short


def verify(
    bundle: Path,
    python: Path,
    samples: list[Sample],
    *,
    compare: bool,
    captured: Captured,
    options: BuildOptions,
    scratch: Path,
    progress: Progress,
) -> None:
    """`compare` is false for a model that was accepted although it differs from itself.

    Raises SlipwayProblem: it does not load, or answers otherwise than in the notebook.
    """
    elsewhere = scratch / "elsewhere"
    elsewhere.mkdir()
    texts, answer = elsewhere / "samples.json", elsewhere / "answer.json"
    texts.write_text(json.dumps([json.dumps(sample["input"]) for sample in samples]), encoding="utf-8")
    env = cell_environment(
        os.environ,
        passed=options.pass_environment,
        python=python,
        shims=elsewhere,
        scratch=elsewhere,
        marker=uuid4().hex,
    )
    del env[MARKER]
    try:
        done = run(
            [python, KERNEL_SIDE / "verify.py", WORKER, bundle, texts, answer],
            env=env,
            cwd=elsewhere,
            timeout=options.cell_timeout,
            on_line=lambda line: progress.output("verify", line),
        )
    except TimeoutError:
        raise SlipwayProblem(
            Code.LOAD_FAILED,
            f"Loading the captured model and scoring its samples took longer than {options.cell_timeout:g} "
            "s.",
        ) from None
    if done.stdout:
        progress.output("verify", done.stdout)
    if not answer.is_file():
        how = f"was ended by signal {-done.code}" if done.code < 0 else f"ended with exit code {done.code}"
        raise SlipwayProblem(
            Code.LOAD_FAILED,
            f"The process that loads the captured model {how}"
            f"{': ' + last_line(done.stderr) if done.stderr.strip() else ''}. What `predictor` uses has to "
            "load outside the notebook as well.",
        )
    result = json.loads(answer.read_text(encoding="utf-8"))
    if "load" in result:
        raise _load_problem(str(result["load"]), captured.undeclared)
    for sample, (status, text) in zip(samples, result["outcomes"], strict=True):
        _check(sample, status, text, captured, compare=compare)


def _load_problem(words: str, undeclared: dict[str, CellPlace]) -> SlipwayProblem:
    first, _, rest = words.partition("\n")
    name = next((name for name in undeclared if f"module {name}" in first), None)
    if name is not None:
        place = undeclared[name]
        return SlipwayProblem(
            Code.IMPORT_UNDECLARED,
            f"`predictor` needs {name} (imported in cell {place['index']}), which is there only while the "
            f"notebook is built. Add {pair(package_of(name))} to `requirements`, or do without it in what "
            "`predictor` uses.",
            cell=place,
        )
    return SlipwayProblem(
        Code.LOAD_FAILED,
        f"The captured model does not load in another process: {first if not rest else last_line(rest)} The "
        "service would fail in the same way. What `predictor` uses has to be defined in cells, in modules "
        "beside the notebook, or in packages of `requirements`.",
        traceback=rest or None,
    )


def _check(sample: Sample, status: int, text: str, captured: Captured, *, compare: bool) -> None:
    shown = short(json.dumps(sample["input"], ensure_ascii=False))
    if status == worker.OK:
        found = difference(sample["output"], json.loads(text)) if compare else None
        if found is None:
            return
        raise SlipwayProblem(
            Code.VERIFY_DIFFERS,
            f"For the sample {shown} the notebook answered "
            f"{short(json.dumps(sample['output'], ensure_ascii=False))}, and the captured model, loaded in "
            f"another process, answers {short(text)} ({found}). `predictor` may depend on something that is "
            "no part of it: a random state, a file, the time.",
        )
    missing = next((name for name in captured.undeclared if f"'{name}'" in text), None)
    if missing is not None and "ModuleNotFoundError" in text:
        raise _load_problem(f"module {missing}", captured.undeclared)
    raise SlipwayProblem(
        Code.VERIFY_DIFFERS,
        f"For the sample {shown} the notebook answered, and the captured model, loaded in another process, "
        f"fails with {last_line(text)}. What `predictor` uses has to be defined in cells, in modules beside "
        "the notebook, or in packages of `requirements`.",
        traceback=text if "Traceback" in text else None,
    )

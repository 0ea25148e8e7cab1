"""Loads the bundle in another process of the same Python, in another directory, and replays the samples."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

from slipway_runtime import worker
from slipway_runtime.bundle import MODULES, Sample, Validation

from ..problems import Code, SlipwayProblem
from ..wire import CellPlace, Phase
from .batching import LIMIT, Checked, compared, require_same_on_samples, to_ask
from .beside import absolute_problem, is_hidden
from .bundle_modules import left_as_built
from .capture import Captured
from .cell_environment import MARKER, cell_environment
from .children import run
from .comparison import difference
from .execute import KERNEL_SIDE, WORKER
from .import_names import package_of
from .install_line import pair
from .options import BuildOptions
from .progress import Progress
from .shown import last_line, short
from .validation import verdict, verdict_differs

HASH_SEEDS = {"trace.py": "1", "verify.py": "2"}
"""Others than the cells have: in a service, sets of texts have another order in each process."""


@dataclass(frozen=True)
class Replays:
    """Loads a bundle in another process, as often as somebody asks."""

    bundle: Path
    captured: Captured
    samples: list[Sample]
    validations: list[Validation]
    options: BuildOptions
    scratch: Path
    progress: Progress

    def verify(self, python: Path) -> Checked | None:
        """What came of asking the batched form; None where that was not asked.

        Raises SlipwayProblem: it does not load with `python`, or does not answer as in the notebook.
        """
        result = self.run("verify.py", python, "verify")
        checked = self.check(result)
        self._tell_absolute(result["reads"], python)
        return checked

    @cached_property
    def _changed(self) -> list[Any] | None:
        """Rows to ask the batched form about beside the samples; None where it is not asked."""
        return to_ask(self.captured.batching, self.samples)

    def _tell_absolute(self, reads: list[dict[str, Any]], python: Path) -> None:
        """Warns of files beside the notebook that even the bundle's copy of the model reads there."""
        own = [self.bundle.resolve(), self.scratch.resolve(), python.parent.parent.resolve()]
        directory = self.options.directory.resolve()
        for entry in reads:
            real = Path(entry["real"])
            if not real.is_relative_to(directory) or is_hidden(str(real.relative_to(directory))):
                continue
            if not any(real.is_relative_to(place) for place in own):
                self.progress.problem(absolute_problem(Path(entry["path"])))

    def run(self, script: str, python: Path, phase: Phase) -> dict[str, Any]:
        """Has a script of kernel_side load the bundle and score the samples; its answer.

        Raises SlipwayProblem: the process ended, or took too long.
        """
        elsewhere = Path(tempfile.mkdtemp(prefix="elsewhere-", dir=self.scratch))
        texts, answer = elsewhere / "samples.json", elsewhere / "answer.json"
        asked: dict[str, Any] = {
            "samples": [json.dumps(sample["input"]) for sample in self.samples],
            "judged": [json.dumps(validation["input"]) for validation in self.validations],
        }
        timeout = self.options.cell_timeout
        if self._changed is not None:
            asked["alike"] = [json.dumps(value) for value in self._changed]
            asked["limit"] = min(LIMIT, timeout / 4)
        texts.write_text(json.dumps(asked), encoding="utf-8")
        env = cell_environment(
            os.environ,
            passed=self.options.pass_environment,
            python=python,
            shims=elsewhere,
            scratch=elsewhere,
            marker=uuid4().hex,
        )
        del env[MARKER]
        env["PYTHONHASHSEED"] = HASH_SEEDS[script]
        try:
            with left_as_built(self.bundle / MODULES):
                done = run(
                    [python, KERNEL_SIDE / script, WORKER, self.bundle, texts, answer],
                    env=env,
                    cwd=elsewhere,
                    timeout=timeout,
                    on_line=lambda line: self.progress.output(phase, line),
                )
        except TimeoutError:
            raise SlipwayProblem(
                Code.LOAD_FAILED,
                f"Loading the captured model and scoring its samples took longer than {timeout:g} s.",
            ) from None
        if done.stdout:
            self.progress.output(phase, done.stdout)
        if not answer.is_file():
            how = f"by signal {-done.code}" if done.code < 0 else f"with exit code {done.code}"
            last = f": {last_line(done.stderr)}" if done.stderr.strip() else ""
            raise SlipwayProblem(
                Code.LOAD_FAILED,
                f"The process that loads the captured model ended {how}{last}. What `predictor` uses has to "
                "load outside the notebook as well.",
            )
        return cast("dict[str, Any]", json.loads(answer.read_text(encoding="utf-8")))

    def check(self, result: Mapping[str, Any]) -> Checked | None:
        """What came of asking the batched form; None where that was not asked.

        Raises SlipwayProblem unless the answers of a replay are the notebook's.

        They are not compared where the model was accepted although it differs from itself. A batched form
        that the notebook declares has to give them as well.
        """
        if "load" in result:
            raise _load_problem(str(result["load"]), self.captured.undeclared)
        compare = not self.options.accept_nondeterministic
        for sample, (status, text) in zip(self.samples, result["outcomes"], strict=True):
            _check(sample, status, text, self.captured, compare=compare)
        for validation, accepted in zip(self.validations, result["verdicts"], strict=True):
            if accepted != validation["accepted"]:
                raise verdict_differs(
                    validation, f"the captured one, loaded in another process, {verdict(accepted)} it"
                )
        if self._changed is None or result["batches"] is None:
            return None
        checked = compared(result["batches"], self.samples, self._changed)
        require_same_on_samples(self.captured.batching, checked)
        return checked


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
            "no part of it: a random state, the order of a set, a file, the time.",
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

"""Batched forms: which predictors get one, that it answers as they do, and what is refused."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from batching_cases import DERIVED, FRAMES, FRAMES_REFUSED, FRAMES_SETUP, REFUSED, SETUP, Case
from builder_fixtures import Recorder
from jupyterlab_slipway.builder.execute import KERNEL_SIDE, WORKER
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.notebook import read_notebook
from jupyterlab_slipway.builder.requirements import read_requirements
from jupyterlab_slipway.builder.resolve import resolve

if TYPE_CHECKING:
    from jupyterlab_slipway.builder.environments import EnvironmentStore

EXAMPLES = Path(__file__).parents[2] / "examples"
DRIVER = Path(__file__).with_name("batching_driver.py")
SWEEP = Path(__file__).with_name("batching_sweep.py")


def derived(
    store: EnvironmentStore, tmp: Path, example: str, setup: str, cases: list[Case], script: Path = DRIVER
) -> dict[str, Any]:
    """What a script says of the cases, in an environment of the example's requirements."""
    notebook = read_notebook(EXAMPLES / example)
    progress = Recorder()
    resolution = resolve(
        read_requirements(notebook.running), notebook.python_version, store.resolutions, progress
    )
    python = store.ensure(resolution.lock, resolution.interpreter, progress)
    job, answer = tmp / "job.json", tmp / "answer.json"
    asked = [{"name": case.name, "cell": case.cell, "samples": case.samples} for case in cases]
    content = {"kernel_side": str(KERNEL_SIDE), "worker": str(WORKER), "setup": setup, "cases": asked}
    job.write_text(json.dumps(content), encoding="utf-8")
    subprocess.run([python, "-W", "ignore", script, job, answer], check=True, timeout=300)
    found: dict[str, Any] = json.loads(answer.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def today(store: EnvironmentStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    cases = [*DERIVED, *REFUSED, *FRAMES, *FRAMES_REFUSED]
    return derived(
        store, tmp_path_factory.mktemp("today"), "parcel-delays.ipynb", SETUP + FRAMES_SETUP, cases
    )


@pytest.fixture(scope="module")
def in_2018(store: EnvironmentStore, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    return derived(store, tmp_path_factory.mktemp("2018"), "kmeans-2018.ipynb", SETUP, [*DERIVED, *REFUSED])


def name_of(case: Case) -> str:
    return case.name


def is_derived(found: dict[str, Any], case: Case) -> None:
    assert found["reason"] is None
    assert found["form"] == case.expected
    assert found["wrong"] is None
    assert found["shares"], "one pickle holds the model once"


@pytest.mark.slow
@pytest.mark.parametrize("case", [*DERIVED, *FRAMES], ids=name_of)
def test_a_straight_line_gets_a_form_that_answers_alike(today: dict[str, Any], case: Case) -> None:
    is_derived(today[case.name], case)


@pytest.mark.slow
@pytest.mark.parametrize("case", DERIVED, ids=name_of)
def test_so_it_does_in_2018(in_2018: dict[str, Any], case: Case) -> None:
    if case.name == "aliases":
        pytest.skip("pipelines have no items in scikit-learn 0.19")
    is_derived(in_2018[case.name], case)


@pytest.mark.slow
@pytest.mark.parametrize("case", [*REFUSED, *FRAMES_REFUSED], ids=name_of)
def test_anything_else_is_refused_with_the_reason(today: dict[str, Any], case: Case) -> None:
    found = today[case.name]
    assert found["form"] is None
    assert case.expected in found["reason"]
    assert found["reason"]


@pytest.mark.slow
@pytest.mark.parametrize("case", REFUSED, ids=name_of)
def test_so_it_is_in_2018(in_2018: dict[str, Any], case: Case) -> None:
    assert in_2018[case.name]["form"] is None


@pytest.mark.slow
def test_no_estimator_of_scikit_learn_answers_otherwise_in_a_batch(
    store: EnvironmentStore, tmp_path: Path
) -> None:
    """All that it has and that can be fitted: what looks at other rows, or draws random numbers, is refused."""
    found = derived(store, tmp_path, "parcel-delays.ipynb", "", [], SWEEP)
    assert found["different"] == []
    assert found["raising"] == ["FunctionTransformer.transform"], "gives back the list that it is given"
    assert {"NMF.transform", "SparsePCA.transform", "BernoulliRBM.score_samples"} <= set(found["refused"])
    usual = ("KMeans", "LogisticRegression", "RandomForestClassifier", "HistGradientBoostingRegressor")
    assert {f"{name}.predict" for name in (*usual, "MLPClassifier")} <= set(found["alike"])

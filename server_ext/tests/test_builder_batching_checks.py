"""What a batched form is asked, what is made of the answers, and what a bundle then has."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builder_fixtures import Build
from jupyterlab_slipway.builder import batching
from jupyterlab_slipway.builder.alike import MOST, alike
from jupyterlab_slipway.builder.execute import KERNEL_SIDE, WORKER
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.samples import Scored
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime import worker
from slipway_runtime.bundle import BatchingEntry, Sample
from slipway_runtime.scoring.rows import likeness

if TYPE_CHECKING:
    pass

EXAMPLES = Path(__file__).parents[2] / "examples"


# ---------------------------------------------------------------- changed samples


SAMPLES: list[list[Any]] = [
    [[0.5, 0.5], [0.1, 0.9]],
    [
        {"a": 1, "b": [True, None, "text"], "c": {"d": 2.5}},
        {"a": 7, "b": [False, None, "other"], "c": {"d": -1.0}},
    ],
    ["a text", "another"],
    [[[1, 2], [3, 4]]],
    [2**63, -(2**63), 1e308, 2**200],
]


@pytest.mark.parametrize("samples", SAMPLES)
def test_changed_rows_are_like_a_sample_and_equal_to_none(samples: list[Any]) -> None:
    found = alike(samples)
    assert 0 < len(found) <= MOST
    likely = {likeness(sample) for sample in samples}
    assert all(likeness(value) in likely for value in found)
    texts = [json.dumps(value) for value in [*samples, *found]]
    assert len(set(texts)) == len(texts)
    assert alike(samples) == found


def test_texts_are_swapped_and_numbers_changed_a_little_and_a_lot() -> None:
    found = alike([{"t": "red", "n": 2.0}, {"t": "blue", "n": 3.0}])
    assert {"red", "blue", "RED"} <= {row["t"] for row in found}
    changes = [abs(row["n"] / 2.0) for row in found]
    assert any(1 < change < 1.1 for change in changes)
    assert max(changes) > 1e5


def test_many_samples_are_changed_in_all_ways() -> None:
    samples = [[float(number), "text"] for number in range(1, 41)]
    found = alike(samples)
    assert len(found) == MOST
    assert any(abs(row[0]) > 1e5 for row in found)
    assert any(row[0] < 0 for row in found)
    assert {row[1] for row in found} > {"text", "TEXT"}
    assert len({round(row[0] / 1.01) for row in found}) > 5, "not always of the same sample"


def test_there_is_nothing_to_change_in_nothing() -> None:
    assert alike([]) == []
    assert alike([None, {}, []]) == []


# ---------------------------------------------------------------- what is made of the answers


def entry(
    source: Any = "derived", form: str | None = "m.predict(xs)", reason: str | None = None
) -> BatchingEntry:
    return {"source": source, "form": form, "reason": reason}


def sample(value: Any, output: Any = 1) -> Sample:
    return {"input": value, "output": output}


def report(singles: list[Any], *batches: tuple[list[int], Any]) -> dict[str, Any]:
    listed = [
        {"rows": rows, "outcomes": None, "words": found}
        if isinstance(found, str)
        else {"rows": rows, "outcomes": found}
        for rows, found in batches
    ]
    return {"singles": singles, "batches": listed}


def test_the_same_answers_pass() -> None:
    found = report([[0, "1.0"], [0, "2"]], ([0, 1], [[0, "1.0000000001"], [0, "2"]]), ([1], [[0, "2"]]))
    checked = batching.compared(found, [sample(5)], [6])
    assert (checked.difference, checked.samples, checked.changed) == (None, 1, 1)
    assert batching.after_check(entry(), checked) == entry()
    assert (
        batching.sentence(entry(), checked)
        == "Batched: m.predict(xs); checked on 1 sample and 1 changed ones."
    )


@pytest.mark.parametrize(
    ("batch", "words"),
    [
        (([0, 1], [[0, "1"], [0, "2.1"]]), "in a batch of 2 it answers 6 with 2.1, and `predictor` with 2"),
        (([0], [[0, "1.0"]]), "in a batch of one it answers 5 with 1.0"),
        (([1, 0], "it raises ValueError: no"), "in a batch of 2 that begins with 6 it raises ValueError: no"),
        (([0, 1], "it gave 1 prediction for 2 samples"), "it gave 1 prediction"),
        (([2], [[0, "3"]]), "it answers 7 with 3, and `predictor` with KeyError: 'x'"),
        (([1], [[4, "the prediction is nan"]]), "with the prediction is nan, and `predictor` with 2"),
    ],
)
def test_any_difference_means_one_by_one(batch: tuple[list[int], Any], words: str) -> None:
    singles = [[0, "1"], [0, "2"], [3, "Traceback\nKeyError: 'x'"]]
    checked = batching.compared(report(singles, batch), [sample(5)], [6, 7])
    assert checked.difference is not None
    assert words in checked.difference.words
    after = batching.after_check(entry(), checked)
    assert after["source"] is after["form"] is None
    assert batching.sentence(after, checked).startswith(
        "One by one: the batched form m.predict(xs) differs from"
    )


def test_a_batch_may_raise_with_a_row_for_which_the_predictor_raises() -> None:
    found = report([[0, "1"], [3, "KeyError"]], ([0, 1], "it raises KeyError"), ([1], "it raises KeyError"))
    assert batching.compared(found, [sample(5)], [6]).difference is None


def test_a_declared_one_has_to_answer_the_samples() -> None:
    declared = entry("declared", None)
    changed = batching.compared(report([[0, "1"], [0, "2"]], ([1], [[0, "3"]])), [sample(5)], [6])
    batching.require_same_on_samples(declared, changed)
    assert batching.after_check(declared, changed)["source"] is None
    wrong = batching.compared(report([[0, "1"]], ([0], [[0, "3"]])), [sample(5)], [])
    batching.require_same_on_samples(entry(), wrong)
    with pytest.raises(SlipwayProblem) as caught:
        batching.require_same_on_samples(declared, wrong)
    assert caught.value.code is Code.BATCH_DIFFERS


def test_what_cannot_be_checked_is_not_derived() -> None:
    without, differing = Scored(), Scored("calls", [sample(1)], False)
    for scored in (without, differing):
        found = batching.before_check(entry(), scored)
        assert found["source"] is None
        assert batching.to_ask(found, scored.samples) is None
        declared = batching.before_check(entry("declared", None), scored)
        assert declared["source"] == "declared"
        assert str(declared["reason"]).startswith("not checked: ")
        assert batching.to_ask(declared, scored.samples) is None
    assert batching.before_check(entry(), Scored("calls", [sample(1)], True)) == entry()


# ---------------------------------------------------------------- what it is asked


@pytest.fixture(scope="module")
def batch_check() -> Any:
    spec = importlib.util.spec_from_file_location("batch_check", KERNEL_SIDE / "batch_check.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def asked(
    batch_check: Any, functions: dict[str, Any], inputs: list[Any], changed: list[Any]
) -> batching.Checked:
    texts = [json.dumps(value) for value in [*inputs, *changed]]
    found = batch_check.check(worker, {"validator": None, **functions}, texts, len(inputs), 60.0)
    return batching.compared(found, [sample(value) for value in inputs], changed)


def test_batches_mix_only_rows_that_are_alike_and_come_in_many_sizes(batch_check: Any) -> None:
    seen: list[list[Any]] = []

    def together(xs: list[Any]) -> list[Any]:
        seen.append(list(xs))
        return xs

    functions = {"predictor": lambda x: x, "batch_predictor": together}
    checked = asked(batch_check, functions, [1, 2, 2.5, "a"], [3, 4, 5, 6.5])
    assert (checked.difference, checked.samples, checked.changed) == (None, 4, 4)
    assert all(len({type(row) for row in batch}) == 1 for batch in seen)
    assert {1, 2, 5} <= {len(batch) for batch in seen}
    assert [1, 2] in seen
    assert any(batch != sorted(batch) for batch in seen if len(batch) > 2)


@pytest.mark.parametrize(
    ("together", "words"),
    [
        pytest.param(lambda xs: [x - sum(xs) / len(xs) for x in xs], "it answers", id="mean of the batch"),
        pytest.param(lambda xs: sorted(xs), "it answers", id="order"),
        pytest.param(lambda xs: [xs[0]] * len(xs), "it answers", id="first for all"),
        pytest.param(lambda xs: xs + xs[:1], "predictions for", id="one more"),
        pytest.param(lambda xs: dict.fromkeys(xs), "a dict", id="no list"),
        pytest.param(lambda xs: [float(x) for x in xs], "it answers", id="another type"),
        pytest.param(lambda xs: xs if len(xs) < 3 else 1 / 0, "it raises ZeroDivisionError", id="raises"),
    ],
)
def test_what_depends_on_the_batch_is_found(batch_check: Any, together: Any, words: str) -> None:
    found = asked(
        batch_check, {"predictor": lambda x: x, "batch_predictor": together}, [5, 3], [8, 1, 9]
    ).difference
    assert found is not None
    assert words in found.words


def test_what_the_validator_leaves_behind_is_found(batch_check: Any) -> None:
    """It sees all rows of a batch before the first is scored."""
    last: list[int] = [0]

    def validator(x: int) -> bool:
        last[0] = x
        return x < 100

    functions = {"validator": validator, "predictor": lambda x: x + last[0]}
    functions["batch_predictor"] = lambda xs: [x + last[0] for x in xs]
    found = asked(batch_check, functions, [5, 3], [8, 1000]).difference
    assert found is not None
    assert "1000" not in found.words, "refused rows are in no batch"


def test_samples_are_asked_about_even_where_there_is_no_time(batch_check: Any) -> None:
    functions = {"validator": None, "predictor": lambda x: x, "batch_predictor": lambda xs: xs}
    found = batch_check.check(worker, functions, ["1", "2", "3"], 2, 0.0)
    assert [outcome and outcome[1] for outcome in found["singles"]] == ["1", "2", None]
    assert [0, 1] in [batch["rows"] for batch in found["batches"]]
    assert all(2 not in batch["rows"] for batch in found["batches"])


def test_an_answer_where_the_predictor_raises_is_found(batch_check: Any) -> None:
    names = {1: "one", 2: "two"}
    functions = {
        "predictor": names.__getitem__,
        "batch_predictor": lambda xs: [names.get(x, "none") for x in xs],
    }
    found = asked(batch_check, functions, [1, 2], [3]).difference
    assert found is not None
    assert "KeyError" in found.words
    functions["batch_predictor"] = lambda xs: [names[x] for x in xs]
    assert asked(batch_check, functions, [1, 2], [3]).difference is None


# ---------------------------------------------------------------- built


PREDICTOR = "def predictor(x):\n    return x * 2"
USED = """
import json, sys
import importlib.util
spec = importlib.util.spec_from_file_location("w", sys.argv[1])
worker = importlib.util.module_from_spec(spec)
sys.modules["w"] = worker
spec.loader.exec_module(worker)
form = worker.load_functions(sys.argv[2])["batch_predictor"]
print(json.dumps(None if form is None else [int(answer) for answer in form(json.loads(sys.argv[3]))]))
"""


def used(build: Build, manifest: Any, bundle: Path, xs: list[Any]) -> Any:
    """What a worker would get from the bundle's batched form; None where it has none to use."""
    python = build.store.python_of(manifest)
    assert python is not None
    command = [python, "-c", USED, WORKER, bundle, json.dumps(xs)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120)
    return json.loads(done.stdout)


@pytest.mark.slow
def test_the_seeds_notebook_gets_its_batched_form(build: Build) -> None:
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    built = build(notebook=EXAMPLES / "kmeans-2018.ipynb", directory=build.tmp_path)
    assert built.manifest["batching"] == entry("derived", "kmodel.predict(xs)")
    assert built.manifest["functions"]["batch_predictor"] is False, "the notebook declares none"
    assert "Batched: kmodel.predict(xs); checked on 1 sample and" in built.progress.said
    (recorded,) = built.samples
    far = [-5.0, -5.0]
    first, *others = used(
        build, built.manifest, built.bundle, [recorded["input"], far, far, recorded["input"]]
    )
    assert [first, others[-1]] == [recorded["output"]] * 2
    assert others[0] == others[1]


@pytest.mark.slow
def test_a_form_that_fails_its_check_is_not_used(build: Build) -> None:
    cells = json.loads((EXAMPLES / "kmeans.ipynb").read_text(encoding="utf-8"))["cells"]
    sources = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    requirements, training = sources[:2]
    predictor = (
        "def predictor(x):\n    found = kmodel.predict([x])\n    return [found[0], found.base is None]"
    )
    built = build(training, predictor, "examples = [[0.5, 0.5], [0.1, 0.9]]", requirements=requirements)
    assert built.manifest["batching"]["source"] is None
    said = [message for phase, _, message in built.progress.notes if phase == "verify"]
    assert any(
        message.startswith("One by one: the batched form kmodel.predict(xs) differs") for message in said
    )
    assert used(build, built.manifest, built.bundle, [[0.5, 0.5]]) is None


@pytest.mark.slow
def test_a_declared_form_is_checked_and_used(build: Build) -> None:
    built = build(
        PREDICTOR, "def batch_predictor(xs):\n    return [x * 2 for x in xs]", "examples = [1, 2.5]"
    )
    assert built.manifest["batching"] == entry("declared", None)
    assert "Batched: `batch_predictor`; checked on 2 samples and" in built.progress.said
    assert used(build, built.manifest, built.bundle, [3, 4]) == [6, 8]


@pytest.mark.slow
def test_one_that_differs_on_other_rows_only_is_left_out_loudly(build: Build) -> None:
    built = build(
        PREDICTOR, "def batch_predictor(xs):\n    return [min(x * 2, 10) for x in xs]", "examples = [1, 2]"
    )
    assert built.manifest["batching"]["source"] is None
    assert "One by one: `batch_predictor` differs from `predictor`: " in built.progress.said
    assert used(build, built.manifest, built.bundle, [3, 4]) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        pytest.param(
            "def batch_predictor(xs):\n    return [x * 2 + sum(xs) - xs[0] * len(xs) for x in xs]",
            Code.BATCH_DIFFERS,
            "in a batch of 2 it answers 1 with 4, and `predictor` with 2",
            id="depends on the batch",
        ),
        pytest.param(
            "def batch_predictor(xs):\n    return xs[:1]",
            Code.BATCH_DIFFERS,
            "it gave 1 prediction for 2 samples",
            id="too few",
        ),
        pytest.param(
            "def batch_predictor():\n    return []", Code.BATCH_KIND, "a list of samples", id="arity"
        ),
        pytest.param(
            "batch_predictor = 5", Code.BATCH_KIND, "`def batch_predictor(xs): …`", id="no function"
        ),
    ],
)
def test_a_declared_form_that_is_wrong_is_an_error(build: Build, cell: str, code: Code, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, cell, "examples = [1, 3]")
    assert caught.value.code is code
    assert words in caught.value.message
    assert not (build.tmp_path / "bundle").exists()

"""The captured functions against the notebook's own, in another process: answers, and a validator's verdicts."""

from __future__ import annotations

import json
from typing import Any

import pytest
from builder_fixtures import PREDICTOR, Build, Built
from jupyterlab_slipway.builder.comparison import difference
from jupyterlab_slipway.builder.import_failures import import_problem
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.perturbation import perturbed
from jupyterlab_slipway.builder.samples import depth_of
from jupyterlab_slipway.builder.shown import short
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime.bundle import Validation, check_files, read_manifest, read_validations
from slipway_runtime.worker import accepts


def nested(depth: int, innermost: object = 1) -> Any:
    for _ in range(depth):
        innermost = [innermost]
    return innermost


# ---------------------------------------------------------------- the rule


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        (float("nan"), float("nan")),
        ([float("inf")], [float("inf")]),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        (2**64, 2**64),
        (1e300, 1e300 * (1 + 1e-9)),
        ("\ud800", "\ud800"),
        (nested(100_000), nested(100_000)),
    ],
)
def test_the_same_by_the_rule(expected: object, actual: object) -> None:
    assert difference(expected, actual) is None


@pytest.mark.parametrize(
    ("expected", "actual", "words"),
    [
        (float("nan"), 1.0, "the answer is 1.0"),
        (2**64, 2**64 + 1, "18446744073709551617"),
        (1, True, "true"),
        (None, 0, "the answer is 0 and not null"),
        ("a", "b", 'the answer is "b" and not "a"'),
        ([[1], [2]], [[1], [3]], "the answer[1][0]"),
        ([1, 2], [2, 1], "the answer[0]"),
        ({"x": 0.1}, {"x": 0.2}, "the answer['x']"),
        (nested(5000, 1), nested(5000, 2), "a part of the answer is 2"),
        ("\ud800", "\ud801", "\\ud801"),
    ],
)
def test_a_difference_in_words_that_can_be_written(expected: object, actual: object, words: str) -> None:
    found = difference(expected, actual)
    assert found is not None
    assert words in found
    found.encode()


def test_words_are_short() -> None:
    assert len(short("x" * 10_000_000)) == 80
    assert short("a\n  b") == "a b"
    assert len(str(difference(list(range(1000)), "x"))) < 250


def test_depth() -> None:
    assert [depth_of(value) for value in (1, [], {"a": [1]}, nested(3000))] == [0, 1, 2, 3000]


# ---------------------------------------------------------------- a validator's verdict


class Ambiguous:
    def __bool__(self) -> bool:
        raise ValueError("The truth value of an array is ambiguous")


@pytest.mark.parametrize(
    ("returned", "accepted"),
    [
        (True, True),
        (False, False),
        (None, False),
        ("no", True),
        ("", False),
        (0.0, False),
        (Ambiguous(), False),
    ],
)
def test_a_verdict_is_what_an_if_takes_it_for(returned: object, accepted: bool) -> None:
    assert accepts({"validator": lambda x: returned}, b"1") is accepted


def test_a_verdict_without_a_validator_and_without_json() -> None:
    assert accepts({"validator": None}, b"1") is True
    assert accepts({"validator": None}, b"{") is None


STRICT = """
def validator(x):
    return len(x) == 2 and all(type(value) in (int, float) for value in x)
"""
EXAMPLES = "examples = [[1, 2.5], [3, 4]]"
SUM = "def predictor(x):\n    return sum(x)"


def verdicts(built: Built) -> list[Validation]:
    manifest = read_manifest(built.bundle)
    check_files(built.bundle, manifest)
    return read_validations(built.bundle, manifest)


@pytest.mark.slow
def test_what_the_validator_says_is_recorded(build: Build) -> None:
    built = build(SUM, STRICT, EXAMPLES)
    found = verdicts(built)
    assert [validation["input"] for validation in found] == perturbed([[1, 2.5], [3, 4]])
    accepted = [validation["input"] for validation in found if validation["accepted"]]
    assert accepted == [[-1000000000, 2.5]]
    assert built.manifest["signature"]["input"]["maxItems"] == 2
    assert built.manifest["signature"]["output"]["description"] == "from 3.5 to 7 in the samples"
    assert built.manifest["deterministic"] is True
    detail = next(
        detail for phase, status, detail in built.progress.phases if (phase, status) == ("verify", "done")
    )
    assert f"decides alike on {len(found)} changed samples" in str(detail)
    again = build(SUM, STRICT, EXAMPLES, into="again")
    assert (again.bundle / "validations.json").read_bytes() == (
        built.bundle / "validations.json"
    ).read_bytes()


@pytest.mark.slow
def test_what_a_validator_says_with_a_boolean_of_numpy(build: Build) -> None:
    built = build(
        "import numpy as np\ndef predictor(x):\n    return np.mean(x)",
        "def validator(x):\n    return np.isfinite(np.array(x, dtype=float)).all() & (np.array(x).ndim == 1)",
        "examples = [[1, 2.5]]",
        requirements='requirements = [["numpy", "2.3.5"]]',
    )
    accepted = [validation["input"] for validation in verdicts(built) if validation["accepted"]]
    assert [1] in accepted
    assert ["1", 2.5] in accepted, "as numpy takes it"
    assert [[1, 2.5]] not in accepted
    assert {} not in accepted


@pytest.mark.slow
def test_verdicts_on_the_oldest_python(build: Build) -> None:
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    built = build(
        SUM,
        STRICT,
        EXAMPLES,
        sample="[0.5, 1e3]",
        metadata={"language_info": {"name": "python", "version": "3.6.15"}},
    )
    assert built.manifest["python"]["version"].startswith("3.6.")
    assert [validation["accepted"] for validation in verdicts(built)].count(True) == 1


@pytest.mark.slow
def test_a_validator_that_changes_its_argument_is_asked_about_copies(build: Build) -> None:
    built = build(
        PREDICTOR, "def validator(x):\n    return x.pop() != 0 and x.append(0) is None", "examples = [[1]]"
    )
    assert all(type(validation["accepted"]) is bool for validation in verdicts(built))
    assert [1, 1] in [validation["input"] for validation in verdicts(built) if validation["accepted"]]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("validator", "words"),
    [
        ("def validator(x):\n    while x != 1:\n        pass\n    return True", "took longer than 2 seconds"),
        ("import os\ndef validator(x):\n    return True if x == 1 else os._exit(3)", "process ended"),
        (
            "import sys\ndef validator(x):\n    return True if x == 1 else sys.exit('stop')",
            "SystemExit: stop",
        ),
    ],
)
def test_a_validator_that_does_not_decide_ends_the_question_not_the_build(
    build: Build, validator: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyterlab_slipway.builder.validation.LIMIT", 2.0)
    built = build(PREDICTOR, validator, "examples = [1]")
    assert "validations.json" not in built.manifest["files"]
    assert [level for _, level, message in built.progress.notes if words in message] == ["warning"]
    assert built.samples == [{"input": 1, "output": 1}]


@pytest.mark.slow
def test_what_a_validator_says_at_random_is_not_compared(build: Build) -> None:
    built = build(
        PREDICTOR,
        "calls = []\ndef validator(x):\n    calls.append(x)\n    return type(x) is int or x is None and len(calls) % 2",
        "examples = [1]",
    )
    assert None not in [validation["input"] for validation in verdicts(built)]
    assert "`validator` differs from itself: asked twice about null" in built.progress.said


@pytest.mark.slow
def test_a_validator_that_decides_otherwise_elsewhere_fails_the_build(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(
            PREDICTOR,
            "import sys\nin_notebook = 'IPython'\ndef validator(x):\n    return type(x) is int or in_notebook in sys.modules",
            "examples = [1]",
        )
    assert caught.value.code is Code.VALIDATOR_DIFFERS
    assert "`validator` accepts" in caught.value.message
    assert "refuses it" in caught.value.message


# ---------------------------------------------------------------- samples and answers that are hard to keep


@pytest.mark.slow
def test_numbers_texts_and_depths_that_are_hard_to_keep(build: Build) -> None:
    deep = json.dumps(nested(150))
    built = build(
        PREDICTOR,
        "examples = [18446744073709551616, '\\ud800', {'\\udfff': 1e300}, -0.0]",
        sample=deep,
    )
    assert [sample["input"] for sample in built.samples] == [
        2**64,
        "\ud800",
        {"\udfff": 1e300},
        -0.0,
        nested(150),
    ]
    assert [sample["output"] for sample in built.samples] == [sample["input"] for sample in built.samples]
    assert read_manifest(built.bundle)["signature"] == built.manifest["signature"]
    assert built.manifest["signature"]["input"]["type"] == ["array", "number", "object", "string"]


def test_a_sample_that_is_nested_too_deeply_is_told_before_anything_runs(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, sample=json.dumps(nested(201)))
    assert caught.value.code is Code.SAMPLE_FAILED
    assert "deeper than 200 levels" in caught.value.message


@pytest.mark.slow
@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("{'score': [1.0, float('nan')]}", 'the prediction["score"][1] is nan'),
        ("deep", "nested deeper than 200 levels"),
    ],
)
def test_an_answer_that_cannot_be_kept_is_told_with_its_example(
    build: Build, answer: str, words: str
) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(
            f"deep = 1\nfor _ in range(300):\n    deep = [deep]\ndef predictor(x):\n    return {answer}",
            "examples = [7]",
        )
    assert caught.value.code is Code.SAMPLE_FAILED
    assert "example 1 (7)" in caught.value.message
    assert words in caught.value.message
    assert caught.value.cell is not None
    assert caught.value.cell["index"] == 3


@pytest.mark.slow
def test_last_digits_may_differ_between_processes(build: Build) -> None:
    built = build(
        "import os\ndef predictor(x):\n    return x * (1 + os.getpid() * 1e-14)", "examples = [0.3]"
    )
    assert built.manifest["deterministic"] is True
    with pytest.raises(SlipwayProblem) as caught:
        build("import os\ndef predictor(x):\n    return x + os.getpid()", "examples = [1]", into="other")
    assert caught.value.code is Code.VERIFY_DIFFERS


# ---------------------------------------------------------------- imports that fail only when predicting


LAZY = "def predictor(x):\n    import no_such_module_here\n    return x"


@pytest.mark.slow
def test_an_import_that_fails_only_when_predicting_is_named(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(LAZY, "examples = [1]")
    assert caught.value.code is Code.IMPORT_UNDECLARED
    assert "`predictor` could not import no_such_module_here" in caught.value.message
    assert caught.value.cell == {
        "index": 2,
        "id": "c2",
        "line": 2,
        "source": "    import no_such_module_here",
    }


@pytest.mark.slow
def test_an_import_that_fails_in_the_validator_is_no_refusal(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, "def validator(x):\n    from cv2 import error\n    return True", "examples = [1]")
    assert caught.value.code is Code.IMPORT_UNDECLARED
    assert "`validator` could not import cv2" in caught.value.message


def failing(last: str) -> str:
    return f'Traceback (most recent call last):\n  File "<cell 2>", line 2, in predictor\n{last}'


def test_what_a_failing_import_is_told_as() -> None:
    lock = "scikit-learn==1.7.2 --hash=sha256:00"
    missing = import_problem(failing("ModuleNotFoundError: No module named 'cv2'"), [], lock)
    assert missing is not None
    assert missing.code is Code.IMPORT_UNDECLARED
    assert "opencv-python" in missing.message
    other = import_problem(
        failing("ModuleNotFoundError: No module named 'sklearn.externals.joblib'"), [], lock
    )
    assert other is not None
    assert "scikit-learn 1.7.2 does not have" in other.message
    broken = import_problem(
        failing("ImportError: libGL.so.1: cannot open shared object file\n\nread on\n"), [], lock
    )
    assert broken is not None
    assert broken.code is Code.SAMPLE_FAILED
    assert "libGL.so.1" in broken.message
    assert import_problem(failing("ValueError: ImportError: x"), [], lock) is None
    caught = failing("ImportError: x") + "\nDuring handling …\n\n" + failing("ValueError: y")
    assert import_problem(caught, [], lock) is None


@pytest.mark.slow
def test_examples_that_are_all_refused_are_told_with_the_reason(build: Build) -> None:
    build("def predictor(x):\n    return 1 / x", "examples = ['a']", "predictor(5)")
    assert 'example 1 ("a"): predictor raised TypeError' in build.progress.problems[0]["message"]


# ---------------------------------------------------------------- models that differ from themselves


@pytest.mark.slow
def test_what_was_accepted_stands_in_the_manifest_and_in_one_warning(build: Build) -> None:
    built = build(
        "import random\ndef predictor(x):\n    return random.random()",
        "examples = [1, 2, 3]",
        accept_nondeterministic=True,
    )
    assert built.manifest["deterministic"] is False
    (problem,) = built.progress.problems
    assert (problem["code"], problem["severity"]) == ("SLP543", "warning")
    assert "2 more of its samples" in problem["message"]
    same = build(PREDICTOR, "examples = [1]", accept_nondeterministic=True, into="same")
    assert same.manifest["deterministic"] is False
    assert "twice in the same way" in same.progress.problems[0]["message"]
    assert "deterministic" not in build(PREDICTOR, into="none").manifest

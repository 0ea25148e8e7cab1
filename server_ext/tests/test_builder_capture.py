"""What can be taken out of a notebook, and the sentence for what cannot."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import PREDICTOR, Build, Built
from jupyterlab_slipway.builder.execute import KERNEL_SIDE, WORKER
from jupyterlab_slipway.problems import Code, SlipwayProblem

pytestmark = pytest.mark.slow


def answers(build: Build, built: Built, *samples: object) -> list[Any]:
    """What the bundle answers in a process of its own, away from the notebook."""
    texts, answer = build.tmp_path / "texts.json", build.tmp_path / "answers.json"
    asked = {"samples": [json.dumps(sample) for sample in samples], "judged": []}
    texts.write_text(json.dumps(asked), encoding="utf-8")
    python = build.store.python_of(built.manifest)
    assert python is not None
    subprocess.run(
        [python, KERNEL_SIDE / "verify.py", WORKER, built.bundle, texts, answer],
        cwd="/",
        check=True,
        timeout=120,
    )
    result = json.loads(answer.read_text(encoding="utf-8"))
    return [json.loads(text) if status == 0 else text for status, text in result["outcomes"]]


UNPICKLABLE = [
    pytest.param("import threading\nlog = threading.Lock()", "lock", id="a lock"),
    pytest.param("log = open('out.txt', 'w')", "TextIOWrapper", id="an open file"),
    pytest.param("log = (i for i in range(3))", "generator", id="a generator"),
    pytest.param(
        "import sqlite3\nlog = sqlite3.connect(':memory:')", "Connection", id="a database connection"
    ),
    pytest.param("import threading\nlog = {'a': [1, threading.Lock()]}", "lock", id="a lock deep within"),
]


@pytest.mark.parametrize(("maker", "kind"), UNPICKLABLE)
def test_what_does_not_pickle_is_named_with_its_way_and_cell(build: Build, maker: str, kind: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(maker, "def helper(x):\n    return (x, log)[0]", "def predictor(x):\n    return helper(x)")
    problem = caught.value
    assert problem.code is Code.NOT_PICKLABLE
    assert "`log`" in problem.message
    assert "predictor → helper → log" in problem.message
    assert kind in problem.message
    assert problem.cell is not None
    assert problem.cell["index"] == 2
    assert not (build.tmp_path / "bundle").exists()


@pytest.mark.parametrize(
    ("cell", "code", "words"),
    [
        ("x = 1", Code.PREDICTOR_MISSING, "No cell defines `predictor`"),
        ("exec(chr(120) + chr(61) + chr(49))", Code.PREDICTOR_MISSING, "no `predictor`"),
        ("def predictor(x): ...\ndel predictor", Code.PREDICTOR_MISSING, "no `predictor`"),
        ("predictor = 42", Code.PREDICTOR_KIND, "an int"),
        ("async def predictor(x): ...", Code.PREDICTOR_KIND, "async"),
        ("def predictor(x):\n    yield x", Code.PREDICTOR_KIND, "generator"),
        ("def predictor(): ...", Code.PREDICTOR_ARITY, "one argument"),
        ("def predictor(x, y): ...", Code.PREDICTOR_ARITY, "one argument"),
        ("def predictor(x): ...\ndef validator(x, y): ...", Code.VALIDATOR_ARITY, "`validator`"),
        ("def predictor(x): ...\nvalidator = 'no'", Code.VALIDATOR_KIND, "`validator`"),
    ],
)
def test_what_is_no_predictor(build: Build, cell: str, code: Code, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(cell)
    assert caught.value.code is code
    assert words in caught.value.message
    if code is not Code.PREDICTOR_MISSING:
        assert caught.value.cell is not None
        assert caught.value.cell["index"] == 2


def test_functions_of_many_kinds_travel(build: Build, tmp_path: Path) -> None:
    """A class, closures, caches, mutual recursion, a module and a package with lazy imports of each other."""
    (tmp_path / "single.py").write_text("def double(x):\n    return 2 * x\n", encoding="utf-8")
    package = tmp_path / "package"
    package.mkdir()
    (package / "__init__.py").write_text("from .a import first\n", encoding="utf-8")
    (package / "a.py").write_text(
        "def first(x):\n    from .b import second\n    return second(x)\n", encoding="utf-8"
    )
    (package / "b.py").write_text(
        "from pathlib import Path\ndef second(x):\n"
        "    return x + int(Path(__file__).with_name('n.txt').read_text())\n",
        encoding="utf-8",
    )
    (package / "n.txt").write_text("100", encoding="utf-8")
    built = build(
        "import functools, single, package",
        "class Model:\n    def __init__(self, k):\n        self.k = k\n    def run(self, x):\n        return self.k * x",
        "@functools.lru_cache(maxsize=7)\ndef fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)",
        "def even(n):\n    return True if n == 0 else odd(n - 1)\n"
        "def odd(n):\n    return False if n == 0 else even(n - 1)",
        "model = Model(3)\nadd = functools.partial(lambda a, b: a + b, 1000)",
        "@functools.lru_cache(maxsize=None)\ndef predictor(x):\n"
        "    return [model.run(x), fib(x), even(x), add(x), single.double(x), package.first(x), fib.cache_info().maxsize]",
        "predictor(5)",
    )
    expected = [15, 5, False, 1005, 10, 105, 7]
    assert built.samples == [{"input": 5, "output": expected}]
    assert built.manifest["samples"]["source"] == "calls"
    assert answers(build, built, 6)[0][:3] == [18, 8, True]
    taken = sorted(name for name in built.manifest["files"] if name.startswith("modules/"))
    assert taken == [
        "modules/package/__init__.py",
        "modules/package/a.py",
        "modules/package/b.py",
        "modules/package/n.txt",
        "modules/single.py",
    ]


def test_a_module_that_only_the_build_has_is_refused_by_name(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build("import traitlets", "def predictor(x):\n    return traitlets.__name__", "predictor(1)")
    assert caught.value.code is Code.IMPORT_UNDECLARED
    assert '["traitlets", ' in caught.value.message
    assert caught.value.cell is not None
    assert caught.value.cell["index"] == 2


def test_a_model_that_answers_otherwise_elsewhere_is_refused(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build("import os\ndef predictor(x):\n    return os.path.exists('notebook.ipynb')", "predictor(1)")
    assert caught.value.code is Code.VERIFY_DIFFERS
    assert "true" in caught.value.message
    assert "false" in caught.value.message
    assert not (build.tmp_path / "bundle").exists()


def test_a_name_that_is_looked_up_late_is_missed_in_verification(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build("late = 1", "def predictor(x):\n    return globals()['late']", "predictor(1)")
    assert caught.value.code is Code.VERIFY_DIFFERS
    assert "KeyError: 'late'" in caught.value.message


def test_a_model_that_crashes_its_process_when_loaded_is_refused(build: Build) -> None:
    cell = (
        "import os\nclass Bomb:\n    def __reduce__(self):\n        return os._exit, (5,)\nbomb = Bomb()\n"
        "def predictor(x):\n    return (x, bomb)[0]"
    )
    with pytest.raises(SlipwayProblem) as caught:
        build(cell)
    assert caught.value.code is Code.LOAD_FAILED
    assert "exit code 5" in caught.value.message


def test_the_capture_is_made_before_samples_are_scored(build: Build) -> None:
    """Else what scoring leaves behind would be part of the model."""
    built = build(
        "count = []\ndef predictor(x):\n    count.append(x)\n    return 'ok'", "examples = [1, 2, 3]"
    )
    assert answers(build, built, 9) == ["ok"]
    size = built.manifest["files"]["model.pkl"]["size"]
    more = build(
        "count = []\ndef predictor(x):\n    count.append(x)\n    return 'ok'",
        "examples = [1] * 0",
        into="second",
    )
    assert more.manifest["files"]["model.pkl"]["size"] == size


def test_a_batch_predictor_is_taken_along(build: Build) -> None:
    built = build(PREDICTOR, "def batch_predictor(xs):\n    return xs", "def validator(x):\n    return True")
    assert built.manifest["functions"] == {"predictor": True, "validator": True, "batch_predictor": True}
    assert built.manifest["samples"] == {"source": None, "count": 0}
    assert (
        "no sample"
        in {phase: detail for phase, status, detail in built.progress.phases if status == "done"}["verify"]
    )  # type: ignore[operator]


@pytest.mark.parametrize("script", sorted(path.name for path in KERNEL_SIDE.glob("*.py")))
def test_the_kernel_side_is_valid_for_the_oldest_python(script: str) -> None:
    from jupyterlab_slipway.builder.interpreters import list_interpreters

    oldest = list_interpreters()[-1]
    if oldest.minor > (3, 7):
        pytest.skip(f"the oldest Python at hand is {oldest.short}")
    source = KERNEL_SIDE / script
    code = "import sys; compile(open(sys.argv[1]).read(), sys.argv[1], 'exec')"
    subprocess.run([oldest.path, "-c", code, source], check=True, timeout=60)
    assert sys.version_info[:2] != oldest.minor


@pytest.mark.slow
def test_open_is_pythons_own(build: Build) -> None:
    built = build(
        "def predictor(x):\n    with open('/dev/null') as file:\n        return [file.read(), x]",
        "examples = [1]",
    )
    assert built.samples == [{"input": 1, "output": ["", 1]}]
    assert b"IPython" not in (built.bundle / "model.pkl").read_bytes()

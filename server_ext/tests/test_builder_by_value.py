"""What a notebook defines travels by value: built on a real kernel, loaded in another process, asked the same.

One notebook holds many kinds of functions, and its predictor calls the one that the sample names; every build
verifies that the loaded model answers as the notebook did, so a build that succeeds is half of the proof.
"""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Build, Built
from jupyterlab_slipway.builder.execute import KERNEL_SIDE, WORKER
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.problems import Code, SlipwayProblem

pytestmark = pytest.mark.slow

KINDS: dict[str, str] = {
    "recursive": "def f(n):\n    return 1 if n < 2 else n * f(n - 1)",
    "mutually recursive": (
        "def even(n):\n    return True if n == 0 else odd(n - 1)\n"
        "def odd(n):\n    return False if n == 0 else even(n - 1)\nf = even"
    ),
    "closure": "def outer():\n    seen = {}\n    def f(n):\n        return seen.setdefault('n', n)\n    return f\nf = outer()",
    "lambda": "f = lambda n, k=3: n * k",
    "decorator with state": (
        "import functools\ndef counted(function):\n    @functools.wraps(function)\n    def inner(*args):\n"
        "        inner.calls += 1\n        return [function(*args), inner.calls > 0]\n    inner.calls = 0\n    return inner\n"
        "@counted\ndef f(n):\n    return n + 1"
    ),
    "partial": "import functools\ndef add(a, b, *, c):\n    return a + b + c\nf = functools.partial(add, 10, c=100)",
    "callable object": "class Scale:\n    def __init__(self, k):\n        self.k = k\n    def __call__(self, n):\n        return self.k * n\nf = Scale(4)",
    "bound method": "class Model:\n    def __init__(self, k):\n        self.k = k\n    def predict(self, n):\n        return self.k - n\nf = Model(50).predict",
    "class method": "class Base:\n    k = 2\n    @classmethod\n    def go(cls, n):\n        return cls.k * n\nclass Derived(Base):\n    k = 3\nf = Derived.go",
    "properties and static methods": (
        "class Point:\n    def __init__(self, x):\n        self._x = x\n    @property\n    def x(self):\n        return self._x\n"
        "    @x.setter\n    def x(self, value):\n        self._x = value * 2\n    @staticmethod\n    def half(n):\n        return n / 2\n"
        "def f(n):\n    point = Point(0)\n    point.x = n\n    return [point.x, Point.half(n)]"
    ),
    "super and slots": (
        "class Slotted:\n    __slots__ = ('a', 'b')\n    def __init__(self, a):\n        self.a = a\n        self.b = [a]\n"
        "class More(Slotted):\n    __slots__ = ('c',)\n    def __init__(self, a):\n        super().__init__(a)\n        self.c = a + 1\n"
        "kept = More(5)\ndef f(n):\n    return [kept.a + n, kept.b, kept.c, More(n).c]"
    ),
    "abstract base class": (
        "import abc\nclass Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self):\n        'how large'\n"
        "class Square(Shape):\n    def __init__(self, side):\n        self.side = side\n    def area(self):\n        return self.side ** 2\n"
        "class Other:\n    pass\nShape.register(Other)\n"
        "def f(n):\n    try:\n        Shape()\n    except TypeError:\n        return [Square(n).area(), isinstance(Other(), Shape), isinstance(n, Shape)]"
    ),
    "enum": (
        "import enum\nclass Level(enum.IntEnum):\n    LOW = 1\n    HIGH = 2\nclass Mode(enum.Enum):\n    A = 'a'\n    B = ['b']\n"
        "    def words(self):\n        return self.name.lower()\nchosen = Mode.B\n"
        "def f(n):\n    return [Level(n % 2 + 1).name, chosen is Mode.B, chosen.words(), Level.LOW < Level.HIGH]"
    ),
    "named tuples": (
        "import collections, typing\nPair = collections.namedtuple('Pair', 'a b')\n"
        "class Typed(typing.NamedTuple):\n    x: int\n    y: int = 7\n"
        "first = Pair(1, 2)\ndef f(n):\n    return [first._replace(a=n), Typed(n).y, isinstance(first, Pair)]"
    ),
    "lru_cache": "import functools\n@functools.lru_cache(maxsize=3)\ndef f(n):\n    return n if n < 2 else f(n - 1) + f(n - 2)",
    "cached method": (
        "import functools\nclass Costly:\n    @functools.lru_cache(maxsize=None)\n    def value(self, n):\n        return n + 0.5\n"
        "costly = Costly()\ndef f(n):\n    return costly.value(n)"
    ),
    "singledispatch": (
        "import functools\n@functools.singledispatch\ndef show(x):\n    return 'other'\n@show.register(int)\ndef _int(x):\n    return 'int'\n"
        "@show.register(list)\ndef _list(x):\n    return [show(item) for item in x]\nshow(1)\n"
        "def f(n):\n    return [show(n), show(2.5), show([n, 'a', [n]])]"
    ),
    "total ordering": (
        "import functools\n@functools.total_ordering\nclass Rank:\n    def __init__(self, n):\n        self.n = n\n"
        "    def __eq__(self, other):\n        return self.n == other.n\n    def __lt__(self, other):\n        return self.n < other.n\n"
        "top = Rank(5)\ndef f(n):\n    return [Rank(n) >= top, Rank(n) <= top, sorted([top, Rank(n)])[0].n]"
    ),
    "context manager": (
        "import contextlib\n@contextlib.contextmanager\ndef doubled(n):\n    yield 2 * n\ndef f(n):\n    with doubled(n) as value:\n        return value"
    ),
    "generator inside": "def numbers(n):\n    for i in range(n % 5):\n        yield i\ndef f(n):\n    return [*numbers(n)]",
    "weak mapping": (
        "import weakref\nclass Key:\n    pass\nkey = Key()\nnotes = weakref.WeakKeyDictionary({key: 'kept'})\n"
        "def f(n):\n    return notes[key]"
    ),
    "metaclass and descriptor": (
        "class Meta(type):\n    def __new__(mcs, name, bases, space):\n        space['made'] = name\n        return super().__new__(mcs, name, bases, space)\n"
        "class Positive:\n    def __set_name__(self, owner, name):\n        self.name = '_' + name\n    def __get__(self, obj, kind=None):\n        return getattr(obj, self.name, 1)\n"
        "    def __set__(self, obj, value):\n        setattr(obj, self.name, abs(value))\n"
        "class Thing(metaclass=Meta):\n    size = Positive()\ndef f(n):\n    thing = Thing()\n    thing.size = -n\n    return [thing.made, thing.size, type(Thing) is Meta]"
    ),
    "exceptions of its own": "class Refused(ValueError):\n    code = 7\ndef f(n):\n    try:\n        raise Refused('no')\n    except Refused as error:\n        return [error.code, str(error)]",
    "imports inside": "def f(n):\n    import textwrap, os.path\n    return textwrap.shorten('a b c ' * n, 10) + os.path.join('a', 'b')",
    "names that Python has": (
        "json = {'a': 1}\nopen = len\nlist = 'a list'\ndict = [1, 2]\nmax = min\n"
        "def f(n):\n    return [json['a'], open(dict), list, max(n, 1)]"
    ),
    "shared state": "state = []\ndef push(n):\n    state.append(n)\n    return len(state)\ndef f(n):\n    before = len(state)\n    return push(n) - before",
}
"""Each defines `f(n)`, which gets a small whole number."""

NEWER: dict[str, str] = {
    "dataclass": (
        "import dataclasses\n@dataclasses.dataclass(order=True)\nclass Base:\n    x: int\n    tags: list = dataclasses.field(default_factory=lambda: [])\n"
        "@dataclasses.dataclass(frozen=True)\nclass Frozen:\n    x: int = 3\n"
        "base = Base(1)\ndef f(n):\n    @dataclasses.dataclass\n    class Local(Base):\n        y: int = 9\n"
        "    return [dataclasses.asdict(dataclasses.replace(base, x=n)), Frozen(n), Local(n).tags, Base(n) < Base(n + 1)]"
    ),
    "generics": (
        "from typing import Generic, TypeVar, Protocol\nT = TypeVar('T')\nclass Box(Generic[T]):\n    def __init__(self, value: T):\n        self.value = value\n"
        "class Sized(Protocol):\n    def size(self) -> int: ...\ndef f(n):\n    return Box[int](n).value"
    ),
    "cache and cached_property": (
        "import functools\n@functools.cache\ndef slow(n):\n    return slow(n - 1) + 1 if n else 0\n"
        "class Table:\n    def __init__(self, k):\n        self.k = k\n    @functools.cached_property\n    def double(self):\n        return 2 * self.k\n"
        "table = Table(4)\ntable.double\ndef f(n):\n    return [slow(n), table.double, Table(n).double]"
    ),
    "singledispatchmethod": (
        "import functools\nclass Teller:\n    @functools.singledispatchmethod\n    def tell(self, x):\n        return 'other'\n"
        "    @tell.register\n    def _(self, x: int):\n        return 'int'\nteller = Teller()\ndef f(n):\n    return [teller.tell(n), teller.tell('a')]"
    ),
    "keyword only and positional only": "def g(a, /, b=2, *, c=3):\n    return [a, b, c]\ndef f(n):\n    return g(n, c=4)",
}
"""Likewise, from Python 3.9 on."""

DISPATCH = (
    "def predictor(x):\n    return functions[x[0]](x[1])\n"
    "def validator(x):\n    return len(x) == 2 and x[0] in functions and isinstance(x[1], int)"
)


def cells_of(kinds: dict[str, str]) -> list[str]:
    """One cell a kind, each of which leaves its `f`, under a name of its own, in `functions`; then the contract."""
    cells = ["functions = {}"]
    for number, (name, source) in enumerate(kinds.items()):
        own = re.sub(r"\bf\b", f"f{number}", source)
        cells.append(f"{own}\nfunctions[{name!r}] = f{number}")
    samples = [[name, n] for name in kinds for n in (0, 3)]
    return [*cells, DISPATCH, f"examples = {samples!r}"]


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
    assert "load" not in result, result
    return [json.loads(text) if status == 0 else text for status, text in result["outcomes"]]


@pytest.mark.parametrize("minor", [(3, 6), (3, 13)], ids=lambda minor: "{}.{}".format(*minor))
def test_everything_that_a_notebook_defines_travels(build: Build, minor: tuple[int, int]) -> None:
    if not any(python.minor == minor for python in list_interpreters()):
        pytest.skip("there is no Python {}.{} here".format(*minor))
    kinds = KINDS if minor < (3, 9) else {**KINDS, **NEWER}
    built = build(
        *cells_of(kinds),
        metadata={"language_info": {"name": "python", "version": "{}.{}.0".format(*minor)}},
    )
    assert built.manifest["python"]["version"].startswith("{}.{}.".format(*minor))
    assert len(built.samples) == 2 * len(kinds)  # none raised in the notebook
    recorded = {name: output for (name, n), output in ((s["input"], s["output"]) for s in built.samples) if n}
    # Some by hand, so that notebook and service cannot be wrong together.
    assert recorded["recursive"] == 6
    assert recorded["partial"] == 113
    assert recorded["singledispatch"] == ["int", "other", ["int", "other", ["int"]]]
    assert recorded["names that Python has"] == [1, 2, "a list", 1]
    assert recorded["enum"] == ["HIGH", True, "b", True]
    # Of inputs that the build has not seen.
    expected = {"recursive": 120, "lambda": 15, "callable object": 20, "bound method": 45, "lru_cache": 5}
    found = answers(build, built, *[[name, 5] for name in expected])
    assert dict(zip(expected, found, strict=True)) == expected


@pytest.mark.parametrize("name", ["model", "json", "__builtin__"])
def test_a_notebook_may_call_itself_something_else(build: Build, name: str) -> None:
    built = build(
        f"__name__ = {name!r}",
        "import enum, functools\nclass Model:\n    def predict(self, x):\n        return [x, type(self).__module__]",
        "class Kind(enum.Enum):\n    A = 1\n@functools.lru_cache(maxsize=None)\ndef twice(x):\n    return 2 * x",
        "model = Model()\ndef predictor(x):\n    return model.predict(x) + [Kind.A.value, twice(x)]",
        "predictor(3)",
    )
    assert built.samples == [{"input": 3, "output": [3, name, 1, 6]}]
    assert answers(build, built, 4) == [[4, name, 1, 8]]


def write(directory: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        (directory / name).parent.mkdir(parents=True, exist_ok=True)
        (directory / name).write_text(content, encoding="utf-8")


def modules_of(built: Built) -> set[str]:
    return {name.removeprefix("modules/") for name in built.manifest["files"] if name.startswith("modules/")}


def test_helper_modules_travel_however_they_are_imported(build: Build, tmp_path: Path) -> None:
    """Lazily, relatively, of each other, with data, and closures that they make."""
    write(
        tmp_path,
        {
            "outer.py": "def late(x):\n    import inner_one\n    return inner_one.add(x)\n",
            "inner_one.py": "import inner_two\ndef add(x):\n    return inner_two.ONE + x\n",
            "inner_two.py": "ONE = 1\n",
            "lazy_in_cell.py": "def seen(x):\n    return -x\n",
            "never.py": "raise SystemExit('nobody asked for this')\n",
            "unused.py": "X = 1\n",
            "kit/__init__.py": "from .core import run\n",
            "kit/core.py": "def run(x):\n    from . import parts\n    from .parts.deep import value\n    return value() + x\n",
            "kit/parts/__init__.py": "",
            "kit/parts/deep.py": (
                "from pathlib import Path\ndef value():\n"
                "    return int((Path(__file__).parent / 'n.txt').read_text())\n"
            ),
            "kit/parts/n.txt": "1000",
            "maker.py": (
                "import functools, os\ndef make(k):\n    def inner(x):\n        return [x + k, os.path.basename(__file__)]\n"
                "    return inner\ndef logged(f):\n    @functools.wraps(f)\n    def wrapper(*args):\n        return f(*args)\n    return wrapper\n"
            ),
        },
    )
    built = build(
        "import outer, kit\nfrom maker import make, logged\nmade = make(5)",
        "@logged\ndef predictor(x):\n    if x > 100:\n        import lazy_in_cell\n        return lazy_in_cell.seen(x)\n"
        "    return [outer.late(x), kit.run(x), made(x)]",
        "predictor(1)",
    )
    assert built.samples[0]["output"] == [2, 1001, [6, "maker.py"]]
    # No sample has imported lazy_in_cell, and it is there.
    assert answers(build, built, 101, 2) == [-101, [3, 1002, [7, "maker.py"]]]
    assert modules_of(built) == {
        *("outer.py", "inner_one.py", "inner_two.py", "lazy_in_cell.py", "maker.py"),
        *("kit/__init__.py", "kit/core.py", "kit/parts/__init__.py", "kit/parts/deep.py", "kit/parts/n.txt"),
    }


@pytest.mark.parametrize(
    ("name", "first", "expected"),
    [("random", "''", False), ("wave", "sys.path[-1]", False), ("wave", "''", True)],
)
def test_a_module_named_as_one_of_pythons(
    build: Build, tmp_path: Path, name: str, first: str, expected: bool
) -> None:
    """What the notebook got, the service gets: its own module, or Python's where that was loaded before."""
    write(tmp_path, {f"{name}.py": "def whose():\n    return 'ours'\n"})
    built = build(
        f"import sys\nsys.path.insert(0, {first})\nimport {name}",
        f"def predictor(x):\n    import {name}\n    return hasattr({name}, 'whose')",
        "predictor(1)",
    )
    ours = built.samples[0]["output"]
    assert ours is expected
    assert answers(build, built, 1) == [ours]
    assert (f"{name}.py" in modules_of(built)) is ours
    problems = [problem for problem in built.progress.problems if problem["code"] == Code.MODULE_SHADOWS]
    assert len(problems) == 1
    assert problems[0]["severity"] == "warning"
    assert f"imports {name}" in problems[0]["message"]


def test_links_that_lead_out_are_left_out(build: Build, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    directory = tmp_path / "notebooks"
    write(elsewhere, {"shared.py": "X = 41\n", "secret.txt": "not for the service"})
    write(
        directory,
        {
            "kit/__init__.py": "def go(x):\n    return x + 1\n",
            "kit/own.txt": "ours",
            "versions/two.py": "N = 2\n",
        },
    )
    (directory / "shared.py").symlink_to(elsewhere / "shared.py")
    (directory / "kit" / "secret.txt").symlink_to(elsewhere / "secret.txt")
    (directory / "kit" / "all").symlink_to(elsewhere)
    (directory / "kit" / "self").symlink_to(directory / "kit")
    (directory / "kit" / "linked.txt").symlink_to(directory / "kit" / "own.txt")
    (directory / "current.py").symlink_to(directory / "versions" / "two.py")
    notebook = build.make(
        [
            "requirements = []",
            "import kit, current\ndef predictor(x):\n    return kit.go(x) + current.N",
            "predictor(1)",
        ]
    )
    built = build(notebook=notebook, directory=directory)
    assert modules_of(built) == {"kit/__init__.py", "kit/own.txt", "kit/linked.txt", "current.py"}
    left_out = [message for _, level, message in built.progress.notes if level == "warning"]
    assert sorted(name for name in ("secret.txt", "kit/all") if any(name in words for words in left_out)) == [
        "kit/all",
        "secret.txt",
    ]
    notebook = build.make(
        ["requirements = []", "import shared\ndef predictor(x):\n    return shared.X + x", "predictor(1)"]
    )
    with pytest.raises(SlipwayProblem) as caught:
        build(notebook=notebook, directory=directory, into="second")
    assert caught.value.code is Code.LOAD_FAILED
    assert "module shared" in caught.value.message
    assert "shared.py is a link to" in build.progress.said

"""The same notebook, data and lock give the same bundle, byte for byte, wherever and whenever it is built."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import time
from pathlib import Path

import pytest
from builder_fixtures import Build
from jupyterlab_slipway.builder.execute import KERNEL_SIDE
from jupyterlab_slipway.builder.interpreters import Interpreter, list_interpreters
from slipway_runtime.bundle import bundle_digest, check_files, read_manifest
from test_builder_by_value import write

CELLS = [
    "import enum, functools, abc, weakref, collections, typing\nimport kit, closures",
    (
        "class Model:\n    scale = 2.0\n    def __init__(self, weights):\n        self.weights = weights\n"
        "    def predict(self, x):\n        return self.scale * float(sum(self.weights)) + x\n"
        "class Child(Model):\n    __slots__ = ('extra',)"
    ),
    (
        "class Colour(enum.Enum):\n    RED = 'r'\n    BLUE = 'b'\nclass Flag(enum.IntFlag):\n    A = 1\n    B = 2\n"
        "Pair = collections.namedtuple('Pair', 'a b')"
    ),
    (
        "class Shape(abc.ABC):\n    @abc.abstractmethod\n    def area(self): ...\n"
        "subclasses = [Shape.register(type('Kind%d' % number, (), {})) for number in range(20)]"
    ),
    (
        "words = {'b', 'a', 'c', 'zz', 'yy', 'xx'}\nmissing = {None, '', 'NA', 'n/a'}\nkinds = frozenset({int, float, str, Model, Colour, len})\n"
        "members = {Colour.RED, Colour.BLUE}\nfunctions = {kit.run, closures.make(1), closures.make(2)}\nobjects = {Model([1]), Model([2]), Model([3])}"
    ),
    (
        "@functools.lru_cache(maxsize=None)\ndef cached(x):\n    return kit.run(x)\n"
        "@functools.singledispatch\ndef show(x):\n    return 'other'\n@show.register(int)\ndef _(x):\n    return 'int'\nshow(1.5), show(2)"
    ),
    "made = closures.make(3)\n@closures.logged\ndef helper(x):\n    return made(x)",
    (
        "def predictor(x):\n    return [model.predict(x), Colour('r').name, Flag.A.value, sorted(words), len(missing), len(kinds),\n"
        "            len(members), len(functions), len(objects), cached(x), show(x), helper(x), Pair(1, 2).b, Child([1]).predict(1),\n"
        "            isinstance(x, Shape), open('data/table.txt').read()]"
    ),
    "examples = [1, 2]",
]
DATACLASS = (
    "import dataclasses\n@dataclasses.dataclass\nclass Row:\n    x: int\n    tags: list = dataclasses.field(default_factory=list)\nrow = Row(3)\n"
    # Python 3.6 keeps the address of what a generic class was made from.
    "T = typing.TypeVar('T')\nclass Box(typing.Generic[T]):\n    pass\n"
    "old_predictor = predictor\ndef predictor(x):\n    return [row.x, Box[int] is not None, old_predictor(x)]"
)
PLAIN = "model = Model([0.1, 0.2])"
SEEDED = "import numpy as np\nrng = np.random.default_rng(7)\nmodel = Model(rng.normal(size=200).astype('float32'))"

FILES = {
    "kit/__init__.py": "from .core import run\n",
    "kit/core.py": "def run(x):\n    return 10 * x\n",
    "closures.py": (
        "import functools\nfrom pathlib import Path\ndef make(k):\n    def inner(x):\n        return [k + x, Path(__file__).name]\n    return inner\n"
        "def logged(f):\n    @functools.wraps(f)\n    def wrapper(*args):\n        return f(*args)\n    return wrapper\n"
    ),
    "data/table.txt": "a table",
}


def contents(bundle: Path) -> dict[str, bytes]:
    return {str(path.relative_to(bundle)): path.read_bytes() for path in bundle.rglob("*") if path.is_file()}


def twice(build: Build, cells: list[str], python: Interpreter | None = None, **options: object) -> list[Path]:
    """The bundles of one notebook, built in two directories whose names and times differ."""
    source = build.make(cells, **options)
    bundles = []
    for name in ("one", "another-and-longer"):
        directory = build.tmp_path / name
        write(directory, FILES)
        shutil.copyfile(source, directory / "notebook.ipynb")
        if bundles and python is not None:  # constants of modules may be other objects in byte code
            subprocess.run([python.path, "-m", "compileall", "-q", directory], check=True)
        built = build(notebook=directory / "notebook.ipynb", directory=directory, into=f"bundle-{name}")
        check_files(built.bundle, built.manifest)
        bundles.append(built.bundle)
        time.sleep(1.1)  # another second, where a time stamp would show
    return bundles


@pytest.mark.slow
@pytest.mark.parametrize("minor", [(3, 6), (3, 11), (3, 13)], ids=lambda minor: "{}.{}".format(*minor))
def test_a_bundle_of_many_kinds_is_the_same_twice(build: Build, minor: tuple[int, int]) -> None:
    python = next((python for python in list_interpreters() if python.minor == minor), None)
    if python is None:
        pytest.skip("there is no Python {}.{} here".format(*minor))
    modern = minor > (3, 6)
    cells = ["requirements = [['numpy', '1.26.4']]" if minor == (3, 11) else "requirements = []"]
    cells += [*CELLS[:2], SEEDED if minor == (3, 11) else PLAIN, *CELLS[2:], *([DATACLASS] if modern else [])]
    one, other = twice(
        build,
        cells,
        python,
        metadata={"language_info": {"name": "python", "version": "{}.{}.0".format(*minor)}},
    )
    assert read_manifest(one)["python"]["version"].startswith("{}.{}.".format(*minor))
    first, second = contents(one), contents(other)
    assert sorted(first) == sorted(second)
    assert [name for name in first if first[name] != second[name]] == []
    assert bundle_digest(one) == bundle_digest(other)
    assert bundle_digest(one) == "sha256:" + hashlib.sha256(first["manifest.json"]).hexdigest()
    for name, content in first.items():
        assert os.fsencode(build.tmp_path) not in content, name


@pytest.mark.slow
def test_unseeded_training_differs_in_the_model_alone(build: Build) -> None:
    one, other = twice(
        build,
        [
            "requirements = []",
            "import random\nclass Model:\n    def __init__(self):\n        self.weight = random.random()\nmodel = Model()",
            "def predictor(x):\n    return model.weight > x",
            "examples = [2, -1]",
        ],
    )
    first, second = contents(one), contents(other)
    assert sorted(first) == sorted(second)
    assert sorted(name for name in first if first[name] != second[name]) == ["manifest.json", "model.pkl"]
    manifests = [json.loads(content["manifest.json"]) for content in (first, second)]
    assert manifests[0]["files"].pop("model.pkl") != manifests[1]["files"].pop("model.pkl")
    assert manifests[0] == manifests[1]


IDS = """if 1:
    import importlib.util, os, sys
    for name in ("ordering", "reducers", "pickling"):
        spec = importlib.util.spec_from_file_location("_slipway_" + name, os.path.join(sys.argv[1], name + ".py"))
        pickling = sys.modules[spec.name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(pickling)
    a, b, own = b"a" * 32, b"b" * 32, b"c" * 32
    def made(first, second, more=b""):
        content = bytearray(b"\\x8c " + first + b"\\x8c " + own + b"X \\0\\0\\0" + second + b"\\x8c " + first + more)
        pickling.settle_ids(content, {a, b})
        return bytes(content)
    one = made(a, b)
    assert one == made(b, a)                       # the ids themselves do not matter
    assert a not in one and b not in one
    assert one.count(own) == 1                     # a text that is no id of a class stays
    assert one[2:34] != one[73:105] and one[2:34] == one[107:139]
    assert made(a, a)[2:34] == made(a, a)[73:105]
    other = made(a, b, b"!")                       # other content, other ids
    assert other[2:34] != one[2:34]
    empty = bytearray(b"no id")
    pickling.settle_ids(empty, {a})
    assert empty == b"no id"
"""


def test_ids_of_classes_follow_from_the_content() -> None:
    for python in list_interpreters():
        if python.minor in ((3, 6), (3, 11), (3, 13)):
            subprocess.run([python.path, "-c", IDS, KERNEL_SIDE], check=True, timeout=60)

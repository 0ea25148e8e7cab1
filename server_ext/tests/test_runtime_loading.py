"""Loading looks at format, interpreter, cloudpickle and digests before it unpickles, and says what is wanted."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tracemalloc
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
import pytest
from builder_fixtures import Recorder
from deployments_fixtures import DOUBLING
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.engines.registry import usable_engine
from jupyterlab_slipway.problems import Code, SlipwayProblem
from runtime_fixtures import Services, make_bundle, write_bundle
from slipway_runtime import worker
from slipway_runtime.bundle import (
    BundleError,
    bundle_digest,
    check_files,
    digest,
    digest_of,
    read_file,
    read_manifest,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from deployments_fixtures import Said
    from jupyterlab_slipway.deployments.manager import Deployments

LOAD = """if 1:
    import importlib.util, json, os, sys
    spec = importlib.util.spec_from_file_location("_slipway_worker", sys.argv[1])
    worker = importlib.util.module_from_spec(spec)
    sys.modules["_slipway_worker"] = worker
    spec.loader.exec_module(worker)
    for name in sys.argv[4:]:
        __import__(name)
    try:
        functions = worker.load_functions(sys.argv[2])
    except worker.LoadError as error:
        print(json.dumps({"error": str(error), "details": error.details}))
    else:
        outcomes = [worker.score(functions, text.encode()) for text in json.loads(sys.argv[3])]
        print(json.dumps({"outcomes": outcomes, "cwd": os.getcwd()}))
"""
TRAP = (
    "class Trap:\n    def __reduce__(self):\n        return (print, ('unpickled!',))\n"
    "trap = Trap()\n\ndef predictor(x):\n    return trap\n"
)


def load(bundle: Path, *samples: object, before: tuple[str, ...] = ()) -> Any:
    """What loading `bundle` in a process of its own comes to; `before` are modules that are loaded already."""
    texts = json.dumps([json.dumps(sample) for sample in samples])
    done = subprocess.run(
        [sys.executable, "-c", LOAD, worker.__file__, str(bundle), texts, *before],
        capture_output=True,
        env={name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"},
        text=True,
        cwd="/",
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "unpickled!" not in done.stdout
    return json.loads(done.stdout)


def edit(bundle: Path, **changes: Any) -> None:
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    for key, value in changes.items():
        if isinstance(value, dict) and isinstance(manifest.get(key), dict):
            manifest[key].update(value)
        else:
            manifest[key] = value
    (bundle / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def truncate(bundle: Path, name: str = "model.pkl") -> None:
    content = (bundle / name).read_bytes()
    (bundle / name).write_bytes(content[: len(content) // 2])


def flip(bundle: Path, name: str) -> None:
    content = bytearray((bundle / name).read_bytes())
    content[len(content) // 2] ^= 1
    (bundle / name).write_bytes(content)


MINOR = f"{sys.version_info[0]}.{sys.version_info[1] + 1}.0"
SPOILED: dict[str, tuple[Callable[[Path], None], str]] = {
    "truncated": (truncate, "model.pkl is not the file that was built"),
    "edited": (lambda bundle: flip(bundle, "model.pkl"), "model.pkl is not the file that was built"),
    "replaced, and not listed": (
        lambda bundle: edit(bundle, files={"model.pkl": None}),
        "not the file that was built",
    ),
    "no model": (lambda bundle: (bundle / "model.pkl").unlink(), "No such file"),
    "from the future": (
        lambda bundle: edit(bundle, format=worker.FORMAT + 98),
        "has format 99, and this Slipway reads",
    ),
    "no number of a format": (lambda bundle: edit(bundle, format="new"), "cannot be read"),
    "no manifest": (lambda bundle: (bundle / "manifest.json").unlink(), "cannot be read"),
    "half a manifest": (lambda bundle: truncate(bundle, "manifest.json"), "cannot be read"),
    "a list for a manifest": (lambda bundle: (bundle / "manifest.json").write_text("[]"), "cannot be read"),
    "no Python": (lambda bundle: edit(bundle, python=None), "cannot be read"),
    "another minor version": (
        lambda bundle: edit(bundle, python={"version": MINOR}),
        f"captured by cpython {MINOR}",
    ),
    "another implementation": (
        lambda bundle: edit(bundle, python={"implementation": "pypy"}),
        "captured by pypy",
    ),
    "another system": (lambda bundle: edit(bundle, python={"platform": "sunos5"}), "on sunos5"),
    "another machine": (
        lambda bundle: edit(bundle, python={"machine": "s390x"}),
        "s390x and cannot be loaded by",
    ),
    "another cloudpickle": (
        lambda bundle: edit(bundle, cloudpickle="0.4.2"),
        f"captured with cloudpickle 0.4.2, and this environment has cloudpickle {cloudpickle.__version__}",
    ),
    "an edited module": (
        lambda bundle: flip(bundle, "modules/kit/core.py"),
        "modules/kit/core.py is not the file",
    ),
    "a module gone": (lambda bundle: (bundle / "modules/kit/core.py").unlink(), "No such file"),
    "code that was not built": (
        lambda bundle: (bundle / "modules/chooser.py").write_text("x = 1"),
        "modules/chooser.py was not built",
    ),
    "edited data": (lambda bundle: flip(bundle, "modules/data.txt"), "modules/data.txt is not the file"),
}


def trapped(directory: Path) -> Path:
    """A bundle with modules and data, which prints when it is unpickled."""
    names: dict[str, Any] = {"__name__": "__main__"}
    exec(TRAP, names)
    model = cloudpickle.dumps({"predictor": names["predictor"], "validator": None, "batch_predictor": None})
    modules = {"data.txt": "0123456789", "kit/__init__.py": "", "kit/core.py": "def go(x):\n    return x\n"}
    return write_bundle(directory, TRAP, model, modules=modules)


@pytest.mark.parametrize("what", SPOILED)
def test_a_spoiled_bundle_is_refused_before_it_is_unpickled(tmp_path: Path, what: str) -> None:
    bundle = trapped(tmp_path / "bundle")
    spoil, words = SPOILED[what]
    spoil(bundle)
    error = load(bundle)["error"]
    assert words in error
    assert error.endswith(".")
    assert "again" in error or "newer one" in error  # what to do


def test_the_trap_works(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="unpickled!"):
        load(trapped(tmp_path / "bundle"))


def test_the_cloudpickle_that_made_it_is_asked_for_where_it_is_needed(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle", "def predictor(x):\n    return x\n")
    edit(bundle, cloudpickle=cloudpickle.__version__)
    assert load(bundle, 1)["outcomes"] == [[worker.OK, "1"]]
    # A model of modules alone is read by pickle alone.
    plain = by_modules(
        tmp_path / "plain", {"served.py": "def predict(x):\n    return x\n"}, cloudpickle="0.4.2"
    )
    assert load(plain, 2)["outcomes"] == [[worker.OK, "2"]]


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda bundle: edit(bundle, format=99), "has format 99"),
        (lambda bundle: truncate(bundle, "manifest.json"), "cannot be read"),
        (lambda bundle: (bundle / "manifest.json").write_text("[]"), "is not a bundle's manifest"),
        (lambda bundle: (bundle / "manifest.json").unlink(), "is no bundle"),
        (truncate, "model.pkl was changed after the build"),
        (lambda bundle: flip(bundle, "modules/data.txt"), "data.txt was changed after the build"),
        (lambda bundle: (bundle / "modules/data.txt").unlink(), "data.txt cannot be read"),
        (
            lambda bundle: (bundle / "modules/more.py").write_text(""),
            "holds files that its manifest does not list",
        ),
    ],
)
def test_the_reader_says_the_same_without_unpickling(
    tmp_path: Path, spoil: Callable[[Path], None], words: str
) -> None:
    bundle = trapped(tmp_path / "bundle")
    check_files(bundle, read_manifest(bundle))
    spoil(bundle)
    with pytest.raises(BundleError) as caught:
        check_files(bundle, read_manifest(bundle))
    assert words in str(caught.value)


def test_large_files_are_digested_without_being_held(tmp_path: Path) -> None:
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    tracemalloc.start()
    try:
        assert digest_of(path)["size"] == 300_000_000
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 100_000_000
    (tmp_path / "small").write_bytes(b"content")
    assert digest_of(tmp_path / "small") == digest(b"content")


def by_modules(directory: Path, modules: dict[str, str], **keys: Any) -> Path:
    """A bundle whose predictor is `predict` of the module `served`."""
    code = (
        "import pickle, sys, types\nmodule = types.ModuleType('served')\nmodule.predict = lambda x: x\n"
        "module.predict.__module__, module.predict.__qualname__ = 'served', 'predict'\nsys.modules['served'] = module\n"
        "functions = {'predictor': module.predict, 'validator': None, 'batch_predictor': None}\n"
        "sys.stdout.buffer.write(pickle.dumps(functions))"
    )
    model = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True).stdout
    bundle = write_bundle(directory, "", model, modules=modules)
    edit(bundle, **keys)
    return bundle


def test_predictions_run_where_their_files_are(tmp_path: Path) -> None:
    served = "from pathlib import Path\ndef predict(x):\n    return Path('data.txt').read_text()\n"
    bundle = by_modules(
        tmp_path / "one", {"served.py": served, "data.txt": "found"}, data=["modules/data.txt"]
    )
    assert load(bundle, 1) == {"outcomes": [[worker.OK, '"found"']], "cwd": str(bundle / "modules")}
    without = by_modules(tmp_path / "two", {"served.py": "def predict(x):\n    return x\n"})
    assert load(without, 1) == {"outcomes": [[worker.OK, "1"]], "cwd": "/"}
    assert not list(tmp_path.rglob("__pycache__"))  # a bundle stays as it was built


def test_modules_of_the_bundle_come_before_pythons(tmp_path: Path) -> None:
    """As in the notebook, also where Python's of the same name is loaded already, with what is below it."""
    modules = {
        "served.py": "import wave, email\ndef predict(x):\n    return [wave.OURS, email.OURS, __import__('json').dumps(x)]\n",
        "wave.py": "OURS = 1\n",
        "email/__init__.py": "OURS = 2\n",
        "json/table.txt": "a directory of data is no module",
    }
    bundle = by_modules(tmp_path / "bundle", modules)
    expected = {"outcomes": [[worker.OK, '[1,2,"3"]']], "cwd": "/"}
    assert load(bundle, 3) == expected
    assert load(bundle, 3, before=("wave", "email.message")) == expected


def packages(**kept: bool) -> dict[str, Any]:
    entries = [
        {"name": f"dist-{name}", "version": "1", "bytes": 1, "kept": keep, "reason": "", "modules": [name]}
        for name, keep in kept.items()
    ]
    return {"packages": entries, "before": 2, "after": 1, "fallback": None}


def test_a_package_that_was_left_out_is_named(tmp_path: Path) -> None:
    served = (
        "def predict(x):\n    if x == 'chained':\n        try:\n            import gone.sub\n        except ImportError as error:\n"
        "            raise ImportError('install gone') from error\n    if x == 'handled':\n        try:\n            import gone\n"
        "        except ImportError:\n            return 'without'\n    import_of(x)\ndef import_of(x):\n    __import__(x)\n"
    )
    bundle = by_modules(tmp_path / "one", {"served.py": served}, packages=packages(gone=False, kept=True))
    outcomes = load(bundle, "gone.sub", "never_there", "kept", "chained", "handled")["outcomes"]
    advice = (
        "slipway: dist-gone was left out of this service, because no sample needed it. To keep it, deploy with "
        '--keep dist-gone, or write {"slipway": {"keep": ["dist-gone"]}} into the notebook\'s metadata.'
    )
    for status, text in (outcomes[0], outcomes[3]):
        assert status == worker.RAISED
        assert text.splitlines()[-1] == advice
        assert "Error: " in text.splitlines()[-2]
    for status, text in outcomes[1:3]:
        assert status == worker.RAISED
        assert "slipway:" not in text
    assert outcomes[4] == [worker.OK, '"without"']
    at_load = by_modules(
        tmp_path / "two", {"served.py": "import gone\npredict = len\n"}, packages=packages(gone=False)
    )
    error = load(at_load)["error"]
    assert error.startswith(
        "The model needs the module gone, which is not in its environment. dist-gone was left out"
    )
    other = by_modules(
        tmp_path / "three", {"served.py": "import gone\npredict = len\n"}, packages=packages(other=False)
    )
    assert load(other)["error"].endswith("Add the package that brings it to requirements.")


def test_no_module_of_slipway_is_seen_by_a_model(services: Services) -> None:
    """The directory of worker.py, where Python puts a script's, has a `settings` and a `bundle` of its own."""
    service = services.serve(
        "def predictor(x):\n    import importlib.util\n    return [importlib.util.find_spec(name) is not None for name in x]\n"
    )
    assert json.loads(service.predict(b'["settings", "bundle", "front", "json"]').body) == [
        False,
        False,
        False,
        True,
    ]


@pytest.mark.slow
def test_serve_and_the_engine_refuse_what_the_worker_refuses(
    slipway: Callable[..., Said],
    deployments: Deployments,
    saved_notebook: Callable[..., Path],
    tmp_path: Path,
) -> None:
    built = tmp_path / "built"
    said = slipway("build", saved_notebook("a.ipynb", *DOUBLING), "-o", built)
    assert said.code == 0, said.err
    assert f"Its digest is {bundle_digest(built)}." in said.out
    spoiled: list[tuple[str, Callable[[Path], None], Code, str]] = [
        ("cut", truncate, Code.START_FAILED, "odel.pkl is not the file that was built"),
        ("future", lambda bundle: edit(bundle, format=99), Code.BUNDLE_INVALID, "has format 99"),
        (
            "python",
            lambda bundle: edit(bundle, python={"platform": "sunos5"}),
            Code.BUNDLE_INVALID,
            "names another environment",
        ),
        (
            "lock",
            lambda bundle: flip(bundle, "requirements.lock"),
            Code.BUNDLE_INVALID,
            "requirements.lock was changed",
        ),
    ]
    home = deployments.records.home.root
    for name, spoil, code, words in spoiled:
        bundle = Path(shutil.copytree(built, tmp_path / name))
        spoil(bundle)
        served = slipway("serve", bundle)
        assert served.code != 0
        assert words in served.err, name
        assert code.value in served.err
        plan = Plan(
            home=home,
            bundle=bundle,
            deployment="test",
            release=1,
            identity=f"test-{name}",
            token_file=tmp_path / "token",
            log=tmp_path / f"{name}.log",
            host="127.0.0.1",
            port=1,
        )
        (tmp_path / "token").write_text("t" * 40, encoding="utf-8")
        engine = usable_engine("process")
        records: list[Any] = []
        with pytest.raises(SlipwayProblem) as caught:
            engine.start(plan, Recorder(), records.append)
        for record in records[-1:]:
            engine.stop(record, grace=1)
        assert caught.value.code is code
        assert words in caught.value.message


def test_read_file_reads_what_was_checked(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle", "def predictor(x):\n    return x\n")
    manifest = read_manifest(bundle)
    assert digest(read_file(bundle, manifest, "model.pkl")) == manifest["files"]["model.pkl"]
    with pytest.raises(BundleError, match="does not list"):
        read_file(bundle, manifest, "other.bin")


def test_a_service_answers_from_the_files_of_its_bundle(services: Services, slipway_home: Path) -> None:
    """With every worker, each of which is forked, or loads the model itself, elsewhere."""
    served = "from pathlib import Path\ndef predict(x):\n    return [x, Path('words/data.txt').read_text()]\n"
    bundle = by_modules(
        slipway_home / "bundle",
        {"served.py": served, "words/data.txt": "found"},
        data=["modules/words/data.txt"],
    )
    service = services.start(bundle, "--workers", "2").wait_ready()
    for number in range(6):
        assert json.loads(service.predict(str(number).encode()).body) == [number, "found"]
    check_files(bundle, read_manifest(bundle))


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("files", []),
        ("files", {"model.pkl": {"sha256": 1}}),
        ("python", {"version": 3}),
        ("samples", None),
        ("cells", None),
        ("functions", 1),
        ("packages", 5),
        ("data", 5),
        ("indexes", []),
    ],
)
def test_a_manifest_of_other_types_is_damaged(tmp_path: Path, key: str, value: Any) -> None:
    path = make_bundle(tmp_path / "bundle", "def predictor(x):\n    return x\n") / "manifest.json"
    content = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**content, key: value}), encoding="utf-8")
    with pytest.raises(BundleError, match="was damaged"):
        read_manifest(path.parent)

"""From a bundle to its functions: modules and data of its own, cloudpickle, packages that were left out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import cloudpickle
from runtime_fixtures import edit_manifest, load_bundle, make_bundle, write_bundle
from slipway_runtime import worker
from slipway_runtime.bundle import check_files, read_manifest

if TYPE_CHECKING:
    from runtime_fixtures import Services


def test_the_cloudpickle_that_made_it_is_asked_for_where_it_is_needed(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "bundle", "def predictor(x):\n    return x\n")
    edit_manifest(bundle, cloudpickle=cloudpickle.__version__)
    assert load_bundle(bundle, 1)["outcomes"] == [[worker.OK, "1"]]
    # A model of modules alone is read by pickle alone.
    plain = by_modules(
        tmp_path / "plain", {"served.py": "def predict(x):\n    return x\n"}, cloudpickle="0.4.2"
    )
    assert load_bundle(plain, 2)["outcomes"] == [[worker.OK, "2"]]


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
    edit_manifest(bundle, **keys)
    return bundle


def test_predictions_run_where_their_files_are(tmp_path: Path) -> None:
    served = "from pathlib import Path\ndef predict(x):\n    return Path('data.txt').read_text()\n"
    bundle = by_modules(
        tmp_path / "one", {"served.py": served, "data.txt": "found"}, data=["modules/data.txt"]
    )
    assert load_bundle(bundle, 1) == {"outcomes": [[worker.OK, '"found"']], "cwd": str(bundle / "modules")}
    without = by_modules(tmp_path / "two", {"served.py": "def predict(x):\n    return x\n"})
    assert load_bundle(without, 1) == {"outcomes": [[worker.OK, "1"]], "cwd": "/"}
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
    assert load_bundle(bundle, 3) == expected
    assert load_bundle(bundle, 3, before=("wave", "email.message")) == expected


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
    outcomes = load_bundle(bundle, "gone.sub", "never_there", "kept", "chained", "handled")["outcomes"]
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
    error = load_bundle(at_load)["error"]
    assert error.startswith(
        "The model needs the module gone, which is not in its environment. dist-gone was left out"
    )
    other = by_modules(
        tmp_path / "three", {"served.py": "import gone\npredict = len\n"}, packages=packages(other=False)
    )
    assert load_bundle(other)["error"].endswith("Add the package that brings it to requirements.")


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

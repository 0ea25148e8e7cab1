"""Every example, deployed: the service has exactly the packages that serving needs, and answers as the notebook does.

The sets below are written by hand, from what the functions of each notebook use and what that needs in turn. The
truth about answers is a plain script: the notebook's cells, run by a Python with the requirements, without Slipway.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import shutil
import subprocess
import sys
from ctypes.util import find_library
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from deployments_fixtures import ask, deploy, process_of
from jupyterlab_slipway.builder.environments import MARKER
from jupyterlab_slipway.builder.interpreters import list_interpreters
from packaging.utils import canonicalize_name
from slipway_runtime.bundle import read_manifest, read_samples

if TYPE_CHECKING:
    from jupyterlab_slipway.deployments.manager import Deployments

EXAMPLES = Path(__file__).parents[2] / "examples"

CLOUDPICKLE = {"cloudpickle"}
SCIKIT_LEARN = CLOUDPICKLE | {"scikit-learn", "numpy", "scipy", "joblib", "threadpoolctl"}
PANDAS = {"pandas", "numpy", "python-dateutil", "pytz", "tzdata"}


@dataclass(frozen=True)
class Example:
    path: str
    kept: set[str]
    """All distributions of the service's environment."""
    refused: Any
    """What the notebook's validator says no to."""
    more: list[Any] = field(default_factory=list)
    """Samples beside those that the notebook gives, which no check of the build has seen."""
    dropped: set[str] = field(default_factory=set)
    """Declared requirements that only training needs."""
    library: str | None = None
    """A shared library that no package brings."""


ALL = [
    Example("kmeans.ipynb", SCIKIT_LEARN, [1, 2, 3], [[0.3, 0.8], [1, 0]]),
    Example("support-desk.ipynb", SCIKIT_LEARN, "  ", ["The battery of my drill is broken", "xyzzy"]),
    Example(
        "wine.ipynb",
        SCIKIT_LEARN,
        {"alcohol": 13.0},
        [{"alcohol": 12.9, "flavanoids": 1.5, "color_intensity": 4.25}],
        dropped={"matplotlib", "seaborn", "pandas"},
    ),
    Example(
        "parcel-delays.ipynb",
        SCIKIT_LEARN | PANDAS,
        {"carrier": "Swift", "weekday": "Sun", "distance_km": 1, "weight_kg": 1, "express": False},
        [{"carrier": "Heron", "weekday": "Wed", "distance_km": 410, "weight_kg": 3.3, "express": True}],
    ),
    Example(
        "diabetes.ipynb",
        CLOUDPICKLE | {"lightgbm", "numpy", "scipy"},
        {"age": 50},
        [
            {"age": 47, "sex": 2, "bmi": 27.4, "bp": 93.0, "s1": 190, "s2": 118, "s3": 47}
            | {"s4": 4, "s5": 4.7, "s6": 92}
        ],
        dropped={"scikit-learn"},
        library="gomp",
    ),
    Example(
        "investment.ipynb",
        CLOUDPICKLE | PANDAS | {"statsmodels", "patsy", "scipy", "packaging"},
        {"firm": "Nobody's", "value": 1, "capital": 1},
        [{"firm": "Goodyear", "value": 300, "capital": 250.5}],
    ),
    Example(
        "nearest-place/nearest-place.ipynb",
        CLOUDPICKLE,
        {"latitude": 91, "longitude": 0},
        [{"latitude": -27.1, "longitude": -109.4}, {"latitude": 64.1, "longitude": -21.9}],
    ),
]


def test_none_is_left_out() -> None:
    found = {path.relative_to(EXAMPLES).as_posix() for path in EXAMPLES.rglob("*.ipynb")}
    found = {path for path in found if ".ipynb_checkpoints" not in path}
    assert found == {example.path for example in ALL} | {"kmeans-2018.ipynb"}


@pytest.fixture
def examples(tmp_path: Path) -> Path:
    """A copy of all, so that the directory can be taken away from a running service."""
    copy = tmp_path / "examples"
    shutil.copytree(EXAMPLES, copy, ignore=shutil.ignore_patterns("__pycache__", ".ipynb_checkpoints"))
    return copy


@pytest.mark.slow
@pytest.mark.parametrize("example", ALL, ids=lambda example: Path(example.path).stem)
def test_an_example_is_served_with_what_it_needs(
    example: Example, examples: Path, deployments: Deployments
) -> None:
    if example.library and sys.platform == "linux" and find_library(example.library) is None:
        pytest.skip(f"lib{example.library} is not at hand")
    notebook = examples / example.path
    name = deploy(deployments, notebook)
    held = environment_of(deployments, name)
    assert held == example.kept
    assert not held & example.dropped

    release = deployments.records.release(name, 1)
    python = read_manifest(release.bundle)["python"]["version"]
    truth = run_as_script(
        notebook, environment_with_requirements(deployments, notebook, python), example.more
    )
    assert len(truth) > len(example.more), "the notebook has samples of its own"
    shutil.rmtree(examples)
    for sample, answer in truth:
        status, body, _ = ask(deployments, name, json.dumps(sample))
        assert status == 200, body
        assert same(json.loads(body), answer), f"{sample}: {body} instead of {answer}"
    assert ask(deployments, name, json.dumps(example.refused))[0] == 422


@pytest.mark.slow
def test_the_example_of_2018_is_served_with_what_it_needs(examples: Path, deployments: Deployments) -> None:
    """Its points are random each time, so the truth is what it answered in the build."""
    if not any(python.minor == (3, 6) for python in list_interpreters()):
        pytest.skip("Python 3.6 is not at hand")
    name = deploy(deployments, examples / "kmeans-2018.ipynb")
    held = environment_of(deployments, name)
    assert held == CLOUDPICKLE | {"scikit-learn", "numpy", "scipy"}, "joblib was a part of scikit-learn then"
    bundle = deployments.records.release(name, 1).bundle
    (sample,) = read_samples(bundle, read_manifest(bundle))
    status, body, _ = ask(deployments, name, json.dumps(sample["input"]))
    assert (status, json.loads(body)) == (200, sample["output"])


def environment_of(deployments: Deployments, name: str) -> set[str]:
    """Distributions of the environment in which the live model runs, which its bundle tells alike."""
    bundle = deployments.records.release(name, 1).bundle
    manifest = read_manifest(bundle)
    environment = deployments.home.root / "environments" / manifest["environment"]
    service = process_of(deployments, name, 1, "service")
    pythons = [Path(process.cmdline()[0]) for process in service.children(recursive=True)]
    assert environment / "bin" / "python" in pythons, "a worker runs in that environment"

    held = distributions(environment)
    materials = (bundle / "sbom.cdx.json").read_text(encoding="utf-8")
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(materials) is None
    components = {component["name"]: component for component in json.loads(materials)["components"]}
    assert components.keys() == held | {"cpython"}
    assert all(component["licenses"] for component in components.values())
    served = manifest.get("packages")
    if served is not None:
        assert {package["name"] for package in served["packages"] if package["kept"]} == held
    return held


def distributions(environment: Path) -> set[str]:
    return set(versions(environment))


def versions(environment: Path) -> dict[str, str]:
    """Of what is installed, by normalised names."""
    (site_packages,) = environment.glob("lib/python*/site-packages")
    found = importlib.metadata.distributions(path=[str(site_packages)])
    return {canonicalize_name(distribution.name): distribution.version for distribution in found}


def environment_with_requirements(deployments: Deployments, notebook: Path, python: str) -> Path:
    """The executable of an environment that has all that the notebook declares, of the model's Python."""
    (source,) = [text for text in sources(notebook) if text.startswith("requirements = ")]
    declared: dict[str, Any] = {}
    exec(source, declared)
    pins = {canonicalize_name(name): version for name, version in declared["requirements"]}
    for path in sorted((deployments.home.root / "environments").iterdir()):
        marker = path / MARKER
        if marker.is_file() and json.loads(marker.read_text(encoding="utf-8"))["python"] == python:
            held = versions(path)
            if all(held.get(name) == version for name, version in pins.items()):
                return path / "bin" / "python"
    raise AssertionError(f"no environment of Python {python} holds {pins}")


def sources(notebook: Path) -> list[str]:
    cells = json.loads(notebook.read_text(encoding="utf-8"))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


def run_as_script(notebook: Path, python: Path, more: list[Any]) -> list[tuple[Any, Any]]:
    """(sample, answer) for the notebook's samples and for more, by its cells alone."""
    script = "\n".join(
        [
            *sources(notebook),
            "import json as _json",
            f"_samples = examples + _json.loads({json.dumps(more)!r})",
            "_answers = [(sample, predictor(sample)) for sample in _samples]",
            "print(_json.dumps(_answers, default=lambda value: value.item()))",
        ]
    )
    done = subprocess.run(
        [python, "-B", "-c", script],
        cwd=notebook.parent,
        env={"PATH": os.defpath, "HOME": str(notebook.parent), "MPLBACKEND": "agg"},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return [(sample, answer) for sample, answer in json.loads(done.stdout.splitlines()[-1])]


def same(one: Any, other: Any) -> bool:
    """Equal; floats but for the last digits, which depend on how many threads add them up."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    return type(one) is type(other) and bool(one == other)

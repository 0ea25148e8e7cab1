"""Packages without a wheel: built in isolation where that is allowed, and told; and why it is this Python."""

from __future__ import annotations

import io
import subprocess
import tarfile
from pathlib import Path

import pytest
from builder_fixtures import PREDICTOR, Build, Recorder
from jupyterlab_slipway.builder import resolve as resolving
from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.files import remove_tree
from jupyterlab_slipway.builder.interpreters import Interpreter, list_interpreters
from jupyterlab_slipway.builder.requirements import Pin
from jupyterlab_slipway.builder.resolve import resolve
from jupyterlab_slipway.builder.resolve_words import pin_words, why_this_python
from jupyterlab_slipway.problems import Code, SlipwayProblem
from wheels import make_wheel

PINS: list[Pin] = [("source-thing", "==1.0"), ("with-wheel", "==1.0")]
BACKEND = """
import os, sys, zipfile
FACTS = {
    "token": "JUPYTER_TOKEN" in os.environ,
    "isolated": not any(name.split(".")[0] == "numpy" for name in sys.modules) and sys.prefix != sys.base_prefix,
}

def get_requires_for_build_wheel(config_settings=None):
    return []

def build_wheel(directory, config_settings=None, metadata_directory=None):
    name = "source_thing-1.0-py3-none-any.whl"
    info = "source_thing-1.0.dist-info"
    with zipfile.ZipFile(os.path.join(directory, name), "w") as wheel:
        wheel.writestr("source_thing.py", "FACTS = " + repr(FACTS))
        wheel.writestr(info + "/METADATA", "Metadata-Version: 2.1\\nName: source-thing\\nVersion: 1.0\\n")
        wheel.writestr(info + "/WHEEL", "Wheel-Version: 1.0\\nGenerator: t\\nRoot-Is-Purelib: true\\nTag: py3-none-any\\n")
        wheel.writestr(info + "/RECORD", "")
    return name
"""


def make_sdist(directory: Path, backend: str = BACKEND) -> None:
    """`source-thing` 1.0, whose build needs nothing but itself."""
    files = {
        "pyproject.toml": (
            '[build-system]\nrequires = []\nbuild-backend = "backend"\nbackend-path = ["."]\n'
            '[project]\nname = "source-thing"\nversion = "1.0"\n'
        ),
        "backend.py": backend,
        "PKG-INFO": "Metadata-Version: 2.2\nName: source-thing\nVersion: 1.0\n",
    }
    directory.mkdir(parents=True, exist_ok=True)
    with tarfile.open(directory / "source_thing-1.0.tar.gz", "w:gz") as archive:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"source_thing-1.0/{name}")
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where uv finds `source-thing`, of which there is no wheel, and `with-wheel`, of which there are both."""
    path = tmp_path / "links"
    make_sdist(path)
    make_wheel(path, "with-wheel", {"with_wheel.py": ""})
    monkeypatch.setenv("UV_FIND_LINKS", str(path))
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    pythons = list_interpreters()[:2]
    monkeypatch.setattr(resolving.LocalPythons, "newest_first", lambda self: pythons)
    return path


@pytest.mark.slow
def test_what_has_no_wheel_is_built_in_isolation_and_named(
    links: Path, slipway_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_TOKEN", "secret")
    monkeypatch.setenv("UV_NO_BUILD_ISOLATION", "1")
    store = EnvironmentStore(slipway_home)
    progress = Recorder()
    found = resolve(PINS, None, store.resolutions, progress)
    short = found.interpreter.short
    assert f"Python {short} has no wheel of source-thing 1.0: building from source" in progress.said
    assert "source-thing 1.0 is built from source" in found.note
    assert "with-wheel" not in found.note
    python = store.ensure(found.lock, found.interpreter, progress)
    code = "import source_thing; print(source_thing.FACTS)"
    said = subprocess.run([python, "-c", code], capture_output=True, check=True, encoding="utf-8").stdout
    assert said.strip() == "{'token': False, 'isolated': True}"
    remove_tree(slipway_home)


@pytest.mark.slow
def test_source_builds_may_be_forbidden(links: Path, tmp_path: Path) -> None:
    kept = tmp_path / "resolutions"
    resolve(PINS, None, kept, Recorder())
    with pytest.raises(SlipwayProblem) as caught:
        resolve(PINS, None, kept, Recorder(), source_builds=False)
    assert caught.value.code is Code.NO_PYTHON
    for words in ("source-thing==1.0", "--no-source-builds", "SlipwayExtension.source_builds"):
        assert words in caught.value.message
    assert "with-wheel" not in caught.value.message


@pytest.mark.slow
def test_a_build_heeds_that_they_are_forbidden(links: Path, build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, requirements='requirements = [["source-thing", "1.0"]]', source_builds=False)
    assert caught.value.code is Code.NO_PYTHON
    assert "SlipwayExtension.source_builds" in caught.value.message


@pytest.mark.slow
def test_a_build_that_fails_is_in_the_log(links: Path, tmp_path: Path) -> None:
    make_sdist(links, BACKEND.replace("FACTS = {", "raise SystemExit('no compiler here')\nFACTS = {"))
    progress = Recorder()
    with pytest.raises(SlipwayProblem) as caught:
        resolve(PINS, None, tmp_path / "resolutions", progress)
    assert caught.value.code is Code.NO_PYTHON
    assert "source-thing==1.0" in caught.value.message
    assert "no compiler here" in progress.outputs["resolve"]


# -- why it is this Python


def pythons(*versions: str) -> list[Interpreter]:
    return [Interpreter(Path("/p"), f"{version}.1", "cpython", "linux", "x86_64") for version in versions]


def no_wheel(name: str) -> str:
    return (
        f"Because {name}==1.0 has no usable wheels and you require {name}==1.0, we can conclude that…\n\n"
        f"hint: Wheels are required for `{name}` because building from source is disabled for all packages"
    )


SIX, SEVEN, EIGHT = pythons("3.6", "3.7", "3.8")
AB: dict[str, Pin] = {"a": ("A", "==1.0"), "b": ("b", ">=1,<2")}


def why(
    python: Interpreter,
    failed: dict[Interpreter, str],
    wheels: dict[str, list[Interpreter]],
    own: Interpreter | None = None,
) -> str:
    def has_wheel(pin: Pin, other: Interpreter) -> bool:
        return other in wheels[pin[0].lower()]

    return why_this_python(python, own, [EIGHT, SEVEN, SIX], failed, AB, has_wheel, "at hand")


def test_the_pin_that_excludes_all_newer_pythons_is_named() -> None:
    failed = {EIGHT: no_wheel("b"), SEVEN: no_wheel("a")}
    said = why(SIX, failed, {"a": [SIX], "b": [SIX, SEVEN]})
    assert said.startswith(
        "Python 3.6: the newest of 3.6 … 3.8 at hand for which A 1.0 has a wheel (on 3.7: a==1.0"
    )


def test_pins_that_exclude_one_each_are_all_named() -> None:
    failed = {EIGHT: no_wheel("b"), SEVEN: no_wheel("a")}
    said = why(SIX, failed, {"a": [SIX, EIGHT], "b": [SIX, SEVEN]})
    assert "every pin has a wheel: A 1.0 has none for 3.7, b >=1,<2 has none for 3.8 (on 3.7:" in said


def test_a_reason_that_is_no_missing_wheel_is_told_as_it_is() -> None:
    said = why(SEVEN, {EIGHT: "Because a==1.0 depends on c<1, we can conclude that"}, {})
    assert said.endswith("at hand on which all pins resolve to wheels (on 3.8: a==1.0 depends on c<1).")


def test_the_notebooks_own_python_and_the_newest_need_no_reason() -> None:
    assert why(SIX, {}, {}, own=SIX) == "Python 3.6: the version that the notebook was written with."
    assert why(EIGHT, {}, {}) == "Python 3.8: the newest of 3.6 … 3.8 at hand."
    said = why(EIGHT, {SIX: no_wheel("a")}, {"a": [EIGHT]}, own=SIX)
    assert said == "Python 3.8: the newest of 3.6 … 3.8 at hand (on 3.6: a==1.0 has no usable wheels)."


def test_pins_in_words() -> None:
    assert pin_words(("scipy", "==1.0.1")) == "scipy 1.0.1"
    assert pin_words(("scipy", "==1.*")) == "scipy 1.*"
    assert pin_words(("scipy", ">=1,<2")) == "scipy >=1,<2"

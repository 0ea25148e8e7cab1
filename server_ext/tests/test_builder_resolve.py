"""Pins that resolve nowhere, each told with the pin and the Pythons; and environments that are made once."""

from __future__ import annotations

import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from filelock import FileLock
from jupyterlab_slipway.builder import interpreters
from jupyterlab_slipway.builder import resolve as resolving
from jupyterlab_slipway.builder.environments import MARKER, EnvironmentStore
from jupyterlab_slipway.builder.files import remove_tree
from jupyterlab_slipway.builder.interpreters import Interpreter, list_interpreters, span
from jupyterlab_slipway.builder.requirements import Pin, name_of
from jupyterlab_slipway.builder.resolve import resolve
from jupyterlab_slipway.builder.resolve_words import unknown_package, unknown_version
from jupyterlab_slipway.builder.uv_words import unreachable
from jupyterlab_slipway.problems import Code, SlipwayProblem

TINY: list[Pin] = [("iniconfig", "==2.0.0")]


def fails(pins: list[Pin], tmp_path: Path) -> SlipwayProblem:
    told = Recorder()
    with pytest.raises(SlipwayProblem) as caught:
        resolve(pins, None, tmp_path / "resolutions", told)
    print(told.outputs, told.notes)  # shown where the test fails: what the index answered
    assert not (tmp_path / "resolutions").exists()
    return caught.value


@pytest.fixture
def two_pythons(monkeypatch: pytest.MonkeyPatch) -> tuple[Interpreter, ...]:
    """The newest two, so that trying all of them is quick."""
    pythons = list_interpreters()[:2]
    monkeypatch.setattr(interpreters, "list_interpreters", lambda: pythons)
    return pythons


@pytest.mark.slow
def test_an_unknown_package_is_named(
    tmp_path: Path, two_pythons: tuple[Interpreter, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "40")  # however wide the user's terminal is
    problem = fails([("slipway-no-such-package-7f3a", "==1.0")], tmp_path)
    assert problem.code is Code.PACKAGE_UNKNOWN
    assert "slipway-no-such-package-7f3a" in problem.message


@pytest.mark.slow
@pytest.mark.parametrize("specifier", ["==99.1", ">=99"])
def test_an_unknown_version_is_named(
    tmp_path: Path, two_pythons: tuple[Interpreter, ...], specifier: str
) -> None:
    problem = fails([("iniconfig", specifier)], tmp_path)
    assert problem.code is Code.VERSION_UNKNOWN
    assert f'iniconfig that fits "{specifier}"' in problem.message
    assert span(two_pythons) in problem.message


@pytest.mark.parametrize(
    ("pin", "words"),
    [
        (("sklearn", "==1.7.2"), 'the package is scikit-learn. Write ["scikit-learn", "1.7.2"]'),
        (("pil", ">=9,<12"), 'the package is pillow. Write ["pillow", ">=9,<12"]'),
        (("cv2[x]", "==4.*"), "`cv2` is what one imports; the package is opencv-python-headless."),
        (("scikit_learn", "==99"), None),
        (("Pillow", "==99"), None),
        (("slipway-no-such", "==1"), None),
    ],
)
def test_the_name_that_is_imported_is_told_from_the_packages(pin: Pin, words: str | None) -> None:
    for problem in (
        unknown_version(pin, list_interpreters()[:1]),
        unknown_package(name_of(pin), {name_of(pin): pin}, {}),
    ):
        if words is None:
            assert "is what one imports" not in problem.message
        else:
            assert words in problem.message
            assert "Correct the version" not in problem.message


@pytest.mark.slow
def test_a_version_of_the_imported_name_is_told_by_the_package(
    tmp_path: Path, two_pythons: tuple[Interpreter, ...]
) -> None:
    problem = fails([("sklearn", "==1.7.2")], tmp_path)
    assert problem.code in (Code.VERSION_UNKNOWN, Code.PACKAGE_UNKNOWN)
    assert "`sklearn` is what one imports; the package is scikit-learn." in problem.message


@pytest.mark.slow
def test_pins_that_exclude_each_other_are_named(tmp_path: Path, two_pythons: tuple[Interpreter, ...]) -> None:
    problem = fails([("requests", "==2.31.0"), ("urllib3", "==1.20")], tmp_path)
    assert problem.code is Code.PINS_CONFLICT
    assert "requests==2.31.0 depends on urllib3" in problem.message
    assert "urllib3==1.20" in problem.message


@pytest.mark.slow
def test_pins_that_install_on_no_python_are_named_with_the_pythons(
    tmp_path: Path, two_pythons: tuple[Interpreter, ...]
) -> None:
    problem = fails([("pandas", "==2.2.0"), ("numpy", "==1.15")], tmp_path)
    assert problem.code is Code.NO_PYTHON
    assert "numpy==1.15 has no wheel for any of them" in problem.message
    assert span(two_pythons) in problem.message
    assert "SLIPWAY_PYTHONS" in problem.message


def test_an_index_that_does_not_answer_is_told_with_the_cause_and_not_with_uvs_hint() -> None:
    words = (
        "error: Failed to fetch: https://index.example/simple/thing/\n"
        "  cause: client error (Connect)\n"
        "  cause: invalid peer certificate: UnknownIssuer\n"
        "\n"
        "hint: Consider enabling use of system TLS certificates with the `--system-certs` command-line flag\n"
    )
    message = unreachable(words).message
    assert "did not answer (invalid peer certificate: UnknownIssuer)." in message
    assert "--system-certs" not in message


@pytest.mark.slow
def test_an_index_that_does_not_answer_is_told_without_credentials(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("UV_DEFAULT_INDEX", f"http://me:secret@127.0.0.1:{unused.getsockname()[1]}/simple")
        monkeypatch.setenv("UV_HTTP_RETRIES", "0")
        monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
        problem = fails(TINY, tmp_path)
    assert problem.code is Code.INDEX_UNREACHABLE
    assert "127.0.0.1" in problem.message
    assert "secret" not in problem.message


@pytest.mark.slow
def test_the_notebooks_own_version_comes_first_and_a_resolution_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    oldest_with_wheels = list_interpreters()[-1] if len(list_interpreters()) == 1 else list_interpreters()[1]
    first = resolve(TINY, f"{oldest_with_wheels.short}.99", tmp_path, Recorder())
    assert first.interpreter == oldest_with_wheels
    assert "the notebook was written with" in first.note
    assert "iniconfig==2.0.0" in first.lock
    assert "cloudpickle==" in first.lock
    assert "--hash=sha256:" in first.lock

    def asked(*_: object, **__: object) -> None:
        raise AssertionError("uv was asked again")

    monkeypatch.setattr(resolving, "call_uv", asked)
    assert resolve(TINY, f"{oldest_with_wheels.short}.99", tmp_path, Recorder()) == first


@pytest.mark.slow
def test_a_pin_of_cloudpickle_wins(tmp_path: Path) -> None:
    assert "cloudpickle==3.0.0" in resolve([("cloudpickle", "==3.0.0")], None, tmp_path, Recorder()).lock


@pytest.mark.slow
def test_an_environment_is_made_once_and_never_used_half_made(tmp_path: Path) -> None:
    store = EnvironmentStore(tmp_path / "home")  # other tests may have made it in the one that all share
    resolution = resolve(TINY, None, store.resolutions, Recorder())
    progress = Recorder()
    python = store.ensure(resolution.lock, resolution.interpreter, progress)
    assert "iniconfig==2.0.0" in progress.outputs["install"]
    directory = python.parent.parent
    assert (directory / MARKER).is_file()
    assert not directory.stat().st_mode & 0o222
    again = Recorder()
    assert store.ensure(resolution.lock, resolution.interpreter, again) == python
    assert not again.outputs

    # What a killed build leaves: a directory without its marker, and a lock that nobody holds.
    directory.chmod(0o700)
    (directory / MARKER).unlink()
    (directory / "half").touch()
    assert store.ensure(resolution.lock, resolution.interpreter, again) == python
    assert (directory / MARKER).is_file()
    assert not (directory / "half").exists()
    with FileLock(f"{directory}.lock", timeout=1):
        pass


@pytest.mark.slow
def test_a_wheel_with_a_wrong_hash_is_refused_and_nothing_stays(store: EnvironmentStore) -> None:
    python = list_interpreters()[0]
    lock = "iniconfig==2.0.0 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    with pytest.raises(SlipwayProblem) as caught:
        store.ensure(lock, python, Recorder())
    assert caught.value.code is Code.INSTALL_FAILED
    assert not (store.environments / store.digest(lock, python)).exists()


def test_removing_a_read_only_tree(tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    (tree / "a").mkdir(parents=True)
    (tree / "a" / "f").touch()
    (tree / "a").chmod(0o500)
    remove_tree(tree)
    assert not tree.exists()


def test_a_tree_is_removed_by_two_at_once(tmp_path: Path) -> None:
    for number in range(20):
        tree = tmp_path / str(number)
        for name in "abcdefgh":
            (tree / name / name).mkdir(parents=True)
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(remove_tree, [tree] * 4))
        assert not tree.exists()

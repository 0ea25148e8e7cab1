"""Environments under faults: builds that are killed, two at once, indexes that break off, locks of other machines."""

from __future__ import annotations

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import PREDICTOR, Build, Recorder
from conftest import processes_of
from deployments_fixtures import until
from jupyterlab_slipway.builder import environments, resolve
from jupyterlab_slipway.builder.environments import MARKER, EnvironmentStore
from jupyterlab_slipway.builder.files import remove_tree
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.uses import last_used, lock_of, users_of
from jupyterlab_slipway.problems import Code, SlipwayProblem
from package_index import PackageIndex, serving
from slipway_runtime.bundle import LOCK, BundleError, Manifest, digest
from wheels import make_wheel

PYTHON = list_interpreters()[0]
MODULES = 1500
"""Files of the package that is installed while builds are killed: enough to be met in the middle."""

ENSURE = """
import json, sys
from pathlib import Path
from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.interpreters import Interpreter

class Progress:
    text = ""
    def output(self, phase, text):
        self.text += text

python = json.loads(sys.argv[3])
lock = Path(sys.argv[2]).read_text(encoding="utf-8")
progress = Progress()
python = Interpreter(**{**python, "path": Path(python["path"])})
print(EnvironmentStore(Path(sys.argv[1])).ensure(lock, python, progress))
print("installed" if progress.text else "found")
"""


@pytest.fixture
def own_store(slipway_home: Path) -> Iterator[EnvironmentStore]:
    yield EnvironmentStore(slipway_home)
    remove_tree(slipway_home)


@pytest.fixture
def many_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The lock of a package with many files, which uv finds."""
    files = {f"many/m{number}.py": f"VALUE = {number}\n" for number in range(MODULES)}
    wheel = make_wheel(tmp_path / "links", "many", {"many/__init__.py": "", **files})
    monkeypatch.setenv("UV_FIND_LINKS", str(wheel.parent))
    lock = tmp_path / "many.lock"
    lock.write_text(
        f"many==1.0 \\\n    --hash=sha256:{digest(wheel.read_bytes())['sha256']}\n", encoding="utf-8"
    )
    return lock


def start_ensure(store: EnvironmentStore, lock: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", ENSURE, str(store.root), str(lock), json.dumps(asdict(PYTHON), default=str)],
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )


def is_whole(directory: Path) -> bool:
    """Nothing is missing in an environment with the package of many files."""
    return len(list(directory.glob("lib/python*/site-packages/many/m*.py"))) == MODULES


@pytest.mark.slow
def test_two_builds_at_once_make_one_environment(own_store: EnvironmentStore, many_files: Path) -> None:
    both = [start_ensure(own_store, many_files) for _ in range(2)]
    said = [process.communicate(timeout=120)[0].splitlines() for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert said[0][0] == said[1][0]
    assert sorted(lines[1] for lines in said) == ["found", "installed"]
    assert is_whole(Path(said[0][0]).parent.parent)


@pytest.mark.slow
def test_no_half_environment_is_used_after_a_build_was_killed(
    own_store: EnvironmentStore, many_files: Path
) -> None:
    lock = many_files.read_text(encoding="utf-8")
    directory = own_store.environments / own_store.digest(lock, PYTHON)
    process = start_ensure(own_store, many_files)
    until(directory.exists, "it begins")
    began = time.monotonic()
    assert process.wait(120) == 0
    whole = time.monotonic() - began
    half_made = 0
    for quarter in range(4):
        remove_tree(directory)
        process = start_ensure(own_store, many_files)
        until(directory.exists, "it begins")
        time.sleep(whole * random.uniform(quarter, quarter + 1) / 4)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert is_whole(directory) or not (directory / MARKER).exists()
        half_made += not (directory / MARKER).exists()
        python = own_store.ensure(lock, PYTHON, Recorder())
        assert (directory / MARKER).is_file()
        assert is_whole(directory)
        subprocess.run([python, "-c", "import many.m7"], check=True)
    assert half_made > 0, "no kill met it in the middle"
    until(lambda: processes_of(own_store.root) == [], "what the killed ones had started has ended")


@pytest.mark.slow
def test_a_build_again_with_the_same_lock_installs_nothing(
    build: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = (PREDICTOR, "examples = [1]")
    build(*cells, requirements='requirements = [["iniconfig", "2.0.0"]]')

    def asked(*words: Any, **_: Any) -> None:
        raise AssertionError(f"uv was asked: {words}")

    monkeypatch.setattr(environments, "call_uv", asked)
    monkeypatch.setattr(resolve, "call_uv", asked)
    again = build(*cells, requirements='requirements = [["iniconfig", "2.0.0"]]', into="again")
    assert "install" not in again.progress.outputs


@pytest.mark.slow
def test_who_gets_an_environment_is_noted_as_its_user(own_store: EnvironmentStore) -> None:
    python = own_store.ensure("", PYTHON, Recorder())
    directory = python.parent.parent
    assert [user["pid"] for user in users_of(directory)] == [os.getpid()]
    assert time.time() - last_used(directory) < 60
    other = start_ensure(own_store, Path(os.devnull))
    assert other.communicate(timeout=60)[0].splitlines() == [str(python), "found"]
    assert [user["pid"] for user in users_of(directory)] == [os.getpid()], "the other has ended"


# -- indexes and their files


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """The only index there is, with an empty cache before it; it does not wait long."""
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    monkeypatch.setenv("UV_HTTP_TIMEOUT", "1")
    with serving() as found:
        monkeypatch.setenv("UV_DEFAULT_INDEX", found.url)
        found.add(make_wheel(tmp_path / "wheels", "thing", {"thing.py": "VALUE = 1\n" * 20_000}))
        yield found


def lock_of_thing(index: PackageIndex) -> str:
    (content,) = index.files["thing"].values()
    return f"thing==1.0 \\\n    --hash=sha256:{hashlib.sha256(content).hexdigest()}\n"


def install_fails(store: EnvironmentStore, lock: str) -> SlipwayProblem:
    with pytest.raises(SlipwayProblem) as caught:
        store.ensure(lock, PYTHON, Recorder())
    directory = store.environments / store.digest(lock, PYTHON)
    assert not directory.exists(), "nothing half made is left"
    assert lock_of(directory).acquire(timeout=1), "nor is anybody kept from making it"
    return caught.value


@pytest.mark.slow
def test_hashes_are_required_with_an_empty_cache_as_well(
    own_store: EnvironmentStore, index: PackageIndex
) -> None:
    python = own_store.ensure(lock_of_thing(index), PYTHON, Recorder())
    assert len(index.downloads) >= 1
    subprocess.run([python, "-c", "import thing"], check=True)
    assert "hash" in install_fails(own_store, "thing==1.0\n").message


@pytest.mark.slow
def test_a_file_that_is_not_the_locked_one_is_refused(
    own_store: EnvironmentStore, index: PackageIndex, tmp_path: Path
) -> None:
    lock = lock_of_thing(index)
    index.add(make_wheel(tmp_path / "other", "thing", {"thing.py": "VALUE = 'evil'"}))
    problem = install_fails(own_store, lock)
    assert problem.code is Code.INSTALL_FAILED
    assert "thing==1.0 is not the file that was locked" in problem.message


@pytest.mark.slow
@pytest.mark.parametrize("fault", ["stalls", "breaks off"])
def test_an_index_that_fails_in_the_middle_of_a_file_is_told(
    own_store: EnvironmentStore, index: PackageIndex, fault: str
) -> None:
    lock = lock_of_thing(index)
    if fault == "stalls":
        index.stalls = threading.Event()
    else:
        index.breaks_off = True
    problem = install_fails(own_store, lock)
    assert problem.code is Code.INDEX_UNREACHABLE
    assert "while it sent thing==1.0" in problem.message
    if index.stalls is not None:
        index.stalls.set()
    index.stalls, index.breaks_off = None, False
    own_store.ensure(lock, PYTHON, Recorder())  # as soon as it works again


@pytest.mark.slow
def test_a_resolution_that_the_index_breaks_off_is_told(index: PackageIndex, tmp_path: Path) -> None:
    index.stalls = threading.Event()
    index.add(make_wheel(tmp_path / "wheels", "cloudpickle", {"cloudpickle.py": ""}, version="3.0"))
    with pytest.raises(SlipwayProblem) as caught:
        resolve.resolve([("thing", "==1.0")], None, tmp_path / "resolutions", Recorder())
    assert caught.value.code is Code.INDEX_UNREACHABLE
    assert "no whole file of thing 1.0" in caught.value.message
    assert not (tmp_path / "resolutions").exists()


@pytest.mark.slow
def test_a_package_that_is_installed_here_alone_is_told_with_what_to_do(
    index: PackageIndex, tmp_path: Path
) -> None:
    index.add(make_wheel(tmp_path / "wheels", "cloudpickle", {"cloudpickle.py": ""}, version="3.0"))
    with pytest.raises(SlipwayProblem) as caught:
        resolve.resolve([("my_team_tools", "==0.1")], None, tmp_path / "resolutions", Recorder())
    assert caught.value.code is Code.PACKAGE_UNKNOWN
    assert '"my_team_tools"' in caught.value.message
    assert "beside the notebook" in caught.value.message


# -- bundles of other machines


def bundle_for(tmp_path: Path, lock: str = "", **python: str) -> tuple[Path, Manifest]:
    """As much of a bundle as an environment needs."""
    identity: Any = {
        "version": PYTHON.version,
        "implementation": "cpython",
        "platform": PYTHON.platform,
        "machine": PYTHON.machine,
        **python,
    }
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    (bundle / LOCK).write_text(lock, encoding="utf-8")
    manifest: Any = {
        "python": identity,
        "environment": environments.digest(lock, identity),
        "files": {LOCK: digest(lock.encode())},
    }
    return bundle, manifest


@pytest.mark.parametrize(
    ("python", "words"),
    [
        ({"platform": "darwin", "machine": "arm64"}, "built on darwin arm64"),
        ({"machine": "riscv64"}, f"built on {PYTHON.platform} riscv64"),
        ({"version": "3.99.1"}, "Install a Python 3.99"),
        ({"implementation": "pypy"}, "needs pypy"),
    ],
)
def test_a_bundle_of_another_machine_or_python_is_refused(
    own_store: EnvironmentStore, tmp_path: Path, python: dict[str, str], words: str
) -> None:
    bundle, manifest = bundle_for(tmp_path, **python)
    with pytest.raises(SlipwayProblem) as caught:
        own_store.provide(bundle, manifest, Recorder())
    assert caught.value.code is Code.NO_PYTHON
    assert words in caught.value.message


def test_a_manifest_that_names_another_environment_is_refused(
    own_store: EnvironmentStore, tmp_path: Path
) -> None:
    bundle, manifest = bundle_for(tmp_path)
    manifest["environment"] = "../../elsewhere"
    with pytest.raises(BundleError, match="another environment"):
        own_store.provide(bundle, manifest, Recorder())
    manifest["files"] = {LOCK: digest(b"edited")}
    with pytest.raises(BundleError, match="changed after the build"):
        own_store.provide(bundle, manifest, Recorder())


@pytest.mark.slow
def test_another_patch_of_the_same_python_will_do(own_store: EnvironmentStore, tmp_path: Path) -> None:
    bundle, manifest = bundle_for(tmp_path, version=f"{PYTHON.short}.99")
    assert own_store.provide(bundle, manifest, Recorder()).exists()

"""Loading looks at format, interpreter, cloudpickle and digests before it unpickles, and says what is wanted."""

from __future__ import annotations

import json
import shutil
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
from runtime_fixtures import edit_manifest, load_bundle, make_bundle, write_bundle
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

TRAP = (
    "class Trap:\n    def __reduce__(self):\n        return (print, ('unpickled!',))\n"
    "trap = Trap()\n\ndef predictor(x):\n    return trap\n"
)


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
        lambda bundle: edit_manifest(bundle, files={"model.pkl": None}),
        "not the file that was built",
    ),
    "no model": (lambda bundle: (bundle / "model.pkl").unlink(), "No such file"),
    "from the future": (
        lambda bundle: edit_manifest(bundle, format=worker.FORMAT + 98),
        "has format 99, and this Slipway reads",
    ),
    "no number of a format": (lambda bundle: edit_manifest(bundle, format="new"), "cannot be read"),
    "no manifest": (lambda bundle: (bundle / "manifest.json").unlink(), "cannot be read"),
    "half a manifest": (lambda bundle: truncate(bundle, "manifest.json"), "cannot be read"),
    "a list for a manifest": (lambda bundle: (bundle / "manifest.json").write_text("[]"), "cannot be read"),
    "no Python": (lambda bundle: edit_manifest(bundle, python=None), "cannot be read"),
    "another minor version": (
        lambda bundle: edit_manifest(bundle, python={"version": MINOR}),
        f"captured by cpython {MINOR}",
    ),
    "another implementation": (
        lambda bundle: edit_manifest(bundle, python={"implementation": "pypy"}),
        "captured by pypy",
    ),
    "another system": (lambda bundle: edit_manifest(bundle, python={"platform": "sunos5"}), "on sunos5"),
    "another machine": (
        lambda bundle: edit_manifest(bundle, python={"machine": "s390x"}),
        "s390x and cannot be loaded by",
    ),
    "another cloudpickle": (
        lambda bundle: edit_manifest(bundle, cloudpickle="0.4.2"),
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
    error = load_bundle(bundle)["error"]
    assert words in error
    assert error.endswith(".")
    assert "again" in error or "newer one" in error  # what to do


def test_the_trap_works(tmp_path: Path) -> None:
    with pytest.raises(AssertionError, match="unpickled!"):
        load_bundle(trapped(tmp_path / "bundle"))


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda bundle: edit_manifest(bundle, format=99), "has format 99"),
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
        ("future", lambda bundle: edit_manifest(bundle, format=99), Code.BUNDLE_INVALID, "has format 99"),
        (
            "python",
            lambda bundle: edit_manifest(bundle, python={"platform": "sunos5"}),
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

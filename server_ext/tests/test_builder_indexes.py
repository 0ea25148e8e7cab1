"""An index for a single package, said in the notebook's metadata; its credentials are kept nowhere."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from builder_fixtures import PREDICTOR, Build, Recorder
from jupyterlab_slipway.builder.environments import EnvironmentStore
from jupyterlab_slipway.builder.files import remove_tree
from jupyterlab_slipway.builder.indexes import write_project
from jupyterlab_slipway.builder.notebook_settings import check_declared, read_settings
from jupyterlab_slipway.builder.resolve import resolve
from jupyterlab_slipway.problems import Code, SlipwayProblem
from package_index import CREDENTIALS, PASSWORD, USER, PackageIndex, serving
from slipway_runtime.bundle import read_manifest
from wheels import make_wheel

URL = "https://packages.example/simple"
USING = "import slipway_thing\ndef predictor(x):\n    return x * slipway_thing.FACTOR\nexamples = [1]"
PINNED = 'requirements = [["slipway-thing", "1.0"]]'


def settings(**content: Any) -> Any:
    return read_settings({"slipway": content})


def refused(content: Any) -> str:
    with pytest.raises(SlipwayProblem) as caught:
        read_settings({"slipway": content})
    assert caught.value.code is Code.SETTINGS_INVALID
    return caught.value.message


def test_settings_are_read_with_normalised_names() -> None:
    found = settings(
        indexes={"Slipway_Thing": URL, "b": "file:///srv/simple"}, keep=["SciPy", "scipy", "a.b"]
    )
    assert dict(found.indexes) == {"slipway-thing": URL, "b": "file:///srv/simple"}
    assert found.keep == ("scipy", "a-b")


@pytest.mark.parametrize("metadata", [None, {}, [], "x", {"slipway": None}, {"slipway": {}}])
def test_a_notebook_that_says_nothing_has_no_settings(metadata: Any) -> None:
    found = read_settings(metadata)
    assert (dict(found.indexes), found.keep) == ({}, ())


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ([], "no object"),
        ({"index": {}}, "'index'"),
        ({"indexes": ["torch"]}, "`indexes`"),
        ({"indexes": {"--index-url x": URL}}, "no name of a package"),
        ({"indexes": {"torch[cpu]": URL}}, "no name of a package"),
        ({"indexes": {"torch": URL, "Torch": URL}}, "two indexes"),
        ({"indexes": {"torch": 1}}, "no URL"),
        ({"indexes": {"torch": "packages.example/simple"}}, "no URL"),
        ({"indexes": {"torch": "ftp://packages.example/simple"}}, "no URL"),
        ({"indexes": {"torch": "https://packages.example/a b"}}, "no URL"),
        ({"indexes": {"torch": 'https://packages.example/"\n[tool.uv]'}}, "no URL"),
        ({"indexes": {"torch": "https://packages.example:x/"}}, "no URL"),
        ({"indexes": {"torch": "https:///simple"}}, "without a host"),
        ({"indexes": {"torch": "file://elsewhere/simple"}}, "another machine"),
        ({"indexes": {"torch": f"{URL}?key=1"}}, "`?`"),
        ({"keep": "scipy"}, "no list"),
        ({"keep": ["scipy==1"]}, "no name of a package"),
        ({"keep": [None]}, "no name of a package"),
    ],
)
def test_settings_that_cannot_be_are_told(content: Any, words: str) -> None:
    assert words in refused(content)


@pytest.mark.parametrize(
    "url", ["https://me:pa55@packages.example/simple", "https://tok3n-pa55@packages.example/"]
)
def test_credentials_in_a_url_are_refused_and_not_repeated(url: str) -> None:
    message = refused({"indexes": {"my-torch": url}})
    assert "pa55" not in message
    assert "UV_INDEX_MY_TORCH_USERNAME" in message


def test_an_index_is_for_declared_packages() -> None:
    check_declared(settings(indexes={"torch": URL}), [("Torch[x]", "==2.0")])
    with pytest.raises(SlipwayProblem) as caught:
        check_declared(settings(indexes={"torch": URL}), [("numpy", "==2.0")])
    assert caught.value.code is Code.SETTINGS_INVALID
    assert "torch" in caught.value.message


def test_uv_is_told_by_an_explicit_source(tmp_path: Path) -> None:
    lines = ["Torch[x]==2.0", "numpy==2.0", "cloudpickle"]
    path = write_project(tmp_path, lines, {"torch": URL, "scipy": URL})
    assert path is not None
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    assert content["project"]["dependencies"] == ["Torch[x]==2.0"]
    assert content["tool"]["uv"]["index"] == [{"name": "torch", "url": URL, "explicit": True}]
    assert content["tool"]["uv"]["sources"] == {"torch": {"index": "torch"}}
    assert write_project(tmp_path, lines, {"scipy": URL}) is None


# -- with a real index


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PackageIndex]:
    """Has `slipway-thing` 1.0, which needs iniconfig, and an iniconfig 99.0 that nobody asked for."""
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    wheels = tmp_path / "wheels"
    with serving() as found:
        found.add(
            make_wheel(
                wheels, "slipway-thing", {"slipway_thing.py": "FACTOR = 3"}, requires=["iniconfig<=99"]
            )
        )
        found.add(make_wheel(wheels, "iniconfig", {"iniconfig.py": ""}, version="99.0"))
        yield found


@pytest.fixture
def other_store(slipway_home: Path) -> Iterator[EnvironmentStore]:
    """An empty one, as on another machine."""
    yield EnvironmentStore(slipway_home)
    remove_tree(slipway_home)


def of(index: PackageIndex) -> dict[str, Any]:
    return {"slipway": {"indexes": {"Slipway_Thing": index.url}}}


@pytest.mark.slow
def test_a_package_comes_from_its_index_and_what_it_needs_does_not(
    build: Build,
    index: PackageIndex,
    other_store: EnvironmentStore,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("UV_NO_SOURCES", "1")  # a setting of the user that would undo it
    built = build(USING, requirements=PINNED, metadata=of(index))
    lock = (built.bundle / "requirements.lock").read_text(encoding="utf-8")
    assert "slipway-thing==1.0 \\\n    --hash=sha256:" in lock
    assert "iniconfig==99.0" not in lock
    assert [path for path in index.asked if "iniconfig" in path] == []
    assert built.samples == [{"input": 1, "output": 3}]
    manifest = read_manifest(built.bundle)
    assert manifest["indexes"] == {"slipway-thing": index.url}
    materials = (built.bundle / "sbom.cdx.json").read_text(encoding="utf-8")
    assert f"pkg:pypi/slipway-thing@1.0?repository_url={index.url}" in unquote(materials)

    # `slipway serve` elsewhere: nothing installed, nothing in uv's cache
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "another-cache"))
    index.asked.clear()
    python = other_store.provide(built.bundle, manifest, Recorder())
    assert python.is_relative_to(other_store.environments)
    assert list(python.parent.parent.glob("lib/python*/site-packages/slipway_thing.py"))
    assert len(index.downloads) >= 1


@pytest.mark.slow
@pytest.mark.parametrize("where", ["variables", "netrc", "configuration"])
def test_credentials_come_from_uv_and_are_kept_nowhere(
    index: PackageIndex,
    other_store: EnvironmentStore,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    where: str,
) -> None:
    index.private = True
    give_credentials(index, where, monkeypatch, tmp_path)
    progress = Recorder()
    indexes = {"slipway-thing": index.url}
    found = resolve([("slipway-thing", "==1.0")], None, other_store.resolutions, progress, indexes=indexes)
    other_store.ensure(found.lock, found.interpreter, progress, indexes=indexes)
    assert "slipway-thing==1.0" in progress.outputs["install"]
    check_no_secret(other_store.root, progress)


@pytest.mark.slow
def test_a_bundle_and_its_logs_hold_no_credentials(
    build: Build, index: PackageIndex, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    index.private = True
    give_credentials(index, "variables", monkeypatch, tmp_path)
    built = build(USING, requirements=PINNED, metadata=of(index))
    assert built.samples == [{"input": 1, "output": 3}]
    check_no_secret(built.bundle, built.progress)
    index.private = False
    with pytest.raises(SlipwayProblem) as caught:
        build(
            USING,
            requirements=PINNED,
            into="other",
            metadata={"slipway": {"indexes": {"slipway-thing": index.url_with_credentials}}},
        )
    assert caught.value.code is Code.SETTINGS_INVALID
    assert PASSWORD not in caught.value.message


def give_credentials(
    index: PackageIndex, where: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if where == "variables":
        monkeypatch.setenv("UV_INDEX_SLIPWAY_THING_USERNAME", USER)
        monkeypatch.setenv("UV_INDEX_SLIPWAY_THING_PASSWORD", PASSWORD)
    elif where == "netrc":
        netrc = tmp_path / "netrc"
        netrc.write_text(f"machine 127.0.0.1 login {USER} password {PASSWORD}\n", encoding="utf-8")
        monkeypatch.setenv("NETRC", str(netrc))
    else:
        monkeypatch.setenv("PIP_EXTRA_INDEX_URL", index.url_with_credentials)
        del index.files["iniconfig"]  # an extra index holds for all packages


def check_no_secret(root: Path, progress: Recorder) -> None:
    said = "\n".join([progress.said, *progress.outputs.values()])
    written = [path for path in root.rglob("*") if path.is_file()]
    assert len(written) > 4
    for secret in (PASSWORD, CREDENTIALS):
        assert secret not in said
        assert [path for path in written if secret.encode() in path.read_bytes()] == []


@pytest.mark.slow
def test_an_index_that_wants_credentials_is_told(index: PackageIndex, tmp_path: Path) -> None:
    index.private = True
    with pytest.raises(SlipwayProblem) as caught:
        resolve(
            [("slipway-thing", "==1.0")],
            None,
            tmp_path / "resolutions",
            Recorder(),
            indexes={"slipway-thing": index.url},
        )
    assert caught.value.code is Code.INDEX_UNREACHABLE
    assert index.url in caught.value.message
    assert "netrc" in caught.value.message


@pytest.mark.slow
def test_a_package_that_its_index_does_not_have_is_not_looked_for_elsewhere(
    index: PackageIndex, tmp_path: Path
) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        resolve([("six", "==1.16.0")], None, tmp_path / "resolutions", Recorder(), indexes={"six": index.url})
    assert caught.value.code is Code.PACKAGE_UNKNOWN
    assert index.url in caught.value.message


@pytest.mark.slow
def test_a_resolution_is_kept_for_each_index(index: PackageIndex, tmp_path: Path) -> None:
    """An index that is added, or changed, is not answered by what was found before."""
    pins = [("iniconfig", ">=1.0")]
    kept = tmp_path / "resolutions"
    assert "iniconfig==99.0" not in resolve(pins, None, kept, Recorder()).lock
    assert "iniconfig==99.0" in resolve(pins, None, kept, Recorder(), indexes={"iniconfig": index.url}).lock


@pytest.mark.slow
def test_settings_that_others_leave_in_the_temporary_directory_say_nothing(
    index: PackageIndex, tmp_path: Path, scratch_home: Path
) -> None:
    """uv looks for settings in all directories above; the temporary one is everybody's."""
    (scratch_home / "uv.toml").write_text(f'index-url = "{index.url}"\n', encoding="utf-8")
    found = resolve([("iniconfig", ">=1.0")], None, tmp_path / "resolutions", Recorder())
    assert "iniconfig==99.0" not in found.lock
    assert index.asked == []


@pytest.mark.slow
def test_a_change_of_uvs_own_settings_is_no_change_too_late(
    index: PackageIndex, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A resolution is kept for a day, but not beyond other settings."""
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    kept = tmp_path / "resolutions"
    assert "iniconfig==99.0" not in resolve([("iniconfig", ">=1.0")], None, kept, Recorder()).lock
    (tmp_path / "config" / "uv").mkdir(parents=True)
    (tmp_path / "config" / "uv" / "uv.toml").write_text(f'[[index]]\nurl = "{index.url}"\n', encoding="utf-8")
    assert "iniconfig==99.0" in resolve([("iniconfig", ">=1.0")], None, kept, Recorder()).lock


@pytest.mark.slow
def test_a_directory_of_wheels_is_an_index_too(tmp_path: Path) -> None:
    wheels = tmp_path / "my wheels"
    make_wheel(wheels, "slipway-thing", {"slipway_thing.py": "FACTOR = 3"})
    found = resolve(
        [("slipway-thing", "==1.0")],
        None,
        tmp_path / "resolutions",
        Recorder(),
        indexes={"slipway-thing": wheels.as_uri()},
    )
    assert "slipway-thing==1.0" in found.lock


@pytest.mark.slow
def test_a_kernel_package_with_an_index_of_its_own_does_not_keep_the_kernel_from_starting(
    build: Build, index: PackageIndex, tmp_path: Path
) -> None:
    """ipykernel needs traitlets: here a version of it that no other index has."""
    import traitlets

    root = Path(traitlets.__file__).parent
    files = {
        f"traitlets/{path.relative_to(root).as_posix()}": path.read_text(encoding="utf-8")
        for path in root.rglob("*.py")
        if "tests" not in path.parts
    }
    index.add(make_wheel(tmp_path / "wheels", "traitlets", files, version="5.99.7"))
    built = build(
        PREDICTOR,
        "import traitlets\nassert traitlets.__file__.count('environments')\nexamples = [1]",
        requirements='requirements = [["traitlets", "5.99.7"]]',
        metadata={"slipway": {"indexes": {"traitlets": index.url}}},
    )
    assert built.samples == [{"input": 1, "output": 1}]


@pytest.mark.slow
def test_packages_that_the_metadata_keep_are_kept(build: Build) -> None:
    built = build(
        PREDICTOR,
        "examples = [1]",
        requirements='requirements = [["iniconfig", "2.0.0"], ["six", "1.16.0"]]',
        metadata={"slipway": {"keep": ["Six"]}},
    )
    kept = {package["name"]: package["kept"] for package in built.manifest["packages"]["packages"]}
    assert (kept["six"], kept["iniconfig"]) == (True, False)
    assert '"keep"' in (built.bundle / "notebook.ipynb").read_text(encoding="utf-8")

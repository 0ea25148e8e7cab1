"""The table of import names: what the builder reads from it, and that both copies are what the lists say."""

from __future__ import annotations

import importlib.util
import sys
import zipfile
from pathlib import Path
from types import ModuleType

import pytest
from jupyterlab_slipway.builder.import_names import package_of

SCRIPTS = Path(__file__).parents[2] / "scripts"


def script(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, SCRIPTS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    return script("generate_import_names")


@pytest.fixture(scope="module")
def updater(generator: ModuleType) -> ModuleType:
    return script("update_import_names")


@pytest.mark.parametrize(
    ("module", "package"),
    [
        ("sklearn.linear_model", "scikit-learn"),
        ("cv2", "opencv-python-headless"),
        ("yaml", "PyYAML"),
        ("distutils", "setuptools"),
        ("typing_extensions", "typing-extensions"),
        ("google.cloud.bigquery.table", "google-cloud-bigquery"),
        ("google.cloud", "google-cloud-core"),
        ("google", "protobuf"),
        ("google.cloud.unheard.of", "google-cloud-unheard"),
        ("azure.storage.blob", "azure-storage-blob"),
        ("mpl_toolkits.basemap", "basemap"),
        ("airflow.providers.amazon.aws", "apache-airflow-providers-amazon"),
        ("my_helpers.more", "my_helpers"),
    ],
)
def test_the_longest_known_name_says_the_package(module: str, package: str) -> None:
    assert package_of(module) == package


def test_both_files_are_what_the_lists_say(generator: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, capsys.readouterr().err


def test_a_file_that_differs_is_named(
    generator: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stale = tmp_path / "import-names.json"
    stale.write_text("{}\n", encoding="utf-8")
    assert generator.main(["--check", str(stale)]) == 1
    assert "import-names.json is not what the lists say" in capsys.readouterr().err
    assert stale.read_text(encoding="utf-8") == "{}\n"


def test_the_list_is_sorted_and_has_no_absurd_modules(generator: ModuleType, updater: ModuleType) -> None:
    distributions = generator.read_distributions(updater.LIST)
    assert list(distributions) == sorted(distributions, key=generator.normalised)
    modules = {module for brought in distributions.values() for module in brought}
    assert not modules & updater.NOT_MEANT
    assert all(part.isidentifier() for module in modules for part in module.split("."))


def test_a_module_of_several_needs_a_preference(
    generator: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "distributions.txt").write_text("a-one: shared\nb-two: shared\n", encoding="utf-8")
    (tmp_path / "preferred.txt").write_text("", encoding="utf-8")
    (tmp_path / "standard-library.txt").write_text("os\n", encoding="utf-8")
    target = tmp_path / "out.json"
    assert generator.main(["--lists", str(tmp_path), str(target)]) == 2
    assert "`shared` comes with a-one, b-two" in capsys.readouterr().err
    (tmp_path / "preferred.txt").write_text("shared: b-two  # why\n", encoding="utf-8")
    assert generator.main(["--lists", str(tmp_path), str(target)]) == 0
    assert '"shared": "b-two"' in target.read_text(encoding="utf-8")


def test_a_module_of_the_standard_library_has_no_package(generator: ModuleType) -> None:
    lists = generator.Lists({"backport": ["enum"], "revival": ["cgi"]}, {}, {"enum": "", "cgi": "3.13"})
    text = generator.generate(lists)
    assert '"cgi": "revival"' in text
    assert '"backport": "enum"' in text


def wheel(path: Path, *files: str) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.writestr(file, "")
    return path


def test_wheels_are_compared_with_the_list(
    updater: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    listed = tmp_path / "distributions.txt"
    listed.write_text(
        "# heading\nshared-one: shared.one\nshared-two: shared.deep.two\nplain\n", encoding="utf-8"
    )
    wheel(tmp_path / "plain-1-py3-none-any.whl", "plain/__init__.py", "tests/__init__.py", "_own.py")
    wheel(
        tmp_path / "shared_three-1-py3-none-any.whl",
        "shared/deep/three/__init__.py",
        "shared_three-1.data/purelib/other.py",
        "shared_three-1.dist-info/RECORD",
    )
    wheel(tmp_path / "fast-1-cp311-cp311-linux.whl", "fast.cpython-311-x86_64-linux-gnu.so")
    assert updater.main([str(tmp_path), "--list", str(listed), "--write"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "fast  (new)",
        "shared-three: other shared.deep.three  (new)",
    ]
    assert listed.read_text(encoding="utf-8").splitlines() == [
        "# heading",
        "fast",
        "plain",
        "shared-one: shared.one",
        "shared-three: other shared.deep.three",
        "shared-two: shared.deep.two",
    ]


def test_only_a_few_are_got_at_once(updater: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert updater.main(["--get", *(f"name-{number}" for number in range(11))]) == 2
    assert "at most 10" in capsys.readouterr().err

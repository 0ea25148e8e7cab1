"""What is installed within an image: all that the builder imports, with the versions that were tried here."""

from __future__ import annotations

import ast
import sys
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from jupyterlab_slipway import __version__, builder
from jupyterlab_slipway.engines.containers import image_plan
from jupyterlab_slipway.engines.containers.image_plan import BUILDER, make_plan, pinned
from packaging.requirements import Requirement


class Installed:
    def __init__(self, version: str, *requires: str) -> None:
        self.version = version
        self.requires = list(requires)


def test_every_package_that_the_builder_imports_is_in_the_plan() -> None:
    root = Path(builder.__file__).parent
    imported = set()
    for path in [*root.glob("*.py"), *root.parent.glob("*.py")]:
        if path.name in ("cli.py", "__main__.py"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                imported.update(alias.name.split(".")[0] for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and not node.level and node.module:
                imported.add(node.module.split(".")[0])
    foreign = imported - set(sys.stdlib_module_names) - {"jupyterlab_slipway", "slipway_runtime"}
    providers = metadata.packages_distributions()
    names = {name.lower().replace("_", "-") for module in foreign for name in providers[module]}
    assert names <= set(BUILDER)


def test_requirements_are_pinned_with_the_conditions_that_hold_on_some_pythons() -> None:
    here = {
        "a": Installed("1.0+local", "b>=1", "c ; extra == 'more'", "w ; sys_platform == 'win32'"),
        "b": Installed("2.0", "d<3 ; python_version < '3.12'", "a", "is no requirement!"),
        "c": Installed("3.0", "e ; python_version >= '3.13'"),
        "e": Installed("5"),
        "f": Installed("not a version"),
    }
    found = pinned([Requirement("A[more]>=1"), Requirement("f")], here.get)  # type: ignore[arg-type]
    assert found == [
        "a==1.0",
        "b==2.0",
        "c==3.0",
        "d<3 ; python_version in '3.11'",
        "e==5 ; python_version in '3.13 3.14'",
        "f",
    ]
    for line in found:
        Requirement(line)


def test_the_plan_of_this_installation(tmp_path: Path) -> None:
    plan = make_plan(shared=True, home=tmp_path)
    assert plan["shared"] is True
    assert plan["version"] == __version__
    assert plan["uv"] == metadata.version("uv")
    builders = {Requirement(line).name: Requirement(line) for line in plan["builder_requirements"]}
    assert set(BUILDER) <= set(builders)
    assert "jupyter-server" not in builders
    for name in ("nbclient", "uv", "pyzmq"):
        assert str(builders[name].specifier) == f"=={metadata.version(name)}"
    front = {Requirement(line).name for line in plan["front_requirements"]}
    assert front == {"granian", "prometheus-client", "uvloop"}


def test_the_server_has_the_versions_of_the_fronts_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    for name, version, needs in (
        ("granian", "2.8.1", "click>=8"),
        ("click", "8.2.0", ""),
        ("prometheus_client", "0.23.0", ""),
        ("uvloop", "0.22.1", ""),
    ):
        facts = packages / f"{name}-{version}.dist-info"
        facts.mkdir(parents=True)
        lines = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
        (facts / "METADATA").write_text(lines + (f"Requires-Dist: {needs}\n" if needs else ""))
    monkeypatch.setattr(image_plan, "front_python", lambda _: tmp_path / "bin" / "python")
    assert make_plan(shared=False, home=tmp_path)["front_requirements"] == [
        "click==8.2.0",
        "granian==2.8.1",
        "prometheus-client==0.23.0",
        "uvloop==0.22.1",
    ]


def test_a_carried_wheel_tells_what_the_server_needs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel = tmp_path / "slipway_runtime-1-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr(
            "slipway_runtime-1.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: slipway-runtime\nVersion: 1\nProvides-Extra: serve\n"
            "Requires-Dist: granian<3,>=2.8; extra == 'serve'\nRequires-Dist: other; extra == 'x'\n",
        )
    monkeypatch.setattr(image_plan, "carried_wheel", lambda: wheel)
    assert make_plan(shared=False, home=tmp_path)["front_requirements"] == ["granian<3,>=2.8"]

"""What is read of an environment and of a trace, on site-packages and traces made by hand."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.builder.installed import Environment, read_environment
from jupyterlab_slipway.builder.lock import locked_versions, only
from jupyterlab_slipway.builder.needed import find_needed, reason_left_out
from wheels import make_wheel

LOCK = """\
Alpha.One==1.0 \\
    --hash=sha256:aa \\
    --hash=sha256:bb
beta==2.0+local ; python_version < '3.14' \\
    --hash=sha256:cc
gamma==3!1.0
"""

MARKERS = {"python_version": "3.6", "python_full_version": "3.6.15", "sys_platform": "linux"}


def test_a_lock_is_cut_down_by_whole_packages() -> None:
    assert locked_versions(LOCK) == {"alpha-one": "1.0", "beta": "2.0+local", "gamma": "3!1.0"}
    assert only(LOCK, {"alpha-one", "beta", "gamma"}) == LOCK
    assert only(LOCK, {"beta"}) == "beta==2.0+local ; python_version < '3.14' \\\n    --hash=sha256:cc\n"
    assert only(LOCK, {"alpha-one", "gamma"}).count("\n") == 4
    assert only(LOCK, set()) == ""


class Packages:
    """An environment's directory, filled with the content of wheels."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.site_packages = root / "lib" / "python3.6" / "site-packages"
        self.site_packages.mkdir(parents=True)

    def add(self, name: str, files: dict[str, str], **facts: Any) -> None:
        with zipfile.ZipFile(make_wheel(self.root / "wheels", name, files, **facts)) as wheel:
            wheel.extractall(self.site_packages)

    def read(self) -> Environment:
        return read_environment(self.root / "bin" / "python")


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    return Packages(tmp_path)


def test_files_and_modules_have_owners(packages: Packages) -> None:
    packages.add(
        "Some.Thing",
        {"thing/__init__.py": "", "thing/fast.cpython-36m-x86_64-linux-gnu.so": "", "one.py": ""},
    )
    packages.add("space-a", {"space/a/__init__.py": "", "space/data.txt": "1234"})
    packages.add("space-b", {"space/b.py": ""})
    found = packages.read()
    assert set(found.distributions) == {"some-thing", "space-a", "space-b"}
    assert found.distributions["some-thing"].modules == ["one", "thing"]
    assert found.distributions["space-a"].bytes == 4
    site = packages.site_packages
    assert found.owners_of_file(str(site / "thing" / "fast.cpython-36m-x86_64-linux-gnu.so")) == {
        "some-thing"
    }
    assert found.owners_of_file(str(site / "nobody.py")) == set()
    assert found.owners_of_file("/elsewhere/thing/__init__.py") == set()
    assert found.owners_of_module("thing.fast.nothing") == {"some-thing"}
    assert found.owners_of_module("space") == {"space-a", "space-b"}
    assert found.owners_of_module("space.a") == {"space-a"}
    assert found.owners_of_module("space.b.name") == {"space-b"}
    assert found.owners_of_module("json") == set()


def test_what_is_needed_is_told_by_markers_and_extras(packages: Packages) -> None:
    packages.add(
        "top",
        {"top.py": ""},
        requires=[
            "old; python_version < '3.7'",
            "new; python_version >= '3.7'",
            "part[deep]; extra == 'more'",
        ],
        extras=["more"],
    )
    packages.add("part", {"part.py": ""}, requires=["deeper; extra == 'deep'", "top"], extras=["deep"])
    for name in ("old", "new", "deeper"):
        packages.add(name, {f"{name}.py": ""})
    found = packages.read()
    assert found.closed(["top"], {}, MARKERS) == {"top": None, "old": "top"}
    more = {"top": frozenset({"more"})}
    assert found.closed(["top"], more, MARKERS) == {
        "top": None,
        "old": "top",
        "part": "top",
        "deeper": "part",
    }
    assert found.closed(["unknown"], {}, MARKERS) == {}


def trace(**facts: Any) -> dict[str, Any]:
    empty = {"imports": {}, "loaded": {}, "bodies": {}, "referred": [], "files": [], "libraries": []}
    return {**empty, "markers": MARKERS, **facts}


def test_libraries_belong_to_what_is_imported_or_to_packages_of_libraries(
    packages: Packages, tmp_path: Path
) -> None:
    packages.add("cloudpickle", {"cloudpickle/__init__.py": ""})
    packages.add("native", {"native.libs/libnative.so": ""})
    packages.add("other", {"other.py": "", "other.libs/libother.so": ""})
    site = packages.site_packages
    libraries = [str(site / "native.libs" / "libnative.so"), "/usr/lib/libc.so.6"]
    needed = find_needed(
        trace(libraries=libraries), packages.read(), pins=[], keep=(), modules=tmp_path / "modules"
    )
    assert needed.least == {"cloudpickle": "the model is read with it", "native": "a library of it is loaded"}
    assert reason_left_out("other", needed.least, needed) == "nothing that serves imports it"


def test_files_that_a_package_reads_of_itself_do_not_keep_it(packages: Packages, tmp_path: Path) -> None:
    packages.add("cloudpickle", {"cloudpickle/__init__.py": ""})
    packages.add("boost", {"boost.py": ""}, requires=["base"])
    packages.add("base", {"base.py": ""})
    packages.add("nicety", {"nicety/__init__.py": "", "nicety/look.css": ""})
    packages.add("words", {"words_data/list.txt": ""})
    site = packages.site_packages
    found = trace(
        imports={"boost": ["<cell 1>", False], "nicety": [str(site / "boost.py"), False]},
        loaded={"boost": str(site / "boost.py"), "nicety": str(site / "nicety" / "__init__.py")},
        files=[str(site / "nicety" / "look.css"), str(site / "words_data" / "list.txt")],
    )
    needed = find_needed(found, packages.read(), pins=[], keep=(), modules=tmp_path / "modules")
    assert needed.least == {
        "boost": "cell 1 imports it",
        "base": "boost needs it",
        "cloudpickle": "the model is read with it",
        "words": "a file of it is read",
    }
    assert "nicety" in needed.traced


def test_imports_in_bodies_are_followed_through_modules_beside_the_notebook(
    packages: Packages, tmp_path: Path
) -> None:
    for name in ("cloudpickle", "one", "two", "three", "four", "never"):
        packages.add(name, {f"{name}.py": ""})
    modules = tmp_path / "modules"
    for name, content in {
        "helpers/__init__.py": "from . import first",
        "helpers/first.py": "import one\ndef rarely():\n    from .second import value",
        "helpers/second.py": "def more_rarely():\n    import two.deep as deep\n    from helpers import third",
        "helpers/third.py": "from three import *",
        "helpers/unused.py": "import never",
        "broken.py": "print 'of another Python'",
        "alone.py": "import four",
    }.items():
        path = modules / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    needed = find_needed(
        trace(
            loaded={
                "helpers": str(modules / "helpers" / "__init__.py"),
                "broken": str(modules / "broken.py"),
            },
            bodies={"alone": ["<cell 3.1>", True], "never.mind": ["<cell 3>", False]},
        ),
        packages.read(),
        pins=[],
        keep=(),
        modules=modules,
    )
    assert needed.least == {
        "cloudpickle": "the model is read with it",
        "one": "helpers/first.py imports it",
        "two": "helpers/second.py imports it",
        "three": "helpers/third.py imports it",
        "four": "alone.py imports it",
    }


def test_what_is_imported_by_a_package_that_declares_nothing_is_kept(
    packages: Packages, tmp_path: Path
) -> None:
    packages.add("cloudpickle", {"cloudpickle.py": ""})
    packages.add("silent", {"silent.py": ""})
    packages.add("behind", {"behind.py": ""}, requires=["far; python_version < '3'"])
    packages.add("outspoken", {"outspoken.py": ""}, requires=["far"])
    for name in ("far", "nicety"):
        packages.add(name, {f"{name}.py": ""})
    places = {
        name: str(packages.site_packages / f"{name}.py")
        for name in ("silent", "behind", "outspoken", "far", "nicety")
    }
    needed = find_needed(
        trace(
            loaded=places,
            imports={
                "silent": ["<cell 2>", False],
                "outspoken": ["<cell 2>", False],
                "behind": [places["silent"], False],
                "nicety": [places["outspoken"], False],
                "far": [places["outspoken"], False],
            },
        ),
        packages.read(),
        pins=[],
        keep=(),
        modules=tmp_path / "modules",
    )
    assert needed.least == {
        "cloudpickle": "the model is read with it",
        "silent": "cell 2 imports it",
        "outspoken": "cell 2 imports it",
        "behind": "silent imports it",
        "far": "outspoken needs it",
    }
    assert needed.traced == {**needed.least, "nicety": "outspoken imports it"}
    assert (
        reason_left_out("nicety", needed.least, needed)
        == "outspoken imports it where it is there, and does without it"
    )


def test_scripts_do_not_count_as_they_hold_the_place_of_the_environment(packages: Packages) -> None:
    packages.add("tool", {"tool.py": "1234"})
    with (packages.site_packages / "tool-1.0.dist-info" / "RECORD").open("a") as record:
        record.write("../../../bin/tool,sha256=x,999\n")
    assert packages.read().distributions["tool"].bytes == 4

"""What goes into an image: the Dockerfile, and the programs that run within its build."""

from __future__ import annotations

import importlib.util
import json
import os
import platform
import py_compile
import re
import shutil
import struct
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import jupyterlab_slipway
import pytest

IMAGE = Path(jupyterlab_slipway.__file__).parent / "engines" / "image"
DOCKERFILE = (IMAGE / "Dockerfile").read_text(encoding="utf-8")
INSTRUCTIONS = [
    line for line in re.sub(r"\\\n", " ", re.sub(r"(?m)^#.*\n", "", DOCKERFILE)).splitlines() if line.strip()
]


def program(name: str) -> ModuleType:
    specification = importlib.util.spec_from_file_location(f"image_{name}", IMAGE / f"{name}.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


install = program("install")
assemble = program("assemble")


def stage(name: str) -> list[str]:
    """The instructions of one, FROM first."""
    starts = [number for number, line in enumerate(INSTRUCTIONS) if line.startswith("FROM ")]
    for start, end in zip(starts, [*starts[1:], len(INSTRUCTIONS)], strict=True):
        if INSTRUCTIONS[start].endswith(f" AS {name}"):
            return INSTRUCTIONS[start:end]
    raise AssertionError(name)


def test_old_builders_understand_the_dockerfile() -> None:
    assert "syntax=" not in DOCKERFILE
    assert "--link" not in DOCKERFILE
    assert "<<" not in DOCKERFILE
    assert "--network" not in DOCKERFILE


def test_build_arguments_cannot_hold_text_of_a_user() -> None:
    assert re.findall(r"(?m)^ARG (.*)$", DOCKERFILE) == ["BASE_IMAGE", "TOOLS_IMAGE", "RELEASE"]
    used = re.findall(r"(?m)^(\w+).*\$\{?RELEASE", DOCKERFILE)
    assert used == ["LABEL"], "it makes the notebook run again, and says whose the steps after it are"


def test_the_service_is_the_last_stage_and_ends_as_an_ordinary_user() -> None:
    service = stage("service")
    assert INSTRUCTIONS[-len(service) :] == service
    users = [line for line in service if line.startswith("USER ")]
    assert users == ["USER 10001:0"]
    after = service[service.index(users[0]) :]
    assert not [line for line in after if line.startswith(("RUN ", "COPY "))]
    assert 'ENTRYPOINT ["/opt/slipway/front/run"]' in service
    assert "STOPSIGNAL SIGTERM" in service


def test_what_changes_more_often_comes_later_and_belongs_to_root() -> None:
    copies = [line.split() for line in stage("service") if line.startswith("COPY ")]
    assert [words[-1].rpartition("/")[2] for words in copies] == ["python", "front", "model", "bundle"]
    assert all("--chown=0:0" in words for words in copies)


def test_secrets_are_mounted_where_packages_are_fetched_and_nowhere_else() -> None:
    mounting = [line for line in INSTRUCTIONS if "type=secret" in line]
    assert [line.count("type=secret") for line in mounting] == [2, 2]
    assert mounting[0] in stage("tools")
    assert mounting[1] in stage("builder")
    assert all(
        "uid=10001" in words for line in mounting for words in re.findall(r"--mount=type=secret\S+", line)
    )


def test_files_that_the_dockerfile_names_are_carried() -> None:
    carried = {path.name for path in IMAGE.iterdir()}
    for name in re.findall(r"tools/([a-z-]+\.(?:py|sh))", DOCKERFILE):
        assert name in carried


# -- install.py


def test_index_settings_and_certificates_reach_uv_and_pip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, ca = tmp_path / "index", tmp_path / "ca"
    monkeypatch.setattr(install, "INDEX", index)
    monkeypatch.setattr(install, "CA", ca)
    for name in ("SSL_CERT_FILE", "PIP_CERT", "PIP_INDEX_URL", "UV_DEFAULT_INDEX"):
        monkeypatch.delenv(name, raising=False)
    assert "PIP_CERT" not in install.settings()

    index.write_text("")
    ca.write_text("")
    assert "PIP_CERT" not in install.settings()
    assert "PIP_INDEX_URL" not in install.settings()

    index.write_text(
        json.dumps({"UV_DEFAULT_INDEX": "https://index.test/simple", "HTTPS_PROXY": "http://p:1"})
    )
    ca.write_text("-----BEGIN CERTIFICATE-----\n")
    found = install.settings()
    assert found["PIP_INDEX_URL"] == "https://index.test/simple"
    assert found["HTTPS_PROXY"] == "http://p:1"
    assert found["SSL_CERT_FILE"] == found["PIP_CERT"] == str(ca)


def test_a_failed_command_ends_the_installation_with_its_name() -> None:
    with pytest.raises(SystemExit, match=r"sh -c ended with 3"):
        install.call(["/bin/sh", "-c", "exit 3"], dict(os.environ))


glibc = pytest.mark.skipif(
    shutil.which("ldd") is None
    or platform.libc_ver()[0] != "glibc"
    or tuple(int(part) for part in platform.libc_ver()[1].split(".")) < (2, 33),
    reason="interpreters are copied on glibc from 2.33 on",
)


@glibc
def test_a_copied_interpreter_needs_nothing_of_the_system(tmp_path: Path) -> None:
    target = tmp_path / "python"
    target.mkdir()
    wrapper = install.copy_interpreter(target)
    code = (
        "import json, re, sys, ssl, ctypes, asyncio, zlib, hashlib\n"
        "libraries = {l.split()[-1] for l in open('/proc/self/maps') if re.search(r'\\.so(\\.|$)', l)}\n"
        "print(json.dumps([sys.executable, sys.prefix, sorted(libraries)]))\n"
    )

    def ask(*command: str) -> list[object]:
        done = subprocess.run(
            [*command, "-I", "-c", code], env={}, cwd="/", capture_output=True, text=True, check=True
        )
        found: list[object] = json.loads(done.stdout)
        return found

    executable, prefix, libraries = ask(str(wrapper))
    assert executable == str(wrapper)
    assert prefix == str(target)
    assert libraries
    assert isinstance(libraries, list)
    assert [path for path in libraries if not path.startswith(str(target))] == []
    assert ask(str(executable)) == [executable, prefix, libraries], "it can start itself again"
    link = target / "bin" / "python"
    assert ask(str(link))[0] == str(link)
    for name in ("ensurepip", "idlelib", "test", "tkinter", "site-packages"):
        assert not list(target.glob(f"lib/python3*/{name}"))


@glibc
def test_a_copy_that_does_not_run_ends_the_build_with_what_is_needed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "python"
    target.mkdir()
    monkeypatch.setattr(install, "_WRAPPER", "#!/bin/sh\necho 'unrecognized option --argv0' >&2; exit 127\n")
    with pytest.raises(SystemExit, match=r"(?s)--argv0.*glibc 2\.33 or newer.*SLIPWAY_TOOLS_IMAGE"):
        install.copy_interpreter(target)


@glibc
def test_libraries_are_found_by_the_names_that_programs_ask_for() -> None:
    names = dict(install.needed(Path(os.path.realpath(sys.executable))))
    assert "libc.so.6" in names
    assert any(name.startswith("ld-") for name in names)
    assert all(path.is_absolute() for path in names.values())
    assert install.needed(IMAGE / "Dockerfile") == []


def test_only_python_is_left_of_an_environments_programs(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    for name in ("python", "python3", "python3.11", "python-argcomplete", "activate", "granian"):
        (tmp_path / "bin" / name).touch()
    (tmp_path / "CACHEDIR.TAG").touch()
    install.leave_python_alone(tmp_path)
    assert sorted(path.name for path in (tmp_path / "bin").iterdir()) == ["python", "python3", "python3.11"]
    assert not (tmp_path / "CACHEDIR.TAG").exists()


def test_our_packages_tell_their_version(tmp_path: Path) -> None:
    packages = tmp_path / "lib" / "python3.11" / "site-packages"
    packages.mkdir(parents=True)
    source = tmp_path / "our_package"
    source.mkdir()
    (source / "__init__.py").write_text("")
    install.own(source, tmp_path, "our-package", "1.2.3")
    code = "from importlib.metadata import version; import our_package; print(version('our-package'))"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(packages)},
        cwd="/",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1.2.3\n"


# -- assemble.py


def environment(home: Path, version: str, moment: int) -> tuple[Path, Path]:
    """(build, bundle) of a release whose environment below `home` was made at `moment`."""
    build, bundle = home / "build", home / "bundle"
    root = home / "base0" / "environments" / "digest"
    package = root / "lib" / "python" / "site-packages" / "p"
    for directory in (build, bundle, root / "bin", package):
        directory.mkdir(parents=True)
    (build / "build.json").write_text(json.dumps({"base": "base0", "options": {"slim": True}}))
    facts = {"environment": "digest", "python": {"version": version}}
    (bundle / "manifest.json").write_text(json.dumps(facts))
    (root / "bin" / "python").symlink_to("/usr/bin/python3")
    for name in ("pip", "activate", "python-argcomplete"):
        (root / "bin" / name).touch()
    for name in (".lock", "CACHEDIR.TAG"):
        (root / name).touch(0o666)
    source = package / "__init__.py"
    source.write_text("x = 1\n")
    os.utime(source, (moment, moment))
    mode = py_compile.PycInvalidationMode.TIMESTAMP
    py_compile.compile(str(source), str(package / "m.pyc"), dfile="m.py", invalidation_mode=mode)
    shared = package / "c.so"
    shared.write_bytes(b"\x7fELF")
    shared.chmod(0o775)
    return build, bundle


def tree(root: Path) -> dict[str, object]:
    found: dict[str, object] = {}
    for path in sorted(root.rglob("*")):
        facts = path.lstat()
        content: object = None
        if path.is_symlink():
            content = str(path.readlink())
        elif path.is_file():
            content = path.read_bytes()
        found[str(path.relative_to(root))] = (oct(facts.st_mode), facts.st_mtime, content)
    return found


def test_the_same_packages_make_the_same_layer(tmp_path: Path) -> None:
    made = []
    for name, moment in (("one", 1_600_000_000), ("two", 1_700_000_000)):
        home, target = tmp_path / name, tmp_path / f"{name}-target"
        target.mkdir()
        build, bundle = environment(home, platform.python_version(), moment)
        assemble.main(build, bundle, home, target)
        made.append((tree(target), tree(bundle)))
    assert made[0] == made[1]
    (names, _) = made[0]
    assert {name for name in names if name.startswith("bin/")} == {"bin/python"}
    assert ".lock" not in names
    modes = {name: facts[0] for name, facts in names.items() if isinstance(facts, tuple)}
    assert modes["lib"] == "0o40755"
    assert modes["lib/python/site-packages/p/__init__.py"] == "0o100644"
    assert modes["lib/python/site-packages/p/c.so"] == "0o100755"


@pytest.mark.parametrize(
    ("line", "kept"),
    [
        ("x = 1", []),
        ("# from p.tests import a", []),
        ("from p.tests import a", ["p/tests"]),
        ("    import p.a.tests.test_x", ["p/a/tests"]),
        ("from .tests.common import a", ["p/tests"]),
        ("from . import y, tests", ["p/tests"]),
        ("from .a import tests", ["p/a/tests"]),
        ("from p.mytests import a", []),
    ],
)
def test_tests_of_packages_go_unless_they_are_imported(tmp_path: Path, line: str, kept: list[str]) -> None:
    for name in ("p/__init__.py", "p/tests/test_y.py", "p/a/__init__.py", "p/a/tests/test_x.py", "q/a.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "p" / "m.py").write_text(f"{line}\n")
    (tmp_path / "p" / "data" / "tests").mkdir(parents=True)
    for path in tmp_path.rglob("tests"):
        path.chmod(0o555)
    assemble.remove_tests(tmp_path)
    found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("tests")}
    assert found == {*kept, "p/data/tests"}


@pytest.mark.parametrize(("flags", "header"), [(False, b"magi"), (True, b"magi\0\0\0\0")])
def test_times_lie_where_each_version_of_byte_code_has_them(
    tmp_path: Path, flags: bool, header: bytes
) -> None:
    path = tmp_path / "m.pyc"
    path.write_bytes(header + b"time" + b"size" + b"code")
    assemble.retime(path, flags)
    assert path.read_bytes() == header + struct.pack("<I", assemble.TIME) + b"size" + b"code"


def test_byte_code_that_goes_by_a_hash_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "m.pyc"
    content = b"magi\1\0\0\0" + b"12345678" + b"code"
    path.write_bytes(content)
    assemble.retime(path, True)
    assert path.read_bytes() == content


# -- clean.sh


def test_what_installs_packages_goes_and_other_packages_stay(tmp_path: Path) -> None:
    gone = [
        "usr/lib/python3/dist-packages/setuptools/x.py",
        "usr/lib/python3.11/ensurepip/__init__.py",
        "usr/local/lib/python3.11/site-packages/pip/x.py",
        "usr/local/lib/python3.11/site-packages/pip-24.0.dist-info/METADATA",
        "usr/local/lib/python3.11/site-packages/wheel/x.py",
        "usr/local/lib/python3.11/site-packages/distutils-precedence.pth",
        "usr/local/bin/pip3.11",
        "usr/bin/pip",
        "usr/share/python-wheels/pip.whl",
        "var/lib/apt/lists/deb.lz4",
        "root/.cache/pip/x",
    ]
    stay = [
        "usr/local/lib/python3.11/site-packages/other/pip/x.py",
        "usr/local/lib/python3.11/site-packages/pipes_of_ours/x.py",
        "usr/local/lib/python3.11/os.py",
        "usr/local/bin/python3.11",
        "usr/local/bin/pipe",
    ]
    for name in gone + stay:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    subprocess.run(["sh", str(IMAGE / "clean.sh"), str(tmp_path)], check=True)
    assert [name for name in gone if (tmp_path / name).exists()] == []
    assert [name for name in stay if not (tmp_path / name).exists()] == []
    subprocess.run(["sh", str(IMAGE / "clean.sh"), str(tmp_path)], check=True)

"""What an image build gets of the notebook's directory, and what it never gets."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from context_parts import KEY, OUTPUTS, context, fill, names_in, notebook
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.builder.notebook import read_notebook
from jupyterlab_slipway.engines.containers.context_files import Left, Tree, copy, without_outputs
from jupyterlab_slipway.engines.containers.ignore import IgnoreRules
from jupyterlab_slipway.engines.containers.naming import shown


@pytest.fixture
def root(tmp_path: Path) -> Path:
    directory = tmp_path / "work"
    fill(directory, {"model.ipynb": notebook("requirements = []")})
    return directory


# -- what is sent


def test_all_parts_are_there_for_the_builder_inside(root: Path) -> None:
    fill(root, {"helpers/__init__.py": "", "data.csv": "1", "helpers/__pycache__/x.pyc": ""})
    place = context(root, system_packages=("libgomp1", "g++"))
    assert names_in(place / "notebook") == {"model.ipynb", "helpers/__init__.py", "data.csv"}
    facts = json.loads((place / "build/build.json").read_text())
    assert facts["options"]["directory"] == "/work/notebook"
    assert facts["options"]["keep"] == ["pandas"]
    assert (facts["python"], facts["base"]) == ("3.11", "ab" * 8)
    assert (place / "build/requirements.lock").read_text() == "numpy==1\n"
    assert read_notebook(place / "build/notebook.ipynb").running
    assert (place / "tools/system-packages").read_text() == "libgomp1\ng++\n"
    assert "AS builder" in (place / "Dockerfile").read_text()
    tools = names_in(place / "tools")
    assert {
        *("install.py", "assemble.py", "plan.json", "slipway_runtime/worker.py"),
        *("jupyterlab_slipway/builder/inside.py", "jupyterlab_slipway/problems.py"),
    } <= tools
    sizes = sum((place / "tools" / name).stat().st_size for name in tools)
    assert sizes < 3_000_000, "neither the labextension nor tests are in it"
    assert not any("__pycache__" in name or "labextension" in name for name in tools)


def test_the_same_files_make_the_same_context_whoever_makes_it(root: Path) -> None:
    fill(root, {"a.py": "1", "run.sh": "2", "sub/b.py": "3"})
    (root / "link").symlink_to("a.py")
    (root / "run.sh").chmod(0o700)
    first = context(root)
    (root / "a.py").chmod(0o600)
    os.utime(root / "a.py", (5, 5))
    old = os.umask(0o077)
    try:
        second = context(root)
    finally:
        os.umask(old)

    def facts(place: Path) -> list[tuple[str, int, float, bytes]]:
        return [
            (
                str(path.relative_to(place)),
                stat.S_IMODE(path.lstat().st_mode),
                path.lstat().st_mtime,
                path.read_bytes() if path.is_file() else b"",
            )
            for path in sorted(place.rglob("*"))
        ]

    assert facts(first) == facts(second)
    modes = {name: mode for name, mode, *_ in facts(first)}
    assert (modes["notebook/a.py"], modes["notebook/run.sh"], modes["notebook/sub"]) == (0o644, 0o755, 0o755)


def test_no_output_of_a_notebook_is_sent(root: Path) -> None:
    fill(
        root,
        {"other.ipynb": notebook("y = 2"), "OLD.IPYNB": notebook(), "broken.ipynb": "{", "list.ipynb": "[]"},
    )
    fill(root, {"deep.ipynb": "[" * 200_000, "empty.ipynb": ""})
    recorder = Recorder()
    place = context(root, progress=recorder)
    assert {"other.ipynb", "OLD.IPYNB", "model.ipynb"} == names_in(place / "notebook")
    for path in place.rglob("*"):
        assert not path.is_file() or b"a customer" not in path.read_bytes(), path
    assert json.loads((place / "notebook/other.ipynb").read_text())["cells"][0]["source"] == "y = 2"
    assert "no notebooks that can be read: broken.ipynb, deep.ipynb, empty.ipynb, list.ipynb" in recorder.said


def test_notebooks_of_version_3_lose_their_outputs_as_well() -> None:
    content = {"nbformat": 3, "worksheets": [{"cells": [{"input": "x", "outputs": OUTPUTS}]}, 7]}
    assert b"customer" not in without_outputs(json.dumps(content).encode())


def test_what_was_sent_is_told(root: Path) -> None:
    fill(root, {"a.csv": "x" * 5_000})
    recorder = Recorder()
    context(root, progress=recorder)
    assert "Sent to the image build: 2 files from beside the notebook, 5.3 kB." in recorder.said
    assert not [note for note in recorder.notes if note[1] == "warning"]


# -- what is not


def test_ignore_files_say_what_stays(root: Path) -> None:
    fill(root, {".dockerignore": "*.csv\nlogs\n", ".slipwayignore": "!keep.csv\nlogs2\n!logs2/one\n"})
    fill(root, {"a.csv": "", "keep.csv": "", "logs/x": "", "logs2/one": "", "logs2/two": ""})
    found = names_in(context(root) / "notebook")
    assert found == {"model.ipynb", ".dockerignore", ".slipwayignore", "keep.csv", "logs2/one"}


SECRETS = {
    ".env": "A=b",
    ".env.local": "",
    ".envrc": "",
    "sub/.netrc": "",
    "sub/.pypirc": "",
    "id_rsa": "",
    "id_ed25519_work": "",
    "cert.pem": KEY,
    "server.key": KEY,
    "account.json": json.dumps({"private_key": KEY}),
    "store.p12": "",
    "pip.conf": "[global]\nindex-url = https://me:word@index.example/simple\n",
    "kubeconfig": "",
    ".bash_history": "",
}
KEPT = {
    "id_rsa.pub": "",
    "ca.pem": "-----BEGIN CERTIFICATE-----\n",
    "data.json": "{}",
    "sub/pip.conf": "[global]\nindex-url = https://index.example/simple\n",
    "environment.yml": "",
    "keys.csv": "",
}


def test_secrets_are_never_sent_whatever_ignore_files_say(root: Path) -> None:
    fill(root, {**SECRETS, **KEPT, ".slipwayignore": "!**\n!.env\n!id_rsa\n!.ssh\n!.git/config\n"})
    fill(root, {f"{name}/x": "" for name in (".git", ".hg", ".svn", ".ssh", ".aws", ".docker", ".kube")})
    fill(root, {"sub/.env/x": "", "home/.config/gh/hosts.yml": "", "home/.config/other/x": ""})
    fill(root, {"sub/.git": "gitdir: elsewhere"})
    recorder = Recorder()
    found = names_in(context(root, progress=recorder) / "notebook")
    assert found == {*KEPT, "model.ipynb", ".slipwayignore", "home/.config/other/x"}
    (note,) = [message for _, level, message in recorder.notes if level == "warning"]
    assert note.startswith("Not sent to the image build, because they may hold secrets: .bash_history, .env")
    assert "and 9 more." in note


def test_caches_environments_and_our_own_home_are_never_sent(root: Path) -> None:
    fill(
        root,
        {
            ".ipynb_checkpoints/model-checkpoint.ipynb": notebook(),
            "node_modules/x/index.js": "",
            "sub/__pycache__/x.pyc": "",
            "venv/pyvenv.cfg": "",
            "venv/lib/x.py": "",
            "conda/conda-meta/history": "",
            "slipway-home/deployments/x": "",
            "code.py": "",
        },
    )
    (root / "also-home").symlink_to(root / "slipway-home")
    place = context(root, home=root / "also-home")
    assert names_in(place / "notebook") - {"also-home"} == {"model.ipynb", "code.py"}


def test_links_within_stay_links_and_others_are_not_followed(root: Path) -> None:
    fill(root, {"a/b/data.txt": "1", "../elsewhere/secret": "2", ".env": ""})
    (root / "a/relative").symlink_to("b/data.txt")
    (root / "absolute").symlink_to(root / "a/b/data.txt")
    (root / "directory").symlink_to("a")
    (root / "round").symlink_to(".")
    (root / "loop").symlink_to("loop")
    (root / "out").symlink_to("../elsewhere/secret")
    (root / "outside").symlink_to("/etc")
    (root / "twice").symlink_to("out")
    recorder = Recorder()
    place = context(root, progress=recorder) / "notebook"
    assert (place / "a/relative").readlink() == Path("b/data.txt")
    assert (place / "absolute").readlink() == Path("a/b/data.txt")
    assert (place / "directory/b/data.txt").read_text() == "1"
    for name in ("out", "outside", "twice", "round"):
        assert not os.path.lexists(place / name), name
    assert "these links lead out of the directory: out, outside, round, twice" in recorder.said
    for path in place.rglob("*"):
        if path.is_symlink() and path.name != "loop":
            assert path.resolve().is_relative_to(place.resolve())


def test_sockets_pipes_and_devices_are_told_and_left(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    os.mkfifo(root / "pipe")
    monkeypatch.chdir(root)  # paths of sockets are short
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind("socket")
        recorder = Recorder()
        place = context(root, progress=recorder)
    assert names_in(place / "notebook") == {"model.ipynb"}
    assert "because they are no files (sockets, pipes, devices): pipe, socket." in recorder.said


def test_hostile_names(root: Path) -> None:
    hostile = ["-rf", "--help", "a\nRUN id", "$(id)", "`id`", "a b", "é", "x" * 255, "*", "'\"", "\\", "# x"]
    for name in hostile:
        (root / name).write_text(name)
    (root / os.fsdecode(b"\xff\xfe")).write_text("")
    (root / os.fsdecode(b"to\xff")).symlink_to("é")
    recorder = Recorder()
    place = context(root, progress=recorder)
    assert names_in(place / "notebook") == {*hostile, "model.ipynb"}
    assert "names are not UTF-8: " in recorder.said
    assert all("\n" not in message for _, _, message in recorder.notes)


@given(st.binary(min_size=1, max_size=200))
def test_any_name_is_shown_in_one_printable_line(raw: bytes) -> None:
    text = shown(os.fsdecode(raw))
    assert text.isprintable()
    assert len(text) <= 120
    text.encode("utf-8")


# -- the rules as a whole


@given(
    st.dictionaries(
        st.lists(st.sampled_from(["a", "b", ".env", "c.csv", ".git", "é"]), min_size=1, max_size=3).map(
            "/".join
        ),
        st.binary(max_size=5),
        max_size=8,
    ),
    st.lists(st.sampled_from(["a", "!a", "**/b", "!**/b", "*.csv", "!*", "**", "!a/b", ".git"]), max_size=4),
)
def test_exactly_what_the_rules_say_is_sent(
    tmp_path_factory: pytest.TempPathFactory, files: dict[str, bytes], lines: list[str]
) -> None:
    top = tmp_path_factory.mktemp("rules")
    root, target = top / "root", top / "target"
    root.mkdir()
    target.mkdir()
    wanted = {}
    for name, content in files.items():
        try:
            fill(root, {name: content})
        except (FileExistsError, NotADirectoryError, IsADirectoryError):
            continue
        wanted[name] = content
    (root / ".slipwayignore").write_text("\n".join(lines))
    rules = IgnoreRules.of_directory(root)
    here = Tree(root, top / "home", rules, Left())
    copy(here.find(None), here, target, notebooks=True)
    expected = {
        name: content
        for name, content in wanted.items()
        if not rules.leaves_out(name) and not {".env", ".git"}.intersection(name.split("/"))
    }
    found = {name: (target / name).read_bytes() for name in names_in(target) - {".slipwayignore"}}
    assert found == expected


def test_a_directory_of_many_files_takes_seconds_at_most(root: Path) -> None:
    for number in range(3_000):
        (root / f"{number}.txt").touch()
    fill(root, {".slipwayignore": "**/**/**/**/**/**/**/**/nothing\n" + "**/*.log\n!x\n" * 10})
    assert len(names_in(context(root) / "notebook")) == 3_002


def test_git_never_comes_along_even_from_a_real_repository(root: Path) -> None:
    subprocess.run(["git", "init", "--quiet", root], check=True)
    assert names_in(context(root) / "notebook") == {"model.ipynb"}

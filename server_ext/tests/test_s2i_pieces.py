"""Parts of the builder image for source-to-image, without a container."""

from __future__ import annotations

import io
import json
import os
import re
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from context_parts import planned_packages
from jupyterlab_slipway.builder.environments import MARKER, EnvironmentStore
from jupyterlab_slipway.builder.uses import in_use
from jupyterlab_slipway.cli import build_parser
from jupyterlab_slipway.commandline import assemble as command
from jupyterlab_slipway.engines.containers.settings import ContainerSettings
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.containers.tools_files import IMAGE, stages
from jupyterlab_slipway.engines.image.assemble import copy_environment
from jupyterlab_slipway.engines.s2i import artifacts
from jupyterlab_slipway.engines.s2i.assembling import Places, size_of, tidy, trim, write_labels
from jupyterlab_slipway.engines.s2i.builder_image import SCRIPTS, make_builder_image, make_context
from jupyterlab_slipway.engines.s2i.source import choose, described
from jupyterlab_slipway.problems import Code, SlipwayProblem

SETTINGS = ContainerSettings.of_user({"SLIPWAY_BASE_IMAGES": "3.6=old:1,3.11=new:1"})
IMPORTS = """
import sys
sys.path[:0] = sys.argv[1:]
import jupyterlab_slipway.commandline.assemble, jupyterlab_slipway.engines.s2i.artifacts
import jupyterlab_slipway.sources.choosing
print(jupyterlab_slipway.commandline.assemble.__file__)
"""


def fails(code: Code, act: Callable[[], object]) -> str:
    with pytest.raises(SlipwayProblem) as caught:
        act()
    assert caught.value.code is code
    assert "\n" not in caught.value.message
    return caught.value.message


# -- the image's context


def test_the_context_has_the_shared_stages_and_the_scripts(tmp_path: Path) -> None:
    make_context(tmp_path / "context", SETTINGS, shared=True, home=tmp_path)
    text = (tmp_path / "context/Dockerfile").read_text()
    assert re.findall(r"^FROM .* AS (\w+)$", text, re.MULTILINE) == ["tools", "base", "s2i"]
    assert "id=slipway-uv" not in text, "a cache of everybody's"
    for name in SCRIPTS:
        path = tmp_path / "context/s2i" / name
        assert path.stat().st_mode & 0o111 == 0o111
        assert subprocess.run(["sh", "-n", path], check=False).returncode == 0
    for label in ("scripts-url", "destination", "assemble-user"):
        assert f"io.openshift.s2i.{label}=" in text
    assert re.search(r"^USER \d+:0$", text, re.MULTILINE)


def test_stages_are_taken_as_they_stand() -> None:
    text = (IMAGE / "Dockerfile").read_text()
    names = re.findall(r"^FROM .* AS (\w+)$", text, re.MULTILINE)
    assert stages(text, names) == text
    kept = stages(text, ["base"])
    assert kept.count("\nFROM ") == 1
    assert kept.startswith("# The image of a model service")
    assert "apt-get" in kept


def test_it_runs_with_the_planned_packages_alone(tmp_path: Path) -> None:
    make_context(tmp_path / "context", SETTINGS, shared=True, home=tmp_path)
    tools = tmp_path / "context/tools"
    packages = tmp_path / "packages"
    planned_packages(tools, packages)
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", IMPORTS, str(tools), str(packages)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(tools)


def test_only_pythons_with_a_base_image_are_made(tmp_path: Path) -> None:
    tool = Tool("docker")

    def make(tag: str, python: tuple[int, int] | None) -> object:
        return make_builder_image(tool, tag, python, SETTINGS, Recorder(), tmp_path)

    message = fails(Code.REQUEST_INVALID, lambda: make("builder:1", (3, 9)))
    assert "with 3.6, 3.11" in message
    assert "3.9=IMAGE" in message
    assert "Builder" in fails(Code.REQUEST_INVALID, lambda: make("Builder:1", None))


@pytest.mark.parametrize("text", ["3", "x.y", "3.11.2", "٣.١١"])
def test_a_version_of_python_is_two_numbers(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        build_parser().parse_args(["builder-image", "b:1", "--python", text])
    assert "such as 3.11" in capsys.readouterr().err
    assert build_parser().parse_args(["builder-image", "b:1", "--python", "3.6"]).python == (3, 6)


# -- what one build leaves for the next


def fill(place: Path) -> None:
    (place / "environments/a/bin").mkdir(parents=True)
    (place / "environments/a/bin/python").symlink_to("/usr/bin/python3")
    one = place / "environments/a/module.py"
    one.write_text("x = 1\n")
    os.utime(one, (10**9, 10**9))
    (place / "environments/b").mkdir()
    (place / "environments/b/module.py").hardlink_to(one)
    (place / "environments/a").chmod(0o555)


def unpack_as_s2i(stream: bytes, target: Path) -> None:
    """Plain files in directories is all that survives."""
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        for member in archive:
            assert member.isfile()
            path = target / member.name
            path.parent.mkdir(parents=True, exist_ok=True)
            found = archive.extractfile(member)
            assert found is not None
            path.write_bytes(found.read())


def test_artifacts_come_back_as_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(artifacts, "PART", 100)
    place = tmp_path / "artifacts"
    fill(place)
    stream = io.BytesIO()
    artifacts.save(place, stream)
    unpack_as_s2i(stream.getvalue(), tmp_path / "sent")
    assert len(list((tmp_path / "sent/slipway").iterdir())) > 1
    again = tmp_path / "again"
    assert artifacts.restore(tmp_path / "sent", again)
    one, other = again / "environments/a/module.py", again / "environments/b/module.py"
    assert one.read_text() == "x = 1\n"
    assert one.samefile(other)
    assert one.stat().st_mtime == 10**9
    assert (again / "environments/a/bin/python").readlink() == Path("/usr/bin/python3")
    assert stat.S_IMODE((again / "environments/a").stat().st_mode) == 0o555


def test_where_nothing_was_kept_the_stream_is_empty(tmp_path: Path) -> None:
    stream = io.BytesIO()
    artifacts.save(tmp_path / "none", stream)
    with tarfile.open(fileobj=io.BytesIO(stream.getvalue())) as archive:
        assert archive.getmembers() == []
    assert not artifacts.restore(tmp_path, tmp_path / "again")


@pytest.mark.parametrize("damage", ["cut", "other", "missing part"])
def test_damaged_artifacts_are_left_alone(
    damage: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(artifacts, "PART", 100)
    fill(tmp_path / "artifacts")
    stream = io.BytesIO()
    artifacts.save(tmp_path / "artifacts", stream)
    sent = tmp_path / "sent"
    unpack_as_s2i(stream.getvalue(), sent)
    first, *rest = sorted((sent / "slipway").iterdir())
    if damage == "cut":
        rest[-1].unlink()
    elif damage == "other":
        first.write_bytes(b"no archive at all")
    else:
        rest[0].unlink()
    with pytest.raises(artifacts.ArtifactsError) as caught:
        artifacts.restore(sent, tmp_path / "again")
    assert str(caught.value)
    assert not (tmp_path / "again").exists()


def test_only_what_was_used_is_kept_and_everybody_reads_it(tmp_path: Path) -> None:
    store = EnvironmentStore(tmp_path / "artifacts")
    for name in ("used", "stale"):
        directory = store.environments / name
        with in_use(directory):
            directory.mkdir(parents=True)
            (directory / MARKER).touch(mode=0o600)
        if name == "stale":
            users = store.environments / "stale.users.json"
            users.write_text(json.dumps({"used": 1.0, "users": [{"pid": 1, "created": 1.0}]}))
        directory.chmod(0o555)
    store.resolutions.mkdir(mode=0o700)
    kept, old = store.resolutions / "overlay-1.lock", store.resolutions / "2.json"
    for path in (kept, old):
        path.touch(mode=0o600)
    os.utime(old, (10**9, 10**9))
    trim(store)
    assert [path.name for path in store.environments.iterdir()] == ["used"]
    assert list(store.resolutions.iterdir()) == [kept]
    for path in (store.root, store.environments, store.environments / "used" / MARKER, kept):
        assert path.stat().st_mode & stat.S_IROTH


# -- in the container


def places(root: Path) -> Places:
    upload, ours = root / "tmp", root / "opt"
    for directory in (upload / "src", upload / "artifacts/slipway", ours):
        directory.mkdir(parents=True)
    return Places(upload, ours / "bundle", ours / "model", ours / "artifacts", upload / ".s2i/labels.json")


def test_only_the_service_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    monkeypatch.delenv("UV_LINK_MODE", raising=False)
    here, progress = places(tmp_path), Recorder()
    (here.upload / "scripts").mkdir()  # s2i's own
    with tidy(here, progress):
        assert os.environ["UV_CACHE_DIR"] == str(here.cache)
        for name in ("cache-of-a-cell", "src/data"):
            (here.upload / name).mkdir()
        here.cache.mkdir()
        write_labels(here.metadata, {"a": "1", "b": "2"})
    assert {path.name for path in here.upload.iterdir()} == {"scripts", ".s2i"}
    assert list(here.bundle.parent.iterdir()) == []
    assert json.loads(here.metadata.read_text()) == {"labels": [{"a": "1"}, {"b": "2"}]}


def test_artifacts_that_cannot_be_read_are_told_and_done_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "own"))
    monkeypatch.setenv("UV_LINK_MODE", "copy")
    here, progress = places(tmp_path), Recorder()
    (here.saved / "slipway/00000").write_bytes(b"no archive")
    with tidy(here, progress):
        assert not here.artifacts.exists()
    assert "installed anew" in progress.said


def test_a_service_is_not_assembled_upon_another(tmp_path: Path) -> None:
    here = places(tmp_path)
    here.bundle.mkdir()

    def begin() -> None:
        with tidy(here, Recorder()):
            pytest.fail("it began")

    assert "builder image" in fails(Code.REQUEST_INVALID, begin)


def test_the_service_shares_files_with_what_is_kept(tmp_path: Path) -> None:
    environment = tmp_path / "environment"
    packages = environment / "lib/python3.11/site-packages/one"
    (packages / "tests").mkdir(parents=True)
    for name in ("__init__.py", "tests/__init__.py", "tests/test_a.py"):
        (packages / name).write_text("x = 1\n")
    (environment / "bin").mkdir()
    (environment / "bin/python").symlink_to(sys.executable)
    (environment / "bin/f2py").write_text("#!/bin/sh\n")
    copy_environment(environment, tmp_path / "model", slim=True, link=True)
    copied = tmp_path / "model/lib/python3.11/site-packages/one"
    assert [path.name for path in copied.iterdir()] == ["__init__.py"]
    assert [path.name for path in (tmp_path / "model/bin").iterdir()] == ["python"]
    assert (copied / "__init__.py").samefile(packages / "__init__.py")
    assert (packages / "tests/test_a.py").is_file(), "taken from the other, too"
    assert size_of(tmp_path / "model") == 6
    assert size_of(environment, tmp_path / "model") == 6 + 6 + 10


# -- what it is asked to do


def test_the_notebook_may_be_named(tmp_path: Path) -> None:
    (tmp_path / "src/deep").mkdir(parents=True)
    wanted = tmp_path / "src/deep/model.ipynb"
    wanted.touch()
    (tmp_path / "outside.ipynb").touch()
    (tmp_path / "src/link.ipynb").symlink_to(tmp_path / "outside.ipynb")

    def chosen(name: str) -> Path:
        return choose(tmp_path / "src", {"SLIPWAY_NOTEBOOK": name})

    assert chosen(" deep/model.ipynb\n") == wanted
    for name in ("../outside.ipynb", str(tmp_path / "outside.ipynb"), "link.ipynb"):
        assert "leads out" in fails(Code.LEAVES_REPOSITORY, lambda name=name: chosen(name))
    assert "no 'other.ipynb'" in fails(Code.NOTEBOOK_MISSING, lambda: chosen("other.ipynb"))
    assert "no repository" in fails(Code.REQUEST_INVALID, lambda: choose(tmp_path / "none", {}))


def test_the_commit_is_what_openshift_says(tmp_path: Path) -> None:
    said = {
        "OPENSHIFT_BUILD_COMMIT": "0123456789abcdef" * 2 + "01234567",
        "OPENSHIFT_BUILD_SOURCE": "https://me:hidden@git.example/team/models.git",
        "OPENSHIFT_BUILD_REFERENCE": "v1",
    }
    found = described(tmp_path, tmp_path / "deep/model.ipynb", said)
    assert found is not None
    assert "hidden" not in str(found)
    assert "git.example/team/models.git" in str(found["repository"])
    assert (found["revision"], found["ref"]) == (said["OPENSHIFT_BUILD_COMMIT"], "v1")
    assert (found["path"], found["dirty"]) == ("deep/model.ipynb", False)
    for commit in ("", "HEAD", "0" * 39, "0" * 41, "0" * 39 + "G"):
        assert described(tmp_path, tmp_path, {"OPENSHIFT_BUILD_COMMIT": commit}) is None


def test_options_are_those_of_build(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(command.OPTIONS, "--keep pandas --no-slim --sample '[1, 2]'")
    chosen = command.choices(command._parse(Path("a.ipynb")))
    assert (chosen["keep"], chosen["slim"], chosen["sample"]) == (("pandas",), False, "[1, 2]")
    for text in ("--no-such", "--keep 'pandas", "other.ipynb", "--timeout soon"):
        monkeypatch.setenv(command.OPTIONS, text)
        assert command.OPTIONS in fails(Code.REQUEST_INVALID, lambda: command._parse(Path("a.ipynb")))


def test_output_stands_below_its_phase_line_by_line(capsys: pytest.CaptureFixture[str]) -> None:
    from jupyterlab_slipway.builder.plain_lines import EventProgress
    from jupyterlab_slipway.commandline.output import Output

    progress = EventProgress(command.LogDisplay(Output(as_json=False)))
    progress.output("execute", "epoch 1")
    progress.output("execute", "\nepo")
    progress.output("execute", "ch 2\n50 %\r100 %\nhalf")
    progress.note("execute", "A note.")
    lines = capsys.readouterr().out.splitlines()
    assert lines == ["    | epoch 1", "    | epoch 2", "    | 100 %", "    | half", "  A note."]

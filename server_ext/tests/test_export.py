"""What `slipway export` writes: texts that shells and Compose take as they are meant, and a context to build from."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from builder_fixtures import Recorder
from context_parts import fill
from deployments_fixtures import finish, start_slipway
from jupyterlab_slipway.builder.lock import locked_hashes, locked_versions
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.builder.resolve import Resolution
from jupyterlab_slipway.deployments.exporting import export
from jupyterlab_slipway.deployments.manager import Deployments
from jupyterlab_slipway.deployments.release_files import ReleaseFiles
from jupyterlab_slipway.engines.containers import export as exporting
from jupyterlab_slipway.engines.containers.base_images import ImagePythons
from jupyterlab_slipway.engines.containers.export import check_destination
from jupyterlab_slipway.engines.containers.export_texts import Texts
from jupyterlab_slipway.engines.containers.running import hardened, service_words
from jupyterlab_slipway.engines.containers.settings import ContainerSettings
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.containers.tools_files import IMAGE
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.json_files import read_json, write_json
from jupyterlab_slipway.problems import Code, SlipwayProblem
from runtime_fixtures import free_port

HOSTILE = 'it\'s a "$(touch pwned)" `touch pwned` $HOME \\ ; & @NAME@ é'
ARGUMENTS = {"BASE_IMAGE": "python:3.11-slim", "TOOLS_IMAGE": "python:3.11-slim", "RELEASE": "kmeans-3"}
TEXTS = Texts(
    deployment="kmeans",
    release=3,
    title="K-means",
    arguments=ARGUMENTS,
    labels={"org.opencontainers.image.title": HOSTILE},
    settings=ContainerSettings(memory=500_000_000, cpus=1.5),
    beside=True,
    environment=(),
    revision=None,
)


def called(tmp_path: Path, *words: str, **variables: str) -> list[str]:
    """The engine's words when `build.sh` is run."""
    programs = tmp_path / "programs"
    programs.mkdir(exist_ok=True)
    for name in ("docker", "podman"):
        program = programs / name
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\0" {name} "$@" > "$SAID"\necho "$BUILDKIT_PROGRESS" > "$SAID.progress"\n'
        )
        program.chmod(0o755)
    script = tmp_path / "an export" / "build.sh"
    script.parent.mkdir(exist_ok=True)
    script.write_text(TEXTS.filled("build.sh"))
    said = tmp_path / "said"
    environment = {"PATH": f"{programs}:/usr/bin:/bin", "SAID": str(said), **variables}
    subprocess.run(["sh", str(script), *words], env=environment, cwd=tmp_path, check=True)
    assert not (tmp_path / "pwned").exists()
    return said.read_text().split("\0")[:-1]


def test_the_script_calls_the_engine_whatever_a_notebook_is_called(tmp_path: Path) -> None:
    found = called(tmp_path)
    assert found[:4] == ["docker", "buildx", "build", "--load"]
    assert found[-1] == str(tmp_path / "an export" / "context")
    assert found[found.index("--tag") + 1] == "localhost/kmeans:3"
    assert found[found.index("--label") + 1] == f"org.opencontainers.image.title={HOSTILE}"
    assert "RELEASE=kmeans-3" in found
    assert "BASE_IMAGE=python:3.11-slim" in found
    assert "--secret" not in found
    assert (tmp_path / "said.progress").read_text() == "plain\n", "what the build says stays to be read"
    called(tmp_path, BUILDKIT_PROGRESS="tty")
    assert (tmp_path / "said.progress").read_text() == "tty\n"
    found = called(
        tmp_path, "ghcr.io/team/a:1", ENGINE="podman", RELEASE="7", CA_FILE="/c a.pem", INDEX_FILE="i.json"
    )
    assert found[:4] == ["podman", "build", "--format", "docker"]
    assert found[found.index("--tag") + 1] == "ghcr.io/team/a:1"
    assert "RELEASE=7" in found
    assert {"id=ca,src=/c a.pem", "id=index,src=i.json"} <= set(found)


def test_the_script_says_where_to_look_when_the_build_fails(tmp_path: Path) -> None:
    (tmp_path / "docker").write_text("#!/bin/sh\nexit 7\n")
    (tmp_path / "docker").chmod(0o755)
    (tmp_path / "build.sh").write_text(TEXTS.filled("build.sh"))
    done = subprocess.run(
        ["sh", "build.sh"],
        cwd=tmp_path,
        env={"PATH": f"{tmp_path}:/usr/bin:/bin"},
        stderr=subprocess.PIPE,
        check=False,
    )
    assert (done.returncode, b"CA_FILE" in done.stderr) == (7, True)


def test_a_notebook_whose_name_is_not_utf8_has_a_title_that_is() -> None:
    texts = replace(TEXTS, title="n\udcfe", labels={"org.opencontainers.image.title": "n\udcfe"})
    assert "n?" in texts.filled("README.md")
    assert "org.opencontainers.image.title=n?" in texts.filled("build.sh")


def composed(texts: Texts) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(texts.filled("compose.yaml"))
    assert list(found["services"]) == ["kmeans"]
    service: dict[str, Any] = found["services"]["kmeans"]
    assert found["secrets"] == {"token": {"file": "./secrets/token"}}
    return service


def test_compose_runs_it_as_slipway_does(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SLIPWAY_CORS_ORIGINS", 'https://a.example,$HOME "x"')
    service = composed(TEXTS)
    plan = Plan(tmp_path, tmp_path, "kmeans", 3, "ab", tmp_path, tmp_path, "127.0.0.1", 1)
    ours = hardened(Tool("docker"), plan, "service")
    ours += service_words(TEXTS.settings, frozenset({"memory", "cpus", "pids"}))
    theirs = [
        *("--user", service["user"]),
        *(["--read-only"] if service["read_only"] else []),
        *(f"--cap-drop={one}" for one in service["cap_drop"]),
        *(f"--security-opt={one.removesuffix(':true')}" for one in service["security_opt"]),
        *("--log-driver", service["logging"]["driver"]),
        *(word for pair in service["logging"]["options"].items() for word in ("--log-opt", "=".join(pair))),
        *(f"--tmpfs={one}" for one in service["tmpfs"]),
        f"--stop-timeout={service['stop_grace_period'].removesuffix('s')}",
        f"--memory={service['mem_limit']}",
        f"--memory-swap={service['memswap_limit']}",
        f"--cpus={service['cpus']}",
        f"--pids-limit={service['pids_limit']}",
    ]
    at = [index for index, word in enumerate(ours) if word == "--label"]
    ours = [word for index, word in enumerate(ours) if index not in at and index - 1 not in at]
    assert sorted(ours) == sorted(theirs)
    assert service["ports"] == ["127.0.0.1:${PORT:-8080}:8080"]
    assert service["environment"]["SLIPWAY_TOKEN_FILE"] == "/run/secrets/token"
    assert service["environment"]["SLIPWAY_CORS_ORIGINS"] == 'https://a.example,$$HOME "x"'
    assert service["secrets"] == ["token"]
    assert service["restart"] == "unless-stopped"


def test_compose_and_the_image_ask_alike_whether_it_is_well() -> None:
    health = composed(replace(TEXTS, settings=ContainerSettings()))["healthcheck"]
    dockerfile = (IMAGE / "Dockerfile").read_text()
    (line,) = re.findall(r"^HEALTHCHECK (.*) CMD (\[.*\])$", dockerfile, re.MULTILINE)
    options = {"--interval": "interval", "--timeout": "timeout", "--start-period": "start_period"}
    wanted = {options.get(name, "retries"): value for name, value in (w.split("=") for w in line[0].split())}
    assert {**wanted, "test": ["CMD", *yaml.safe_load(line[1])]} == {
        **health,
        "retries": str(health["retries"]),
    }


def test_the_readme_tells_what_is_missing() -> None:
    assert "that lay there when this was written" in TEXTS.filled("README.md")
    other = replace(TEXTS, beside=False, environment=("A", "B"), revision="ab" * 20, title="a\n# `b`")
    text = other.filled("README.md")
    assert "was not there when this was written" in text
    assert "those of that revision" in replace(TEXTS, committed=True).filled("README.md")
    assert "the variables `A`, `B`" in text
    assert f"git revision `{'ab' * 20}`" in text
    assert "`a # b `" in text
    assert not re.search(r"@[A-Z_]+@", text)


def test_where_nothing_can_be_written_is_told_before_anything_is_looked_for(tmp_path: Path) -> None:
    fill(tmp_path, {"afile": "", "full/x": ""})
    (tmp_path / "empty").mkdir()
    for place, words in {
        "afile": "afile is a file. Name a directory",
        "full": "is already there and not empty",
        "no/where": "There is no directory",
        "/proc/x": "Nothing can be written to /proc (No such file or directory). Name a directory elsewhere.",
        "a" * 250: "(File name too long)",
    }.items():
        with pytest.raises(SlipwayProblem) as caught:
            check_destination(tmp_path / place)
        assert caught.value.code is Code.REQUEST_INVALID
        assert words in caught.value.message
    for place in ("empty", "new"):
        check_destination(tmp_path / place)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["afile", "empty", "full"]


NOTEBOOK = [
    "requirements = []",
    "import helper",
    "def predictor(x):\n    return helper.times(x, 2)",
]


def a_process_release(deployments: Deployments, notebook: Path, snapshot: bytes) -> ReleaseFiles:
    """As the process engine leaves it; the model itself nobody needs here."""
    records = deployments.records
    records.create("doubling", "doubling", notebook, "process", free_port(), 0.0)
    event = {"kind": "created", "deployment": "doubling", "notebook": notebook.name, "engine": "process"}
    options = BuildOptions(notebook, notebook.parent, "doubling", keep=("six",))
    files = records.create_release("doubling", "process", options, snapshot, event)
    files.events.append({"kind": "state", "state": "stopped"})
    manifest = {
        "format": 1,
        "title": "doubling",
        "python": {
            "version": "3.11.2",
            "implementation": "cpython",
            "platform": "linux",
            "machine": "x86_64",
        },
        "cloudpickle": "3.1.1",
        "environment": "a" * 40,
        "requirements": [],
        "files": {"requirements.lock": {"sha256": "b" * 64, "size": 1}},
        "notebook": {"name": "doubling.ipynb", "sha256": "c" * 64, "revision": None},
        "functions": {"predictor": True, "validator": False, "batch_predictor": False},
        "samples": {"source": "examples", "count": 0},
        "cells": [],
        "packages": {
            "packages": [
                {"name": name, "version": version, "bytes": 1, "kept": kept, "reason": "", "modules": []}
                for name, version, kept in (("cloudpickle", "3.1.1", True), ("six", "1.16.0", False))
            ],
            "before": 2,
            "after": 1,
            "fallback": None,
        },
    }
    lock = "cloudpickle==3.1.1 \\\n    --hash=sha256:" + "d" * 64 + "\n"
    bundle = {"manifest.json": json.dumps(manifest), "requirements.lock": lock, "modules/helper.py": HELPER}
    fill(files.bundle, bundle)
    (files.bundle / "notebook.ipynb").write_bytes(snapshot)
    return files


HELPER = "def times(a, b):\n    return a * b\n"


def test_a_bundle_that_a_later_release_takes_away_meanwhile(
    deployments: Deployments,
    saved_notebook: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notebook = saved_notebook("work/doubling.ipynb", *NOTEBOOK)
    files = a_process_release(deployments, notebook, notebook.read_bytes())

    def resolve(*_: object, **__: object) -> Resolution:
        shutil.rmtree(files.bundle)
        (python,) = ImagePythons({(3, 11): "python:3.11-slim"}, "amd64").newest_first()
        return Resolution(python, "cloudpickle==3.1.1\n", note="")

    monkeypatch.setattr(exporting, "resolve", resolve)
    with pytest.raises(SlipwayProblem) as caught:
        export(deployments.records, "doubling", None, tmp_path / "image", Recorder())
    assert caught.value.code is Code.BUNDLE_INVALID
    assert "is not there any more" in caught.value.message
    assert not (tmp_path / "image").exists()


@pytest.mark.slow  # asks the package index
def test_a_process_release_is_exported_and_not_pushed(
    deployments: Deployments,
    saved_notebook: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every engine's releases can be built elsewhere; without the notebook's directory, of what the bundle has."""
    notebook = saved_notebook("work/doubling.ipynb", *NOTEBOOK)
    beside = {"helper.py": HELPER, "train.csv": "1,2\n", ".env": "TOKEN=s3same\n"}
    fill(
        notebook.parent, {**beside, ".slipwayignore": "raw\n", "raw/a.bin": b"x" * 5000, "raw/b/c.bin": b"x"}
    )
    files = a_process_release(deployments, notebook, notebook.read_bytes())

    said = finish(start_slipway("push", "doubling", "ghcr.io/team/doubling", "--json"))
    assert said.code == 1
    assert said.last["problem"]["code"] == Code.NO_IMAGE
    assert "`slipway deploy NOTEBOOK --name doubling --engine docker`" in said.last["problem"]["message"]

    # into the notebook's own directory, which must not take itself along
    target = notebook.parent / "image"
    said = finish(start_slipway("export", "doubling", target))
    assert said.code == 0, said.err
    assert (
        "Left out by ignore files: 2 files, 5.0 kB. The biggest: raw/a.bin (5.0 kB), raw/b/c.bin (1 B)."
        in said.out
    )
    context = target / "context"
    names = [".slipwayignore", "doubling.ipynb", "helper.py", "train.csv"]
    assert sorted(path.name for path in (context / "notebook").iterdir()) == names
    lock = (context / "build/requirements.lock").read_text()
    assert locked_versions(lock) == {"cloudpickle": "3.1.1", "six": "1.16.0"}, "also what only training needs"
    assert all(locked_hashes(lock).values())
    facts = json.loads((context / "build/build.json").read_text())
    assert facts["options"]["keep"] == ["six"]
    assert facts["readable"], "whoever runs build.sh has no reader of ours"
    dockerfile = (context / "Dockerfile").read_text()
    assert "\nARG BASE_IMAGE=docker.io/library/python:3.11-slim\n" in dockerfile
    assert "\nARG RELEASE=doubling-1\n" in dockerfile
    token = deployments.records.token("doubling")
    home = str(deployments.home.root)
    for path in target.rglob("*"):
        content = path.read_bytes() if path.is_file() else b""
        assert not any(secret.encode() in content for secret in ("s3same", token, home, str(tmp_path))), path

    def exported(destination: Path) -> tuple[bool, str]:
        recorder = Recorder()
        return export(deployments.records, "doubling", None, destination, recorder)[1], recorder.said

    def refused(destination: Path) -> tuple[Code, str]:
        with pytest.raises(SlipwayProblem) as caught:
            exported(destination)
        return caught.value.code, str(caught.value)

    assert refused(target)[0] is Code.REQUEST_INVALID
    assert "There is no directory" in refused(tmp_path / "no/where")[1]
    (tmp_path / "link").symlink_to("led to")
    exported(tmp_path / "link")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "led to/build.sh").is_file()
    with monkeypatch.context() as patched:
        patched.setenv("SLIPWAY_MOUNT_DATA", "raw")
        exported(tmp_path / "with data")
    copied = tmp_path / "with data/context/data/raw/a.bin"
    assert copied.read_bytes() == b"x" * 5000
    assert copied.stat().st_nlink == 1, "who edits the export does not edit the user's own file"

    notebook.parent.rename(tmp_path / "moved")
    assert exported(tmp_path / "later")[0] is False
    names = ["doubling.ipynb", "helper.py"]
    assert sorted(path.name for path in (tmp_path / "later/context/notebook").iterdir()) == names
    assert "was not there when this was written" in (tmp_path / "later/README.md").read_text()
    assert shlex.split((tmp_path / "later/build.sh").read_text(), comments=True)
    assert not list(tmp_path.glob(".later.*"))

    # one that was fetched from a registry: the root is not its directory
    fetched = replace(files.options(), directory=Path("/"))
    record = read_json(files.path / "release.json") or {}
    write_json(files.path / "release.json", {**record, "options": fetched.to_json()})
    assert exported(tmp_path / "fetched")[0] is False

    # one that was built from a commit, which is fetched again
    repository = tmp_path / "repository"
    fill(repository, {"models/doubling.ipynb": notebook_text(tmp_path), "models/data.csv": "1\n"})
    revision = committed(repository)
    (repository / "models/data.csv").write_text("2\n")
    source = {
        "repository": None,
        "revision": revision,
        "ref": None,
        "path": "models/doubling.ipynb",
        "dirty": False,
    }
    write_json(files.path / "release.json", {**record, "source": source, "checkout": []})
    place = {**deployments.records.record("doubling"), "notebook": str(repository / "models/doubling.ipynb")}
    deployments.records.set_record(cast("Any", place))
    assert exported(tmp_path / "commit")[0] is True
    assert (tmp_path / "commit/context/notebook/data.csv").read_text() == "1\n"
    assert "those of that revision" in (tmp_path / "commit/README.md").read_text()
    (repository / ".git").rename(tmp_path / "git")
    beside_it, words = exported(tmp_path / "unknown")
    assert (beside_it, "cannot be fetched again" in words) == (False, True)


def test_what_is_missing_is_said_once(
    deployments: Deployments,
    saved_notebook: Callable[..., Path],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    notebook = saved_notebook("work/doubling.ipynb", *NOTEBOOK)
    files = a_process_release(deployments, notebook, notebook.read_bytes())
    monkeypatch.setattr(exporting, "export_release", lambda *_words, **_named: False)

    def warning() -> str:
        recorder = Recorder()
        assert export(deployments.records, "doubling", None, tmp_path / "image", recorder) == (1, False)
        ((_, level, message),) = recorder.notes
        assert level == "warning"
        assert "has those alone that predictions need" in message
        return message

    assert warning().startswith("The notebook's directory is not there any more. ")
    record = read_json(files.path / "release.json") or {}
    source = {"revision": "ab" * 20, "path": "doubling.ipynb"}
    options = replace(files.options(), directory=tmp_path / "gone").to_json()
    write_json(files.path / "release.json", {**record, "options": options, "source": source, "checkout": []})
    words = warning()
    assert words.startswith("The release's files cannot be fetched again. ")
    assert "any more" not in words


def notebook_text(tmp_path: Path) -> bytes:
    return (tmp_path / "moved/doubling.ipynb").read_bytes()


def committed(repository: Path) -> str:
    """All of it, in a new repository: the revision."""
    git = ["git", "-C", str(repository), "-c", "user.name=x", "-c", "user.email=x@example.org"]
    for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "--message", "all"]):
        subprocess.run([*git, *words], check=True)
    done = subprocess.run([*git, "rev-parse", "HEAD"], check=True, capture_output=True, text=True)
    return done.stdout.strip()

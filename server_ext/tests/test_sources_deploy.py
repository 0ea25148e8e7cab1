"""From a repository to a service: what becomes of the commit, of the checkout and of credentials."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest
from deployments_fixtures import (
    SLEEPING,
    Said,
    ask,
    deploy,
    finish,
    kill,
    process_of,
    start_slipway,
    until,
    until_asleep,
    until_ended,
)
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.inputs import name_for, named
from jupyterlab_slipway.deployments.manager import DeployRequest
from jupyterlab_slipway.engines.containers.image_labels import bundle_labels
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.sources.reference import Reference, parse
from slipway_runtime.bundle import read_manifest
from sources_fixtures import CONTRACT, GitServer, Repository, notebook_text
from test_examples import environment_with_requirements, run_as_script

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyterlab_slipway.deployments.manager import Deployments

    Slipway = Callable[..., Said]

EXAMPLE = Path(__file__).parents[2] / "examples" / "kmeans.ipynb"
SHORT = 7


def reference(text: str) -> Reference:
    found = parse(text)
    assert found is not None
    return found


def holds(directory: Path, word: str) -> list[Path]:
    """Files below a directory in which a word stands."""
    files = (path for path in directory.rglob("*") if path.is_file() and not path.is_symlink())
    return [path for path in files if word.encode() in path.read_bytes()]


@pytest.mark.slow
def test_the_example_from_a_tag_a_branch_and_a_commit(
    slipway: Slipway,
    deployments: Deployments,
    repository: Repository,
    git_server: GitServer,
    tmp_path: Path,
) -> None:
    git_server.login = "ann:right-word"
    (repository.path / "models").mkdir()
    shutil.copy(EXAMPLE, repository.path / "models" / "kmeans.ipynb")
    first = repository.commit("One", explore_ipynb=notebook_text("x = 1"))
    repository.git("tag", "v1.0")
    repository.git("checkout", "--quiet", "-b", "next")
    second = repository.commit("Two", README_md="More")
    repository.publish(git_server.root / "r.git")
    host = git_server.url.removeprefix("http://")
    address = f"http://ann:right-word@{host}/r.git"

    said = slipway("deploy", f"{address}#v1.0", "--json")
    assert said.code == 0, said.out
    name = said.last["name"]
    assert name == "kmeans"
    expected = {
        "repository": f"{git_server.url}/r.git",
        "revision": first,
        "ref": "v1.0",
        "path": "models/kmeans.ipynb",
        "dirty": False,
    }
    (view,) = slipway("ps", "--json").lines
    assert view["notebook"] == f"{git_server.url}/r.git#:models/kmeans.ipynb"
    assert view["releases"][0]["source"] == expected
    assert f"{first[:SHORT]} (v1.0)" in slipway("ps").out
    files = deployments.records.release(name, 1)
    assert not files.checkout.exists()
    assert list((deployments.home.checkouts).iterdir()) == []
    manifest = read_manifest(files.bundle)
    assert {key: manifest["notebook"].get(key) for key in expected} == expected
    labels = bundle_labels(files.bundle, manifest, "1")
    assert labels["org.opencontainers.image.revision"] == first
    assert labels["org.opencontainers.image.source"] == expected["repository"]

    python = environment_with_requirements(deployments, EXAMPLE, manifest["python"]["version"])
    answers = run_as_script(EXAMPLE, python, [[0.3, 0.8], [1, 0]])
    for sample, answer in answers:
        status, body, _ = ask(deployments, name, json.dumps(sample))
        assert (status, json.loads(body)) == (200, answer)
    assert answers

    # a branch: the same deployment, without building anything again that is there
    again = slipway("deploy", f"{address}#next:models", "--detach", "--json")
    assert (again.code, again.last["name"], again.last["release"]) == (0, name, 2), again.out
    assert slipway("build", f"{address}#{first}", "-o", tmp_path / "bundle").code == 0
    of_commit = read_manifest(tmp_path / "bundle")
    assert of_commit["notebook"]["revision"] == first
    assert of_commit["files"]["model.pkl"]["sha256"] == manifest["files"]["model.pkl"]["sha256"]
    release = until_ended(deployments, name, 2)
    assert (release["state"], release["source"]["revision"]) == ("live", second)
    assert [json.loads(ask(deployments, name, json.dumps(sample))[1]) for sample, _ in answers] == [
        answer for _, answer in answers
    ]
    assert holds(deployments.home.root / "deployments", "right-word") == []
    assert holds(tmp_path / "bundle", "right-word") == []


@pytest.mark.slow
def test_a_build_that_is_killed_leaves_no_checkout(
    deployments: Deployments, repository: Repository, git_server: GitServer
) -> None:
    repository.commit(n_ipynb=notebook_text(*SLEEPING), data_csv="1")
    repository.publish(git_server.root / "r.git")
    name, number = deployments.deploy(DeployRequest(reference(f"{git_server.url}/r.git")))
    files = deployments.records.release(name, number)
    until_asleep(deployments, name, number)
    assert (files.checkout / "data.csv").is_file()
    kill(process_of(deployments, name, number, "builder"))
    deployments.settle(name)
    assert files.view()["state"] == "lost"
    assert not files.checkout.exists()


@pytest.mark.slow
def test_files_that_differ_from_their_commit(
    deployments: Deployments, repository: Repository, slipway: Slipway
) -> None:
    revision = repository.commit(n_ipynb=notebook_text(*CONTRACT), helper_py="a = 1\n")
    repository.write(helper_py="a = 2\n")
    name = deploy(deployments, repository.path / "n.ipynb")
    files = deployments.records.release(name, 1)
    source = files.view().get("source")
    assert source is not None
    assert (source["revision"], source["ref"], source["dirty"]) == (revision, None, True)
    notes = [event["message"] for event in files.events.read() if event["kind"] == "note"]
    assert any(f"Not as commit {revision[:SHORT]} holds them: helper.py. " in note for note in notes)
    assert f"{revision[:SHORT]}+" in slipway("ps").out
    # what the last commit holds is the same deployment's
    for of_commit in (
        DeployRequest(repository.path / "n.ipynb", commit="HEAD"),
        DeployRequest(reference(f"{repository.path}#HEAD")),
    ):
        with deployments.input_of(of_commit) as same:
            assert name_for(deployments.records, same, None) == (name, False)
            assert same.source == {**source, "ref": "HEAD", "dirty": False}
            assert (same.notebook.parent / "helper.py").read_text() == "a = 1\n"


# -- without a build


@pytest.mark.parametrize("command", ["deploy", "build"])
def test_what_is_wrong_is_said_and_nothing_is_left(
    slipway: Slipway, deployments: Deployments, git_server: GitServer, tmp_path: Path, command: str
) -> None:
    git_server.login = "ann:right-word"
    host = git_server.url.removeprefix("http://")
    more = ["-o", str(tmp_path / "out")] if command == "build" else []
    for address, code in (
        (f"http://ann:wrong-word@{host}/r.git#v1", "SLP589"),
        (f"http://ann:wrong-word@{host}/r.git#-x", "SLP591"),
        (f"http://ann:wrong-word@{host}/r.git?x#v1", "SLP587"),
        ("http://ann:wrong-word@127.0.0.1:9/r.git", "SLP588"),
        ("http://ann:wrong-word@127.0.0.1:9/r.git#:../x", "SLP594"),
        ("ext::sh -c wrong-word@", "SLP587"),
    ):
        if command == "build" and code != "SLP589":
            continue  # it is the same code
        said = slipway(command, address, *more, *(["--json"] if command == "build" else []))
        assert said.code == 1
        assert code in said.out + said.err
        if not address.startswith("ext"):
            assert "wrong-word" not in said.out + said.err
    assert deployments.list_deployments() == []
    assert not (tmp_path / "out").exists()
    left = deployments.home.checkouts
    assert not left.exists() or list(left.iterdir()) == []
    assert holds(deployments.home.root / "deployments", "wrong-word") == []


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_fetching_can_be_cancelled(
    deployments: Deployments, git_server: GitServer, number: signal.Signals
) -> None:
    git_server.silent = True
    process = start_slipway("deploy", f"{git_server.url}/r.git", "--json")
    until(lambda: git_server.asked, "git asks")
    process.send_signal(number)
    said = finish(process)
    assert (said.code, said.last["state"], said.last["problem"]["code"]) == (130, "cancelled", "SLP565")
    assert list((deployments.home.checkouts).iterdir()) == []
    assert deployments.list_deployments() == []


def test_what_a_killed_command_left_goes_with_gc(slipway_home: Path, git_server: GitServer) -> None:
    git_server.silent = True
    process = start_slipway("deploy", f"{git_server.url}/r.git", "--json")
    until(lambda: git_server.asked, "git asks")
    for child in psutil.Process(process.pid).children(recursive=True):
        child.kill()
    process.kill()
    finish(process)
    checkouts = Home(slipway_home).checkouts
    (left,) = checkouts.iterdir()
    assert finish(start_slipway("gc", "--json")).last["count"] == 0, "its owner may be about to take it"
    os.utime(left, (1, 1))
    assert finish(start_slipway("gc", "--json")).lines[0]["kind"] == "leftover"
    assert list(checkouts.iterdir()) == []


def test_a_git_that_is_missing_or_old(
    slipway: Slipway, git_server: GitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = tmp_path / "programs"
    programs.mkdir()
    monkeypatch.setenv("PATH", str(programs))
    said = slipway("deploy", f"{git_server.url}/r.git")
    assert (said.code, "SLP586" in said.err, "not installed" in said.err) == (1, True, True)
    (programs / "git").write_text("#!/bin/sh\necho git version 2.11.0\n")
    (programs / "git").chmod(0o755)
    said = slipway("deploy", f"{git_server.url}/r.git")
    assert (said.code, "SLP586" in said.err, "too old" in said.err) == (1, True, True)


def test_names_that_no_file_can_have_are_refused_in_a_sentence(slipway: Slipway) -> None:
    for name, code in (("~nobody-of-that-name/n.ipynb", "SLP5"), (f"{'n' * 300}.ipynb", "SLP5")):
        said = slipway("deploy", name)
        assert said.code == 1
        assert "Slipway made a mistake" not in said.err, said.err
        assert code in said.err


def test_a_directory_means_its_files_as_they_are(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(n_ipynb=notebook_text(*CONTRACT), other__m_ipynb=notebook_text("x = 1"))
    monkeypatch.chdir(repository.path)
    assert named(".") == Path("n.ipynb")
    place = repository.path / "a {set} of two"
    place.mkdir()
    for name in ("a", "b"):
        (place / f"{name}.ipynb").write_text(notebook_text(*CONTRACT))
    with pytest.raises(SlipwayProblem, match=re.escape(f"such as `{place}/a.ipynb`:")):
        named(str(place))
    shutil.rmtree(place)
    found = named(".#HEAD")
    assert isinstance(found, Reference)
    bare = repository.publish(repository.path.parent / "bare.git")
    found = named(str(bare))
    assert isinstance(found, Reference)
    assert found.directory == bare

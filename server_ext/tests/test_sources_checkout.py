"""Getting a revision of a repository: served by git's own HTTP backend, and from this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.sources import git
from jupyterlab_slipway.sources.checkout import Checkout, check_out_commit
from sources_fixtures import TEXT, GitServer, Repository, make_repository, refusal

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345\n"


def history(checkout: Checkout) -> int:
    """Commits that were fetched."""
    return int(git.text(["rev-list", "--count", "--all"], directory=checkout.directory))


@pytest.mark.parametrize("revision", [None, "v1.0", "feature/x", "id"])
def test_a_revision_and_nothing_of_its_history(
    get_checkout: Callable[..., Checkout],
    git_server: GitServer,
    served_revisions: dict[str, str],
    revision: str | None,
) -> None:
    expected = {None: "main", "id": "refused"}.get(revision, revision)
    assert expected is not None
    asked = served_revisions["refused"] if revision == "id" else revision
    found = get_checkout(f"{git_server.url}/r.git#{asked or ''}")
    assert found.source == {
        "repository": f"{git_server.url}/r.git",
        "revision": served_revisions[expected],
        "ref": asked or "HEAD",
        "path": "n.ipynb",
        "dirty": False,
    }
    assert found.notebook == found.directory / "n.ipynb"
    assert found.notebook.read_text() == TEXT
    data = {"v1.0": "1", "main": "2", "refused": "3", "feature/x": "4"}
    assert (found.directory / "data.csv").read_text() == data[expected]
    assert history(found) == 1
    assert found.notes == []


def test_a_short_id_needs_the_history(
    get_checkout: Callable[..., Checkout], git_server: GitServer, served_revisions: dict[str, str]
) -> None:
    said: list[str] = []
    found = get_checkout(f"{git_server.url}/r.git#{served_revisions['refused'][:8]}", said)
    assert found.source["revision"] == served_revisions["refused"]
    assert history(found) == 4
    assert any("all of its history" in sentence for sentence in said)


def test_a_server_that_does_not_serve_ids(
    get_checkout: Callable[..., Checkout], git_server: GitServer, served_revisions: dict[str, str]
) -> None:
    git_server.newest_protocol = False
    said: list[str] = []
    found = get_checkout(f"{git_server.url}/r.git#{served_revisions['refused']}", said)
    assert found.source["revision"] == served_revisions["refused"]
    assert any("all of its history" in sentence for sentence in said)


@pytest.mark.parametrize("revision", ["", "v1.0", "feature/x"])
def test_a_server_of_mere_files(
    get_checkout: Callable[..., Checkout],
    git_server: GitServer,
    served_revisions: dict[str, str],
    revision: str,
) -> None:
    git_server.dumb = True
    Repository(git_server.root / "r.git").git("update-server-info")
    found = get_checkout(f"{git_server.url}/r.git#{revision}")
    assert found.source["revision"] == served_revisions[revision or "main"]


@pytest.mark.parametrize("way", ["file", "directory", "bare", "inside"])
def test_repositories_of_this_machine(
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    served_revisions: dict[str, str],
    way: str,
) -> None:
    bare = git_server.root / "r.git"
    repository.write(data_csv="dirty")
    (repository.path / "sub").mkdir(exist_ok=True)
    place = {
        "file": f"file://{bare}",
        "directory": str(repository.path),
        "bare": str(bare),
        "inside": str(repository.path / "sub"),
    }[way]
    short = served_revisions["v1.0"][:9]
    if way == "inside":
        revision = repository.commit(sub__m_ipynb=TEXT)
        assert get_checkout(f"{place}#main").source["path"] == "sub/m.ipynb"
        assert repository.git("rev-parse", "HEAD") == revision
        return
    found = get_checkout(f"{place}#{short}")
    assert found.source["revision"] == served_revisions["v1.0"]
    assert found.source["repository"] is None
    assert (found.directory / "data.csv").read_text() == "1"
    assert history(found) == 1, "what is here can be asked for by its whole id"
    assert repository.git("status", "--porcelain") == "M data.csv"


def test_the_last_commit_of_a_notebook(repository: Repository, tmp_path: Path) -> None:
    revision = repository.commit(models__n_ipynb=TEXT, other__n_ipynb=TEXT)
    repository.git("remote", "add", "origin", "https://ann:secret@host/a.git")
    notebook = repository.path / "models" / "n.ipynb"
    notebook.write_text("{}")
    said: list[str] = []
    found = check_out_commit(notebook, tmp_path / "out", tell=said.append)
    assert said == [f"Fetching {repository.path} (the last commit)"]
    assert found.source == {
        "repository": "https://host/a.git",
        "revision": revision,
        "ref": "HEAD",
        "path": "models/n.ipynb",
        "dirty": False,
    }
    assert found.notebook.read_text() == TEXT
    repository.git("rm", "--quiet", "--cached", "models/n.ipynb")
    repository.git("commit", "--quiet", "-m", "Remove")
    with pytest.raises(SlipwayProblem) as missing:
        check_out_commit(notebook, tmp_path / "again")
    assert missing.value.code.value == "SLP503"


# -- what a repository may not do


@pytest.mark.parametrize(
    ("target", "leaves"),
    [
        ("../../secret", True),
        ("/etc/passwd", True),
        ("sub/../../secret", True),
        (".git/config", True),
        ("chain", True),
        ("data.csv", False),
        ("sub/../data.csv", False),
        ("dangling", False),
    ],
)
def test_links(
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    target: str,
    leaves: bool,
) -> None:
    (repository.path / "sub").mkdir()
    (repository.path / "link").symlink_to(target)
    if target == "chain":
        (repository.path / "chain").symlink_to("..")
    repository.commit(n_ipynb=TEXT, data_csv="1", sub__x_txt="x")
    repository.publish(git_server.root / "r.git")
    if leaves:
        code, sentence = refusal(get_checkout, f"{git_server.url}/r.git")
        assert (code, "symbolic link" in sentence) == ("SLP594", True)
    else:
        get_checkout(f"{git_server.url}/r.git")


def test_nothing_runs(
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Hooks of the user's templates and settings, filters that a repository names, programs in submodules."""
    repository.commit(
        n_ipynb=TEXT, _gitattributes="* filter=evil\n", hooks__post_checkout="#!/bin/sh\ntouch ../trap\n"
    )
    repository.publish(git_server.root / "r.git")
    trap, program = tmp_path / "trap", tmp_path / "program"
    program.write_text(f"#!/bin/sh\necho $0 $@ >> {trap}\ncat\n")
    program.chmod(0o755)
    hooks = tmp_path / "template" / "hooks"
    hooks.mkdir(parents=True)
    for name in ("post-checkout", "reference-transaction", "post-index-change", "pre-auto-gc"):
        (hooks / name).symlink_to(program)
    monkeypatch.setenv("GIT_TEMPLATE_DIR", str(tmp_path / "template"))
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\thooksPath = {hooks}\n\tfsmonitor = {program}\n[init]\n\ttemplateDir = {hooks.parent}\n"
    )
    found = get_checkout(f"{git_server.url}/r.git")
    assert not trap.exists()
    assert not (found.directory / ".git" / "hooks").exists()


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
def test_variables_of_another_repository_do_not_matter(
    get_checkout: Callable[..., Checkout],
    git_server: GitServer,
    served_revisions: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert get_checkout(f"file://{git_server.root}/r.git").source["revision"] == served_revisions["main"]
    assert not (tmp_path / "elsewhere").exists()


# -- submodules


@pytest.fixture
def library(tmp_path: Path, git_server: GitServer) -> str:
    """A served repository of modules; the commit that is wanted is not its newest."""
    made = make_repository(tmp_path / "library")
    wanted = made.commit(helper_py="a = 1\n")
    made.commit(helper_py="a = 2\n")
    made.publish(git_server.root / "library.git")
    return wanted


def with_submodule(repository: Repository, url: str, commit: str, path: str = "lib") -> None:
    repository.write(n_ipynb=TEXT, _gitmodules=f'[submodule "x"]\n\tpath = {path}\n\turl = {url}\n')
    repository.git("add", "--all")
    repository.git("update-index", "--add", "--cacheinfo", f"160000,{commit},{path}")
    repository.git("commit", "--quiet", "-m", "Submodule")


@pytest.mark.parametrize("url", ["../library.git", "{url}/library.git"])
def test_submodules_come_too(
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    library: str,
    url: str,
) -> None:
    git_server.login = "ann:word"
    with_submodule(repository, url.format(url=git_server.url), library)
    repository.publish(git_server.root / "r.git")
    said: list[str] = []
    host = git_server.url.removeprefix("http://")
    found = get_checkout(f"http://ann:word@{host}/r.git", said)
    assert (found.directory / "lib" / "helper.py").read_text() == "a = 1\n"
    assert git.text(["rev-list", "--count", "--all"], directory=found.directory / "lib") == "1"
    assert any("submodule lib" in sentence for sentence in said)
    assert "word" not in "".join(said)


def test_relative_submodules_of_a_clone_come_from_where_it_does(
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    library: str,
    tmp_path: Path,
) -> None:
    with_submodule(repository, "../library.git", library)
    repository.publish(git_server.root / "r.git")
    repository.git("clone", "--quiet", f"{git_server.url}/r.git", str(tmp_path / "clone"))
    found = get_checkout(f"{tmp_path}/clone#HEAD")
    assert (found.directory / "lib" / "helper.py").read_text() == "a = 1\n"
    assert found.source["repository"] == f"{git_server.url}/r.git"


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("file:///etc", "SLP587"),
        ("/etc", "SLP587"),
        ("ext::touch x", "SLP587"),
        ("--upload-pack=touch x", "SLP587"),
        ("git://host/x", "SLP587"),
        ("{url}/none.git", "SLP590"),
        ("http://127.0.0.1:9/x.git", "SLP588"),
    ],
)
def test_submodules_that_cannot_be_had(
    get_checkout: Callable[..., Checkout], repository: Repository, git_server: GitServer, url: str, code: str
) -> None:
    with_submodule(repository, url.format(url=git_server.url), "b" * 40)
    repository.publish(git_server.root / "r.git")
    found, sentence = refusal(get_checkout, f"{git_server.url}/r.git")
    assert (found, "submodule lib" in sentence) == (code, True), sentence


def test_a_submodule_that_is_described_nowhere(
    get_checkout: Callable[..., Checkout], repository: Repository, git_server: GitServer
) -> None:
    with_submodule(repository, "../x", "b" * 40)
    (repository.path / ".gitmodules").unlink()
    repository.git("add", ".gitmodules")
    repository.git("commit", "--quiet", "-m", "Forget")
    repository.publish(git_server.root / "r.git")
    (note,) = get_checkout(f"{git_server.url}/r.git").notes
    assert "submodule lib" in note


def test_pointers_of_lfs_are_named(
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyterlab_slipway.sources.lfs.is_installed", lambda _: False)
    repository.commit(
        n_ipynb=TEXT, data__big_csv=POINTER, data__small_csv="1", _gitattributes="*.csv filter=lfs\n"
    )
    repository.publish(git_server.root / "r.git")
    (note,) = get_checkout(f"{git_server.url}/r.git").notes
    assert "data/big.csv" in note
    assert "small" not in note
    assert "git-lfs is not installed" in note

"""Getting a revision of a repository: served by git's own HTTP backend, and from this machine."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.sources import git
from jupyterlab_slipway.sources.checkout import TIMEOUT_VARIABLE, Checkout, check_out, check_out_commit
from jupyterlab_slipway.sources.reference import parse
from sources_fixtures import CONTRACT, GitServer, Repository, make_repository, notebook_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

TEXT = notebook_text(*CONTRACT)
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:" + "a" * 64 + "\nsize 12345\n"


@pytest.fixture
def get(tmp_path: Path) -> Callable[..., Checkout]:
    def run(text: str, said: list[str] | None = None) -> Checkout:
        reference = parse(text)
        assert reference is not None
        return check_out(reference, tmp_path / "out", tell=(said if said is not None else []).append)

    return run


def refusal(get: Callable[..., Checkout], text: str) -> tuple[str, str]:
    with pytest.raises(SlipwayProblem) as refused:
        get(text)
    return refused.value.code.value, str(refused.value)


def history(checkout: Checkout) -> int:
    """Commits that were fetched."""
    return int(git.text(["rev-list", "--count", "--all"], directory=checkout.directory))


@pytest.fixture
def served(repository: Repository, git_server: GitServer) -> dict[str, str]:
    """Three commits with a tag, a branch and `main` → their ids. `refused` is named by no ref."""
    ids = {"v1.0": repository.commit("One", n_ipynb=TEXT, data_csv="1")}
    repository.git("tag", "--annotate", "-m", "First", "v1.0")
    ids["main"] = repository.commit("Two", data_csv="2")
    repository.git("checkout", "--quiet", "-b", "feature/x")
    ids["refused"] = repository.commit("Three", data_csv="3")
    ids["feature/x"] = repository.commit("Four", data_csv="4")
    repository.git("checkout", "--quiet", "main")
    repository.publish(git_server.root / "r.git")
    return ids


@pytest.mark.parametrize("revision", [None, "v1.0", "feature/x", "id"])
def test_a_revision_and_nothing_of_its_history(
    get: Callable[..., Checkout], git_server: GitServer, served: dict[str, str], revision: str | None
) -> None:
    expected = {None: "main", "id": "refused"}.get(revision, revision)
    assert expected is not None
    asked = served["refused"] if revision == "id" else revision
    found = get(f"{git_server.url}/r.git#{asked or ''}")
    assert found.source == {
        "repository": f"{git_server.url}/r.git",
        "revision": served[expected],
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
    get: Callable[..., Checkout], git_server: GitServer, served: dict[str, str]
) -> None:
    said: list[str] = []
    found = get(f"{git_server.url}/r.git#{served['refused'][:8]}", said)
    assert found.source["revision"] == served["refused"]
    assert history(found) == 4
    assert any("all of its history" in sentence for sentence in said)


def test_a_server_that_does_not_serve_ids(
    get: Callable[..., Checkout], git_server: GitServer, served: dict[str, str]
) -> None:
    git_server.newest_protocol = False
    said: list[str] = []
    found = get(f"{git_server.url}/r.git#{served['refused']}", said)
    assert found.source["revision"] == served["refused"]
    assert any("all of its history" in sentence for sentence in said)


@pytest.mark.parametrize("revision", ["", "v1.0", "feature/x"])
def test_a_server_of_mere_files(
    get: Callable[..., Checkout], git_server: GitServer, served: dict[str, str], revision: str
) -> None:
    git_server.dumb = True
    Repository(git_server.root / "r.git").git("update-server-info")
    found = get(f"{git_server.url}/r.git#{revision}")
    assert found.source["revision"] == served[revision or "main"]


@pytest.mark.parametrize("way", ["file", "directory", "bare", "inside"])
def test_repositories_of_this_machine(
    get: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    served: dict[str, str],
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
    short = served["v1.0"][:9]
    if way == "inside":
        revision = repository.commit(sub__m_ipynb=TEXT)
        assert get(f"{place}#main").source["path"] == "sub/m.ipynb"
        assert repository.git("rev-parse", "HEAD") == revision
        return
    found = get(f"{place}#{short}")
    assert found.source["revision"] == served["v1.0"]
    assert found.source["repository"] is None
    assert (found.directory / "data.csv").read_text() == "1"
    assert history(found) == 1, "what is here can be asked for by its whole id"
    assert repository.git("status", "--porcelain") == "M data.csv"


def test_the_last_commit_of_a_notebook(repository: Repository, tmp_path: Path) -> None:
    revision = repository.commit(models__n_ipynb=TEXT, other__n_ipynb=TEXT)
    repository.git("remote", "add", "origin", "https://ann:secret@host/a.git")
    notebook = repository.path / "models" / "n.ipynb"
    notebook.write_text("{}")
    found = check_out_commit(notebook, tmp_path / "out")
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


# -- what can be wrong


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("{url}/r.git#nope", "SLP591", "has no branch, tag or commit 'nope'"),
        ("{url}/r.git#n.ipynb", "SLP591", "`#:n.ipynb`"),
        ("{url}/r.git#deadbeef", "SLP591", "whole id"),
        ("{url}/r.git#" + "b" * 40, "SLP591", "whole id"),
        ("{url}/none.git", "SLP590", "no git repository"),
        ("{url}/empty.git", "SLP591", "no HEAD"),
        ("{url}/r.git#:none.ipynb", "SLP503", "It has these notebooks: n.ipynb"),
        ("{url}/r.git#:data.csv", "SLP501", ".ipynb"),
        ("http://127.0.0.1:9/r.git", "SLP588", "cannot be reached"),
        ("http://no-such-host.invalid/r.git", "SLP588", "cannot be reached"),
        ("https://127.0.0.1:9/r.git", "SLP588", "cannot be reached"),
        ("ssh://127.0.0.1:9/r.git", "SLP588", "cannot be reached"),
        ("file:///none/such.git", "SLP590", "no git repository"),
        ("{plain}#main", "SLP590", "no git repository"),
    ],
)
def test_each_gets_its_sentence(
    get: Callable[..., Checkout],
    git_server: GitServer,
    served: dict[str, str],
    tmp_path: Path,
    text: str,
    code: str,
    words: str,
) -> None:
    assert served
    make_repository(tmp_path / "e").git("clone", "--quiet", "--bare", ".", str(git_server.root / "empty.git"))
    (tmp_path / "plain").mkdir()
    found, sentence = refusal(get, text.format(url=git_server.url, plain=tmp_path / "plain"))
    assert (found, words in sentence) == (code, True), sentence


def test_credentials(
    get: Callable[..., Checkout],
    git_server: GitServer,
    served: dict[str, str],
    tmp_path: Path,
) -> None:
    git_server.login = "ann:right-word"
    code, sentence = refusal(get, f"{git_server.url}/r.git")
    assert (code, "credential helper" in sentence) == ("SLP589", True)
    host = git_server.url.removeprefix("http://")
    code, sentence = refusal(get, f"http://ann:wrong-word@{host}/r.git#v1.0")
    assert code == "SLP589"
    assert "wrong-word" not in sentence
    assert "ann" not in sentence

    seen: set[str] = set()
    with _watched(seen):
        found = get(f"http://ann:right-word@{host}/r.git#v1.0")
    assert found.source["repository"] == f"{git_server.url}/r.git"
    assert any("remote-http" in words for words in seen)
    assert not any("right-word" in words for words in seen)
    for path in found.directory.rglob("*"):
        assert not path.is_file() or b"right-word" not in path.read_bytes(), path

    store = tmp_path / "store"
    (tmp_path / "gitconfig").write_text(f"[credential]\n\thelper = store --file={store}\n")
    for known in ("", f"http://ann:wrong-word@{host}\n"):
        store.write_text(known)
        shutil.rmtree(tmp_path / "out")
        get(f"http://ann:right-word@{host}/r.git#v1.0")
        assert store.read_text() == known, "what stood in the address is kept nowhere"
    store.write_text(f"http://ann:right-word@{host}\n")
    again = parse(f"{git_server.url}/r.git")
    assert again is not None
    assert check_out(again, tmp_path / "again").source["revision"] == served["main"]


@contextmanager
def _watched(seen: set[str]) -> Iterator[None]:
    """Notes the command lines of all that runs below this process."""
    ended = threading.Event()

    def look() -> None:
        while not ended.wait(0.001):
            with contextlib.suppress(psutil.Error):
                seen.update(" ".join(child.cmdline()) for child in psutil.Process().children(recursive=True))

    thread = threading.Thread(target=look)
    thread.start()
    yield
    ended.set()
    thread.join()


def test_ssh_asks_nobody(
    get: Callable[..., Checkout],
    git_server: GitServer,
    served: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A program in place of ssh, which does on this machine what it is asked to do on the host."""
    words = tmp_path / "words"
    program = tmp_path / "bin" / "ssh"
    program.parent.mkdir()
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {words}\nfor last; do :; done\n'
        'case "$*" in *refused@*) echo "refused@host: Permission denied (publickey)." >&2; exit 255;; '
        '*changed@*) echo "Host key verification failed." >&2; exit 255;; esac\neval "$last"\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    path = git_server.root / "r.git"
    found = get(f"ssh://git@host{path}#v1.0")
    assert found.source["revision"] == served["v1.0"]
    assert found.source["repository"] == f"ssh://host{path}"
    assert "BatchMode=yes" in words.read_text()
    assert "git@host" in words.read_text()
    shutil.rmtree(tmp_path / "out")
    assert get(f"git@host:{path}#main").source["repository"] == f"git@host:{path}"
    shutil.rmtree(tmp_path / "out")
    code, sentence = refusal(get, f"refused@host:{path}")
    assert (code, "ssh agent" in sentence) == ("SLP589", True)
    code, sentence = refusal(get, f"changed@host:{path}")
    assert (code, "key" in sentence) == ("SLP588", True)


def test_a_host_that_never_answers(
    get: Callable[..., Checkout], git_server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_server.silent = True
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1.5")
    begun = time.monotonic()
    code, sentence = refusal(get, f"{git_server.url}/r.git")
    assert (code, TIMEOUT_VARIABLE in sentence) == ("SLP595", True)
    assert time.monotonic() - begun < 10
    assert not [p for p in psutil.Process().children(recursive=True) if "git" in p.name()]
    for value in ("0", "soon", "-1"):
        monkeypatch.setenv(TIMEOUT_VARIABLE, value)
        assert refusal(get, f"{git_server.url}/r.git")[0] == "SLP568"


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
    get: Callable[..., Checkout], repository: Repository, git_server: GitServer, target: str, leaves: bool
) -> None:
    (repository.path / "sub").mkdir()
    (repository.path / "link").symlink_to(target)
    if target == "chain":
        (repository.path / "chain").symlink_to("..")
    repository.commit(n_ipynb=TEXT, data_csv="1", sub__x_txt="x")
    repository.publish(git_server.root / "r.git")
    if leaves:
        code, sentence = refusal(get, f"{git_server.url}/r.git")
        assert (code, "symbolic link" in sentence) == ("SLP594", True)
    else:
        get(f"{git_server.url}/r.git")


def test_nothing_runs(
    get: Callable[..., Checkout],
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
    found = get(f"{git_server.url}/r.git")
    assert not trap.exists()
    assert not (found.directory / ".git" / "hooks").exists()


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY"])
def test_variables_of_another_repository_do_not_matter(
    get: Callable[..., Checkout],
    git_server: GitServer,
    served: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    name: str,
) -> None:
    monkeypatch.setenv(name, str(tmp_path / "elsewhere"))
    assert get(f"file://{git_server.root}/r.git").source["revision"] == served["main"]
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
    get: Callable[..., Checkout], repository: Repository, git_server: GitServer, library: str, url: str
) -> None:
    git_server.login = "ann:word"
    with_submodule(repository, url.format(url=git_server.url), library)
    repository.publish(git_server.root / "r.git")
    said: list[str] = []
    host = git_server.url.removeprefix("http://")
    found = get(f"http://ann:word@{host}/r.git", said)
    assert (found.directory / "lib" / "helper.py").read_text() == "a = 1\n"
    assert git.text(["rev-list", "--count", "--all"], directory=found.directory / "lib") == "1"
    assert any("submodule lib" in sentence for sentence in said)
    assert "word" not in "".join(said)


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
    get: Callable[..., Checkout], repository: Repository, git_server: GitServer, url: str, code: str
) -> None:
    with_submodule(repository, url.format(url=git_server.url), "b" * 40)
    repository.publish(git_server.root / "r.git")
    found, sentence = refusal(get, f"{git_server.url}/r.git")
    assert (found, "submodule lib" in sentence) == (code, True), sentence


def test_a_submodule_that_is_described_nowhere(
    get: Callable[..., Checkout], repository: Repository, git_server: GitServer
) -> None:
    with_submodule(repository, "../x", "b" * 40)
    (repository.path / ".gitmodules").unlink()
    repository.git("add", ".gitmodules")
    repository.git("commit", "--quiet", "-m", "Forget")
    repository.publish(git_server.root / "r.git")
    (note,) = get(f"{git_server.url}/r.git").notes
    assert "submodule lib" in note


def test_git_ends_by_itself_where_whoever_started_it_was_killed(
    tmp_path: Path, git_server: GitServer
) -> None:
    git_server.silent = True
    script = (
        "import sys, pathlib\nfrom jupyterlab_slipway.sources import git\n"
        "git.run(['ls-remote', sys.argv[1]], directory=pathlib.Path('.'), timeout=2, transports=('http',))"
    )
    with subprocess.Popen([sys.executable, "-c", script, f"{git_server.url}/r.git"], cwd=tmp_path) as started:
        found: list[psutil.Process] = []
        deadline = time.monotonic() + 20
        while not any("remote-http" in part for process in found for part in words(process)):
            assert time.monotonic() < deadline
            time.sleep(0.05)
            found = psutil.Process(started.pid).children(recursive=True)
        started.kill()
    assert not psutil.wait_procs(found, timeout=20)[1]


def words(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return process.cmdline()
    return []


def test_files_that_do_not_fit_on_the_disk(
    get: Callable[..., Checkout], repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(n_ipynb=TEXT)
    run = git.run

    def full(arguments: Sequence[str], **given: Any) -> bytes:
        if arguments[0] == "checkout":
            raise git.Failed(1, "error: unable to write file n.ipynb")
        return run(arguments, **given)

    monkeypatch.setattr(git, "run", full)
    assert refusal(get, f"{repository.path}#main")[0] == "SLP595"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    code, sentence = refusal(get, f"{repository.path}#main")
    assert code == "SLP550"
    assert "not enough space" in sentence


def test_pointers_of_lfs_are_named(
    get: Callable[..., Checkout],
    repository: Repository,
    git_server: GitServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("jupyterlab_slipway.sources.lfs.is_installed", lambda _: False)
    repository.commit(
        n_ipynb=TEXT, data__big_csv=POINTER, data__small_csv="1", _gitattributes="*.csv filter=lfs\n"
    )
    repository.publish(git_server.root / "r.git")
    (note,) = get(f"{git_server.url}/r.git").notes
    assert "data/big.csv" in note
    assert "small" not in note
    assert "git-lfs is not installed" in note

"""What keeps a revision from being had: each has its sentence, and nothing of git goes on."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from jupyterlab_slipway.sources import git
from jupyterlab_slipway.sources.checkout import Checkout, check_out
from jupyterlab_slipway.sources.fetching import TIMEOUT_VARIABLE
from jupyterlab_slipway.sources.reference import parse
from sources_fixtures import TEXT, GitServer, Repository, make_repository, refusal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        ("{url}/r.git#nope", "SLP591", "has no branch, tag or commit 'nope'"),
        ("{url}/r.git#n.ipynb", "SLP591", "`#:n.ipynb`"),
        ("{url}/r.git#deadbeef", "SLP591", "whole id"),
        ("{url}/r.git#" + "b" * 40, "SLP591", "whole id"),
        ("{url}/none.git", "SLP590", "no git repository"),
        ("{url}/empty.git", "SLP591", "has no commit on its default branch: it is empty"),
        (
            "{url}/empty.git#v1",
            "SLP591",
            "has no branch, tag or commit 'v1'. `git ls-remote {url}/empty.git`",
        ),
        ("{url}/empty.git#deadbeef", "SLP591", "has no branch, tag or commit 'deadbeef'"),
        ("{empty}#HEAD", "SLP591", "has no commit on its default branch: it is empty"),
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
    get_checkout: Callable[..., Checkout],
    git_server: GitServer,
    served_revisions: dict[str, str],
    tmp_path: Path,
    text: str,
    code: str,
    words: str,
) -> None:
    assert served_revisions
    make_repository(tmp_path / "e").git("clone", "--quiet", "--bare", ".", str(git_server.root / "empty.git"))
    (tmp_path / "plain").mkdir()
    places = {"url": git_server.url, "plain": tmp_path / "plain", "empty": tmp_path / "e"}
    found, sentence = refusal(get_checkout, text.format(**places))
    assert (found, words.format(**places) in sentence) == (code, True), sentence


@pytest.mark.parametrize("revision", ["", "#deadbeef"])
@pytest.mark.parametrize(
    "body",
    ["<!doctype html><title>Sign in</title>", "<html>\n<title>Sign in</title>\n", "ok"],
)
def test_what_answers_and_is_no_repository(
    get_checkout: Callable[..., Checkout], git_server: GitServer, body: str, revision: str
) -> None:
    git_server.dumb = True
    (git_server.root / "page/info").mkdir(parents=True)
    (git_server.root / "page/info/refs").write_text(body)
    code, sentence = refusal(get_checkout, f"{git_server.url}/page{revision}")
    assert code == "SLP590"
    assert "not as a git repository" in sentence or "no git repository at" in sentence


def test_credentials(
    get_checkout: Callable[..., Checkout],
    git_server: GitServer,
    served_revisions: dict[str, str],
    tmp_path: Path,
) -> None:
    git_server.login = "ann:right-word"
    code, sentence = refusal(get_checkout, f"{git_server.url}/r.git")
    assert (code, "credential helper" in sentence) == ("SLP589", True)
    host = git_server.url.removeprefix("http://")
    code, sentence = refusal(get_checkout, f"http://ann:wrong-word@{host}/r.git#v1.0")
    assert code == "SLP589"
    assert "wrong-word" not in sentence
    assert "ann" not in sentence

    seen: set[str] = set()
    with _watched(seen):
        found = get_checkout(f"http://ann:right-word@{host}/r.git#v1.0")
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
        get_checkout(f"http://ann:right-word@{host}/r.git#v1.0")
        assert store.read_text() == known, "what stood in the address is kept nowhere"
    store.write_text(f"http://ann:right-word@{host}\n")
    again = parse(f"{git_server.url}/r.git")
    assert again is not None
    assert check_out(again, tmp_path / "again").source["revision"] == served_revisions["main"]


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
    get_checkout: Callable[..., Checkout],
    git_server: GitServer,
    served_revisions: dict[str, str],
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
    found = get_checkout(f"ssh://git@host{path}#v1.0")
    assert found.source["revision"] == served_revisions["v1.0"]
    assert found.source["repository"] == f"ssh://host{path}"
    assert "BatchMode=yes" in words.read_text()
    assert "git@host" in words.read_text()
    shutil.rmtree(tmp_path / "out")
    assert get_checkout(f"git@host:{path}#main").source["repository"] == f"git@host:{path}"
    shutil.rmtree(tmp_path / "out")
    code, sentence = refusal(get_checkout, f"refused@host:{path}")
    assert (code, "ssh agent" in sentence) == ("SLP589", True)
    code, sentence = refusal(get_checkout, f"changed@host:{path}")
    assert (code, "key" in sentence) == ("SLP588", True)


def test_a_host_that_never_answers(
    get_checkout: Callable[..., Checkout], git_server: GitServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    git_server.silent = True
    monkeypatch.setenv(TIMEOUT_VARIABLE, "1.5")
    begun = time.monotonic()
    code, sentence = refusal(get_checkout, f"{git_server.url}/r.git")
    assert (code, TIMEOUT_VARIABLE in sentence) == ("SLP595", True)
    assert time.monotonic() - begun < 10
    assert not [p for p in psutil.Process().children(recursive=True) if "git" in p.name()]
    for value in ("0", "soon", "-1"):
        monkeypatch.setenv(TIMEOUT_VARIABLE, value)
        assert refusal(get_checkout, f"{git_server.url}/r.git")[0] == "SLP568"


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
    get_checkout: Callable[..., Checkout],
    repository: Repository,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    repository.commit(n_ipynb=TEXT)
    run = git.run

    def full(arguments: Sequence[str], **given: Any) -> bytes:
        if arguments[0] == "checkout":
            raise git.Failed(1, "error: unable to write file n.ipynb")
        return run(arguments, **given)

    monkeypatch.setattr(git, "run", full)
    assert refusal(get_checkout, f"{repository.path}#main")[0] == "SLP595"
    monkeypatch.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=0))
    code, sentence = refusal(get_checkout, f"{repository.path}#main")
    assert code == "SLP550"
    assert f"the disk that holds {tmp_path / 'out'} is full" in sentence

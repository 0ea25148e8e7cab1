"""Repositories for tests, and a server of them: git's own HTTP backend, as CGI."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.sources.checkout import Checkout, check_out
from jupyterlab_slipway.sources.reference import parse

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CONTRACT = ("requirements = []", "def predictor(x):\n    return x * 2", "examples = [1, 2]")
WHO = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "A"), ("EMAIL", "a@example.org"), ("DATE", "2026-01-02T03:04:05Z"))
}


def notebook_text(*cells: str) -> str:
    content = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
        "cells": [
            {
                "cell_type": "code",
                "id": f"c{number}",
                "metadata": {},
                "source": source,
                "outputs": [],
                "execution_count": None,
            }
            for number, source in enumerate(cells)
        ],
    }
    return json.dumps(content, indent=1)


TEXT = notebook_text(*CONTRACT)


@dataclass
class Repository:
    """A working tree; `commit` writes files into it first."""

    path: Path

    def git(self, *words: str) -> str:
        environment = {**os.environ, **WHO, "GIT_CONFIG_GLOBAL": os.devnull}
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.path,
            env=environment,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    def write(self, **files: str) -> None:
        """Names have `__` for a slash, and `_ipynb` or the like for a suffix."""
        for name, text in files.items():
            stem, _, suffix = name.replace("__", "/").rpartition("_")
            path = self.path / f"{stem}.{suffix}"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")

    def commit(self, message: str = "More", **files: str) -> str:
        """The commit's id."""
        self.write(**files)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--allow-empty", "-m", message)
        return self.git("rev-parse", "HEAD")

    def publish(self, bare: Path) -> Path:
        """What is committed, as a bare repository."""
        self.git("clone", "--quiet", "--bare", ".", str(bare))
        return bare


def make_repository(path: Path) -> Repository:
    path.mkdir(parents=True)
    made = Repository(path)
    made.git("init", "--quiet", "-b", "main", ".")
    return made


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return make_repository(tmp_path / "work")


@dataclass
class GitServer:
    """Serves the bare repositories of a directory."""

    root: Path
    url: str = ""
    login: str | None = None
    """`user:password` that it wants."""
    newest_protocol: bool = True
    """False: the first one, by which a commit that no ref names is refused."""
    dumb: bool = False
    """Mere files."""
    silent: bool = False
    """Takes the connection, and never answers."""
    asked: list[str] = field(default_factory=list)

    def authorized(self, header: str | None) -> bool:
        if self.login is None:
            return True
        return header == f"Basic {base64.b64encode(self.login.encode()).decode()}"


def _handler(server: GitServer, ended: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(SimpleHTTPRequestHandler):
        def __init__(self, *arguments: Any) -> None:
            super().__init__(*arguments, directory=str(server.root))

        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self._answer()

        def do_GET(self) -> None:
            self._answer()

        def _answer(self) -> None:
            server.asked.append(self.path)
            if server.silent:
                ended.wait(60)
                return
            if not server.authorized(self.headers.get("Authorization")):
                self.send_response(401)
                self.send_header("WWW-Authenticate", 'Basic realm="git"')
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            if server.dumb:
                SimpleHTTPRequestHandler.do_GET(self)
                return
            self._backend()

        def _backend(self) -> None:
            path, _, query = self.path.partition("?")
            environment = {
                **os.environ,
                "GIT_PROJECT_ROOT": str(server.root),
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
                "PATH_INFO": path,
                "QUERY_STRING": query,
                "REQUEST_METHOD": self.command,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": self.headers.get("Content-Length", ""),
                "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
                "REMOTE_ADDR": "127.0.0.1",
            }
            if server.newest_protocol:
                environment["GIT_PROTOCOL"] = self.headers.get("Git-Protocol", "")
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            said = subprocess.run(
                ["git", "http-backend"], input=body, env=environment, capture_output=True, check=False
            ).stdout
            head, _, content = said.partition(b"\r\n\r\n")
            headers = [line.partition(": ") for line in head.decode().splitlines()]
            status = next((value for name, _, value in headers if name == "Status"), "200 OK")
            self.send_response(int(status.split()[0]))
            for name, _, value in headers:
                if name != "Status":
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    return Handler


@pytest.fixture
def git_server(tmp_path: Path) -> Iterator[GitServer]:
    """Repositories go to its `root`."""
    server = GitServer(tmp_path / "served")
    server.root.mkdir()
    ended = threading.Event()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), _handler(server, ended))
    listening.daemon_threads = True
    thread = threading.Thread(target=listening.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    server.url = f"http://127.0.0.1:{listening.server_port}"
    yield server
    ended.set()
    listening.shutdown()
    listening.server_close()
    thread.join()


@pytest.fixture(autouse=True)
def plain_git(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In tests of sources: no settings of whoever runs them."""
    if not request.module.__name__.startswith("test_sources"):
        return
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for name in ("GIT_ASKPASS", "SSH_ASKPASS", "GIT_SSH_COMMAND", "GIT_SSH", "http_proxy", "https_proxy"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1,localhost")


@pytest.fixture
def get_checkout(tmp_path: Path) -> Callable[..., Checkout]:
    """Checks out what a text names; what it tells goes to a list, where one is given."""

    def run(text: str, said: list[str] | None = None) -> Checkout:
        reference = parse(text)
        assert reference is not None
        return check_out(reference, tmp_path / "out", tell=(said if said is not None else []).append)

    return run


def refusal(get_checkout: Callable[..., Checkout], text: str) -> tuple[str, str]:
    """Code and sentence of the problem that checking out `text` ends with."""
    with pytest.raises(SlipwayProblem) as refused:
        get_checkout(text)
    return refused.value.code.value, str(refused.value)


@pytest.fixture
def served_revisions(repository: Repository, git_server: GitServer) -> dict[str, str]:
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

"""The one place that runs git.

A repository is somebody else's: nothing that it holds may run, none of its words may become an option, and
git may use no transport that starts programs. Its user's own settings count (credential helpers, proxies,
certificates, `insteadOf`), but for those by which programs run or files appear: hooks, templates, the file
system's monitor. Git asks nobody anything, and what it says is shown only with `mask` applied.
"""

from __future__ import annotations

import contextlib
import functools
import math
import os
import re
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..problems import Code, SlipwayProblem

OLDEST = (2, 24)
"""From this version on git has `--end-of-options`."""

TRANSPORTS = ("http", "https", "ssh", "file")
TRANSPORTS_WITHIN = ("http", "https", "ssh")
"""For submodules: git itself has refused `file` there since 2.38.1, as it lets a repository read others."""

_SETTINGS = {
    "core.hooksPath": os.devnull,
    "core.fsmonitor": "false",
    "core.autocrlf": "false",
    "core.logAllRefUpdates": "false",
    "init.templateDir": "",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "advice.detachedHead": "false",
    "fetch.recurseSubmodules": "false",
    "submodule.recurse": "false",
    "log.showSignature": "false",
    # a git whose caller was killed does not wait for a silent host for ever
    "http.lowSpeedLimit": "1",
    "http.lowSpeedTime": "300",
}
_OF_GIT = re.compile(
    r"GIT_(?!ASKPASS$|SSH|SSL_|HTTP_|PROXY|CONFIG_(GLOBAL|SYSTEM|NOSYSTEM|COUNT|KEY|VALUE)|EXEC_PATH$)"
)
"""Variables that say which repository, index or identity is meant, or that make git write traces."""
_LOCAL_TIMEOUT = 30.0
"""Seconds for what only looks at a repository on this machine."""
_LONGEST_ERROR = 64 * 1024
_GRACE = 2.0

_USERINFO = re.compile(r"(?<![\w+.-])([a-z][a-z0-9+.-]*://)[^\s/@'\"]*(?:@[^\s/@'\"]*)*@", re.IGNORECASE)


def mask(text: str) -> str:
    """The text with no user name and no password in any address."""
    return _USERINFO.sub(r"\1", text)


@dataclass(frozen=True)
class Failed(Exception):
    """Git ended with another exit code than 0."""

    code: int
    words: str
    """What it said on standard error, masked."""

    def __str__(self) -> str:
        return self.words or f"git ended with exit code {self.code}"


class TimedOut(Exception):
    """Git did not come to its end in time, and was ended."""


class Missing(Exception):
    """There is no git, or one that is too old; `str()` says which, in a sentence."""


def require_git() -> None:
    """
    Raises:
        SlipwayProblem: GIT_UNUSABLE.
    """
    try:
        _require()
    except Missing as missing:
        raise SlipwayProblem(Code.GIT_UNUSABLE, str(missing)) from None


@functools.cache
def _require() -> None:
    oldest = ".".join(map(str, OLDEST))
    try:
        said = subprocess.run(
            ["git", "--version"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_LOCAL_TIMEOUT,
            check=False,
        ).stdout.decode("utf-8", "replace")
    except FileNotFoundError:
        raise Missing(
            f"Git is not installed, and repositories are fetched with it. Install git {oldest} or newer."
        ) from None
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"Git does not run here ({error}). Install git {oldest} or newer.") from None
    found = re.search(r"(\d+)\.(\d+)", said)
    if found is None or (int(found[1]), int(found[2])) < OLDEST:
        raise Missing(f"The git here is too old ({said.strip()[:60]}). Install git {oldest} or newer.")


def run(
    arguments: Sequence[str],
    *,
    directory: Path,
    timeout: float = _LOCAL_TIMEOUT,
    transports: Sequence[str] = (),
    settings: Mapping[str, str] | None = None,
    environment: Mapping[str, str] | None = None,
) -> bytes:
    """Runs git in a directory: what it printed.

    Args:
        arguments: from the subcommand on. What a user or a repository has named comes after
            `--end-of-options` or `--`.
        directory: of the repository, or below.
        timeout: in seconds.
        transports: those that it may use; none where it is not to reach anything.
        settings: more of git's configuration, for this time.
        environment: more variables.

    Raises:
        Failed: whatever went wrong, in git's words.
        TimedOut: it and all that it started are ended.
        Missing: there is no git that can be used.
    """
    _require()
    given = {**_SETTINGS, **(settings or {})}
    if transports:
        # where this process is killed, git ends by itself, although a server says nothing
        given |= {"http.lowSpeedLimit": "1", "http.lowSpeedTime": str(math.ceil(timeout) + 1)}
    options = [part for key, value in given.items() for part in ("-c", f"{key}={value}")]
    try:
        process = subprocess.Popen(
            ["git", *options, *arguments],
            cwd=directory,
            env=_environment(transports, environment or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # no terminal to ask at, and one group to end
        )
    except OSError as error:
        raise Failed(127, f"git cannot be started in {directory}: {error.strerror}") from None
    with _ended(process):
        try:
            printed, said = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            raise TimedOut from None
    if process.returncode != 0:
        words = said[-_LONGEST_ERROR:].decode("utf-8", "replace")
        raise Failed(process.returncode, mask(words).strip())
    return printed


def text(
    arguments: Sequence[str],
    *,
    directory: Path,
    timeout: float = _LOCAL_TIMEOUT,
    settings: Mapping[str, str] | None = None,
) -> str:
    """Likewise, of a repository on this machine: what it printed, as text without the last newline."""
    printed = run(arguments, directory=directory, timeout=timeout, settings=settings)
    return printed.decode("utf-8", "surrogateescape").rstrip("\n")


@contextmanager
def _ended(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Whatever the body ends by, nothing of the process is left."""
    try:
        yield
    finally:
        if process.poll() is None:
            _signal(process, signal.SIGTERM)
            deadline = time.monotonic() + _GRACE
            while process.poll() is None and time.monotonic() < deadline:
                time.sleep(0.02)
        _signal(process, signal.SIGKILL)  # helpers that outlive it
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, number)


def _environment(transports: Sequence[str], more: Mapping[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not _OF_GIT.match(name)}
    return {
        # a program that was named for this very thing, as CI systems do; else nothing that opens a window
        "GIT_ASKPASS": "",
        **kept,
        "LC_ALL": "C",
        "LANGUAGE": "C",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_SSH_COMMAND": _ssh_command(),
        "GIT_ALLOW_PROTOCOL": ":".join(transports) or "none",
        "GIT_OPTIONAL_LOCKS": "0",
        "GIT_LITERAL_PATHSPECS": "1",
        "GIT_LFS_SKIP_SMUDGE": "1",  # `checkout` gets them itself, so that one that is missing is told
        "GIT_NO_REPLACE_OBJECTS": "1",
        "GIT_ADVICE": "0",
        **more,
    }


_ssh_lock = threading.Lock()


def _ssh_command() -> str:
    with _ssh_lock:
        return _ssh_of(os.environ.get("GIT_SSH_COMMAND"), os.environ.get("GIT_SSH"))


@functools.cache
def _ssh_of(command: str | None, program: str | None) -> str:
    """The user's own way to call ssh, told to ask nothing. git runs it by a shell."""
    if command is None and program is None:
        with contextlib.suppress(OSError, subprocess.TimeoutExpired):
            command = (
                subprocess.run(
                    ["git", "config", "--global", "--get", "core.sshCommand"],
                    capture_output=True,
                    stdin=subprocess.DEVNULL,
                    timeout=_LOCAL_TIMEOUT,
                    check=False,
                )
                .stdout.decode("utf-8", "replace")
                .strip()
            )
    words = command or (shlex.quote(program) if program else "ssh")
    try:
        first = Path(shlex.split(words)[0]).name
    except (ValueError, IndexError):
        return words
    # other programs (plink, wrappers) have other options; without a terminal they cannot ask either
    return f"{words} -o BatchMode=yes -o ConnectTimeout=30" if first in ("ssh", "ssh.exe") else words

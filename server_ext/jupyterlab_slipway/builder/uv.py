"""Calling uv with the user's own settings: uv's, and pip's where uv has an equal."""

from __future__ import annotations

import configparser
import contextlib
import hashlib
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from uv import find_uv_bin

from ..processes import OF_JUPYTER
from .children import Completed, run

# pip's long option: uv's variable
_EQUALS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "no-index": "UV_NO_INDEX",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
    "proxy": "ALL_PROXY",
    "timeout": "UV_HTTP_TIMEOUT",
}
_SUPERSEDED = {"UV_DEFAULT_INDEX": "UV_INDEX_URL", "UV_INDEX": "UV_EXTRA_INDEX_URL"}
"""Older variables of uv: where the user sets those, pip's settings are not wanted."""

_FOREIGN = ("VIRTUAL_ENV", "CONDA_PREFIX", "PYTHONPATH", "PYTHONHOME", "PYTHONSTARTUP", "UV_PYTHON")
"""What says which Python to use: we say it ourselves."""
_UNDOING = (
    *("UV_NO_SOURCES", "UV_NO_SOURCES_PACKAGE"),  # an index that a notebook names for a package is a source
    *("UV_NO_BUILD_ISOLATION", "UV_NO_BUILD_ISOLATION_PACKAGE"),
)
_WRAPPING = "COLUMNS"
"""uv would break its sentences into lines of that length, in which nothing is found again."""

_CREDENTIALS = re.compile(r"(?<=//)[^/@\s]+@")


def uv_program() -> str:
    return os.fsdecode(find_uv_bin())


def uv_environment(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """The environment for uv: everything of the user's (proxies, CAs, UV_*), pip's settings as uv's."""
    # the code of packages that are built would read Jupyter's tokens
    left_out = (*_FOREIGN, *_UNDOING, _WRAPPING)
    env = {
        name: value
        for name, value in variables.items()
        if name not in left_out and not name.startswith(OF_JUPYTER)
    }
    for name, value in pip_settings(variables).items():
        equal = _EQUALS[name]
        if equal not in env and _SUPERSEDED.get(equal) not in env:
            env[equal] = " ".join(value.split()) if equal != "UV_FIND_LINKS" else ",".join(value.split())
    env["UV_NO_PROGRESS"] = env["NO_COLOR"] = "1"
    env["UV_PYTHON_DOWNLOADS"] = "never"  # the Pythons at hand are listed, not conjured
    return env


def uv_settings(variables: Mapping[str, str] = os.environ) -> dict[str, str]:
    """All that makes uv find other packages: variables with their values, files with their digests."""
    settings = {
        name: value
        for name, value in uv_environment(variables).items()
        if name.startswith("UV_") and name not in ("UV_NO_PROGRESS", "UV_CACHE_DIR")
    }
    for path in _uv_files(variables):
        with contextlib.suppress(OSError):
            settings[str(path)] = hashlib.sha256(path.read_bytes()).hexdigest()
    return settings


def _uv_files(variables: Mapping[str, str]) -> list[Path]:
    """Where uv reads settings of the user and of the machine; not all of them exist.

    https://docs.astral.sh/uv/concepts/configuration-files/
    """
    own = variables.get("UV_CONFIG_FILE")
    if own:
        return [Path(own)]
    home = Path(variables.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    shared = [Path(path) for path in variables.get("XDG_CONFIG_DIRS", "/etc/xdg").split(os.pathsep) if path]
    return [directory / "uv" / "uv.toml" for directory in (home, *shared, Path("/etc"))]


def pip_settings(variables: Mapping[str, str]) -> dict[str, str]:
    """pip's settings that matter for finding packages, later sources winning: files, then PIP_* variables."""
    found: dict[str, str] = {}
    for path in _pip_files(variables):
        parser = configparser.RawConfigParser()
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, OSError, UnicodeDecodeError):
            continue
        for section in ("global", "install"):
            if parser.has_section(section):
                found.update(
                    {name: value for name, value in parser.items(section) if name in _EQUALS and value}
                )
    for name in _EQUALS:
        value = variables.get("PIP_" + name.replace("-", "_").upper())
        # pip takes its own default timeout from a variable of another name
        value = value or (variables.get("PIP_DEFAULT_TIMEOUT") if name == "timeout" else None)
        if value:
            found[name] = value
    return found


def _pip_files(variables: Mapping[str, str]) -> list[Path]:
    own = variables.get("PIP_CONFIG_FILE")
    if own == os.devnull:
        return []
    home = Path(variables.get("HOME") or Path.home())
    config = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    files = [Path("/etc/pip.conf"), home / ".pip" / "pip.conf", config / "pip" / "pip.conf"]
    return [*files, Path(own)] if own else files


def without_credentials(text: str) -> str:
    """The text with user names and passwords taken out of URLs."""
    return _CREDENTIALS.sub("***@", text)


def call_uv(
    *arguments: str | Path,
    cwd: Path,
    stdin: str | None = None,
    timeout: float | None = None,
    on_line: Callable[[str], None] | None = None,
) -> Completed:
    """Runs uv, without credentials in what comes back. `on_line` gets its messages as they come.

    Raises TimeoutError where it takes longer than `timeout` seconds.
    """

    def clean(line: str) -> None:
        if on_line is not None:
            on_line(without_credentials(line))

    done = run(
        [uv_program(), *arguments],
        env=uv_environment(),
        cwd=cwd,
        stdin=stdin,
        timeout=timeout,
        on_line=clean,
    )
    return Completed(done.code, done.stdout, without_credentials(done.stderr))

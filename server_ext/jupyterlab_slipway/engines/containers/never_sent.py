"""What no image build gets, whatever ignore files say: keys, credentials, histories, caches.

It is told by names, and for a few kinds of files by what they begin with.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from ...builder.scratch import PREFIX as SCRATCH

_DIRECTORIES = frozenset(
    [
        *(".git", ".hg", ".svn", ".bzr", "cvs"),
        *(".aws", ".azure", ".docker", ".gnupg", ".jupyter", ".kube", ".password-store", ".ssh"),
    ]
)
_BELOW_CONFIG = frozenset(["containers", "gcloud", "gh", "glab-cli", "hub", "pip", "rclone", "sops", "uv"])
"""Directories in one named `.config`."""
_OF_NO_USE = frozenset([".ipynb_checkpoints", "__pycache__", "node_modules"])
_ENVIRONMENT = ("pyvenv.cfg", "conda-meta")
"""What a virtual environment is known by, and one of conda's."""
_NAMES = frozenset(
    [
        *(".netrc", "_netrc", ".pypirc", ".npmrc", ".yarnrc.yml", ".git-credentials", ".pgpass", ".my.cnf"),
        *(".dockercfg", ".htpasswd", ".boto", ".s3cfg", ".vault-token", "kubeconfig", ".condarc"),
        *("jupyter_cookie_secret", ".python_history", ".bash_history", ".zsh_history"),
        *("application_default_credentials.json", "credentials.tfrc.json"),
    ]
)
_KEY_NAME = re.compile(r"id_(rsa|dsa|ecdsa|ed25519)(_sk)?([._-].*)?")
_OF_JUPYTER = re.compile(r"(jpserver|nbserver|kernel)-.*\.(json|html)")
"""Where Jupyter keeps the tokens of running servers and the keys of kernels."""
_KEY_ENDINGS = (".p12", ".pfx", ".jks", ".keystore", ".kdbx", ".ppk")
_MAY_HOLD_KEYS = (".pem", ".key", ".crt", ".cer", ".p8", ".pk8", ".asc", ".gpg", ".json")
_KEY = re.compile(rb"-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY(?: BLOCK)?-----")
_MAY_HOLD_CREDENTIALS = frozenset(["pip.conf", "pip.ini", "uv.toml", "poetry.toml", "pypirc"])
_CREDENTIALS = re.compile(rb"://[^/\s\"'@]+@|^\s*(?:password|token)\s*[=:]", re.MULTILINE | re.IGNORECASE)
_LOOKED_AT = 64 * 1024
"""Bytes at the beginning of a file."""


def directory_stays(name: str, path: Path) -> bool:
    """Histories and places of credentials; also caches and virtual environments."""
    return (
        is_secret_directory(name)
        or name in _OF_NO_USE
        or name.startswith(SCRATCH)  # secrets of other builds, where the notebook lies in /tmp
        or (name in _BELOW_CONFIG and path.parent.name == ".config")
        or any(os.path.lexists(path / mark) for mark in _ENVIRONMENT)
    )


def is_secret_directory(name: str) -> bool:
    folded = name.casefold()
    return folded in _DIRECTORIES or folded.startswith(".env")


def file_stays(name: str) -> bool:
    """It may hold a secret, by its name alone."""
    folded = name.casefold()
    return (
        folded in _NAMES
        or folded.startswith(".env")
        or folded.endswith(_KEY_ENDINGS)
        or _OF_JUPYTER.fullmatch(folded) is not None
        or (_KEY_NAME.fullmatch(folded) is not None and not folded.endswith(".pub"))
    )


def has_to_be_looked_at(name: str) -> bool:
    folded = name.casefold()
    return folded.endswith(_MAY_HOLD_KEYS) or folded in _MAY_HOLD_CREDENTIALS


def holds_secret(name: str, path: Path) -> bool:
    """It does, by how it begins. Raises OSError."""
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    with os.fdopen(handle, "rb") as file:
        beginning = file.read(_LOOKED_AT)
    if name.casefold() in _MAY_HOLD_CREDENTIALS:
        return _CREDENTIALS.search(beginning) is not None
    return _KEY.search(beginning) is not None

"""The version of this distribution."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("slipway-runtime")
except PackageNotFoundError:  # carried inside of jupyterlab-slipway
    VERSION = version("jupyterlab-slipway")

"""The environment variables that cells see: an allow list, so no token of Jupyter or a hub gets through."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

_NAMES = frozenset(
    [
        "HOME",
        "USER",
        "LOGNAME",
        "SHELL",
        "LANG",
        "LANGUAGE",
        "TZ",
        "TMPDIR",
        "TEMP",
        "TMP",
        "SYSTEMROOT",
        "HTTP_PROXY",
        "HTTPS_PROXY",
        "FTP_PROXY",
        "ALL_PROXY",
        "NO_PROXY",
        "http_proxy",
        "https_proxy",
        "ftp_proxy",
        "all_proxy",
        "no_proxy",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        "REQUESTS_CA_BUNDLE",
        "CURL_CA_BUNDLE",
        "LD_LIBRARY_PATH",
        "DYLD_LIBRARY_PATH",
        "DYLD_FALLBACK_LIBRARY_PATH",
        "CUDA_VISIBLE_DEVICES",
        "CUDA_HOME",
        "JAVA_HOME",
        "SPARK_HOME",
        "HADOOP_HOME",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "SOURCE_DATE_EPOCH",
    ]
)
_PREFIXES = ("LC_", "XDG_CACHE", "XDG_DATA", "XDG_CONFIG")

MARKER = "SLIPWAY_BUILD"
"""Carried by every process that a cell starts, so that none is left behind."""


def cell_environment(
    variables: Mapping[str, str],
    *,
    passed: Iterable[str],
    python: Path,
    shims: Path,
    scratch: Path,
    marker: str,
) -> dict[str, str]:
    """`passed` names further variables that the user lets through."""
    names = {*_NAMES, *passed}
    env = {name: value for name, value in variables.items() if name in names or name.startswith(_PREFIXES)}
    paths = [str(shims), str(python.parent), variables.get("PATH", os.defpath)]
    env.update(
        {
            "PATH": os.pathsep.join(paths),
            "VIRTUAL_ENV": str(python.parent.parent),
            "MPLBACKEND": "Agg",
            "PYTHONHASHSEED": "0",  # sets in the capture keep their order from build to build
            "PYTHONNOUSERSITE": "1",
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
            "IPYTHONDIR": str(scratch / "ipython"),
            MARKER: marker,
        }
    )
    return env

"""Docker itself reads ignore files as we do."""

from __future__ import annotations

import subprocess
import uuid
from pathlib import Path

import pytest
from context_parts import fill, names_in
from jupyterlab_slipway.engines.containers.context_files import Left, Tree
from jupyterlab_slipway.engines.containers.ignore import IgnoreRules

FILES = (
    *("a", "ab", "b.csv", "a.b/x", "d/a", "d/b.csv", "d/e/a", "d/e/f/b.csv", "d/e/f/ab", "e/d/a", "!x", "#y"),
    *("d/.h", ".h", "a-b", "a*b", "f(1)+.x", "é", "d/é/a", "e/ -", "d/a[b]"),
)
SETS = (
    ("*", "!d", "d/e", "!**/f/*.csv"),
    ("**/a", "!d/*/a", "[^ad]?csv", "a.b/", "/.h", "é"),
    ("d/**", "!d/**/*.csv", "**/f/b.*", "a[^b]b", r"\!x", "\\#y", "a\\*b", "e/../ab", "f(?)+*"),
)


def says_nothing(*words: str) -> bool:
    try:
        return subprocess.run(words, capture_output=True, timeout=20, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


@pytest.mark.slow
def test_docker_sends_the_same_files(tmp_path: Path) -> None:
    if not (says_nothing("docker", "version") and says_nothing("docker", "buildx", "version")):
        pytest.skip("Docker with buildx does not answer here")
    (tmp_path / "Dockerfile").write_text("FROM scratch\nCOPY . /\n")
    for number, lines in enumerate(SETS):
        root, output = tmp_path / f"{number}", tmp_path / f"out{number}"
        fill(root, dict.fromkeys(FILES, ""))
        fill(root, {".dockerignore": "\n".join(lines), "marker": uuid.uuid4().hex})
        words = ("--quiet", "--file", str(tmp_path / "Dockerfile"), "--output", str(output), str(root))
        subprocess.run(("docker", "buildx", "build", *words), check=True, capture_output=True, timeout=60)
        found = Tree(root, tmp_path / "home", IgnoreRules.of_directory(root), Left()).find(None)
        assert set(found.files) == names_in(output), lines

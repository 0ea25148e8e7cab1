"""Programs named pip, conda and so on that come first on the cells' PATH and answer by the lock."""

from __future__ import annotations

import json
import shlex
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from . import install_line


class Refusal(TypedDict):
    line: str
    missing: list[str]


@dataclass(frozen=True)
class Shims:
    directory: Path

    @property
    def command(self) -> list[str]:
        """What answers an install line; the tool and its arguments follow."""
        return [sys.executable, "-I", str(Path(install_line.__file__)), str(self.directory)]

    @property
    def refused(self) -> Path:
        """The file in which refusals are noted; there is none before the first."""
        return self.directory / install_line.REFUSED

    def refusals(self) -> list[Refusal]:
        """The install lines that were refused until now."""
        try:
            lines = self.refused.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            return []
        return [json.loads(line) for line in lines]


def write_shims(directory: Path, locked: dict[str, str]) -> Shims:
    directory.mkdir()
    shims = Shims(directory)
    (directory / install_line.LOCKED).write_text(json.dumps(locked), encoding="utf-8")
    for tool in install_line.TOOLS:
        path = directory / tool
        path.write_text(f'#!/bin/sh\nexec {shlex.join([*shims.command, tool])} "$@"\n', encoding="utf-8")
        path.chmod(0o755)
    return shims

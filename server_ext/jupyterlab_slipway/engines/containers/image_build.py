"""Runs an image build and tells its progress. Cancelled or failed, it leaves no process and no container."""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ...builder.children import child, start
from ...builder.event_lines import LineReader
from ...builder.progress import Progress
from ...builder.uv import without_credentials
from ...problems import Code, SlipwayProblem
from ...wire import Phase
from .engine_words import build_problem
from .tool import Tool

_REMEMBERED = 400
"""Lines of the engine's own words in which the reason of a failure is looked for."""
_PLAIN = re.compile(r"^#\d+ (?:\d+\.\d+ )?")
"""What buildx's plain progress puts before each line."""
_NO_ATTESTATIONS = {"BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}
"""They would turn the image into an index of manifests, and name build arguments."""


@dataclass(frozen=True)
class ImageBuild:
    """One call of the engine's builder."""

    context: Path
    target: str
    """A stage of the Dockerfile."""
    arguments: Mapping[str, str]
    """Build arguments: validated words, never text of a user's."""
    images: tuple[str, ...]
    """Images that it builds on."""
    secrets: Mapping[str, Path] = field(default_factory=dict)
    """Files that steps may read while they run, by their ids."""
    labels: Mapping[str, str] = field(default_factory=dict)
    tag: str | None = None
    """The image's name, or None where `output` takes the stage's files."""
    output: Path | None = None
    """A directory to be made."""
    hidden: Sequence[str] = ()
    """Texts that no log may show."""

    def command(self, tool: Tool) -> list[str]:
        words = ["build", "--file", str(self.context / "Dockerfile"), "--target", self.target]
        if tool.name == "docker":
            words = ["buildx", *words, "--progress", "plain"]
        else:
            words += ["--format", "docker", "--layers"]
        for name, value in self.arguments.items():
            words += ["--build-arg", f"{name}={value}"]
        for name, path in self.secrets.items():
            words += ["--secret", f"id={name},src={path}"]
        for name, value in self.labels.items():
            words += ["--label", f"{name}={value}"]
        if self.output is not None:
            words += ["--output", f"type=local,dest={self.output}"]
        if self.tag is not None:
            words += ["--tag", self.tag, *(["--load"] if tool.name == "docker" else [])]
        return tool.argv(*words, str(self.context))

    def run(self, tool: Tool, reader: LineReader, progress: Progress, phase: Phase) -> None:
        """`reader` takes what the builder within the image says; the engine's own words go to the log of the
        phase that it names, else of `phase`.

        Raises:
            SlipwayProblem: what the builder within the image has found; else why the engine fails.
        """
        words: deque[str] = deque(maxlen=_REMEMBERED)
        process = start(
            self.command(tool),
            env={**tool.environment(), **_NO_ATTESTATIONS},
            cwd=self.context,
            stderr=subprocess.STDOUT,
        )
        with child(process):
            assert process.stdout is not None
            for raw in process.stdout:
                line = raw.decode("utf-8", "replace")
                if reader.read(line):
                    continue
                line = self._shown(line)
                words.append(line)
                progress.output(reader.phase or phase, line)
            code = process.wait()
        if code == 0:
            return
        if reader.ended is not None:
            raise _as_exception(reader.ended)
        raise build_problem(tool.name, self.images, "".join(words))

    def _shown(self, line: str) -> str:
        for text in self.hidden:
            line = line.replace(text, "***")
        return _PLAIN.sub("", without_credentials(line))


def _as_exception(problem: Mapping[str, object]) -> SlipwayProblem:
    cell = problem.get("cell")
    traceback = problem.get("traceback")
    return SlipwayProblem(
        Code(str(problem["code"])),
        str(problem["message"]),
        cell=cell if isinstance(cell, dict) else None,  # type: ignore[arg-type]
        traceback=traceback if isinstance(traceback, str) else None,
    )

"""Runs an image build and tells its progress. Cancelled or failed, it leaves no process and no container."""

from __future__ import annotations

import re
import subprocess
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ...builder.children import child, start
from ...builder.event_lines import MARK, LineReader
from ...builder.progress import Progress
from ...builder.uv import without_credentials
from ...problems import Code, SlipwayProblem
from ...wire import Phase, Problem
from .engine_words import build_problem
from .masking import Masked, masked
from .tool import Tool

BUILD_LABEL = "slipway.build"
"""On the steps of a release's own build; the Dockerfile has it too."""
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
    """Texts that no log may show. What cells print comes through the reader's own Progress: see `Masked`."""

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
        with _cleared_away(tool):
            code = self._run(tool, reader, words, progress, phase)
        if code == 0:
            return
        if reader.ended is not None:
            raise _as_exception(Masked(progress, self.hidden).masked_problem(reader.ended))
        raise build_problem(tool.name, self.images, "".join(words))

    def _run(
        self, tool: Tool, reader: LineReader, words: deque[str], progress: Progress, phase: Phase
    ) -> int:
        """The exit code. `words` get the engine's own lines."""
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
                if self._is_told(tool, line):
                    if reader.read(line):
                        continue
                elif MARK in line:
                    continue  # buildx repeats the end of a failed step's log
                line = self._shown(line)
                words.append(line)
                progress.output(reader.phase or phase, line)
            return process.wait()

    def _is_told(self, tool: Tool, line: str) -> bool:
        """Whether it is a line that a step has written, as it comes."""
        return line.startswith(MARK) or (tool.name == "docker" and _PLAIN.match(line) is not None)

    def _shown(self, line: str) -> str:
        return _PLAIN.sub("", without_credentials(masked(line, self.hidden)))


def remove_leftovers(tool: Tool, identity: str) -> None:
    """Removes what podman keeps of a release's own build steps: its cache has no limit, as BuildKit's has.

    Steps that other releases share stay. Raises SlipwayProblem where the engine does not answer.
    """
    if tool.name == "podman":
        tool.whole("image", "prune", "--force", "--filter", f"label={BUILD_LABEL}={identity}", timeout=300)


@contextmanager
def _cleared_away(tool: Tool) -> Iterator[None]:
    """Where podman's build is broken off, the containers of its steps are removed, which stay otherwise."""
    before = _step_containers(tool) if tool.name == "podman" else set()
    try:
        yield
    except BaseException:
        if tool.name == "podman" and not _others_build():
            with suppress(SlipwayProblem):
                tool.remove(*sorted(_step_containers(tool) - before))
        raise


def _step_containers(tool: Tool) -> set[str]:
    """They have no labels, and only this status to be told by."""
    done = tool.call("ps", "--all", "--external", "--no-trunc", "--format", "{{.ID}} {{.Status}}")
    lines = [line.split() for line in done.stdout.splitlines()]
    return {line[0] for line in lines if line[1:] == ["Storage"]}


def _others_build() -> bool:
    """Whether another build runs, to which such a container may belong."""
    for process in psutil.process_iter(["name", "cmdline", "uids"]):
        words = process.info["cmdline"] or []
        if process.info["name"] in ("podman", "buildah") and {"build", "bud"} & set(words[1:3]):
            return True
    return False


def _as_exception(problem: Problem) -> SlipwayProblem:
    known = problem["code"] in set(Code)
    return SlipwayProblem(
        Code(problem["code"]) if known else Code.IMAGE_BUILD,
        problem["message"],
        cell=problem.get("cell"),
        traceback=problem.get("traceback"),
    )

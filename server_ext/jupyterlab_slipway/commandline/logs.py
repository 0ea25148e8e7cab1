"""`slipway logs`"""

from __future__ import annotations

import argparse
import codecs
import time
from typing import cast, get_args

from ..deployments.manager import Deployments
from ..deployments.records import ReleaseFiles
from ..event_words import problem_lines
from ..problems import Code, SlipwayProblem
from ..wire import Phase
from .exits import SUCCESS
from .output import Output

_POLL = 0.2
_CHUNK = 1 << 20
PHASES: tuple[Phase, ...] = get_args(Phase)


def logs(options: argparse.Namespace, output: Output) -> int:
    deployments = Deployments()
    if options.phase is not None and options.phase not in PHASES:
        raise SlipwayProblem(
            Code.REQUEST_INVALID, f"There is no phase {options.phase!r}; phases are {', '.join(PHASES)}."
        )
    number = options.release
    if number is None:
        releases = deployments.get(options.name)["releases"]
        if not releases:
            raise SlipwayProblem(Code.DEPLOYMENT_UNKNOWN, f"{options.name} has no release yet.")
        number = releases[0]["release"]
    files = deployments.records.release(options.name, number)
    reader = _Reader(files, PHASES if options.phase is None else (cast("Phase", options.phase),), output)
    try:
        view = files.view()  # before the logs: what they hold afterwards is complete
        reader.show()
        while options.follow and view["state"] in ("building", "live"):
            time.sleep(_POLL)
            view = files.view()
            reader.show()
    except (KeyboardInterrupt, FileNotFoundError):  # the reader had enough, or it is removed
        return SUCCESS
    if "problem" in view and options.phase is None:
        output.json({"problem": view["problem"]})
        output.line()
        for line in problem_lines(view["problem"]):
            output.line(line)
    return SUCCESS


class _Reader:
    """Shows what is new in the logs of some phases, each under a heading."""

    def __init__(self, files: ReleaseFiles, phases: tuple[Phase, ...], output: Output) -> None:
        self._files = files
        self._phases = phases
        self._output = output
        self._offsets: dict[Phase, int] = {}
        self._decoders = {phase: codecs.getincrementaldecoder("utf-8")("replace") for phase in phases}
        self._heading: Phase | None = None

    def show(self) -> None:
        for phase in self._phases:
            path = self._files.logs / f"{phase}.log"
            try:
                size = path.stat().st_size
                if size < self._offsets.get(phase, 0):
                    self._offsets[phase] = 0  # a service's log was cut
                with path.open("rb") as file:
                    file.seek(self._offsets.get(phase, 0))
                    while content := file.read(_CHUNK):
                        self._offsets[phase] = file.tell()
                        self._tell(phase, self._decoders[phase].decode(content))
            except FileNotFoundError:
                continue

    def _tell(self, phase: Phase, text: str) -> None:
        if self._output.as_json:
            self._output.json({"phase": phase, "text": text})
            return
        if len(self._phases) > 1 and phase != self._heading:
            self._output.line(f"── {phase}")
        self._heading = phase
        self._output.raw(text)

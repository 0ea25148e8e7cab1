"""One container engine's program, called by its command line: lists of arguments, no shell.

Its words and exit codes: https://docs.docker.com/reference/cli/docker/ and https://docs.podman.io/en/latest/
"""

from __future__ import annotations

import json
import os
import re
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, cast

from ...builder.children import Completed, run
from ...problems import Code, SlipwayProblem
from ...processes import OF_JUPYTER, RELEASE_VARIABLE
from .engine_words import engine_problem, last_words, silent

TIMEOUT = 60.0
"""Seconds for a call that has little to do."""
_ABSENT = re.compile(
    r"no such (container|image|object|volume)|image not known|no container with name or id",
    re.IGNORECASE,
)
"""How engines say that something is not here."""
_BEING_REMOVED = "is already in progress"
"""How Docker says that somebody else removes the container at this moment."""
_REMOVAL = 30.0
"""Seconds for that somebody."""


class Tool:
    """`docker` or `podman`. Methods raise SlipwayProblem where it is missing or does not answer."""

    def __init__(self, name: str) -> None:
        self.name = name

    @property
    def program(self) -> str | None:
        """Where it is; None where it is not installed."""
        return shutil.which(self.name)

    def argv(self, *words: str) -> list[str]:
        """
        Raises:
            SlipwayProblem: UNSUPPORTED where it is not installed.
        """
        program = self.program
        if program is None:
            raise SlipwayProblem(
                Code.UNSUPPORTED,
                f"The program {self.name} is not installed, or not on PATH. Install it, or choose another "
                "engine.",
            )
        return [program, *words]

    def environment(self) -> dict[str, str]:
        """What its processes see.

        Some of podman's live as long as a container, which may serve several releases: they must not look
        like strays of the one that happened to start them.
        """
        return {
            name: value
            for name, value in os.environ.items()
            if name != RELEASE_VARIABLE and not name.startswith(OF_JUPYTER)
        }

    def call(
        self,
        *words: str,
        timeout: float = TIMEOUT,
        stdin: str | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> Completed:
        """Runs it to its end, whatever its exit code. `on_line` gets the lines of its standard error.

        Raises:
            SlipwayProblem: UNSUPPORTED; ENGINE_SILENT where it takes longer than `timeout` seconds.
        """
        try:
            return run(
                self.argv(*words),
                env=self.environment(),
                cwd=Path("/"),
                stdin=stdin,
                timeout=timeout,
                on_line=on_line,
            )
        except TimeoutError:
            raise silent(self.name) from None

    def whole(self, *words: str, timeout: float = TIMEOUT, stdin: str | None = None) -> Completed:
        """`call` for what changes something: it ends before a cancel gets through.

        An engine goes on with what it was asked when its client is gone; whoever clears up would look for
        what was made a moment too early.
        """
        answers: list[Completed | BaseException] = []

        def ask() -> None:
            try:
                answers.append(self.call(*words, timeout=timeout, stdin=stdin))
            except BaseException as error:  # noqa: BLE001  raised by whoever waits
                answers.append(error)

        asking = threading.Thread(target=ask, name="slipway-engine", daemon=True)
        asking.start()
        try:
            asking.join()
        finally:
            asking.join()
        if isinstance(answers[0], Completed):
            return answers[0]
        raise answers[0]

    def require(self, done: Completed, what: str) -> Completed:
        """The same, where it succeeded. `what` names what did not: "does not start the container".

        Raises:
            SlipwayProblem: what is known to be wrong with the engine, else START_FAILED.
        """
        if done.code != 0:
            raise engine_problem(self.name, done.stderr) or SlipwayProblem(
                Code.START_FAILED, f"{self.name} {what}: {last_words(done.stderr)}."
            )
        return done

    def architecture(self) -> str:
        """Of the machine that runs containers, as Go names it: amd64, arm64."""
        template = "{{.Server.Arch}}" if self.name == "docker" else "{{.OsArch}}"
        done = self.require(self.call("version", "--format", template), "does not tell its version")
        return done.stdout.strip().rpartition("/")[2]

    @staticmethod
    def filters(labels: Mapping[str, str]) -> list[str]:
        """Words that choose what has all these labels."""
        return [word for name, value in labels.items() for word in ("--filter", f"label={name}={value}")]

    # -- images

    def image_id(self, reference: str) -> str | None:
        """The digest of its configuration; None where there is no such image here."""
        done = self.call("image", "inspect", "--format", "{{.Id}}", reference)
        if done.code == 0:
            return done.stdout.strip().removeprefix("sha256:")
        if says_absent(done.stderr):
            return None
        self.require(done, f"does not look for the image {reference}")
        return None

    def image_label(self, reference: str, label: str) -> str | None:
        """None where there is no such image here; empty where it has no such label."""
        done = self.call("image", "inspect", "--format", f'{{{{index .Config.Labels "{label}"}}}}', reference)
        return done.stdout.strip() if done.code == 0 else None

    def image_size(self, reference: str) -> int:
        """Bytes, with all layers."""
        done = self.call("image", "inspect", "--format", "{{.Size}}", reference)
        return int(self.require(done, f"does not tell the size of {reference}").stdout)

    def images(self, labels: Mapping[str, str]) -> list[str]:
        """Ids of the images with these labels, without repetition."""
        words = ["images", "--no-trunc", "--format", "{{.ID}}", *self.filters(labels)]
        done = self.require(self.call(*words), "does not list images")
        return list(dict.fromkeys(line.removeprefix("sha256:") for line in done.stdout.split()))

    # -- containers

    def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """Those with these labels, running or not."""
        words = ["ps", "--all", "--no-trunc", "--format", "{{.ID}}", *self.filters(labels)]
        done = self.require(self.call(*words), "does not list containers")
        return self.inspect(*done.stdout.split())

    def inspect(self, *names: str) -> list[Container]:
        """The containers of these names or ids; those that are not there are left out."""
        if not names:
            return []
        done = self.call("container", "inspect", *names)
        if done.code != 0 and not says_absent(done.stderr):
            self.require(done, "does not tell about containers")
        try:
            return [Container(facts) for facts in json.loads(done.stdout or "[]")]
        except ValueError:
            raise silent(self.name) from None

    def remove(self, *names: str) -> None:
        """Ends containers at once and removes them; does nothing for those that are not there."""
        for name in names:
            # with the volumes that an image of somebody else's declares, which have no name
            done = self.whole("rm", "--force", "--volumes", name)
            deadline = time.monotonic() + _REMOVAL
            while _BEING_REMOVED in done.stderr and self.inspect(name) and time.monotonic() < deadline:
                time.sleep(0.1)
            if done.code != 0 and not says_absent(done.stderr) and self.inspect(name):
                self.require(done, f"does not remove the container {name[:12]}")


class Container:
    """What `container inspect` says of one; both engines use the same keys."""

    def __init__(self, facts: Mapping[str, Any]) -> None:
        self._facts = facts
        self._state = cast("Mapping[str, Any]", facts.get("State") or {})
        self._host = cast("Mapping[str, Any]", facts.get("HostConfig") or {})

    @property
    def id(self) -> str:
        return str(self._facts["Id"])

    @property
    def name(self) -> str:
        return str(self._facts.get("Name", "")).removeprefix("/")

    @property
    def labels(self) -> Mapping[str, str]:
        return cast("Mapping[str, str]", (self._facts.get("Config") or {}).get("Labels") or {})

    @property
    def image(self) -> str:
        return str(self._facts.get("Image", "")).removeprefix("sha256:")

    @property
    def running(self) -> bool:
        return bool(self._state.get("Running")) and not self._state.get("Dead")

    @property
    def pid(self) -> int:
        """Of its first process, as the engine sees it; 0 where it does not run."""
        return int(self._state.get("Pid") or 0)

    @property
    def started(self) -> str:
        """RFC 3339."""
        return str(self._state.get("StartedAt", ""))

    @property
    def exit_code(self) -> int:
        return int(self._state.get("ExitCode") or 0)

    @property
    def out_of_memory(self) -> bool:
        """Whether the kernel has killed a process of it because of its memory limit."""
        return bool(self._state.get("OOMKilled"))

    @property
    def memory(self) -> int:
        """Its limit in bytes; 0: none."""
        return int(self._host.get("Memory") or 0)

    @property
    def network_of(self) -> str | None:
        """Id of the container whose network it shares."""
        mode = str(self._host.get("NetworkMode") or "")
        return mode.removeprefix("container:") if mode.startswith("container:") else None

    @property
    def host_ports(self) -> list[int]:
        """Those of this machine that lead to it."""
        bindings = self._host.get("PortBindings") or {}
        return [int(binding["HostPort"]) for ends in bindings.values() for binding in ends or ()]


def says_absent(words: str) -> bool:
    return _ABSENT.search(words) is not None

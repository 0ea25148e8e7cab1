"""Asks a service within its container: lines of JSON to `control`, which the image brings, through `exec`.

One line holds `{"do": "status"}`, `{"do": "publish", "host", "port", "take_over_from": run directory or
null}` or `{"do": "http", "method", "path", "headers", "body": base64}`. Its answer is one line as well:
`{"ok": true, …}`, with what `slipway_runtime.control` says, or `{"ok": false, "message", "code"}`.
"""

from __future__ import annotations

import base64
import json
import os
import select
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from slipway_runtime.control import ControlError, Reply, Status, Unreachable

from ...builder.children import end_tree, start
from .tool import Tool

COMMAND = ("/opt/slipway/front/run", "control")
"""In the container."""
_STATUS_TIMEOUT = 15.0
_PUBLISH_TIMEOUT = 45.0
_HTTP_TIMEOUT = 90.0
"""Seconds; somewhat longer than the service itself takes at most."""


class Door:
    """A conversation with one container's service. Its program starts with the first question."""

    def __init__(self, tool: Tool, container: str) -> None:
        self._tool = tool
        self._container = container
        self._process: subprocess.Popen[bytes] | None = None
        self._words: IO[bytes] | None = None
        self._rest = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            end_tree(process)
        if self._words is not None:
            self._words.close()
            self._words = None
        self._rest = b""

    def status(self) -> Status:
        """Raises ControlError where the service does not answer (yet)."""
        answer = self._ask({"do": "status"}, _STATUS_TIMEOUT)
        answer.pop("ok")
        return cast("Status", answer)

    def publish(self, host: str, port: int, take_over_from: str | None) -> None:
        """`slipway_runtime.control.publish`, of what is in the container.

        Raises ControlError; its code is SLP551 where somebody else has the port there.
        """
        question = {"do": "publish", "host": host, "port": port, "take_over_from": take_over_from}
        self._ask(question, _PUBLISH_TIMEOUT)

    def request(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Reply:
        """One HTTP request to the private socket (`probing.Asking`)."""
        question = {
            "do": "http",
            "method": method,
            "path": path,
            "headers": dict(headers),
            "body": base64.b64encode(body or b"").decode(),
        }
        answer = self._ask(question, _HTTP_TIMEOUT)
        try:
            found = {str(name).lower(): str(value) for name, value in answer["headers"].items()}
            return Reply(int(answer["status"]), found, base64.b64decode(answer["body"]))
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise ControlError(f"The service's answer is not understood: {error}") from None

    def _ask(self, question: Mapping[str, Any], timeout: float) -> dict[str, Any]:
        deadline = time.monotonic() + timeout
        process = self._begun()
        assert process.stdin is not None
        try:
            process.stdin.write(json.dumps(question).encode() + b"\n")
            process.stdin.flush()
            line = self._line(process, deadline)
        except BrokenPipeError:
            line = b""
        except TimeoutError:
            self.close()  # what comes late must not be taken for an answer to something else
            raise ControlError(f"The service did not answer within {timeout:g} s.") from None
        try:
            answer = cast("dict[str, Any]", json.loads(line))
        except ValueError:
            words = self._said()
            self.close()
            raise Unreachable(f"The service cannot be asked within its container: {words}") from None
        if not answer.get("ok"):
            raise ControlError(str(answer.get("message", "The service refused.")), answer.get("code"))
        return answer

    def _begun(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            self._words = tempfile.TemporaryFile()  # noqa: SIM115  closed by `close`
            self._process = start(
                self._tool.argv("exec", "--interactive", self._container, *COMMAND),
                env=self._tool.environment(),
                cwd=Path("/"),
                stdin=subprocess.PIPE,
                stderr=self._words.fileno(),
            )
        return self._process

    def _line(self, process: subprocess.Popen[bytes], deadline: float) -> bytes:
        """Raises TimeoutError; what is there where the program has ended."""
        assert process.stdout is not None
        while b"\n" not in self._rest:
            if not select.select([process.stdout], [], [], max(0.0, deadline - time.monotonic()))[0]:
                raise TimeoutError
            part = os.read(process.stdout.fileno(), 1 << 20)
            if not part:
                break
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line

    def _said(self) -> str:
        """The last line that the program wrote to its standard error."""
        if self._words is None:
            return "it ended"
        self._words.seek(0)
        lines = self._words.read().decode("utf-8", "replace").split("\n")
        return next((line.strip()[:300] for line in reversed(lines) if line.strip()), "it ended")

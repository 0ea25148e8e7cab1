"""A service in an image that Slipway made: what it is told there, and how it is asked.

Paths are those of the image's Dockerfile; variables are what an orchestrator sets. Standard library only, and
light: the image's health check starts a process each time.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from . import control
from .bundle import bundle_digest
from .ports import parse_port

BUNDLE = Path("/opt/slipway/bundle")
MODEL_PYTHON = Path("/opt/slipway/model/bin/python")
RUN_DIR = "SLIPWAY_RUN_DIR"
DEFAULT_RUN_DIR = "/tmp/slipway"  # noqa: S108  owner and mode are checked
TOKEN_FILE = "SLIPWAY_TOKEN_FILE"  # noqa: S105
IDENTITY = "SLIPWAY_IDENTITY"
PRIVATE = "SLIPWAY_PRIVATE"
PORT = "PORT"
DEFAULT_PORT = "8080"
ALL_ADDRESSES = "0.0.0.0"  # noqa: S104  the container's own
_HEALTH_TIMEOUT = 8.0


def run_dir(variables: Mapping[str, str] = os.environ) -> Path:
    return Path(variables.get(RUN_DIR) or DEFAULT_RUN_DIR)


def serve_words(variables: Mapping[str, str] = os.environ) -> list[str]:
    """What `slipway_runtime serve` is told. Raises OSError where there is no bundle; ValueError."""
    words = [str(BUNDLE), "--model-python", str(MODEL_PYTHON), "--run-dir", str(run_dir(variables))]
    words += ["--identity", variables.get(IDENTITY) or bundle_digest(BUNDLE)]
    if variables.get(TOKEN_FILE):
        words += ["--token-file", variables[TOKEN_FILE]]
    if variables.get(PRIVATE, "") in ("", "0"):
        words += ["--host", ALL_ADDRESSES, "--port", _port(variables.get(PORT) or DEFAULT_PORT)]
    return words


def _port(text: str) -> str:
    try:
        return str(parse_port(text))
    except ValueError as error:
        raise ValueError(f"the variable {PORT}: {error}") from None


def healthy() -> int:
    """Exit code for the image's health check: 0 where the service is ready."""
    try:
        reply = control.http_request(run_dir(), "GET", "/readyz", timeout=_HEALTH_TIMEOUT)
    except control.ControlError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    sys.stdout.write(reply.body.decode("utf-8", "replace") + "\n")
    return 0 if reply.status == 200 else 1


def converse(questions: IO[bytes], answers: IO[bytes]) -> int:
    """Answers questions about the service in this container, a line of JSON each, until they end.

    `{"do": "status"}`, `{"do": "publish", "host", "port", "take_over_from": run directory or null}` or
    `{"do": "http", "method", "path", "headers", "body": base64}`, as `engines/containers/door.py` asks.
    Answers: `{"ok": true, ...}` or `{"ok": false, "message", "code"}`.
    """
    for line in questions:
        try:
            answer = {"ok": True, **_answer(json.loads(line))}
        except control.ControlError as error:
            answer = {"ok": False, "message": str(error), "code": error.code}
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            answer = {"ok": False, "message": f"Not understood: {error}.", "code": None}
        answers.write(json.dumps(answer).encode() + b"\n")
        answers.flush()
    return 0


def _answer(question: dict[str, Any]) -> dict[str, Any]:
    match question["do"]:
        case "status":
            return {**control.status(run_dir())}
        case "publish":
            old = question.get("take_over_from")
            control.publish(
                run_dir(), str(question["host"]), int(question["port"]), Path(old) if old else None
            )
            return {}
        case "http":
            body = base64.b64decode(question["body"]) or None
            reply = control.http_request(
                run_dir(), question["method"], question["path"], body, question["headers"]
            )
            return {
                "status": reply.status,
                "headers": reply.headers,
                "body": base64.b64encode(reply.body).decode(),
            }
        case other:
            raise ValueError(f"there is no question {other}")

"""`slipway predict`"""

from __future__ import annotations

import argparse
import http.client
import json
import sys
from urllib.parse import urlsplit

from ..deployments.manager import Deployments
from ..problems import Code, SlipwayProblem
from ..wire import Access
from .exits import FAILED, SUCCESS
from .output import Output

TIMEOUT = 120.0
"""Seconds; more than a service gives one prediction by default."""


def predict(options: argparse.Namespace, output: Output) -> int:
    access = Deployments().access(options.name)
    sample = sys.stdin.read() if options.sample == "-" else options.sample
    status, body = _ask(access, sample.encode("utf-8", "surrogateescape"))
    text = body.decode("utf-8", "replace")
    if status == http.client.OK:
        output.line(text)
        if output.as_json:
            output.json({"prediction": json.loads(text)})
        return SUCCESS
    sentence = _detail(text)
    output.json(
        {"status": status, "problem": {"code": f"HTTP {status}", "message": sentence, "severity": "error"}}
    )
    output.error(f"The service answered {status}: {sentence}")
    return FAILED


def _ask(access: Access, body: bytes) -> tuple[int, bytes]:
    """(status, body). Directly: settings for proxies do not concern this machine's own address."""
    address = urlsplit(access["url"])
    connection = http.client.HTTPConnection(str(address.hostname), address.port, timeout=TIMEOUT)
    headers = {"Authorization": f"Bearer {access['token']}", "Content-Type": "application/json"}
    try:
        connection.request("POST", "/predict", body, headers)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, http.client.HTTPException) as error:
        raise SlipwayProblem(
            Code.PROBE_FAILED,
            f"The service on {access['url']} did not answer ({error}). `slipway ps` says how it is.",
        ) from None
    finally:
        connection.close()


def _detail(text: str) -> str:
    try:
        problem = json.loads(text)
        return str(problem.get("detail") or problem.get("title") or text)
    except (ValueError, AttributeError):
        return text

"""Answers that are no prediction: `application/problem+json` (RFC 9457)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from ..scoring.words import TITLE

JSON_TYPE = "application/json"
PROBLEM_TYPE = "application/problem+json"
Headers = list[tuple[str, str]]
SOON: Headers = [("retry-after", "1")]
"""With an answer 503: a second later it may be another one."""


@dataclass(slots=True)
class Answer:
    """One HTTP answer, whole."""

    status: int
    body: bytes = b""
    content_type: str = JSON_TYPE
    headers: Headers = field(default_factory=list)


def title(status: int) -> str:
    """The phrase of a status code."""
    return TITLE.get(status) or HTTPStatus(status).phrase


class Refusal(Exception):
    """Ends a request with a problem; `detail` is a sentence for the client."""

    def __init__(self, status: int, detail: str, headers: Headers | None = None) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail
        self.headers = headers or []

    def problem(self) -> dict[str, Any]:
        return {
            "type": "about:blank",
            "title": title(self.status),
            "status": self.status,
            "detail": self.detail,
        }

    def answer(self, request_id: str) -> Answer:
        return Answer(
            self.status,
            json.dumps({**self.problem(), "requestId": request_id}, ensure_ascii=False).encode(),
            PROBLEM_TYPE,
            self.headers,
        )


def unavailable(detail: str) -> Refusal:
    """503, to be tried again soon."""
    return Refusal(503, detail, SOON)

"""What the parts of the OpenAPI document have in common: answers by status, headers, problems, the token.

`docs/http-api.md` says the same in prose.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .problem import PROBLEM_TYPE, title

Json = dict[str, Any]

TOKEN = "token"  # noqa: S105  the name of the security scheme

_REQUEST_ID = {"$ref": "#/components/headers/RequestId"}
_RELEASE = {"$ref": "#/components/headers/Release"}

HEADERS: Json = {
    "RequestId": {
        "description": "The request's own X-Request-Id, or a new one. The service's log names it.",
        "required": True,
        "schema": {"type": "string"},
    },
    "Release": {
        "description": "Which release answered.",
        "required": True,
        "schema": {"type": "string"},
    },
    "RetryAfter": {
        "description": "Seconds after which another attempt makes sense.",
        "required": True,
        "schema": {"type": "string", "pattern": "^[0-9]+$"},
    },
    "Authenticate": {
        "description": "How to authenticate: the scheme Bearer.",
        "required": True,
        "schema": {"type": "string"},
    },
}

REQUEST_ID_PARAMETER: Json = {
    "name": "X-Request-Id",
    "in": "header",
    "description": "Names this request in the answer and in the service's log, if it has 1 to 128 letters, "
    "digits and `._:/+=-`; else the service makes a new one.",
    "schema": {"type": "string"},
}

PROBLEM_SCHEMA: Json = {
    "description": "What went wrong, as RFC 9457 has it. Never what happened inside: the service's log has "
    "that, under the request id.",
    "type": "object",
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"description": "The name of the status.", "type": "string"},
        "status": {"type": "integer"},
        "detail": {"description": "A sentence for people.", "type": "string"},
        "requestId": {"type": "string"},
    },
    "required": ["title", "status", "detail"],
}

SECURITY_SCHEMES: Json = {
    TOKEN: {
        "type": "http",
        "scheme": "bearer",
        "description": "The service's token: `slipway deploy` and `slipway serve` print it, JupyterLab's "
        "Slipway panel copies it.",
    }
}


def meanings(max_body: int) -> dict[int, str]:
    """What each status that is no success means."""
    return {
        400: "The body is not what the route takes: no strict JSON, or not of the form described above.",
        401: "There was no token, or a wrong one.",
        404: "There is no such model, or no such version of it.",
        408: "The body did not arrive in time.",
        413: f"The body is larger than {max_body} bytes.",
        415: "The content type or the character set is another one, or the body has a content encoding.",
        422: "The notebook's `validator` refused the sample, or raised.",
        500: "The predictor raised, its process ended, or its answer has no JSON form.",
        503: "The service is not ready, too many requests are waiting, or the process that scored was ended "
        "from outside.",
        504: "There was no prediction within the time limit.",
    }


_FURTHER: dict[int, Json] = {
    401: {"WWW-Authenticate": {"$ref": "#/components/headers/Authenticate"}},
    503: {"Retry-After": {"$ref": "#/components/headers/RetryAfter"}},
}


def answer(description: str, content: Json | None = None, further: Json | None = None) -> Json:
    """A response object with the headers that every answer has."""
    found: Json = {
        "description": description,
        "headers": {"X-Request-Id": _REQUEST_ID, "Slipway-Release": _RELEASE, **(further or {})},
    }
    if content is not None:
        found["content"] = content
    return found


def refusals(kind: str, max_body: int, *, content_type: str = PROBLEM_TYPE, schema: str = "Problem") -> Json:
    """Response components, one a status, under names that begin with `kind`."""
    reference = {"$ref": f"#/components/schemas/{schema}"}
    return {
        f"{kind}{status}": answer(
            meaning,
            {content_type: {"schema": reference, "example": _EXAMPLES[schema](status, meaning)}},
            _FURTHER.get(status),
        )
        for status, meaning in meanings(max_body).items()
    }


def _problem(status: int, meaning: str) -> Json:
    return {
        "type": "about:blank",
        "title": title(status),
        "status": status,
        "detail": meaning,
        "requestId": "0f5c",
    }


def _infer_error(_: int, meaning: str) -> Json:
    return {"error": meaning}


_EXAMPLES: dict[str, Callable[[int, str], Json]] = {"Problem": _problem, "InferError": _infer_error}


def refused(kind: str, *statuses: int) -> Json:
    """References to those, for an operation."""
    return {str(status): {"$ref": f"#/components/responses/{kind}{status}"} for status in statuses}

"""Who may call: the bearer token, and pages of other origins.

The latter is CORS: https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

from __future__ import annotations

import hmac
from collections.abc import Sequence

from granian.rsgi import Headers

from .problem import Answer, Refusal
from .problem import Headers as AnswerHeaders

_SENT = "authorization, content-type, inference-header-content-length, x-request-id"
_EXPOSED = "inference-header-content-length, retry-after, slipway-release, x-request-id"
_PREFLIGHT_SECONDS = "600"


class Access:
    """`token` is None on the private socket, which only its owner can open."""

    def __init__(self, token: str | None, origins: frozenset[str]) -> None:
        self._token = token.encode() if token is not None else None
        self._usual = b"Bearer " + (self._token or b"")
        self._origins = origins

    @property
    def token_wanted(self) -> bool:
        return self._token is not None

    def check(self, headers: Headers) -> None:
        """Raises Refusal 401 unless the token is right; takes the same time for any wrong one."""
        if self._token is None:
            return
        sent = headers.get("authorization") or ""
        if hmac.compare_digest(sent.encode("utf-8", "surrogateescape"), self._usual):
            return  # as nearly every client writes it
        scheme, _, given = sent.partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            given.strip().encode("utf-8", "surrogateescape"), self._token
        ):
            raise Refusal(
                401,
                "This service wants its token: send the header Authorization: Bearer TOKEN.",
                [("www-authenticate", 'Bearer realm="slipway"')],
            )

    def cors(self, headers: Headers) -> AnswerHeaders:
        """What an answer says to a page of another origin; nothing where that may not call."""
        if not self._origins:
            return []
        origin = headers.get("origin")
        if origin is None or not (origin in self._origins or "*" in self._origins):
            return [("vary", "origin")]
        return [
            ("access-control-allow-origin", origin),
            ("access-control-expose-headers", _EXPOSED),
            ("vary", "origin"),
        ]

    def preflight(self, method: str, headers: Headers, allowed: Sequence[str]) -> Answer | None:
        """What a browser asks before it lets such a page call; None where this is no such question."""
        if method != "OPTIONS" or not self._origins or headers.get("access-control-request-method") is None:
            return None
        return Answer(
            204,
            headers=[
                ("access-control-allow-methods", ", ".join(allowed)),
                ("access-control-allow-headers", _SENT),
                ("access-control-max-age", _PREFLIGHT_SECONDS),
            ],
        )

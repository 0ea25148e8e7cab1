"""The HTTP application (ASGI): routes, authentication, and what each outcome of a worker becomes.

`docs/http-api.md` describes what a client sees.
"""

from __future__ import annotations

import hmac
import json
import logging
import re
import uuid
from collections.abc import Awaitable, Callable, Mapping
from http import HTTPStatus
from typing import Any

from .. import worker as protocol
from ..settings import Settings
from .body import ClientGone, Receive, check_form, read_body
from .pool import Busy, NoWorker, TimedOut, WorkerLost, WorkerPool
from .problem import Answer, Refusal
from .readiness import Readiness

log = logging.getLogger("slipway")

Send = Callable[[Mapping[str, Any]], Awaitable[None]]
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")

_METHODS = {
    "/predict": ("POST",),
    "/livez": ("GET", "HEAD"),
    "/readyz": ("GET", "HEAD"),
}


class App:
    """One service's routes. `token` is None on the private socket, which only its owner can open."""

    def __init__(
        self, pool: WorkerPool, readiness: Readiness, settings: Settings, identity: str, token: str | None
    ) -> None:
        self._pool = pool
        self._readiness = readiness
        self._settings = settings
        self._identity = identity
        self._token = token
        self.in_flight = 0

    async def __call__(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        self.in_flight += 1
        try:
            await self._serve(scope, receive, send)
        finally:
            self.in_flight -= 1

    async def _serve(self, scope: Mapping[str, Any], receive: Receive, send: Send) -> None:
        headers: dict[str, str] = {
            name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]
        }
        given = headers.get("x-request-id", "")
        request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        try:
            answer = await self._answer(scope, headers, receive, request_id)
        except Refusal as refusal:
            answer = refusal.answer(request_id)
        except ClientGone:
            return
        except Exception:
            log.exception("request %s: a fault of the service itself", request_id)
            answer = Refusal(500, "The service failed; its log has the details.").answer(request_id)
        await self._send(send, answer, request_id, scope["method"] == "HEAD")

    async def _send(self, send: Send, answer: Answer, request_id: str, head: bool) -> None:
        headers = [
            ("content-type", answer.content_type),
            ("content-length", str(len(answer.body))),
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("x-request-id", request_id),
            ("slipway-release", self._identity),
            *answer.headers,
        ]
        if self._readiness.state == "draining":
            headers.append(("connection", "close"))
        encoded = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": encoded})
        await send({"type": "http.response.body", "body": b"" if head else answer.body})

    async def _answer(
        self, scope: Mapping[str, Any], headers: Mapping[str, str], receive: Receive, request_id: str
    ) -> Answer:
        path, method = scope["path"], scope["method"]
        allowed = _METHODS.get(path)
        if allowed is None:
            raise Refusal(404, "There is nothing here; predictions are at POST /predict.")
        if method not in allowed:
            raise Refusal(405, f"{path} takes {' and '.join(allowed)}.", [("allow", ", ".join(allowed))])
        if path == "/livez":
            return Answer(200, b'{"live":true}')
        if path == "/readyz":
            return self._ready()
        self._authenticate(headers)
        check_form(headers)
        body = await read_body(receive, headers, self._settings.max_body, self._settings.body_timeout)
        return await self._predict(body, request_id)

    def _ready(self) -> Answer:
        self._pool.forget_dead()
        if self._readiness.state == "ready" and self._pool.size == 0:
            raise Refusal(503, "No process of the model is able to score.", [("retry-after", "1")])
        if self._readiness.state != "ready":
            raise Refusal(503, self._readiness.reason or "The service is not ready.", [("retry-after", "1")])
        return Answer(200, json.dumps({"ready": True, "release": self._identity}).encode())

    def _authenticate(self, headers: Mapping[str, str]) -> None:
        if self._token is None:
            return
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not hmac.compare_digest(
            given.strip().encode("latin-1"), self._token.encode()
        ):
            raise Refusal(
                401,
                "This service wants its token: send the header Authorization: Bearer TOKEN.",
                [("www-authenticate", 'Bearer realm="slipway"')],
            )

    async def _predict(self, body: bytes, request_id: str) -> Answer:
        if self._readiness.state in ("starting", "failed"):
            raise Refusal(503, self._readiness.reason or "The service is not ready.", [("retry-after", "1")])
        timeout = self._settings.prediction_timeout
        try:
            ((status, content),) = await self._pool.score([body], timeout)
        except Busy:
            raise Refusal(
                503, "Too many requests are waiting; try again soon.", [("retry-after", "1")]
            ) from None
        except NoWorker:
            raise Refusal(503, "No process of the model is able to score.", [("retry-after", "1")]) from None
        except TimedOut:
            log.error("request %s: no prediction within %g s", request_id, timeout)
            raise Refusal(504, f"There was no prediction within {timeout:g} s.") from None
        except WorkerLost as error:
            log.error("request %s: the model's process ended while it scored (%s)", request_id, error)
            raise Refusal(
                500,
                f"The model's process ended while it scored. The service's log has more under {request_id}.",
            ) from None
        return self._outcome(status, content, request_id)

    def _outcome(self, status: int, content: bytes, request_id: str) -> Answer:
        if status == protocol.OK:
            return Answer(HTTPStatus.OK, content)
        text = content.decode("utf-8", "replace")
        if status == protocol.MALFORMED:
            raise Refusal(400, f"The body is not JSON: {text}.")
        if status == protocol.REJECTED:
            log.warning("request %s: %s", request_id, text)
            raise Refusal(422, "The model's validator refuses this sample.")
        if status == protocol.UNENCODABLE:
            log.error("request %s: %s", request_id, text)
            raise Refusal(
                500, f"The prediction has no JSON form. The service's log has more under {request_id}."
            )
        log.error("request %s: the predictor raised\n%s", request_id, text)
        raise Refusal(500, f"The predictor failed. The service's log has more under {request_id}.")

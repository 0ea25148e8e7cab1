"""The HTTP application: routes.

Its interface is RSGI, https://github.com/emmett-framework/granian/blob/master/docs/spec/RSGI.md.
`docs/http-api.md` describes what a client sees.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import Awaitable, Callable
from typing import Any, NamedTuple

from granian.rsgi import ProtocolClosed, ProtocolError, Scope

from ..control import PROBE_CHANGED
from ..scoring import frames
from . import departures, oip
from .access import Access
from .body import BodyReader, check_encoding, check_json
from .description import Description
from .docs_files import PATHS as DOCS_PATHS
from .docs_files import docs_answer
from .problem import SOON, Answer, Refusal, unavailable
from .request import Request, request_id
from .scoring import Asked
from .state import State

log = logging.getLogger("slipway")

_GET = ("GET", "HEAD")
_POST = ("POST",)
_LEFT = Answer(departures.STATUS)
"""What became of a request whose client has left; nobody gets it."""
_OTHER = "other"
"""The route of paths that are none, for metrics: labels have to be few."""


class Route(NamedTuple):
    """`open` needs no token."""

    methods: tuple[str, ...]
    handle: Callable[[App, Request], Awaitable[Answer]]
    open: bool = False


class App:
    """One service's routes on one listener."""

    def __init__(
        self, state: State, description: Description, token: str | None, *, private: bool = False
    ) -> None:
        """`private`: on the socket that only its owner can open, where there is no token."""
        settings = state.settings
        self._private = private
        self._state = state
        self._description = description
        self._access = Access(token, settings.origins)
        self._bodies = BodyReader(settings.max_body, settings.body_timeout)
        self._departures = departures.Departures()
        self._constant = [
            ("cache-control", "no-store"),
            ("x-content-type-options", "nosniff"),
            ("slipway-release", description.identity),
        ]

    # -- granian

    async def __rsgi__(self, scope: Scope, protocol: Any) -> None:
        if scope.proto != "http":
            return
        state = self._state
        state.in_flight += 1
        began = time.perf_counter()
        headers = scope.headers
        request = Request(scope.method, scope.path, headers, protocol, request_id(headers))
        try:
            answer = await self._answer_or_refuse(request)
        except asyncio.CancelledError:
            if not self._departures.leave(protocol):
                raise  # the service ends
            answer = _LEFT
        else:
            if self._departures.leave(protocol):
                answer = _LEFT  # what else it became, on its way to the end, is of no interest
            else:
                self._send(request, answer)
        finally:
            state.in_flight -= 1
        seconds = time.perf_counter() - began
        state.metrics.request(_route_of(request.path), answer.status, seconds)
        if state.access_log is not None:
            state.access_log.add(
                request_id=request.id,
                client=scope.client,
                method=request.method,
                path=request.path,
                status=answer.status,
                seconds=seconds,
                size=len(answer.body),
            )

    async def _answer_or_refuse(self, request: Request) -> Answer:
        """An answer, whatever happens."""
        try:
            return await self._answer(request)
        except Refusal as refusal:
            answer = self._refused(request, refusal)
            if not request.read and not await self._bodies.discard(request.body, request.headers):
                answer.headers = [*answer.headers, ("connection", "close")]
        except Exception:
            log.exception("request %s: a fault of the service itself", request.id)
            answer = self._refused(request, Refusal(500, "The service failed; its log has the details."))
        return answer

    def _send(self, request: Request, answer: Answer) -> None:
        sent = [("content-type", answer.content_type), ("x-request-id", request.id), *self._constant]
        if answer.headers:
            given = {name for name, _ in answer.headers}
            sent = [header for header in sent if header[0] not in given] + answer.headers
        sent += self._access.cors(request.headers)
        if self._state.readiness.state == "draining":
            sent.append(("connection", "close"))
        with contextlib.suppress(ProtocolClosed, ProtocolError):  # nobody is left to hear it
            request.body.response_bytes(answer.status, sent, answer.body)

    def _refused(self, request: Request, refusal: Refusal) -> Answer:
        if not oip.is_oip(request.path):
            return refusal.answer(request.id)
        return Answer(refusal.status, oip.error_body(refusal.detail), headers=refusal.headers)

    # -- routes

    async def _answer(self, request: Request) -> Answer:
        route = ROUTES.get(request.path) or self._elsewhere(request.path)
        if request.method not in route.methods:
            return self._other_method(request, route.methods)
        if not route.open:
            self._access.check(request.headers)
        return await route.handle(self, request)

    def _elsewhere(self, path: str) -> Route:
        """Of paths with something variable in them. Raises Refusal 404."""
        if path in DOCS_PATHS:
            return _DOCS
        if not oip.is_oip(path):
            raise Refusal(404, "There is nothing here; predictions are at POST /predict.")
        target = oip.resolve(path, self._description.model)
        return Route(target.methods, lambda app, request: app._oip(target, request), target.open)

    def _other_method(self, request: Request, allowed: tuple[str, ...]) -> Answer:
        answer = self._access.preflight(request.method, request.headers, allowed)
        if answer is not None:
            return answer
        raise Refusal(405, f"{request.path} takes {' and '.join(allowed)}.", [("allow", ", ".join(allowed))])

    async def _predict(self, request: Request) -> Answer:
        scoring = self._state.scoring
        scoring.admit()
        check_json(request.headers)
        body = await self._body(request)
        probing = self._private and request.id.startswith(PROBE_CHANGED)
        return Answer(200, await scoring.outcome(frames.SAMPLE, body, Asked(request.id, may_fail=probing)))

    async def _predict_batch(self, request: Request) -> Answer:
        state = self._state
        state.scoring.admit()
        check_json(request.headers)
        body = await self._body(request)
        return Answer(200, await state.batches.outcome(body, request.id))

    async def _body(self, request: Request) -> bytes:
        """Of a request that is to be scored: from here on its client may leave."""
        request.read = True
        body = await self._bodies.read(request.body, request.headers)
        self._departures.enter(request.body)
        return body

    async def _live(self, _: Request) -> Answer:
        return Answer(200, b'{"live":true}')

    async def _ready(self, _: Request) -> Answer:
        reason = self._state.why_not_ready()
        if reason is not None:
            raise unavailable(reason)
        return Answer(200, json.dumps({"ready": True, "release": self._description.identity}).encode())

    async def _metrics(self, _: Request) -> Answer:
        from . import exposition

        gauges = await self._state.gauges(self._description.info)
        body = exposition.exposition(self._state.metrics, gauges)
        return Answer(200, body, exposition.CONTENT_TYPE)

    async def _docs(self, request: Request) -> Answer:
        found = docs_answer(request.path, request.headers.get("if-none-match") or "")
        assert found is not None
        return found

    async def _openapi(self, _: Request) -> Answer:
        wanted = self._access.token_wanted
        return Answer(200, await asyncio.to_thread(self._description.openapi, wanted))

    # -- the Open Inference Protocol

    async def _oip(self, target: oip.Route, request: Request) -> Answer:
        description = self._description
        match target:
            case oip.Route.SERVER:
                return Answer(200, oip.server_metadata(description.runtime_version))
            case oip.Route.LIVE:
                return Answer(200, oip.live_body())
            case oip.Route.READY:
                reason = self._state.why_not_ready()
                return _ready_answer(reason, oip.ready_body(reason))
            case oip.Route.MODEL_READY:
                reason = self._state.why_not_ready()
                return _ready_answer(reason, oip.model_ready_body(description.model, reason))
            case oip.Route.MODEL:
                return Answer(200, description.model_metadata())
            case oip.Route.INFER:
                return await self._infer(request)

    async def _infer(self, request: Request) -> Answer:
        scoring = self._state.scoring
        scoring.admit()
        headers = request.headers
        check_encoding(headers)
        oip.check_content_type(headers.get("content-type"))
        length = oip.header_length(headers.get(oip.HEADER_LENGTH))
        body = await self._body(request)
        content = await scoring.outcome(frames.TENSORS, frames.pack_tensors(body, length), Asked(request.id))
        answer, head = frames.unpack_tensors(content)
        if head is None:
            return Answer(200, answer)
        return Answer(200, answer, oip.BINARY_TYPE, [(oip.HEADER_LENGTH, str(head))])


_DOCS = Route(_GET, App._docs, open=True)


def _ready_answer(reason: str | None, body: bytes) -> Answer:
    return Answer(200, body) if reason is None else Answer(503, body, headers=SOON)


def _route_of(path: str) -> str:
    """A path's route, for metrics."""
    if path in ROUTES:
        return path
    if path in DOCS_PATHS:
        return "/docs"
    if not oip.is_oip(path):
        return _OTHER
    return "/v2/infer" if path.endswith("/infer") else "/v2"


ROUTES = {
    "/predict": Route(_POST, App._predict),
    "/predict/batch": Route(_POST, App._predict_batch),
    "/livez": Route(_GET, App._live, open=True),
    "/readyz": Route(_GET, App._ready, open=True),
    "/metrics": Route(_GET, App._metrics),
    "/openapi.json": Route(_GET, App._openapi),
}
"""Besides these: the page at /docs with its files, and the inference protocol below /v2."""

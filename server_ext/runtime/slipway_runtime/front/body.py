"""Receives a request's body within its limits: size, time, and forms that are understood."""

from __future__ import annotations

import asyncio
from typing import Protocol

from granian.rsgi import Headers, ProtocolClosed, ProtocolError

from .deadlines import Deadlines
from .problem import JSON_TYPE, Refusal, unavailable

SMALL = 64 * 1024
"""Bytes of a body that needs no look at how much has arrived."""


class Body(Protocol):
    """The part of granian's RSGI protocol that a request's body comes from."""

    def __call__(self) -> asyncio.Future[bytes]: ...
    def __aiter__(self) -> Body: ...
    async def __anext__(self) -> bytes: ...


def check_encoding(headers: Headers) -> None:
    """Raises Refusal 415 for a compressed body: what comes out of one has no limit."""
    encoding = headers.get("content-encoding")
    if encoding is not None and encoding.strip().lower() not in ("", "identity"):
        raise Refusal(415, f"Content-Encoding {encoding[:100]} is not understood; send the JSON as it is.")


def is_json(media_type: str) -> bool:
    """Of a type in lower case and without parameters."""
    return media_type == JSON_TYPE or (media_type.startswith("application/") and media_type.endswith("+json"))


def check_json(headers: Headers) -> None:
    """Raises Refusal 415 for anything but plain JSON."""
    check_encoding(headers)
    given = headers.get("content-type")
    if given == JSON_TYPE:
        return
    content_type, _, parameters = (given or "").partition(";")
    media_type = content_type.strip().lower()
    if not is_json(media_type):
        said = f"not {media_type[:100]}" if media_type else "which the request does not say"
        raise Refusal(415, f"The body must be JSON with Content-Type: application/json, {said}.")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset and parameters.strip().lower().startswith("charset=") and charset not in ("utf-8", "utf8"):
        raise Refusal(415, f"JSON is UTF-8, and the request says {charset[:40]}.")


def _declared_length(headers: Headers) -> int | None:
    length = headers.get("content-length")
    return int(length) if length is not None and length.isdecimal() else None


def _broken_off() -> Refusal:
    detail = "The body broke off, or has trailer fields, which this service does not take."
    return Refusal(400, detail, [("connection", "close")])


class BodyReader:
    """Reads bodies of at most `limit` bytes that arrive within `timeout` seconds each."""

    def __init__(self, limit: int, timeout: float) -> None:
        self._limit = limit
        self._timeout = timeout
        self._deadlines = Deadlines(timeout)
        self._room = max(16 * limit, 256 * 1024 * 1024)
        """Bytes of large bodies that may have arrived without being whole, all together."""

    async def read(self, body: Body, headers: Headers) -> bytes:
        """The whole body. Raises Refusal (400, 408, 413, 503)."""
        declared = _declared_length(headers)
        if declared is not None and declared > 2 * self._limit:
            raise self._too_large()
        try:
            with self._deadlines.limit():
                if declared is not None and declared <= min(self._limit, SMALL):
                    return await body()
                return await self._count(body, declared)
        except TimeoutError:
            detail = f"The body did not arrive within {self._timeout:g} s."
            raise Refusal(408, detail, [("connection", "close")]) from None
        except (ProtocolError, ProtocolClosed):
            raise _broken_off() from None

    async def discard(self, body: Body, headers: Headers) -> bool:
        """Reads a body that nobody wants, and keeps nothing of it; whether all of it came.

        Many clients read no answer before they have sent everything.
        """
        if headers.get("content-length") is None and headers.get("transfer-encoding") is None:
            return True
        if (_declared_length(headers) or 0) > 2 * self._limit:
            return False
        size = 0
        try:
            with self._deadlines.limit():
                async for part in body:
                    size += len(part)
                    if size > 2 * self._limit:
                        return False
        except (TimeoutError, ProtocolError, ProtocolClosed):
            return False
        return True

    async def _count(self, body: Body, declared: int | None) -> bytes:
        parts: list[bytes] = []
        size = empty = held = 0
        try:
            async for part in body:
                size += len(part)
                empty += not part
                if size <= self._limit:
                    if len(part) > self._room:
                        raise unavailable("Too many large requests are arriving; try again soon.")
                    self._room -= len(part)
                    held += len(part)
                    parts.append(part)
                    continue
                parts.clear()
                if size > 2 * self._limit:
                    raise self._too_large()
                # Up to here the rest is read and dropped: many clients read no answer before they have sent
                # everything.
        finally:
            self._room += held
        if size > self._limit:
            raise self._too_large()
        if size < declared if declared is not None else empty > 1:
            # granian ends with an empty part, and says nothing else of errors than another one.
            raise _broken_off()
        return b"".join(parts)

    def _too_large(self) -> Refusal:
        return Refusal(413, f"The body is larger than {self._limit} bytes, the most that this service takes.")

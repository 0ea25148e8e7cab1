"""Receives a request's body within its limits: size, time, and forms that are understood."""

from __future__ import annotations

import asyncio
from typing import Protocol

from granian.rsgi import Headers, ProtocolClosed, ProtocolError

from .deadlines import Deadlines
from .problem import Refusal

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


def check_json(headers: Headers) -> None:
    """Raises Refusal 415 for anything but plain JSON."""
    check_encoding(headers)
    given = headers.get("content-type")
    if given == "application/json":
        return
    content_type, _, parameters = (given or "").partition(";")
    media_type = content_type.strip().lower()
    is_json = media_type == "application/json" or (
        media_type.startswith("application/") and media_type.endswith("+json")
    )
    if not is_json:
        said = f"not {media_type[:100]}" if media_type else "which the request does not say"
        raise Refusal(415, f"The body must be JSON with Content-Type: application/json, {said}.")
    charset = parameters.strip().lower().removeprefix("charset=").strip('"')
    if charset and parameters.strip().lower().startswith("charset=") and charset not in ("utf-8", "utf8"):
        raise Refusal(415, f"JSON is UTF-8, and the request says {charset[:40]}.")


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
        length = headers.get("content-length")
        declared = int(length) if length is not None and length.isdecimal() else None
        if declared is not None and declared > 2 * self._limit:
            raise self._too_large()
        task = self._deadlines.begin()
        late = False
        try:
            if declared is not None and declared <= min(self._limit, SMALL):
                return await body()
            return await self._count(body, declared)
        except asyncio.CancelledError:
            late = self._deadlines.end(task)
            if not late:
                raise
        except (ProtocolError, ProtocolClosed):
            raise _broken_off() from None
        finally:
            if not late:
                self._deadlines.end(task)
        raise Refusal(408, f"The body did not arrive within {self._timeout:g} s.", [("connection", "close")])

    async def discard(self, body: Body, headers: Headers) -> bool:
        """Reads a body that nobody wants, and keeps nothing of it; whether all of it came.

        Many clients read no answer before they have sent everything.
        """
        length = headers.get("content-length")
        if length is None and headers.get("transfer-encoding") is None:
            return True
        if length is not None and length.isdecimal() and int(length) > 2 * self._limit:
            return False
        task = self._deadlines.begin()
        size = 0
        try:
            async for part in body:
                size += len(part)
                if size > 2 * self._limit:
                    return False
        except asyncio.CancelledError:
            if not self._deadlines.end(task):
                raise
            return False
        except (ProtocolError, ProtocolClosed):
            return False
        finally:
            self._deadlines.end(task)
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
                        raise Refusal(
                            503,
                            "Too many large requests are arriving; try again soon.",
                            [("retry-after", "1")],
                        )
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

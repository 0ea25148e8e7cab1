"""Receives a request's body within its limits: size, time, and forms that are understood."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from .problem import Refusal

Receive = Callable[[], Awaitable[Mapping[str, Any]]]


class ClientGone(Exception):
    """The connection closed before the body was whole; nobody is left to answer."""


def check_form(headers: Mapping[str, str]) -> None:
    """Raises Refusal 415 for anything but plain JSON."""
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        raise Refusal(415, f"Content-Encoding {encoding} is not understood; send the JSON as it is.")
    content_type, _, parameters = headers.get("content-type", "").partition(";")
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


async def read_body(receive: Receive, headers: Mapping[str, str], limit: int, timeout: float) -> bytes:
    """The whole body. Raises Refusal 413 past `limit` bytes, 408 past `timeout` seconds; ClientGone."""
    declared = headers.get("content-length", "")
    if declared.isdigit() and int(declared) > 2 * limit:
        raise _too_large(limit)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(timeout):
            while True:
                message = await receive()
                if message["type"] == "http.disconnect":
                    raise ClientGone
                part = message.get("body", b"")
                size += len(part)
                last = not message.get("more_body", False)
                if size <= limit:
                    parts.append(part)
                elif last or size > 2 * limit:
                    # Up to here the rest is read and dropped: many clients read no answer before they
                    # have sent everything.
                    raise _too_large(limit)
                else:
                    parts.clear()
                if last:
                    return b"".join(parts)
    except TimeoutError:
        raise Refusal(
            408, f"The body did not arrive within {timeout:g} s.", [("connection", "close")]
        ) from None


def _too_large(limit: int) -> Refusal:
    return Refusal(413, f"The body is larger than {limit} bytes, the most that this service takes.")

"""The ceiling: what granian makes of a handler that only says the same word (RSGI, its own interface)."""

from __future__ import annotations

from typing import Any

_HEADERS = [("content-type", "application/json")]


async def app(scope: Any, protocol: Any) -> None:
    if scope.method == "POST":
        await protocol()
    protocol.response_bytes(200, _HEADERS, b"0")

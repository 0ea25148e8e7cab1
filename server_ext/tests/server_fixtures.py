"""A real Jupyter server with the extension, and short ways to ask it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from tornado.httpclient import HTTPClientError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


@pytest.fixture
def jp_server_config() -> dict[str, Any]:
    """The extension, and no route that a stranger may use."""
    return {
        "ServerApp": {
            "jpserver_extensions": {"jupyterlab_slipway": True},
            "allow_unauthenticated_access": False,
        }
    }


@dataclass
class Answer:
    status: int
    body: bytes
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        """The problem's code; every failure has to carry its problem and the sentence."""
        failure = self.json
        assert failure["message"] == failure["problem"]["message"]
        assert failure["problem"]["severity"] == "error"
        return str(failure["problem"]["code"])


Ask = "Callable[..., Awaitable[Answer]]"


@pytest.fixture
def ask(jp_fetch: Any) -> Callable[..., Awaitable[Answer]]:
    """`await ask("POST", "deployments", body={...}, force="true")`: an Answer, whatever the status."""

    async def fetch(
        method: str,
        *parts: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        **query: str | list[str],
    ) -> Answer:
        raw = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        try:
            response = await jp_fetch(
                "slipway",
                *parts,
                method=method,
                body=raw,
                params=[
                    (key, one)
                    for key, given in query.items()
                    for one in ([given] if isinstance(given, str) else given)
                ],
                headers=headers,
                allow_nonstandard_methods=True,
                request_timeout=120,
            )
        except HTTPClientError as error:
            if error.response is None:
                raise
            response = error.response
        return Answer(response.code, response.body, dict(response.headers.get_all()))

    return fetch

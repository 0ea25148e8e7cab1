"""Every route × every permission: strangers and users without the permission get nothing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from jupyter_server.auth import Authorizer
from jupyterlab_slipway.server.base import UnknownHandler
from jupyterlab_slipway.server.routes import routes
from tornado.httpclient import HTTPClientError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server_fixtures import Answer

READ, WRITE, EXECUTE = "read", "write", "execute"

REST: list[tuple[str, str, set[str]]] = [
    ("GET", "deployments", {READ}),
    ("POST", "deployments", {WRITE, EXECUTE}),
    ("GET", "deployments/none", {READ}),
    ("DELETE", "deployments/none", {WRITE}),
    ("POST", "deployments/none/start", {WRITE, EXECUTE}),
    ("POST", "deployments/none/stop", {WRITE}),
    ("GET", "deployments/none/access", {READ, EXECUTE}),
    ("GET", "deployments/none/releases/1/logs/execute", {READ}),
    ("GET", "engines", {READ}),
    ("GET", "packages", {READ}),
    ("GET", "source", {READ}),
]
"""Each verb of each route, and what it takes."""

NO_TOKEN = {"Authorization": ""}


class Granting(Authorizer):
    """Grants on `slipway` what a test lists in `granted`, and everything on other resources."""

    granted: frozenset[str] = frozenset()

    def is_authorized(self, handler: Any, user: Any, action: str, resource: str) -> bool:
        assert user is not None
        return resource != "slipway" or action in self.granted


@pytest.fixture
def granted(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> frozenset[str]:
    actions: frozenset[str] = getattr(request, "param", frozenset())
    monkeypatch.setattr(Granting, "granted", actions)
    return actions


@pytest.fixture
def jp_server_config(jp_server_config: dict[str, Any], granted: frozenset[str]) -> dict[str, Any]:
    jp_server_config["ServerApp"]["authorizer_class"] = Granting
    return jp_server_config


def test_the_matrix_names_every_verb_of_every_route() -> None:
    for pattern, handler in routes():
        verbs = {verb for verb in ("get", "post", "put", "patch", "delete") if verb in vars(handler)}
        if handler is UnknownHandler:
            assert not verbs
            continue
        named = {
            method.lower()
            for method, path, _ in [*REST, ("GET", "events", {EXECUTE})]
            if re.fullmatch(pattern, f"/slipway/{path}")
        }
        assert named == verbs, pattern


@pytest.mark.parametrize(("method", "path", "_needs"), REST)
async def test_a_stranger_gets_nothing(
    ask: Callable[..., Awaitable[Answer]], method: str, path: str, _needs: set[str]
) -> None:
    answer = await ask(method, *path.split("/"), headers=NO_TOKEN)
    assert answer.status == 403
    assert answer.code == "SLP569"


@pytest.mark.parametrize(
    "granted",
    [frozenset(), frozenset({READ}), frozenset({READ, WRITE}), frozenset({READ, WRITE, EXECUTE})],
    indirect=True,
    ids=lambda granted: "+".join(sorted(granted)) or "nothing",
)
async def test_each_verb_needs_its_permissions(
    ask: Callable[..., Awaitable[Answer]], granted: frozenset[str]
) -> None:
    for method, path, needs in REST:
        answer = await ask(method, *path.split("/"))
        if needs <= granted:
            assert answer.status in {200, 400, 404}, (method, path)
        else:
            assert (answer.status, answer.code) == (403, "SLP569"), (method, path)


@pytest.mark.parametrize("granted", [frozenset({READ, WRITE})], indirect=True)
async def test_the_stream_needs_execute(jp_ws_fetch: Any, granted: frozenset[str]) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("slipway", "events")
    assert caught.value.code == 403


@pytest.mark.parametrize("granted", [frozenset({READ, WRITE, EXECUTE})], indirect=True)
async def test_the_stream_is_closed_to_strangers(jp_ws_fetch: Any, granted: frozenset[str]) -> None:
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("slipway", "events", headers=dict(NO_TOKEN))
    assert caught.value.code == 403
    (await jp_ws_fetch("slipway", "events")).close()


async def sign_in(jp_fetch: Any) -> dict[str, str]:
    """Headers of a page whose user has signed in by cookie, as in a browser."""
    signed_in = await jp_fetch("api", "me")
    cookies = [header.partition(";")[0] for header in signed_in.headers.get_list("Set-Cookie")]
    return {**NO_TOKEN, "Cookie": "; ".join(cookies)}


@pytest.mark.parametrize("granted", [frozenset({READ, WRITE, EXECUTE})], indirect=True)
async def test_a_page_of_another_origin_does_not_get_the_stream(
    jp_ws_fetch: Any, jp_fetch: Any, jp_http_port: int, granted: frozenset[str]
) -> None:
    host = f"127.0.0.1:{jp_http_port}"  # the cookie's name holds it
    by_cookie = {**await sign_in(jp_fetch), "Host": host, "Origin": f"http://{host}"}
    (await jp_ws_fetch("slipway", "events", headers=dict(by_cookie))).close()
    with pytest.raises(HTTPClientError) as caught:
        await jp_ws_fetch("slipway", "events", headers={**by_cookie, "Origin": "http://elsewhere.example"})
    assert caught.value.code == 403


@pytest.mark.parametrize("granted", [frozenset({READ, WRITE, EXECUTE})], indirect=True)
async def test_a_page_that_is_signed_in_by_cookie_needs_the_xsrf_token(
    ask: Callable[..., Awaitable[Answer]], jp_fetch: Any, granted: frozenset[str]
) -> None:
    by_cookie = await sign_in(jp_fetch)
    assert (await ask("GET", "deployments", headers=by_cookie)).status == 200
    for method, path, needs in REST:
        if WRITE in needs:
            answer = await ask(method, *path.split("/"), body={"path": "a.ipynb"}, headers=by_cookie)
            assert (answer.status, answer.code) == (403, "SLP569")
            assert "reload the page" in answer.json["message"]

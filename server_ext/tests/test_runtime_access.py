"""Who may call: tokens, and pages of other origins."""

from __future__ import annotations

import hmac
import http.client
from typing import TYPE_CHECKING, cast

import pytest
from runtime_fixtures import Services, open_connection
from slipway_runtime.front.access import Access
from slipway_runtime.front.problem import Refusal

if TYPE_CHECKING:
    from granian.rsgi import Headers

ORIGIN = "https://notebooks.example"
TOKEN = "tok-en~1.2_3/4+5="


def headers(**given: str) -> Headers:
    """A dict has what is asked of granian's headers: `get`, by names in lower case."""
    return cast("Headers", {name.replace("_", "-"): value for name, value in given.items()})


def refused(access: Access, given: Headers) -> bool:
    try:
        access.check(given)
    except Refusal:
        return True
    return False


def test_who_is_refused_hears_what_is_wanted() -> None:
    with pytest.raises(Refusal) as caught:
        Access(TOKEN, frozenset()).check(headers())
    assert caught.value.status == 401
    assert dict(caught.value.headers)["www-authenticate"].startswith("Bearer ")
    assert TOKEN not in caught.value.detail


@pytest.mark.parametrize(
    "given", [f"Bearer {TOKEN}", f"bearer {TOKEN}", f"BEARER {TOKEN}", f"Bearer   {TOKEN} "]
)
def test_the_token_opens(given: str) -> None:
    assert not refused(Access(TOKEN, frozenset()), headers(authorization=given))


@pytest.mark.parametrize(
    "given",
    [
        "",
        "Bearer",
        "Bearer ",
        TOKEN,
        f"Bearer{TOKEN}",
        f"Bearer {TOKEN}x",
        f"Bearer {TOKEN[:-1]}",
        f"Bearer {TOKEN.upper()}",
        f"Bearer x {TOKEN}",
        f"Bearer {TOKEN} {TOKEN}",
        f"Basic {TOKEN}",
        "Bearer é",
        "Bearer \udce9",
        "Bearer \x00",
    ],
)
def test_nothing_else_opens(given: str) -> None:
    assert refused(Access(TOKEN, frozenset()), headers(authorization=given))


def test_no_header_and_no_token() -> None:
    assert refused(Access(TOKEN, frozenset()), headers())
    assert not refused(Access(None, frozenset()), headers())
    assert not refused(Access(None, frozenset()), headers(authorization="Bearer wrong"))
    assert Access(TOKEN, frozenset()).token_wanted
    assert not Access(None, frozenset()).token_wanted


def test_tokens_are_compared_in_constant_time(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[tuple[bytes, bytes]] = []

    def compare(one: bytes, other: bytes) -> bool:
        compared.append((one, other))
        return one == other

    monkeypatch.setattr(hmac, "compare_digest", compare)
    assert refused(Access(TOKEN, frozenset()), headers(authorization="Bearer wrong"))
    assert compared == [(b"Bearer wrong", b"Bearer " + TOKEN.encode()), (b"wrong", TOKEN.encode())]


def test_without_origins_no_page_may_call() -> None:
    access = Access(TOKEN, frozenset())
    asked = headers(origin=ORIGIN, access_control_request_method="POST")
    assert access.cors(asked) == []
    assert access.preflight("OPTIONS", asked, ("POST",)) is None


@pytest.mark.parametrize("origins", [{ORIGIN}, {"https://a.example", ORIGIN}, {"*"}])
def test_a_page_of_an_allowed_origin_may_call(origins: set[str]) -> None:
    access = Access(TOKEN, frozenset(origins))
    asked = headers(origin=ORIGIN, access_control_request_method="POST")
    found = dict(access.cors(asked))
    assert found["access-control-allow-origin"] == ORIGIN
    assert found["vary"] == "origin"
    exposed = found["access-control-expose-headers"].split(", ")
    assert {"x-request-id", "retry-after", "inference-header-content-length"} <= set(exposed)
    assert "access-control-allow-credentials" not in found, "the token is no cookie"
    answer = access.preflight("OPTIONS", asked, ("GET", "HEAD"))
    assert answer is not None
    assert (answer.status, answer.body) == (204, b"")
    allowed = dict(answer.headers)
    assert allowed["access-control-allow-methods"] == "GET, HEAD"
    assert {"authorization", "content-type", "x-request-id"} <= set(
        allowed["access-control-allow-headers"].split(", ")
    )


@pytest.mark.parametrize(
    "origin",
    [
        "https://other.example",
        "null",
        "",
        f"{ORIGIN}.evil.example",
        f"{ORIGIN}/",
        "http://notebooks.example",
        ORIGIN.upper(),
        f"{ORIGIN}:8443",
    ],
)
def test_no_page_of_another_origin_may(origin: str) -> None:
    access = Access(TOKEN, frozenset({ORIGIN}))
    found = access.cors(headers(origin=origin, access_control_request_method="POST"))
    assert found == [("vary", "origin")], "a cache must not give the answer to others"


def test_who_is_no_page_sees_nothing_of_it() -> None:
    assert Access(TOKEN, frozenset({"*"})).cors(headers()) == [("vary", "origin")]


@pytest.mark.parametrize(
    ("method", "given"),
    [
        ("GET", {"origin": ORIGIN, "access_control_request_method": "POST"}),
        ("POST", {"origin": ORIGIN, "access_control_request_method": "POST"}),
        ("OPTIONS", {"origin": ORIGIN}),
        ("OPTIONS", {}),
    ],
)
def test_what_is_no_preflight(method: str, given: dict[str, str]) -> None:
    assert Access(TOKEN, frozenset({ORIGIN})).preflight(method, headers(**given), ("POST",)) is None


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_a_service_whose_pages_are_elsewhere(services: Services) -> None:
    service = services.serve("def predictor(x):\n    return x\n", "--cors-origins", ORIGIN, token=TOKEN)
    port = service.publish()

    def ask(method: str, path: str, **given: str) -> http.client.HTTPResponse:
        connection = open_connection(port)
        sent = {name.replace("_", "-"): value for name, value in given.items()}
        connection.request(method, path, b"7" if method == "POST" else None, sent)
        answer = connection.getresponse()
        answer.read()
        connection.close()
        return answer

    asked = {"access_control_request_method": "POST", "access_control_request_headers": "authorization"}
    for path in ("/predict", "/predict/batch", "/v2/models/model/infer", "/docs"):
        answer = ask("OPTIONS", path, origin=ORIGIN, **asked)
        assert answer.status == 204, "it cannot have the token yet"
        assert answer.getheader("access-control-allow-origin") == ORIGIN
        answer = ask("OPTIONS", path, origin="https://other.example", **asked)
        assert answer.getheader("access-control-allow-origin") is None
        assert ask("OPTIONS", path, origin=ORIGIN).status == 405
    call = {"origin": ORIGIN, "content_type": "application/json"}
    for given, status in [({}, 401), ({"authorization": f"Bearer {TOKEN}"}, 200)]:
        answer = ask("POST", "/predict", **call, **given)
        assert answer.status == status
        assert answer.getheader("access-control-allow-origin") == ORIGIN, "the page sees the problem, too"
        assert "x-request-id" in (answer.getheader("access-control-expose-headers") or "")
    assert ask("GET", "/nothing", origin=ORIGIN).getheader("access-control-allow-origin") == ORIGIN
    assert ask("GET", "/readyz").getheader("access-control-allow-origin") is None

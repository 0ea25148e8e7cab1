"""Failures of every kind have the same body, a status that fits, and nothing of ours in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from jupyterlab_slipway.problems import Code, SlipwayProblem

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from server_fixtures import Answer


@pytest.fixture
def views(jp_serverapp: Any) -> Any:
    return jp_serverapp.web_app.settings["jupyterlab_slipway"].views


async def test_a_fault_of_ours_shows_a_sentence_and_no_traceback(
    ask: Callable[..., Awaitable[Answer]],
    views: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise RuntimeError("the secret word")

    monkeypatch.setattr(views, "views", fail)
    answer = await ask("GET", "deployments")
    assert (answer.status, answer.code) == (500, "SLP599")
    assert b"secret" not in answer.body
    assert b"Traceback" not in answer.body
    assert "the secret word" in caplog.text


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.NAME_TAKEN, 409),
        (Code.DEPLOYMENT_UNKNOWN, 404),
        (Code.PINS_CONFLICT, 422),
        (Code.DISK_FULL, 507),
    ],
)
async def test_a_problem_travels_whole(
    ask: Callable[..., Awaitable[Answer]],
    views: Any,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    code: Code,
    status: int,
) -> None:
    problem = SlipwayProblem(code, "A sentence – with ünicode.", cell={"index": 3}, traceback="\x1b[31mX")

    def fail() -> None:
        raise problem

    monkeypatch.setattr(views, "views", fail)
    answer = await ask("GET", "deployments")
    assert (answer.status, answer.code) == (status, code.value)
    assert answer.json["problem"] == problem.as_problem()
    assert "Traceback" not in caplog.text, "an answer to the user is no fault of the server"


@pytest.mark.parametrize("path", ["", "deployments/a/b", "deployments/a/releases/x/logs/live", "nothing"])
async def test_an_unknown_address_has_a_problem(ask: Callable[..., Awaitable[Answer]], path: str) -> None:
    answer = await ask("GET", *path.split("/"))
    assert (answer.status, answer.code) == (404, "SLP568")


async def test_a_verb_that_a_route_does_not_have(ask: Callable[..., Awaitable[Answer]]) -> None:
    answer = await ask("PUT", "deployments", body={})
    assert (answer.status, answer.code) == (405, "SLP568")


@pytest.mark.parametrize("body", [b"", b"nonsense", b"[]", b'{"path": 3}'])
async def test_a_malformed_request(ask: Callable[..., Awaitable[Answer]], body: bytes) -> None:
    answer = await ask("POST", "deployments", body=body)
    assert (answer.status, answer.code) == (400, "SLP568")


async def test_malformed_query_arguments(ask: Callable[..., Awaitable[Answer]]) -> None:
    answer = await ask("GET", "deployments", "a", "releases", "1", "logs", "live", offset="-1")
    assert (answer.status, answer.code) == (400, "SLP568")
    answer = await ask("DELETE", "deployments", "a", force="perhaps")
    assert (answer.status, answer.code) == (400, "SLP568")

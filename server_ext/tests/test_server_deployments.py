"""The way of a deployment through REST and the stream: real records, real builds, real services."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import nbformat
import psutil
import pytest
from nbformat.v4 import new_code_cell, new_notebook
from tornado.httpclient import AsyncHTTPClient, HTTPClientError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from server_fixtures import Answer

    Ask = Callable[..., Awaitable[Answer]]

TIMEOUT = 300.0
"""Seconds for a whole build on a busy machine."""

REQUIREMENTS = 'requirements = [["six", "1.16.0"]]'
PREDICTOR = "import six\nexamples = [1, 2]\ndef predictor(x):\n    return six.ensure_str('n') * x"


ENDLESS = "import time\nwhile True: time.sleep(1)"


@pytest.fixture
def write_notebook(jp_root_dir: Path) -> Callable[..., str]:
    def write(path: str, *cells: str) -> str:
        file = jp_root_dir / path
        file.parent.mkdir(parents=True, exist_ok=True)
        notebook = new_notebook(
            cells=[new_code_cell(cell) for cell in cells],
            metadata={"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
        )
        nbformat.write(notebook, file)
        return path

    return write


@pytest.fixture
def remove_all(slipway_home: Path, jp_serverapp: Any) -> Iterator[None]:
    """Nothing that a test deployed outlives it, also when it fails half-way."""
    yield
    extension = jp_serverapp.web_app.settings["jupyterlab_slipway"]
    for view in extension.views.views():
        extension.deployments.remove(view["name"], force=True)


class Stream:
    """A browser's end of the stream: keeps the latest view and every event."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket
        self.views: dict[str, Any] = {}
        self.events: dict[str, list[Any]] = {}
        self.removed: list[str] = []
        self.caught_up = False
        self.text = ""

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(TIMEOUT):
            while not condition():
                raw = await self._socket.read_message()
                assert raw is not None, self._socket.close_reason
                self.text += raw
                message = json.loads(raw)
                if message["kind"] in {"release", "deployment"}:
                    self.views[message["deployment"]["name"]] = message["deployment"]
                if message["kind"] == "release":
                    key = f"{message['deployment']['name']}/{message['release']}"
                    self.events.setdefault(key, []).extend(message["events"])
                if message["kind"] == "removed":
                    self.removed.append(message["name"])
                    self.views.pop(message["name"], None)
                self.caught_up = self.caught_up or message["kind"] == "caught-up"

    def state(self, name: str) -> str | None:
        releases = self.views.get(name, {}).get("releases")
        return releases[0]["state"] if releases else None

    def cell(self, name: str) -> int | None:
        """Number of the cell that executes."""
        releases = self.views.get(name, {}).get("releases")
        return releases[0].get("progress", {}).get("number") if releases else None

    def close(self) -> None:
        self._socket.close()


@pytest.fixture
def listen(jp_ws_fetch: Any) -> Callable[..., Awaitable[Stream]]:
    async def connect(**cursor: Any) -> Stream:
        socket = await jp_ws_fetch("slipway", "events")
        await socket.write_message(json.dumps({"cursor": {}, **cursor}))
        return Stream(socket)

    return connect


@pytest.mark.parametrize(
    ("method", "parts"),
    [
        ("GET", ("deployments", "none")),
        ("DELETE", ("deployments", "none")),
        ("POST", ("deployments", "none", "stop")),
        ("GET", ("deployments", "none", "access")),
        ("GET", ("deployments", "none", "releases", "1", "logs", "execute")),
        ("GET", ("deployments", "..%2F..", "access")),
        ("GET", ("deployments", "%2E%2E", "releases", "1", "logs", "execute")),
        ("GET", ("deployments", "a%00b", "access")),
        ("DELETE", ("deployments", "..%2F..")),
    ],
)
async def test_an_unknown_name_is_404(ask: Ask, method: str, parts: tuple[str, ...]) -> None:
    answer = await ask(method, *parts)
    assert answer.status == 404
    assert answer.code in {"SLP563", "SLP568"}


@pytest.mark.parametrize(
    ("request_body", "status", "code"),
    [
        ({"path": "missing.ipynb"}, 404, "SLP503"),
        ({"path": "../outside.ipynb"}, 404, "SLP503"),
        ({"path": "a.ipynb", "engine": "steam"}, 422, "SLP564"),
        ({"path": "a.ipynb", "name": "../up"}, 422, "SLP560"),
        ({"path": "a.ipynb", "sample": "{"}, 422, "SLP540"),
    ],
)
async def test_what_cannot_be_deployed_leaves_no_record(
    ask: Ask, write_notebook: Callable[..., str], request_body: Any, status: int, code: str
) -> None:
    write_notebook("a.ipynb", REQUIREMENTS, PREDICTOR)
    answer = await ask("POST", "deployments", body=request_body)
    assert (answer.status, answer.code) == (status, code)
    assert (await ask("GET", "deployments")).json == {"deployments": []}


async def test_a_variable_that_the_server_does_not_let_through(
    ask: Ask, write_notebook: Callable[..., str], jp_serverapp: Any
) -> None:
    jp_serverapp.web_app.settings["jupyterlab_slipway"].allowed_environment = ["DATA_*"]
    path = write_notebook("a.ipynb", REQUIREMENTS, PREDICTOR)
    answer = await ask("POST", "deployments", body={"path": path, "env": ["DATA_URL", "AWS_SECRET"]})
    assert (answer.status, answer.code) == (400, "SLP568")
    assert "AWS_SECRET" in answer.json["message"]


async def test_the_engines(ask: Ask) -> None:
    engines = (await ask("GET", "engines")).json["engines"]
    (process,) = [engine for engine in engines if engine["name"] == "process"]
    assert process["available"]
    assert [engine["name"] for engine in engines if engine["default"]] == ["process"]


@pytest.mark.slow
@pytest.mark.usefixtures("remove_all")
async def test_from_the_request_to_a_prediction_and_away_again(
    ask: Ask, listen: Callable[..., Awaitable[Stream]], write_notebook: Callable[..., str]
) -> None:
    path = write_notebook("sub folder/Größe 1.ipynb", REQUIREMENTS, PREDICTOR)
    stream = await listen()
    created = await ask("POST", "deployments", body={"path": path, "name": "sizes"})
    assert created.status == 201, created.body
    assert created.json["notebook"] == path
    assert created.json["title"] == "Größe 1"
    assert created.headers["Location"].endswith("/slipway/deployments/sizes")

    second = await ask("POST", "deployments", body={"path": path, "name": "sizes"})
    assert (second.status, second.code) == (409, "SLP562")
    other = write_notebook("other.ipynb", REQUIREMENTS, PREDICTOR)
    taken = await ask("POST", "deployments", body={"path": other, "name": "sizes"})
    assert (taken.status, taken.code) == (409, "SLP561")

    await stream.until(lambda: stream.state("sizes") not in {None, "building"})
    assert stream.state("sizes") == "live", stream.views["sizes"]["releases"][0].get("problem")
    events = stream.events["sizes/1"]
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    done = [event["phase"] for event in events if event["kind"] == "phase" and event["status"] == "done"]
    assert [phase for phase in done if phase in {"resolve", "execute", "verify", "probe"}] == [
        "resolve",
        "execute",
        "verify",
        "probe",
    ]

    access = (await ask("GET", "deployments", "sizes", "access")).json
    assert access["url"] == stream.views["sizes"]["url"]
    assert access["token"] not in stream.text
    answer = await AsyncHTTPClient().fetch(
        f"{access['url'].rstrip('/')}/predict",
        method="POST",
        body="3",
        headers={"Authorization": f"Bearer {access['token']}", "Content-Type": "application/json"},
        request_timeout=60,
    )
    assert json.loads(answer.body) == "nnn"

    await log_arrives_in_pieces(ask)

    # a browser that comes back with its cursor hears no event again
    again = await listen(cursor={"sizes/1": events[-1]["seq"]})
    await again.until(lambda: again.caught_up)
    assert again.events == {}
    assert again.state("sizes") == "live"

    refused = await ask("DELETE", "deployments", "sizes")
    assert (refused.status, refused.code) == (409, "SLP567")
    stopped = await ask("POST", "deployments", "sizes", "stop")
    assert stopped.json["releases"][0]["state"] == "stopped"
    await stream.until(lambda: stream.state("sizes") == "stopped")
    await again.until(lambda: again.state("sizes") == "stopped")
    with pytest.raises((HTTPClientError, OSError)):
        await AsyncHTTPClient().fetch(f"{access['url'].rstrip('/')}/livez")

    removed = await ask("DELETE", "deployments", "sizes")
    assert (removed.status, removed.body) == (204, b"")
    await stream.until(lambda: stream.removed == ["sizes"])
    assert (await ask("GET", "deployments", "sizes")).status == 404
    stream.close()
    again.close()


async def log_arrives_in_pieces(ask: Ask) -> None:
    log = ("deployments", "sizes", "releases", "1", "logs", "resolve")
    whole = await ask("GET", *log)
    assert whole.status == 200
    assert whole.headers["Content-Type"] == "text/plain; charset=utf-8"
    size = int(whole.headers["Slipway-Log-Size"])
    assert len(whole.body) == size > 0
    pieces = [await ask("GET", *log, offset=str(at), limit="7") for at in range(0, size, 7)]
    assert b"".join(piece.body for piece in pieces) == whole.body
    assert {piece.headers["Slipway-Log-Size"] for piece in pieces} == {str(size)}
    beyond = await ask("GET", *log, offset=str(size + 10))
    assert (beyond.status, beyond.body) == (200, b"")
    unknown = await ask("GET", *log[:-1], "nothing")
    assert (unknown.status, unknown.code) == (404, "SLP563")
    other_release = await ask("GET", "deployments", "sizes", "releases", "7", "logs", "resolve")
    assert (other_release.status, other_release.code) == (404, "SLP563")
    not_begun = await ask("GET", *log[:-1], "slim")
    assert not_begun.status == 200


@pytest.mark.slow
@pytest.mark.usefixtures("remove_all")
async def test_a_service_outlives_the_server_and_a_death_is_told(
    ask: Ask,
    listen: Callable[..., Awaitable[Stream]],
    write_notebook: Callable[..., str],
    jp_serverapp: Any,
    slipway_home: Path,
) -> None:
    path = write_notebook("a.ipynb", REQUIREMENTS, PREDICTOR)
    stream = await listen()
    assert (await ask("POST", "deployments", body={"path": path})).status == 201
    await stream.until(lambda: stream.state("a") == "live")

    # what a server that starts anew does and finds
    extension = jp_serverapp.web_app.settings["jupyterlab_slipway"]
    await extension._start_jupyter_server_extension(jp_serverapp)
    assert (await ask("GET", "deployments", "a")).json["releases"][0]["state"] == "live"

    service = json.loads((slipway_home / "deployments/a/releases/1/service.json").read_text("utf-8"))
    psutil.Process(service["pid"]).kill()
    await stream.until(lambda: stream.state("a") == "lost")
    view = stream.views["a"]
    assert "live" not in view
    assert "url" not in view
    answer = await ask("GET", "deployments", "a", "access")
    assert (answer.status, answer.code) == (409, "SLP570")
    stream.close()


@pytest.mark.slow
@pytest.mark.usefixtures("remove_all")
async def test_two_builds_at_once_and_a_cancel_that_ends_only_one(
    ask: Ask, listen: Callable[..., Awaitable[Stream]], write_notebook: Callable[..., str]
) -> None:
    endless = write_notebook(
        "endless.ipynb", REQUIREMENTS, PREDICTOR, "import time\nwhile True: time.sleep(1)"
    )
    brief = write_notebook("brief.ipynb", REQUIREMENTS, PREDICTOR)
    stream = await listen()
    for path in (endless, brief):
        assert (await ask("POST", "deployments", body={"path": path})).status == 201
    await stream.until(lambda: stream.cell("endless") == 3)
    release = (await ask("GET", "deployments", "endless")).json["releases"][0]
    assert release["state"] == "building"
    stopped = await ask("POST", "deployments", "endless", "stop")
    assert stopped.json["releases"][0]["state"] == "cancelled"
    await stream.until(lambda: stream.state("endless") == "cancelled")
    await stream.until(lambda: stream.state("brief") == "live")
    stream.close()


@pytest.mark.slow
@pytest.mark.usefixtures("remove_all")
async def test_a_cell_that_raises_reaches_the_browser_with_its_place(
    ask: Ask, listen: Callable[..., Awaitable[Stream]], write_notebook: Callable[..., str]
) -> None:
    path = write_notebook("a.ipynb", REQUIREMENTS, PREDICTOR, "x = 1\nx / 0")
    stream = await listen()
    assert (await ask("POST", "deployments", body={"path": path})).status == 201
    await stream.until(lambda: stream.state("a") == "failed")
    problem = stream.views["a"]["releases"][0]["problem"]
    assert problem["code"] == "SLP520"
    assert problem["cell"]["index"] == 3
    assert problem["cell"]["line"] == 2
    assert "ZeroDivisionError" in problem["traceback"]
    assert (await ask("DELETE", "deployments", "a")).status == 204
    stream.close()

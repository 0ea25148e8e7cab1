"""The OpenAPI document and the service that it describes say the same."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator
from runtime_fixtures import open_connection
from slipway_runtime.front import oip
from slipway_runtime.front.app import ROUTES
from slipway_runtime.front.docs_files import PAGE, PATHS
from slipway_runtime.front.openapi import openapi_document

if TYPE_CHECKING:
    from runtime_fixtures import Services

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
MODEL = oip.Model("model")


def answered() -> dict[tuple[str, str], bool]:
    """(method, path) of all that the application answers, and whether it needs no token."""
    found = {(method, path): route.open for path, route in ROUTES.items() for method in route.methods}
    found |= {("GET", PAGE): True}
    of_model = [f"/v2/models/{MODEL.name}", f"/v2/models/{MODEL.name}/versions/{MODEL.version}"]
    paths = ["/v2", "/v2/health/live", "/v2/health/ready"]
    paths += [f"{start}{rest}" for start in of_model for rest in ("", "/ready", "/infer")]
    routes = {path: oip.resolve(path, MODEL) for path in paths}
    assert set(routes.values()) == set(oip.Route), "the paths above lack one"
    found |= {(method, path): route.open for path, route in routes.items() for method in route.methods}
    # HEAD goes with every GET (RFC 9110, section 9.3.2) and is not told apart.
    return {(method, path): is_open for (method, path), is_open in found.items() if method != "HEAD"}


def test_every_route_is_described_and_no_other() -> None:
    manifest: Any = {"title": MODEL.name}
    document = openapi_document(manifest, [], release="1", token_wanted=True, max_body=1)
    described = {
        (method.upper(), path): "security" not in operation
        for path, item in document["paths"].items()
        for method, operation in item.items()
    }
    assert described == answered()


def ask(port: int, path: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    connection = open_connection(port)
    try:
        connection.request(
            method, path, headers={name.replace("_", "-"): value for name, value in headers.items()}
        )
        answer = connection.getresponse()
        found = {name.lower(): value for name, value in answer.getheaders()}
        return answer.status, found, answer.read()
    finally:
        connection.close()


@pytest.mark.slow
def test_the_page_needs_no_token_and_the_description_does(services: Services) -> None:
    service = services.serve(token="s3cret", samples=[[1, 2]])
    port = service.publish()
    for path in PATHS:
        status, headers, body = ask(port, path)
        assert (status, bool(body)) == ((308, False) if path == "/docs/" else (200, True))
        assert headers["slipway-release"] == "release-0"
        if status == 200:
            assert "default-src 'self'" in headers["content-security-policy"]
            assert ask(port, path, "HEAD")[0] == 200
            assert ask(port, path, if_none_match=headers["etag"])[::2] == (304, b"")
    assert ask(port, "/docs", "POST")[0] == 405
    assert ask(port, "/openapi.json")[0] == 401
    status, headers, body = ask(port, "/openapi.json", authorization="Bearer s3cret")
    assert (status, headers["content-type"]) == (200, "application/json")
    document = json.loads(body)
    OpenAPIV31SpecValidator(document).validate()
    assert document["info"]["version"] == headers["slipway-release"]
    open_to_all = json.loads(service.get("/openapi.json").body)
    assert "securitySchemes" not in open_to_all["components"], "the private socket wants no token"


@pytest.mark.slow
def test_answers_are_as_described(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A hundredth of the campaign in `benchmarks/fuzz_http.py`."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    benchmark = importlib.import_module("fuzz_http")
    service = benchmark.start(services)
    found = benchmark.fuzz(service, service.publish(), tmp_path, cases=100, seed=1)
    assert found.failures == []
    assert found.cases >= 100
    for route, more in (("/predict", 422), ("/predict/batch", 400), ("/v2/infer", 400)):
        assert {200, 401, 405, 415, more} <= found.answers[route].keys(), "the requests were of all kinds"
    assert not [status for counts in found.answers.values() for status in counts if status >= 500]

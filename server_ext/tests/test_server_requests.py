"""What the server takes from a browser, and the sentence for what it does not."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.server.requests import (
    BODY_LIMIT,
    NAME_LIMIT,
    read_cursor,
    read_deployment_request,
    read_flag,
    read_names,
    read_path,
    read_python,
    read_whole,
)
from jupyterlab_slipway.server.statuses import STATUS_OF, problem_of_status, status_of


def test_a_whole_request_is_taken_as_it_is() -> None:
    request = {
        "path": "notebooks/Iris – é.ipynb",
        "name": "iris",
        "engine": "process",
        "sample": "[1, 2]",
        "timeout": 2.5,
        "env": ["HOME", "_X1"],
        "commit": "HEAD",
    }
    assert read_deployment_request(json.dumps(request).encode()) == request


def test_null_stands_for_not_given() -> None:
    assert read_deployment_request(b'{"path": "a.ipynb", "name": null, "env": null}') == {"path": "a.ipynb"}


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "not JSON"),
        (b"{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b"{}", "`path` is missing"),
        (b'{"path": ""}', "`path` is missing"),
        (b'{"path": 1}', "`path` has to be a string"),
        (b'{"path": "a\\u0000.ipynb"}', "NUL"),
        (b'{"path": "a\\ud800.ipynb"}', "half of a pair"),
        (b'{"path": "a.ipynb", "nmae": "x"}', "`nmae`"),
        (b'{"path": "a.ipynb", "sample": [1]}', "`sample` has to be a string"),
        (b'{"path": "a.ipynb", "timeout": "1"}', "`timeout`"),
        (b'{"path": "a.ipynb", "timeout": true}', "`timeout`"),
        (b'{"path": "a.ipynb", "timeout": 0}', "`timeout`"),
        (b'{"path": "a.ipynb", "timeout": NaN}', "`timeout`"),
        (b'{"path": "a.ipynb", "timeout": 1e999}', "`timeout`"),
        (b'{"path": "a.ipynb", "timeout": 1' + b"0" * 400 + b"}", "`timeout`"),
        (b'{"path": "a.ipynb", "commit": "--upload-pack=x"}', "`commit` has to be 'HEAD'"),
        (b'{"path": "a.ipynb", "commit": ["HEAD"]}', "`commit`"),
        (b'{"path": "a.ipynb", "env": "HOME"}', "`env` has to be a list"),
        (b'{"path": "a.ipynb", "env": ["A=1"]}', "'A=1'"),
        (b'{"path": "a.ipynb", "env": [1]}', "holds 1"),
        (b" " * (BODY_LIMIT + 1), "at most"),
    ],
)
def test_a_bad_request_has_a_sentence(body: bytes, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_deployment_request(body)
    assert caught.value.code is Code.REQUEST_INVALID
    assert words in caught.value.message


def test_a_cursor() -> None:
    assert read_cursor('{"cursor": {"a/1": 3}, "created": {"a/1": 1.5}}') == {
        "cursor": {"a/1": 3},
        "created": {"a/1": 1.5},
    }


@pytest.mark.parametrize(
    "message",
    [
        "hello",
        "{}",
        '{"cursor": []}',
        '{"cursor": {"a/1": -1}}',
        '{"cursor": {"a/1": true}}',
        '{"cursor": {"a/1": 1.5}}',
        '{"cursor": {}, "created": []}',
        '{"cursor": {}, "created": {"a/1": "now"}}',
        '{"cursor": {}, "token": ""}',
    ],
)
def test_a_bad_cursor_is_refused(message: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        read_cursor(message)
    assert caught.value.code is Code.REQUEST_INVALID


def test_query_arguments() -> None:
    assert read_whole("offset", "0042") == 42
    assert read_flag("force", "True") is True
    assert read_flag("force", "0") is False
    for text in ("-1", "1.0", "", "٣", "9" * 16):
        with pytest.raises(SlipwayProblem, match="`offset` has to be a whole number"):
            read_whole("offset", text)
    with pytest.raises(SlipwayProblem, match="`force` has to be true or false"):
        read_flag("force", "perhaps")


def test_names_of_packages() -> None:
    assert read_names(["numpy", "Scikit_Learn", "numpy", "a"]) == ["numpy", "Scikit_Learn", "a"]
    for names, words in [
        ([], "`name` is missing"),
        ([""], "no name of a package"),
        (["--index-url=http://elsewhere.example"], "no name of a package"),
        (["numpy==1"], "no name of a package"),
        (["numpy\n-r other"], "no name of a package"),
        (["./here"], "no name of a package"),
        (["a @ file:///tmp/a"], "no name of a package"),
        (["é"], "no name of a package"),
        (["a" * 101], "no name of a package"),
        ([f"a{number}" for number in range(NAME_LIMIT + 1)], f"at most {NAME_LIMIT}"),
    ]:
        with pytest.raises(SlipwayProblem, match=words) as caught:
            read_names(names)
        assert caught.value.code is Code.REQUEST_INVALID


def test_a_path() -> None:
    assert read_path("a b/é.ipynb") == "a b/é.ipynb"
    with pytest.raises(SlipwayProblem, match="`path` is missing") as caught:
        read_path("")
    assert caught.value.code is Code.REQUEST_INVALID


def test_a_version_of_python() -> None:
    assert read_python("3.11") == "3.11"
    assert read_python(None) is None
    for text in ("3", "2.7", "3.11.4", "/usr/bin/python3", "", "3.x"):
        with pytest.raises(SlipwayProblem, match="`python` has to be a version"):
            read_python(text)


@pytest.mark.parametrize(
    ("code", "status"),
    [
        (Code.DEPLOYMENT_UNKNOWN, 404),
        (Code.NOTEBOOK_MISSING, 404),
        (Code.BUSY, 409),
        (Code.NAME_TAKEN, 409),
        (Code.STILL_LIVE, 409),
        (Code.REQUEST_INVALID, 400),
        (Code.FORBIDDEN, 403),
        (Code.NAME_INVALID, 422),
        (Code.ENGINE_UNKNOWN, 422),
        (Code.UNSUPPORTED, 422),
        (Code.INTERNAL, 500),
    ],
)
def test_every_problem_has_its_status(code: Code, status: int) -> None:
    assert status_of(SlipwayProblem(code, "…").as_problem()) == status


def test_the_table_names_codes_that_exist() -> None:
    assert set(STATUS_OF) <= {code.value for code in Code}


@pytest.mark.parametrize(
    ("status", "signed_in", "detail", "code", "words"),
    [
        (403, False, "", Code.FORBIDDEN, "Sign in"),
        (403, True, "", Code.FORBIDDEN, "not allowed"),
        (403, True, "'_xsrf' argument missing from POST", Code.FORBIDDEN, "reload the page"),
        (405, True, "", Code.REQUEST_INVALID, "Method Not Allowed"),
        (500, True, "secret details", Code.INTERNAL, "Slipway made a mistake"),
    ],
)
def test_the_servers_own_refusals_are_problems_too(
    status: int, signed_in: bool, detail: str, code: Code, words: str
) -> None:
    problem: Any = problem_of_status(status, signed_in=signed_in, detail=detail)
    assert problem["code"] == code.value
    assert words in problem["message"]
    assert "secret" not in problem["message"]

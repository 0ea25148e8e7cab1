"""A service in an image: what its variables say, and how it is asked from within its container."""

from __future__ import annotations

import base64
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from runtime_fixtures import Services, free_port, make_bundle
from slipway_runtime import container

if TYPE_CHECKING:
    from collections.abc import Iterator

SOURCE = "def predictor(x):\n    return {'got': x}\n"


@pytest.fixture
def bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = make_bundle(tmp_path / "bundle", SOURCE)
    monkeypatch.setattr(container, "BUNDLE", made)
    return made


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found = Services(tmp_path)
    yield found
    found.close()


def option(words: list[str], name: str) -> str | None:
    return words[words.index(name) + 1] if name in words else None


def test_without_variables_it_serves_on_all_addresses_without_a_token(bundle: Path) -> None:
    words = container.serve_words({})
    assert words[0] == str(bundle)
    assert option(words, "--model-python") == "/opt/slipway/model/bin/python"
    assert option(words, "--run-dir") == "/tmp/slipway"
    assert option(words, "--host") == "0.0.0.0"
    assert option(words, "--port") == "8080"
    assert option(words, "--token-file") is None
    identity = option(words, "--identity")
    assert identity is not None
    assert identity.startswith("sha256:")


def test_variables_say_otherwise(bundle: Path) -> None:
    given = {
        "PORT": "9000",
        "SLIPWAY_RUN_DIR": "/run/slipway/x",
        "SLIPWAY_TOKEN_FILE": "/run/token",
        "SLIPWAY_IDENTITY": "abc",
    }
    words = container.serve_words(given)
    assert option(words, "--port") == "9000"
    assert option(words, "--run-dir") == "/run/slipway/x"
    assert option(words, "--token-file") == "/run/token"
    assert option(words, "--identity") == "abc"


@pytest.mark.parametrize(("value", "private"), [("1", True), ("yes", True), ("0", False), ("", False)])
def test_a_private_service_has_no_port_until_it_is_told(bundle: Path, value: str, private: bool) -> None:
    words = container.serve_words({"SLIPWAY_PRIVATE": value, "PORT": "9000"})
    assert ("--port" not in words) == private


@pytest.mark.parametrize("port", ["0", "65536", "abc", "-1", "80 80", "²", "9" * 5000])
def test_a_wrong_port_is_named_with_its_variable(bundle: Path, port: str) -> None:
    with pytest.raises(ValueError, match=r"the variable PORT: .* is no port from 1 to 65535"):
        container.serve_words({"PORT": port})


def test_where_there_is_no_bundle_it_says_so(tmp_path: Path) -> None:
    if container.BUNDLE.exists():
        pytest.skip("this is an image of a model service")
    done = runtime("container")
    assert done.returncode == 2
    assert "this is no image of a model service" in done.stderr.decode()


def runtime(
    *words: str, run_dir: Path | None = None, questions: bytes = b""
) -> subprocess.CompletedProcess[bytes]:
    variables = {**os.environ, "SLIPWAY_RUN_DIR": str(run_dir or "")}
    return subprocess.run(
        [sys.executable, "-m", "slipway_runtime", *words],
        env=variables,
        input=questions,
        capture_output=True,
        timeout=120,
        check=False,
    )


def ask(run_dir: Path, *questions: Any) -> list[dict[str, Any]]:
    lines = b"".join(json.dumps(question).encode() + b"\n" for question in questions)
    done = runtime("control", run_dir=run_dir, questions=lines)
    assert done.returncode == 0, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_service_is_asked_published_and_found_healthy(services: Services) -> None:
    service = services.serve(SOURCE, token="secret")
    port = free_port()
    sample = {
        "do": "http",
        "method": "POST",
        "path": "/predict",
        "headers": {"content-type": "application/json"},
        "body": base64.b64encode(b'"\xc3\xa4"').decode(),
    }
    publish = {"do": "publish", "host": "127.0.0.1", "port": port, "take_over_from": None}
    status, predicted, published, again = ask(
        service.run_dir, {"do": "status"}, sample, publish, {"do": "status"}
    )
    assert (status["ok"], status["state"], status["identity"]) == (True, "ready", "release-0")
    assert predicted["status"] == 200
    assert json.loads(base64.b64decode(predicted["body"])) == {"got": "ä"}
    assert predicted["headers"]["content-type"] == "application/json"
    assert published == {"ok": True}
    assert again["address"].endswith(f":{port}")
    healthy = runtime("healthy", run_dir=service.run_dir)
    assert healthy.returncode == 0
    assert json.loads(healthy.stdout)["ready"] is True

    other = services.serve(SOURCE)
    (taken,) = ask(other.run_dir, publish)
    assert (taken["ok"], taken["code"]) == (False, "SLP551")
    (over,) = ask(other.run_dir, {**publish, "take_over_from": str(service.run_dir)})
    assert over == {"ok": True}
    assert service.wait_end() == 0


def test_where_nobody_serves_it_is_unhealthy_and_questions_say_why(tmp_path: Path) -> None:
    (answer,) = ask(tmp_path, {"do": "status"})
    assert answer["ok"] is False
    assert "does not answer" in answer["message"]
    done = runtime("healthy", run_dir=tmp_path)
    assert done.returncode == 1
    assert b"does not answer" in done.stderr


def test_senseless_questions_are_answered_and_the_next_one_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SLIPWAY_RUN_DIR", str(tmp_path))
    questions = [
        b"no json",
        b"[]",
        b"{}",
        b'"status"',
        b'{"do": "nonsense"}',
        b'{"do": "publish", "host": "127.0.0.1"}',
        b'{"do": "http", "method": "GET", "path": "/", "headers": {}, "body": "%%%"}',
        b"\xff\xfe",
        b'{"do": "status"}',
    ]
    answers = io.BytesIO()
    assert container.converse(io.BytesIO(b"\n".join(questions)), answers) == 0
    said = [json.loads(line) for line in answers.getvalue().splitlines()]
    assert len(said) == len(questions)
    assert all(answer["ok"] is False and answer["message"] for answer in said)


def test_a_place_for_sockets_that_cannot_be_made_is_named_with_a_way_out(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "bundle", SOURCE)
    where = ["--model-python", sys.executable, "--run-dir", str(tmp_path / "none" / "run")]
    done = runtime("serve", str(made), *where)
    assert done.returncode == 2
    assert "cannot be made: No such file or directory" in done.stderr.decode()
    assert "--tmpfs /tmp" in done.stderr.decode()


def test_a_token_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    made = make_bundle(tmp_path / "bundle", SOURCE)
    run = ["--run-dir", str(tmp_path / "run"), "--token-file", str(tmp_path / "none")]
    done = runtime("serve", str(made), "--model-python", sys.executable, *run)
    assert done.returncode == 2
    assert f"The token file {tmp_path / 'none'} cannot be read by user" in done.stderr.decode()

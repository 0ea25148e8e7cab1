"""The clients that people have, as they come, against a real service: KServe's, Triton's and MLServer's."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from filelock import FileLock
from jupyterlab_slipway.builder.interpreters import list_interpreters
from platformdirs import user_cache_path
from runtime_fixtures import RunningService, Services

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

CLIENTS = Path(__file__).with_name("oip_clients")
MINORS = [(3, 11), (3, 12), (3, 10)]
"""Versions of Python that all three clients run on."""
TOKEN = "t0ken"
SOURCE = """
def validator(x):
    return not (isinstance(x, list) and x[0] == -1)

def predictor(x):
    if isinstance(x, dict):
        greeting = "Hello " + x["name"]
        return {"greeting": greeting, "older": x["age"] + 1, "halves": [x["age"] / 2, 0.5]}
    if isinstance(x, str):
        return x.upper()
    if isinstance(x[0], str):
        raise RuntimeError("secret")
    if isinstance(x[0], float) and x[0] != x[0]:
        return -1
    if type(x[0]) is int and x[0] == 0:
        return {"nothing": None}
    return sum(x)
"""

PEOPLE = {
    "greeting": ["BYTES", ["Hello Ada", "Hello Grace"]],
    "older": ["INT64", [31, 41]],
    "halves": ["FP64", [[15.0, 0.5], [20.0, 0.5]]],
}


@pytest.fixture(scope="module")
def client_environment() -> Callable[[str], Path]:
    """The environment of a client's lock, kept between runs: together they have half a gigabyte."""

    def environment(name: str) -> Path:
        interpreter = next(
            (found for minor in MINORS for found in list_interpreters() if found.minor == minor), None
        )
        if interpreter is None:
            pytest.skip("there is no Python here that the clients run on")
        lock = CLIENTS / f"{name}.txt"
        digest = hashlib.sha256(lock.read_bytes() + str(interpreter.path).encode()).hexdigest()[:16]
        cache = user_cache_path("jupyterlab-slipway") / "test-clients"
        cache.mkdir(parents=True, exist_ok=True)
        place = cache / f"{name}-{digest}"
        with FileLock(f"{place}.lock"):
            if not (place / "whole").exists():
                uv = [sys.executable, "-m", "uv"]
                _run([*uv, "venv", "-q", "--clear", "--python", str(interpreter.path), str(place)])
                _run([*uv, "pip", "install", "-q", "--python", str(place / "bin/python"), "-r", str(lock)])
                (place / "whole").touch()
        return place / "bin"

    return environment


def _run(command: list[str]) -> str:
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def service(slipway_homes: Path) -> Iterator[RunningService]:
    home = slipway_homes / "oip"
    home.mkdir()
    services = Services(home)
    yield services.serve(SOURCE, token=TOKEN, samples=[[1.5, 2]])
    services.close()


@pytest.fixture(scope="module")
def address(service: RunningService) -> str:
    return f"127.0.0.1:{service.publish()}"


def test_tritonclient(client_environment: Callable[[str], Path], address: str) -> None:
    python = client_environment("tritonclient") / "python"
    found: dict[str, Any] = json.loads(
        _run([str(python), str(CLIENTS / "triton_client.py"), address, "model", TOKEN])
    )
    assert (found["live"], found["ready"], found["models"]) == (True, True, [True, True, False])
    assert found["server"]["name"] == "slipway"
    assert found["server"]["extensions"] == ["binary_tensor_data"]
    assert (found["model"]["name"], found["model"]["versions"]) == ("model", ["1"])
    answer = {"model_name": "model", "model_version": "1"}
    for binary in (True, False):
        for kind in ("float64", "float32", "float16"):
            assert found[f"{kind} {binary}"] == {**answer, "outputs": {"output": ["FP64", [3.0, 7.0]]}}
        for kind in ("int64", "int8", "uint16"):
            assert found[f"{kind} {binary}"] == {**answer, "outputs": {"output": ["INT64", [3, 7]]}}
        assert found[f"bool {binary}"] == {**answer, "outputs": {"output": ["INT64", [2, 2]]}}
        assert found[f"text {binary}"] == {**answer, "outputs": {"output": ["BYTES", ["AB", "Ü"]]}}
        assert found[f"people {binary}"] == {**answer, "id": "r-1", "outputs": PEOPLE}
    assert list(found["wanted"]["outputs"].items()) == [
        (name, PEOPLE[name]) for name in ("greeting", "older")
    ]
    assert found["nan"]["outputs"] == {"output": ["INT64", [-1]]}
    assert found["no tensor"]["outputs"] == {"output": ["BYTES", ['{"nothing":null}', "2"]]}
    assert found["asynchronous"]["outputs"] == {"output": ["INT64", [3, 7]]}
    statuses = {name: status for name, (status, _) in found["refused"].items()}
    assert statuses == {
        "token": "401",
        "validator": "422",
        "predictor": "500",
        "output": "400",
        "version": "404",
        "model": "404",
        "empty": "400",
        "nan": "400",
        "gzip": "415",
    }
    for _, words in found["refused"].values():
        assert words.endswith((".", "TOKEN."))
        assert "secret" not in words
    assert "Sample 1" in found["refused"]["validator"][1]
    assert 'There is no output "no"; this answer has "output".' in found["refused"]["output"][1]


def test_kserve(client_environment: Callable[[str], Path], address: str) -> None:
    python = client_environment("kserve") / "python"
    found: dict[str, Any] = json.loads(
        _run([str(python), str(CLIENTS / "kserve_client.py"), address, "model", TOKEN])
    )
    assert (found["live"], found["ready"], found["models"]) == (True, True, [True, False])
    for binary in (True, False):
        expected = {"id": "k-1", "model": "model", "outputs": {"output": ["FP64", [3.5, 7.0]]}}
        assert found[f"pair {binary}"] == expected
        assert found[f"people {binary}"]["outputs"] == PEOPLE
    assert list(found["wanted"]["outputs"].items()) == [
        (name, PEOPLE[name]) for name in ("greeting", "older")
    ]
    assert found["plain"]["outputs"] == {"output": ["INT64", [3, 7]]}
    statuses = {name: status for name, (status, _) in found["refused"].items()}
    assert statuses == {"token": 401, "validator": 422, "shape": 400, "model": 404}
    # The client takes the words of an error from its `error`, and only of plain JSON.
    assert "not nested by its shape [3, 2]" in found["refused"]["shape"][1]
    assert "the one model is model." in found["refused"]["model"][1]


@pytest.mark.parametrize("options", [["-s", "3"], ["-b", "-w", "2"]], ids=["JSON in batches", "binary"])
def test_mlserver_infer(
    client_environment: Callable[[str], Path], address: str, tmp_path: Path, options: list[str]
) -> None:
    requests = [
        {
            "id": f"r{index}",
            "inputs": [{"name": "x", "shape": [1, 2], "datatype": "FP64", "data": [index, 0.5]}],
        }
        for index in range(4)
    ]
    given, answered = tmp_path / "requests", tmp_path / "answers"
    given.write_text("".join(json.dumps(request) + "\n" for request in requests), encoding="utf-8")
    command = [str(client_environment("mlserver") / "mlserver"), "infer", "-u", address, "-m", "model"]
    command += ["-i", str(given), "-o", str(answered), "-r", "1", "-H", f"Authorization: Bearer {TOKEN}"]
    _run([*command, *options])
    lines = [json.loads(line) for line in answered.read_text(encoding="utf-8").splitlines()]
    found = {
        line["id"]: [(output["datatype"], output["data"]) for output in line["outputs"]] for line in lines
    }
    assert found == {f"r{index}": [("FP64", [index + 0.5])] for index in range(4)}
    assert {(line["model_name"], line["model_version"]) for line in lines} == {("model", "1")}

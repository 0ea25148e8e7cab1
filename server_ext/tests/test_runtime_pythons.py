"""The worker under every Python at hand, from 3.6 on, with the front of this one; numpy and pandas there."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import pytest
from jupyterlab_slipway.builder.interpreters import Interpreter, list_interpreters
from runtime_fixtures import PATIENCE, Services, write_bundle
from slipway_runtime import worker
from slipway_runtime.scoring import frames

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

WORKER = Path(worker.__file__)
VECTORS: dict[str, Any] = json.loads(
    Path(__file__).with_name("data").joinpath("worker-protocol-vectors.json").read_text(encoding="utf-8")
)
MINORS = [(3, minor) for minor in range(6, 15)]


@pytest.fixture(params=MINORS, ids=lambda minor: "{}.{}".format(*minor))
def interpreter(request: pytest.FixtureRequest) -> Interpreter:
    return find_interpreter(request.param)


def find_interpreter(minor: tuple[int, int]) -> Interpreter:
    for found in list_interpreters():
        if found.minor == minor:
            return found
    pytest.skip("there is no Python {}.{} here".format(*minor))


def bundle_for(interpreter: Interpreter, directory: Path, source: str) -> Path:
    """A bundle whose functions come from a helper module, so that its own pickle is all that is needed."""
    code = """if 1:
        import pickle, sys, types
        module = types.ModuleType("model")
        exec(sys.argv[1], module.__dict__)
        sys.modules["model"] = module
        names = ("predictor", "validator", "batch_predictor")
        sys.stdout.buffer.write(pickle.dumps({name: getattr(module, name, None) for name in names}))
    """
    model = subprocess.run([interpreter.path, "-c", code, source], capture_output=True, check=True).stdout
    identity = {
        "version": interpreter.version,
        "implementation": interpreter.implementation,
        "platform": interpreter.platform,
        "machine": interpreter.machine,
    }
    return write_bundle(directory, source, model, python=identity, modules={"model.py": source})


def read_frame(reader: BinaryIO) -> tuple[int, int, bytes]:
    size, kind, number = frames.HEADER.unpack(reader.read(frames.HEADER.size))
    return kind, number, reader.read(size)


def test_vectors_with_a_real_worker(interpreter: Interpreter, slipway_home: Path) -> None:
    bundle = bundle_for(interpreter, slipway_home / "bundle", VECTORS["model"])
    address = slipway_home / "w.sock"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.settimeout(PATIENCE)
        listener.bind(str(address))
        listener.listen()
        parent = subprocess.Popen(
            [interpreter.path, str(WORKER), "parent", str(bundle), str(address), "--workers", "1"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert parent.stdin is not None
        connection, _ = listener.accept()
        connection.settimeout(PATIENCE)
        try:
            reader = connection.makefile("rb")
            frame = read_frame(reader)
            kind, request, payload = frame
            assert (kind, request) == (frames.HELLO, 0)
            hello = json.loads(payload)
            assert isinstance(hello["pid"], int)
            assert hello["batched"] is False
            at = VECTORS["nanoseconds"]
            for exchange in VECTORS["exchanges"]:
                connection.sendall(bytes.fromhex(exchange["send"]))
                expected = bytes.fromhex(exchange["receive"])
                found = reader.read(len(expected))
                assert found[:at] + bytes(8) + found[at + 8 :] == expected, exchange["name"]
            jobs = [(frames.SAMPLE, b'"raise"'), (frames.SAMPLE, b"{")]
            connection.sendall(frames.pack_frame(frames.SCORE, 9, frames.pack_jobs(jobs)))
            frame = read_frame(reader)
            _, ((raised, words, _), (malformed, _, _)) = frames.unpack_result(frame[2])
            assert (raised, malformed) == (worker.RAISED, worker.MALFORMED)
            assert b"ValueError: v" in words
            assert b"worker.py" not in words
            assert b"scoring" not in words
            # A frame out of turn ends the worker; another one comes.
            connection.sendall(frames.HEADER.pack(0, frames.RESULT, 1))
            assert reader.read(1) == b""
            listener.accept()[0].close()
        finally:
            connection.close()
            parent.stdin.close()
            assert parent.wait(PATIENCE) == 0


def test_a_service_with_the_oldest_python(services: Services, slipway_home: Path) -> None:
    interpreter = find_interpreter((3, 6))
    source = "import sys\n\ndef predictor(x):\n    return [x, list(sys.version_info[:2])]\n"
    bundle = bundle_for(interpreter, slipway_home / "old", source)
    service = services.start(bundle, python=str(interpreter.path)).wait_ready()
    assert json.loads(service.predict(b'{"a": 1}').body) == [{"a": 1}, [3, 6]]
    assert service.predict(b"[" * 100_000).status == 400


NUMBERS: list[tuple[str, Any]] = [
    ("np.float64(0.5)", 0.5),
    ("np.int8(-3)", -3),
    ("np.bool_(True)", True),
    ("np.str_('a')", "a"),
    ("np.array([[1, 2], [3, 4]])", [[1, 2], [3, 4]]),
    ("np.array(5)", 5),
    ("{np.int64(3): np.array([])}", {"3": []}),
    ("np.array(['a', None, 1.5], dtype=object)", ["a", None, 1.5]),
    ("np.datetime64('2020-01-02T03:04:05.123456789')", "2020-01-02T03:04:05.123456789"),
    ("np.array(['2020-01-02', 'NaT'], dtype='datetime64[D]')", ["2020-01-02", None]),
    ("np.timedelta64(1500, 'ms')", 1.5),
    ("np.timedelta64(1500000000, 'ns')", 1.5),
    ("np.array([(1, 2.5)], dtype=[('a', int), ('b', float)])", [{"a": 1, "b": 2.5}]),
    ("np.ma.array([1, 2], mask=[False, True])", [1, None]),
    ("pd.Series([1, 2], index=['a', 'b'])", [1, 2]),
    ("pd.Index(['a', 'b'])", ["a", "b"]),
    ("pd.Timestamp('2020-01-02 03:04')", "2020-01-02T03:04:00"),
    ("[pd.NaT, pd.Timedelta('90s')]", [None, 90.0]),
    (
        "pd.DataFrame({'a': [1, 2], 'b': ['x', None]}, dtype=object)",
        [{"a": 1, "b": "x"}, {"a": 2, "b": None}],
    ),
    ("pd.Categorical(['u', 'v'])", ["u", "v"]),
]
REFUSED = [
    ("np.array([1.0, np.nan])", "the prediction[1] is nan"),
    ("[np.float32('inf')]", "the prediction[0] is inf"),
    ("pd.DataFrame({'a': [1.0, np.nan]})", 'the prediction[1]["a"] is nan'),
    ("np.array([1j])", "builtins.complex"),
    ("np.timedelta64(1, 'Y')", "no number of seconds"),
    ("pd.DataFrame([[1, 2]], columns=['a', 'a'])", 'two keys that both become "a"'),
]
EVALUATE = """if 1:
    import importlib.util, json, sys
    import numpy as np, pandas as pd
    spec = importlib.util.spec_from_file_location("worker", sys.argv[1])
    worker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(worker)
    found = []
    for expression in json.load(sys.stdin):
        try:
            found.append(json.loads(worker.encode_prediction(eval(expression))))
        except worker.EncodeError as error:
            found.append("refused: " + str(error))
    print(json.dumps(found))
"""


@pytest.fixture(scope="session")
def evaluate(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[[Interpreter, list[str], list[str]], list[Any]]:
    """Encodes the values of expressions in an interpreter with given packages."""

    def run(interpreter: Interpreter, packages: list[str], expressions: list[str]) -> list[Any]:
        target = tmp_path_factory.mktemp("packages")
        installing = [sys.executable, "-m", "uv", "pip", "install", "-q", "--only-binary", ":all:"]
        installing += ["--python", str(interpreter.path), "--target", str(target), *packages]
        installed = subprocess.run(installing, capture_output=True, text=True, check=False)
        assert installed.returncode == 0, installed.stderr
        answer = subprocess.run(
            [interpreter.path, "-W", "ignore", "-c", EVALUATE, str(WORKER)],
            input=json.dumps(expressions),
            env={"PYTHONPATH": str(target), "PYTHONIOENCODING": "utf-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        found: list[Any] = json.loads(answer.stdout)
        return found

    return run


@pytest.mark.parametrize(
    ("minor", "packages"),
    [((3, 6), ["numpy==1.15.0", "pandas==0.25.3"]), ((3, 11), ["numpy", "pandas"])],
    ids=["2018", "today"],
)
def test_numpy_and_pandas(
    evaluate: Callable[[Interpreter, list[str], list[str]], list[Any]],
    minor: tuple[int, int],
    packages: list[str],
) -> None:
    cases = [*NUMBERS, *REFUSED]
    found = evaluate(find_interpreter(minor), packages, [expression for expression, _ in cases])
    for (expression, expected), answer in zip(NUMBERS, found, strict=False):
        assert answer == expected, expression
    for (expression, words), answer in zip(REFUSED, found[len(NUMBERS) :], strict=True):
        assert answer.startswith("refused: "), (expression, answer)
        assert words in answer, expression


def test_header_sizes_are_as_written_down() -> None:
    sizes = (
        frames.HEADER.size,
        frames.JOB_HEADER.size,
        frames.SUMMARY_HEADER.size,
        frames.OUTCOME_HEADER.size,
    )
    assert sizes == (13, 5, 21, 9)

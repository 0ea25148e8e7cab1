"""The worker protocol as docs/worker-protocol.md writes it down: vectors, and workers that break it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway_runtime import worker
from slipway_runtime.front.pool import Busy, NoWorker, TimedOut, WorkerLost, WorkerPool

if TYPE_CHECKING:
    from collections.abc import Callable

VECTORS: dict[str, Any] = json.loads(
    Path(__file__).with_name("data").joinpath("worker-protocol-vectors.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["name"])
def test_frame(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    size, kind, request = worker.HEADER.unpack(frame[: worker.HEADER.size])
    payload = frame[worker.HEADER.size :]
    assert (size, kind, request) == (len(payload), vector["kind"], vector["request"])
    if kind == worker.HELLO:
        assert json.loads(payload) == vector["hello"]
    elif kind == worker.SCORE:
        samples = [text.encode() for text in vector["samples"]]
        assert worker.unpack_samples(payload) == samples
        assert worker.pack_frame(kind, request, worker.pack_samples(samples)) == frame
    else:
        outcomes = [(status, text) for status, text in vector["outcomes"]]
        assert [(status, text.decode()) for status, text in worker.unpack_outcomes(payload)] == outcomes
        assert worker.pack_frame(kind, request, worker.pack_outcomes(outcomes)) == frame


@pytest.mark.parametrize("vector", VECTORS["broken"], ids=lambda vector: vector["name"])
def test_broken_payload(vector: dict[str, Any]) -> None:
    unpack = {"samples": worker.unpack_samples, "outcomes": worker.unpack_outcomes}[vector["kind"]]
    with pytest.raises(ValueError, match=r"sample|outcome"):
        unpack(bytes.fromhex(vector["hex"]))


@given(st.lists(st.binary()), st.binary(max_size=40))
def test_payloads(samples: list[bytes], noise: bytes) -> None:
    assert worker.unpack_samples(worker.pack_samples(samples)) == samples
    for unpack in (worker.unpack_samples, worker.unpack_outcomes):
        try:
            unpack(noise)
        except ValueError:
            continue


def test_importing_the_worker_does_nothing() -> None:
    code = """if 1:
        import os, sys
        before = dict(os.environ)
        import worker
        assert dict(os.environ) == before
        assert not any(name in sys.modules for name in ("asyncio", "numpy", "slipway_runtime"))
        print("quiet")
    """
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(worker.__file__).parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert (found.stdout, found.stderr) == ("quiet\n", "")


class Impostor:
    """A process that says hello and then answers in a way of its own, on the pool's socket."""

    def __init__(self, address: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True
        )
        self._address = address

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self._address)
        hello = json.dumps({"pid": self.process.pid}).encode()
        writer.write(worker.pack_frame(worker.HELLO, 0, hello))
        await writer.drain()
        return reader, writer

    async def ended(self) -> int:
        return await asyncio.to_thread(self.process.wait, 60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


ANSWERS = {
    "another request's id": lambda request: worker.pack_frame(
        worker.RESULT, request + 1, worker.pack_outcomes([(worker.OK, "1")])
    ),
    "another kind": lambda request: worker.pack_frame(
        worker.HELLO, request, worker.pack_outcomes([(worker.OK, "1")])
    ),
    "two outcomes for one sample": lambda request: worker.pack_frame(
        worker.RESULT, request, worker.pack_outcomes([(worker.OK, "1"), (worker.OK, "2")])
    ),
    "no outcome": lambda request: worker.pack_frame(worker.RESULT, request, b""),
    "half an outcome": lambda request: worker.pack_frame(worker.RESULT, request, b"\0\0"),
    "a frame without end": lambda request: worker.HEADER.pack(2**32 - 1, worker.RESULT, request),
}


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_a_worker_that_answers_wrongly_is_killed(
    slipway_home: Path, answer: Callable[[int], bytes]
) -> None:
    address = str(slipway_home / "w.sock")
    pool = WorkerPool(4)
    await pool.listen(address)
    impostor = Impostor(address)
    try:
        reader, writer = await impostor.connect()
        task = asyncio.create_task(pool.score([b"1"], 30))
        _, _, request = worker.HEADER.unpack(await reader.readexactly(worker.HEADER.size))
        writer.write(answer(request))
        with pytest.raises(WorkerLost):
            await task
        assert await impostor.ended() < 0
        assert pool.size == 0
    finally:
        pool.close()
        impostor.close()


@pytest.mark.asyncio
async def test_a_worker_that_is_too_slow_is_killed_and_never_reused(slipway_home: Path) -> None:
    address = str(slipway_home / "w.sock")
    pool = WorkerPool(1)
    await pool.listen(address)
    slow = Impostor(address)
    try:
        with pytest.raises(NoWorker):
            await pool.score([b"1"], 0.1)
        reader, _ = await slow.connect()
        waiting = [asyncio.create_task(pool.score([b"1"], 5)) for _ in range(3)]
        await reader.readexactly(worker.HEADER.size)
        kinds = {type(error) for error in await asyncio.gather(*waiting, return_exceptions=True)}
        assert kinds == {TimedOut, Busy, NoWorker} or kinds == {TimedOut, Busy}
        assert await slow.ended() < 0
        assert pool.size == 0
    finally:
        pool.close()
        slow.close()


@pytest.mark.asyncio
async def test_a_request_that_gives_up_leaves_no_place_taken(slipway_home: Path) -> None:
    pool = WorkerPool(1)
    await pool.listen(str(slipway_home / "w.sock"))
    for _ in range(3):
        task = asyncio.create_task(pool.score([b"1"], 30))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    with pytest.raises(NoWorker):
        await pool.score([b"1"], 0.05)
    pool.close()


@pytest.mark.asyncio
async def test_nobody_is_killed_for_a_worker_that_has_gone(slipway_home: Path) -> None:
    """Its process id may belong to somebody else by now."""
    address = str(slipway_home / "w.sock")
    pool = WorkerPool(4)
    await pool.listen(address)
    impostor = Impostor(address)
    try:
        _, writer = await impostor.connect()
        await pool.arrived.wait()
        writer.close()
        while pool.size:
            await asyncio.sleep(0.01)
            pool.forget_dead()
        assert impostor.process.poll() is None
        os.kill(impostor.process.pid, 0)
    finally:
        pool.close()
        impostor.close()

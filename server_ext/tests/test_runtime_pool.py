"""Who scores a request, and what becomes of it where a worker breaks the protocol, hangs or is lost."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from slipway_runtime import worker
from slipway_runtime.front.failures import Busy, NoWorker, TimedOut, WorkerLost
from slipway_runtime.front.metrics import Metrics
from slipway_runtime.front.pool import WorkerPool
from slipway_runtime.scoring import frames

if TYPE_CHECKING:
    from pathlib import Path

    from slipway_runtime.scoring.frames import JobOutcome


class Impostor:
    """A process that says hello and then answers in a way of its own, on the pool's socket."""

    def __init__(self, address: str, *, batched: bool = False) -> None:
        self._batched = batched
        self.process = subprocess.Popen(
            [sys.executable, "-c", "import time; time.sleep(3600)"], start_new_session=True
        )
        self._address = address

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        reader, writer = await asyncio.open_unix_connection(self._address)
        hello = json.dumps({"pid": self.process.pid, "batched": self._batched}).encode()
        writer.write(frames.pack_frame(frames.HELLO, 0, hello))
        await writer.drain()
        return reader, writer

    async def ended(self) -> int:
        return await asyncio.to_thread(self.process.wait, 60)

    def close(self) -> None:
        self.process.kill()
        self.process.wait()


@asynccontextmanager
async def serving(
    home: Path, pool: WorkerPool, count: int = 1, *, batched: bool = False
) -> AsyncIterator[list[Impostor]]:
    """The pool, listening, and processes that may connect to it."""
    address = str(home / "w.sock")
    await pool.listen(address)
    impostors = [Impostor(address, batched=batched) for _ in range(count)]
    try:
        yield impostors
    finally:
        pool.close()
        for impostor in impostors:
            impostor.close()


def result(*contents: bytes, flags: int = 0) -> bytes:
    """A RESULT's payload with a success for each content."""
    outcomes = [(worker.OK, b"", content) for content in contents]
    return frames.pack_result(frames.Summary(len(contents), 0, 1000, flags, b""), outcomes)


def send_result(writer: asyncio.StreamWriter, number: int, *contents: bytes, flags: int = 0) -> None:
    writer.write(frames.pack_frame(frames.RESULT, number, result(*contents, flags=flags)))


ANSWERS = {
    "another request's id": lambda number: frames.pack_frame(frames.RESULT, number + 1, result(b"1")),
    "another kind": lambda number: frames.pack_frame(frames.SCORE, number, result(b"1")),
    "a second hello": lambda number: frames.pack_frame(frames.HELLO, number, b'{"pid": 1, "batched": false}'),
    "two outcomes for one job": lambda number: frames.pack_frame(frames.RESULT, number, result(b"1", b"2")),
    "no outcome": lambda number: frames.pack_frame(frames.RESULT, number, result()),
    "nothing": lambda number: frames.pack_frame(frames.RESULT, number, b""),
    "half an outcome": lambda number: frames.pack_frame(frames.RESULT, number, result() + b"\0\0"),
    "a frame without end": lambda number: frames.HEADER.pack(2**32 - 1, frames.RESULT, number),
}


def submit(pool: WorkerPool, content: bytes = b"1") -> asyncio.Future[JobOutcome]:
    return pool.submit(frames.SAMPLE, content)


async def read_scored(reader: asyncio.StreamReader) -> tuple[int, list[bytes]]:
    """The next frame that a worker gets: its number, and the contents of its jobs."""
    size, _, number = frames.HEADER.unpack(await reader.readexactly(frames.HEADER.size))
    return number, [content for _, content in frames.unpack_jobs(await reader.readexactly(size))]


@pytest.mark.asyncio
@pytest.mark.parametrize("answer", ANSWERS.values(), ids=ANSWERS.keys())
async def test_a_worker_that_answers_wrongly_is_killed(
    slipway_home: Path, answer: Callable[[int], bytes]
) -> None:
    pool = WorkerPool(4, 30)
    async with serving(slipway_home, pool) as (impostor,):
        reader, writer = await impostor.connect()
        scored = submit(pool)
        number, _ = await read_scored(reader)
        writer.write(answer(number))
        with pytest.raises(WorkerLost) as lost:
            await scored
        assert lost.value.crashed
        assert await impostor.ended() < 0
        assert pool.size == 0


@pytest.mark.asyncio
async def test_a_worker_that_is_too_slow_is_killed_and_never_reused(slipway_home: Path) -> None:
    pool = WorkerPool(2, 0.3)
    async with serving(slipway_home, pool) as (slow,):
        with pytest.raises(NoWorker):
            await submit(pool)
        reader, _ = await slow.connect()
        await pool.arrived.wait()
        first = submit(pool)
        await read_scored(reader)
        others = [submit(pool) for _ in range(2)]
        with pytest.raises(Busy):
            submit(pool)
        with pytest.raises(TimedOut):
            await first
        assert await slow.ended() < 0
        assert pool.size == 0
        found = await asyncio.gather(*others, return_exceptions=True)
        assert {type(error) for error in found} <= {Busy, NoWorker}


@pytest.mark.asyncio
async def test_signs_of_life_give_a_long_job_more_time(slipway_home: Path) -> None:
    pool = WorkerPool(4, 0.5)
    async with serving(slipway_home, pool) as (impostor,):
        reader, writer = await impostor.connect()
        scored = submit(pool)
        number, _ = await read_scored(reader)
        for _ in range(8):
            await asyncio.sleep(0.15)
            writer.write(frames.pack_frame(frames.PROGRESS, number, b""))
        send_result(writer, number, b"7")
        assert await scored == (worker.OK, b"", b"7")


@pytest.mark.asyncio
async def test_requests_that_shared_a_frame_with_the_one_at_fault_are_scored_again_alone(
    slipway_home: Path,
) -> None:
    pool = WorkerPool(16, 30)
    async with serving(slipway_home, pool, 2, batched=True) as (first, second):
        reader, writer = await first.connect()
        await pool.arrived.wait()
        scored = [submit(pool, str(number).encode()) for number in range(3)]
        assert (await read_scored(reader))[1] == [b"0", b"1", b"2"]
        writer.close()  # as a process does that ends
        reader, writer = await second.connect()
        for place in range(3):
            number, contents = await read_scored(reader)
            assert contents == [str(place).encode()]
            send_result(writer, number, contents[0])
        assert [content for _, _, content in await asyncio.gather(*scored)] == [b"0", b"1", b"2"]


@pytest.mark.asyncio
async def test_what_a_lost_worker_had_not_begun_goes_to_another(slipway_home: Path) -> None:
    """Quick predictions are sent ahead; of these, only the first may have been begun."""
    pool = WorkerPool(16, 30)
    async with serving(slipway_home, pool, 2) as (first, second):
        reader, writer = await first.connect()
        scored = submit(pool, b"warm")
        number, _ = await read_scored(reader)
        send_result(writer, number, b"0")
        await scored
        futures = [submit(pool, str(place).encode()) for place in range(4)]
        for place in range(4):
            assert (await read_scored(reader))[1] == [str(place).encode()]
        pool.worker_ended(first.process.pid, -9)
        writer.close()
        with pytest.raises(WorkerLost) as lost:
            await futures[0]
        assert not lost.value.crashed
        reader, writer = await second.connect()
        for place in range(1, 4):
            number, contents = await read_scored(reader)
            assert contents == [str(place).encode()]
            send_result(writer, number, contents[0])
        assert [content for _, _, content in await asyncio.gather(*futures[1:])] == [b"1", b"2", b"3"]


@pytest.mark.asyncio
async def test_what_is_sent_to_a_worker_that_ends_after_its_answer_goes_to_another(
    slipway_home: Path,
) -> None:
    pool = WorkerPool(16, 30)
    async with serving(slipway_home, pool, 2) as (first, second):
        reader, writer = await first.connect()
        warm = submit(pool)
        number, _ = await read_scored(reader)
        send_result(writer, number, b"0")
        await warm
        futures = [submit(pool), submit(pool)]
        number, _ = await read_scored(reader)
        await read_scored(reader)
        send_result(writer, number, b"1", flags=frames.ENDING)
        writer.close()
        assert (await futures[0])[2] == b"1"
        reader, writer = await second.connect()
        number, _ = await read_scored(reader)
        send_result(writer, number, b"2")
        assert (await futures[1])[2] == b"2"


@pytest.mark.asyncio
async def test_what_waits_behind_a_slow_prediction_goes_to_another_worker(slipway_home: Path) -> None:
    pool = WorkerPool(16, 30)
    async with serving(slipway_home, pool, 2) as (first, second):
        reader, writer = await first.connect()
        warm = submit(pool)
        number, _ = await read_scored(reader)
        send_result(writer, number, b"0")
        await warm
        slow, *others = [submit(pool, str(place).encode()) for place in range(3)]
        numbers = [(await read_scored(reader))[0] for _ in range(3)]
        other_reader, other_writer = await second.connect()
        withdrawn = [frames.HEADER.unpack(await reader.readexactly(frames.HEADER.size)) for _ in range(2)]
        assert {found for _, _, found in withdrawn} == set(numbers[1:])
        assert {kind for _, kind, _ in withdrawn} == {frames.WITHDRAW}
        for _ in range(2):
            number, contents = await read_scored(other_reader)
            other_writer.write(
                frames.pack_frame(frames.RESULT, number, result(b"by the other: " + contents[0]))
            )
        found = [content for _, _, content in await asyncio.gather(*others)]
        assert found == [b"by the other: 1", b"by the other: 2"]
        # The first had begun the second one in that moment, and is not killed for its answer.
        send_result(writer, numbers[0], b"slow")
        send_result(writer, numbers[1], b"late")
        assert (await slow)[2] == b"slow"
        last = submit(pool)
        number, _ = await read_scored(reader)
        send_result(writer, number, b"last")
        assert (await last)[2] == b"last"
        assert pool.size == 2


@pytest.mark.asyncio
async def test_a_batch_that_stalls_is_scored_again_alone(slipway_home: Path) -> None:
    pool = WorkerPool(16, 30)
    async with serving(slipway_home, pool, 2, batched=True) as (first, second):
        reader, _ = await first.connect()
        await pool.arrived.wait()
        scored = [submit(pool, str(place).encode()) for place in range(2)]
        assert (await read_scored(reader))[1] == [b"0", b"1"]
        assert await first.ended() < 0
        reader, writer = await second.connect()
        for _ in range(2):
            number, contents = await read_scored(reader)
            send_result(writer, number, contents[0])
        assert [content for _, _, content in await asyncio.gather(*scored)] == [b"0", b"1"]


@pytest.mark.asyncio
async def test_a_worker_is_replaced_after_so_many_requests(slipway_home: Path) -> None:
    pool = WorkerPool(16, 30, most_answers=5)
    async with serving(slipway_home, pool) as (impostor,):
        reader, writer = await impostor.connect()
        for _ in range(5):
            scored = submit(pool)
            number, _ = await read_scored(reader)
            send_result(writer, number, b"1")
            await scored
        assert await reader.read() == b""
        assert impostor.process.poll() is None  # it ends by itself
        assert pool.size == 0


@pytest.mark.asyncio
async def test_a_request_that_gives_up_leaves_no_place_taken(slipway_home: Path) -> None:
    pool = WorkerPool(1, 0.2)
    await pool.listen(str(slipway_home / "w.sock"))
    for _ in range(3):
        scored = submit(pool)
        scored.cancel()
        await asyncio.sleep(0.1)
    with pytest.raises(NoWorker):
        await submit(pool)
    pool.close()


@pytest.mark.asyncio
async def test_a_worker_is_not_lost_to_requests_that_have_given_up(slipway_home: Path) -> None:
    """It becomes free while nothing else waits, before the queue is swept."""
    pool = WorkerPool(8, 30)
    async with serving(slipway_home, pool) as (impostor,):
        reader, writer = await impostor.connect()
        await pool.arrived.wait()
        for content in (b"1", b"2"):
            scored = submit(pool, content)
            number, contents = await asyncio.wait_for(read_scored(reader), 20)
            assert contents == [content]
            send_result(writer, number, content)
            while not scored.done():  # so that one of them is there when the answer comes
                submit(pool).cancel()
                await asyncio.sleep(0)


@pytest.mark.asyncio
async def test_nobody_is_killed_for_a_worker_that_has_gone(slipway_home: Path) -> None:
    """Its process id may belong to somebody else by now."""
    pool = WorkerPool(4, 30)
    async with serving(slipway_home, pool) as (impostor,):
        _, writer = await impostor.connect()
        await pool.arrived.wait()
        writer.close()
        while pool.size:
            await asyncio.sleep(0.01)
        assert impostor.process.poll() is None
        os.kill(impostor.process.pid, 0)


@pytest.mark.asyncio
async def test_the_wait_of_who_gives_up_counts(slipway_home: Path) -> None:
    metrics = Metrics()
    pool = WorkerPool(4, 30, metrics)
    async with serving(slipway_home, pool) as (impostor,):
        submit(pool).cancel()  # dropped when the queue is looked through
        await asyncio.sleep(0.2)
        assert (pool.waiting, sum(metrics.queue_wait.counts)) == (0, 1)
        reader, writer = await impostor.connect()
        await pool.arrived.wait()
        submit(pool).cancel()  # dropped when a worker could have it
        scored = submit(pool)
        number, _ = await read_scored(reader)
        send_result(writer, number, b"1")
        await scored
    assert sum(metrics.queue_wait.counts) == 3


@pytest.mark.asyncio
async def test_a_wait_in_vain_counts_as_one(slipway_home: Path) -> None:
    metrics = Metrics()
    pool = WorkerPool(4, 0.2, metrics)
    async with serving(slipway_home, pool) as (impostor,):
        reader, _ = await impostor.connect()
        await pool.arrived.wait()
        scored = pool.submit(frames.SAMPLE, b"1", 60)
        await read_scored(reader)
        with pytest.raises(Busy):
            await submit(pool)
        assert sum(metrics.queue_wait.counts) == 2
        assert metrics.queue_wait.total >= 0.2
        scored.cancel()

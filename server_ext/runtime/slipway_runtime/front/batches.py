"""`POST /predict/batch`: many samples in one request.

Where the model has a batched form, one worker gets the whole body. Else the samples are dealt out to all
workers in small portions, so that none of them works alone and other requests come in between.
"""

from __future__ import annotations

import asyncio
import functools
import json
import re
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import count
from typing import Any

from ..scoring import frames, jobs
from .pool import WorkerPool
from .problem import Refusal
from .scoring import Asked, Scoring

SMALL = 32 * 1024
"""Bytes of a body that is not worth dealing out."""
PORTION = 8 * 1024
"""Bytes of samples in one portion, at most."""
PORTION_SECONDS = 0.1
"""What a portion should take, by what samples took before; others wait as long for their turn."""
FIRST_PORTION = 64
"""Samples in a portion where nothing is known yet."""
MOST_CRASHES = 16
"""Processes that one request may cost while those of its samples that crash them are looked for."""
_BREATH = 512
"""Samples that are read before others get their turn."""
_LOOK_EVERY = 0.005
"""Seconds between two looks at a queue that is full."""

_scan = json.JSONDecoder().raw_decode
_blanks = re.compile(r"[ \t\n\r]*").match
_Scored = tuple[bytes, dict[str, Any]]
"""The predictions' JSON without brackets, and the errors by place."""
_HEAD, _MIDDLE, _TAIL = b'{"predictions":[', b'],"errors":', b"}"


class Batches:
    """Has the workers score arrays of samples."""

    def __init__(self, pool: WorkerPool, scoring: Scoring, patience: float, most: int) -> None:
        """`patience`: seconds that a portion may wait for a place in the queue, and then in it.

        `most`: samples in one request.
        """
        self._most = most
        self._pool = pool
        self._scoring = scoring
        self._patience = patience

    async def outcome(self, body: bytes, request_id: str) -> bytes:
        """The answer's JSON. Raises Refusal."""
        if not self._pool.batched and self._is_long(body):
            samples = await _split(body)
            if samples is not None:
                return await self._dealt_out(samples, request_id)
        try:
            return await self._scoring.outcome(frames.BATCH, body, Asked(request_id))
        except Refusal as refusal:
            if refusal.status not in (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.GATEWAY_TIMEOUT):
                raise
            samples = await _split(body)
            if not samples:
                raise
            if (
                len(_portions(samples, self._pool.row_seconds)) == 1
                and refusal.status == HTTPStatus.GATEWAY_TIMEOUT
            ):
                return await _joined([self._failed(samples, refusal)], [samples])
        # One of the samples has crashed the process or hangs, and it shall fail alone.
        return await self._dealt_out(samples, request_id)

    def _is_long(self, body: bytes) -> bool:
        """Worth dealing out? There are no more samples than commas, and one."""
        return len(body) > SMALL or (body.count(b",") + 1) * self._pool.row_seconds > 2 * PORTION_SECONDS

    async def _dealt_out(self, samples: list[str], request_id: str) -> bytes:
        if len(samples) > self._most:
            raise Refusal(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, jobs.too_many(self._most))
        portions = _portions(samples, self._pool.row_seconds)
        crashes = count(1)
        under_way = asyncio.Semaphore(2 * max(1, self._pool.size))
        tasks: list[asyncio.Task[_Scored]] = []
        first = 0
        try:
            async with asyncio.TaskGroup() as group:
                for portion in portions:
                    await under_way.acquire()
                    task = group.create_task(self._portion(portion, first, request_id, crashes))
                    first += len(portion)
                    task.add_done_callback(lambda _: under_way.release())
                    tasks.append(task)
        except* Refusal as refusals:
            raise refusals.exceptions[0] from None
        return await _joined([task.result() for task in tasks], portions)

    async def _room(self) -> None:
        """Waits for a place in the queue: the request as a whole has been admitted."""
        loop = asyncio.get_running_loop()
        end = loop.time() + self._patience
        while self._pool.full and loop.time() < end:
            await asyncio.sleep(_LOOK_EVERY)

    async def _portion(
        self, samples: Sequence[str], first: int, request_id: str, crashes: Iterator[int]
    ) -> _Scored:
        """`first` is the place of the first one in the request. Raises Refusal 400.

        Where the process crashes on one of the samples, they are halved until that one is found.
        """
        body = f"[{','.join(samples)}]".encode("utf-8", "surrogatepass")
        await self._room()
        try:
            asked = Asked(request_id, range(first, first + len(samples)))
            content = await self._scoring.outcome(frames.BATCH, body, asked)
        except Refusal as refusal:
            if refusal.status == HTTPStatus.BAD_REQUEST:
                raise
            crashed = refusal.status == HTTPStatus.INTERNAL_SERVER_ERROR
            if crashed and len(samples) > 1 and next(crashes) <= MOST_CRASHES:
                middle = len(samples) // 2
                left, errors = await self._portion(samples[:middle], first, request_id, crashes)
                right, more = await self._portion(samples[middle:], first + middle, request_id, crashes)
                errors |= {str(middle + int(place)): problem for place, problem in more.items()}
                return left + b"," + right, errors
            return self._failed(samples, refusal)
        # The errors hold sentences of ours alone, so the last such place is theirs.
        end = content.rindex(_MIDDLE)
        return content[len(_HEAD) : end], json.loads(content[end + len(_MIDDLE) : -len(_TAIL)])

    def _failed(self, samples: Sequence[str], refusal: Refusal) -> _Scored:
        """Samples none of which has a prediction."""
        self._scoring.failed(samples, refusal)
        problem = refusal.problem()
        return b",".join([b"null"] * len(samples)), dict.fromkeys(map(str, range(len(samples))), problem)


async def _joined(scored: Sequence[_Scored], portions: Sequence[Sequence[str]]) -> bytes:
    """The answer's JSON, of all portions in their order."""
    errors: list[bytes] = []
    first = 0
    for (_, found), portion in zip(scored, portions, strict=True):
        for place, problem in found.items():
            errors.append(b'"%d":%s' % (first + int(place), _problem(*problem.values())))
        first += len(portion)
        await asyncio.sleep(0)
    predictions = b",".join([found for found, _ in scored])
    return b"".join([_HEAD, predictions, _MIDDLE, b"{", b",".join(errors), b"}", _TAIL])


@functools.lru_cache(64)
def _problem(kind: str, title: str, status: int, detail: str) -> bytes:
    """The JSON of a problem; there are few different ones."""
    problem = {"type": kind, "title": title, "status": status, "detail": detail}
    return json.dumps(problem, separators=(",", ":"), ensure_ascii=False).encode()


async def _split(body: bytes) -> list[str] | None:
    """The texts of an array's elements; None where it is no array, which the worker says better."""
    try:
        text = body.decode("utf-8")
        return await _elements(text)
    except (ValueError, RecursionError, IndexError):
        return None


async def _elements(text: str) -> list[str] | None:
    """Raises ValueError or IndexError where the text is no JSON."""
    at = _skip(text, 0)
    if text[at] != "[":
        return None
    at = _skip(text, at + 1)
    found: list[str] = []
    while text[at] != "]" or found:
        _, end = _scan(text, at)
        found.append(text[at:end])
        at = _skip(text, end)
        if text[at] == "]":
            break
        if text[at] != ",":
            return None
        at = _skip(text, at + 1)
        if len(found) % _BREATH == 0:
            await asyncio.sleep(0)
    return found if _skip(text, at + 1) == len(text) else None


def _skip(text: str, at: int) -> int:
    """The next place that is not blank."""
    if text[at : at + 1] not in " \t\n\r":
        return at
    blank = _blanks(text, at)
    assert blank is not None  # none at all is a match, too
    return blank.end()


def _portions(samples: list[str], seconds: float) -> list[list[str]]:
    """`seconds`: what a sample takes, or 0 where that is not known."""
    most = max(1, int(PORTION_SECONDS / seconds)) if seconds else FIRST_PORTION
    portions: list[list[str]] = []
    size = PORTION
    for sample in samples:
        if size >= PORTION or len(portions[-1]) >= most:
            portions.append([])
            size = 0
        portions[-1].append(sample)
        size += len(sample)
    return portions

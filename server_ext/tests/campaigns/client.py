"""An HTTP/1.1 client that forgives nothing: raw sockets, one answer a request, every byte accounted for."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

_ids = itertools.count(1)


class NoAnswer(Exception):
    """A request that did not end in an answer; says how it ended.

    `fresh` where it was the first on its connection: then nobody may ever have accepted it.
    """

    def __init__(self, what: str, fresh: bool) -> None:
        super().__init__(what)
        self.fresh = fresh


class Refused(Exception):
    """Nobody listens at the address."""


@dataclass(frozen=True)
class Answer:
    """`seconds` from before the request was written to its last byte, connecting included."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float


class Wire(asyncio.Protocol):
    """What has arrived on one connection, and a way to wait for more."""

    def __init__(self) -> None:
        self.buffer = bytearray()
        self.closed = asyncio.Event()
        self._news = asyncio.Event()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        self._news.set()

    def connection_lost(self, _reason: Exception | None) -> None:
        self.closed.set()
        self._news.set()

    async def more(self) -> bool:
        """Waits for bytes; False where the connection has ended instead."""
        self._news.clear()
        before = len(self.buffer)
        if not self.closed.is_set():
            await self._news.wait()
        return len(self.buffer) > before


class Connection:
    """One connection, opened by the first request, and again after the other side has said it closes."""

    def __init__(self, port: int, keep_alive: bool = True) -> None:
        self._port = port
        self._keep_alive = keep_alive
        self._wire: Wire | None = None
        self._transport: asyncio.Transport | None = None

    async def ask(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        headers: Mapping[str, str] | None = None,
        deadline: float = 120.0,
    ) -> Answer:
        """Raises Refused where no connection comes about, NoAnswer where one ends or the deadline passes."""
        began = time.perf_counter()
        fresh = self._transport is None or self._transport.is_closing()
        try:
            async with asyncio.timeout(deadline):
                wire, transport = await self._open()
                lines = [f"{method} {path} HTTP/1.1", "host: 127.0.0.1"]
                lines += [f"{name}: {value}" for name, value in (headers or {}).items()]
                lines += [
                    f"content-length: {len(body)}",
                    *([] if self._keep_alive else ["connection: close"]),
                ]
                transport.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
                status, found, content = await self._read(wire, method, fresh)
        except TimeoutError:
            self.close()
            raise NoAnswer(f"no answer within {deadline:g} s", fresh) from None
        except NoAnswer:
            self.close()
            raise
        if wire.buffer:
            self.close()
            raise NoAnswer(f"{bytes(wire.buffer[:200])!r} after the answer", fresh)
        if not self._keep_alive or found.get("connection", "").lower() == "close":
            self.close()
        return Answer(status, found, content, time.perf_counter() - began)

    async def _open(self) -> tuple[Wire, asyncio.Transport]:
        if self._transport is None or self._transport.is_closing() or self._wire is None:
            try:
                loop = asyncio.get_running_loop()
                self._transport, self._wire = await loop.create_connection(Wire, "127.0.0.1", self._port)
            except ConnectionRefusedError as error:
                raise Refused(str(error)) from None
            except OSError as error:
                raise NoAnswer(f"connecting: {error}", fresh=True) from None
        return self._wire, self._transport

    async def _read(self, wire: Wire, method: str, fresh: bool) -> tuple[int, dict[str, str], bytes]:
        while (end := wire.buffer.find(b"\r\n\r\n")) < 0:
            if not await wire.more():
                raise NoAnswer(f"closed after {len(wire.buffer)} bytes of an answer", fresh)
        head = wire.buffer[:end].decode("latin-1").split("\r\n")
        headers = {
            name.strip().lower(): value.strip()
            for name, _, value in (line.partition(":") for line in head[1:])
        }
        try:
            status, length = int(head[0].split()[1]), int(headers.get("content-length", "0"))
        except (ValueError, IndexError):
            raise NoAnswer(f"no HTTP: {head[0]!r}", fresh) from None
        total = end + 4 + (0 if method == "HEAD" else length)
        while len(wire.buffer) < total:
            if not await wire.more():
                raise NoAnswer(f"closed after {len(wire.buffer)} of {total} bytes of an answer", fresh)
        body = bytes(wire.buffer[end + 4 : total])
        del wire.buffer[:total]
        return status, headers, body

    def close(self) -> None:
        if self._transport is not None:
            self._transport.close()
        self._transport = self._wire = None


@dataclass
class Tally:
    """What became of requests."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: dict[int, list[float]] = field(default_factory=dict)
    """How long answers took, by status."""
    wrong: list[str] = field(default_factory=list)
    """Answers that belong to another request, or are not what they should be."""
    unanswered: list[str] = field(default_factory=list)
    """Requests without an answer on a connection that was in use, or past their deadline."""
    unadvised: int = 0
    """Answers 503 that do not say when to come again."""
    turned_away: list[str] = field(default_factory=list)
    """Requests on new connections that nobody accepted, or that ended before an answer."""

    @property
    def asked(self) -> int:
        return self.statuses.total() + len(self.unanswered) + len(self.turned_away)

    def took(self, answer: Answer) -> None:
        self.statuses[answer.status] += 1
        self.seconds.setdefault(answer.status, []).append(answer.seconds)


async def predict(
    connection: Connection,
    sample: Any,
    tally: Tally,
    right: Callable[[Any], Any],
    deadline: float,
) -> int | None:
    """One prediction, entered into `tally`; its status, or None without an answer.

    A 200 has to hold `right(sample)`; every answer has to echo the request's own id, and a problem to name it.
    """
    request_id = f"campaign-{next(_ids)}"
    headers = {"content-type": "application/json", "x-request-id": request_id}
    try:
        answer = await connection.ask("POST", "/predict", json.dumps(sample).encode(), headers, deadline)
    except Refused as error:
        tally.turned_away.append(f"{request_id}: {error}")
        return None
    except NoAnswer as error:
        if error.fresh and "within" not in str(error):
            tally.turned_away.append(f"{request_id}: {error}")
        else:
            tally.unanswered.append(f"{request_id}: {error}")
        return None
    tally.took(answer)
    tally.unadvised += answer.status == 503 and "retry-after" not in answer.headers
    echoed = answer.headers.get("x-request-id")
    if echoed != request_id:
        tally.wrong.append(f"{request_id}: answered as {echoed}")
    elif answer.status == 200:
        if json.loads(answer.body) != right(sample):
            tally.wrong.append(f"{request_id}: {sample} got {answer.body[:200]!r}")
    elif json.loads(answer.body).get("requestId") != request_id:
        tally.wrong.append(f"{request_id}: its problem is {answer.body[:200]!r}")
    return answer.status


class Load:
    """Clients that ask in turn, each on a connection of its own, until `stop`."""

    def __init__(
        self,
        port: int,
        connections: int,
        sample: Callable[[int], Any],
        right: Callable[[Any], Any],
        *,
        keep_alive: bool = True,
        pause: float = 0.0,
        deadline: float = 120.0,
    ) -> None:
        self.tally = Tally()
        self._port = port
        self._sample, self._right = sample, right
        self._keep_alive, self._pause, self._deadline = keep_alive, pause, deadline
        self._end = asyncio.Event()
        self._numbers = itertools.count()
        self._tasks = [asyncio.create_task(self._client()) for _ in range(connections)]

    async def _client(self) -> None:
        connection = Connection(self._port, self._keep_alive)
        while not self._end.is_set():
            sample = self._sample(next(self._numbers))
            status = await predict(connection, sample, self.tally, self._right, self._deadline)
            if status != 200 or self._pause:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._end.wait(), self._pause or 0.01)
        connection.close()

    async def stop(self) -> Tally:
        """Lets the requests in flight end. Raises what a client raised."""
        self._end.set()
        await asyncio.gather(*self._tasks)
        return self.tally


def percentile(values: list[float], share: float) -> float:
    """The nearest rank; 0 of nothing."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))] if ordered else 0.0

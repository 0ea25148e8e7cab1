"""One running service: its sockets, its model, and the way from start to end.

starting ─▶ ready ─▶ draining ─▶ ended        failed at any time before: ended with a reason
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import os
import signal
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from . import control
from . import worker as protocol
from .bundle import Manifest, Sample
from .front.app import App
from .front.description import Description
from .front.failures import NoWorker, TimedOut, WorkerLost
from .front.listener import Listener, PortTaken, bind
from .front.metrics import Metrics
from .front.pool import WorkerPool
from .front.readiness import Readiness
from .front.state import State
from .model_process import ModelProcess
from .scoring import frames
from .scoring.words import counted
from .settings import Settings

log = logging.getLogger("slipway")

_SOCKETS = (control.WORKER_SOCKET, control.SERVICE_SOCKET, control.CONTROL_SOCKET)

_LINGER = 1.0
"""How long a drain waits, at least, for requests on connections that were already open."""

_SETTLE = 0.1
"""How long what was accepted last may take until its request is read."""


@dataclass(frozen=True)
class Plan:
    """What to serve, where, and as whom."""

    bundle: Path
    manifest: Manifest
    samples: list[Sample]
    model_python: str
    run_dir: Path
    identity: str
    token: str | None
    host: str
    port: int | None


class Service:
    """Runs until it is told to stop or cannot go on."""

    def __init__(self, plan: Plan, settings: Settings) -> None:
        self._plan = plan
        self._settings = settings
        self._readiness = Readiness()
        self._metrics = Metrics()
        self._pool = WorkerPool(
            settings.queue,
            settings.prediction_timeout,
            self._metrics,
            most_answers=settings.worker_requests,
            most_memory=settings.worker_memory,
            failed=self._fail,
        )
        self._state = State(self._pool, self._readiness, settings, self._metrics)
        self._description = Description(
            plan.bundle, plan.manifest, plan.samples, plan.identity, settings.max_body
        )
        self._end = asyncio.Event()
        self._handed_over = False
        self._private = Listener(
            App(self._state, self._description, None, private=True),
            settings,
            self._fail,
            uds=plan.run_dir / control.SERVICE_SOCKET,
        )
        self._public: Listener | None = None
        self._address: str | None = None
        self._model = ModelProcess(
            plan.model_python,
            plan.bundle,
            plan.run_dir / control.WORKER_SOCKET,
            settings,
            self._description.model,
            self._pool.worker_ended,
            self._pool.parent_ended,
        )

    async def run(self) -> int:
        """Serves; answers the exit code: 0 after a stop that was asked for, 1 after a failure."""
        plan = self._plan
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._end.set)
        for name in (*_SOCKETS, control.FAILURE):
            (plan.run_dir / name).unlink(missing_ok=True)
        tasks: list[asyncio.Task[None]] = []
        try:
            if plan.port is not None:
                self._open(bind(plan.host, plan.port))
            await self._pool.listen(str(plan.run_dir / control.WORKER_SOCKET))
            controls = await asyncio.start_unix_server(
                self._control, str(plan.run_dir / control.CONTROL_SOCKET)
            )
            self._private.open()
            tasks = [
                loop.create_task(self._model.run(self._fail)),
                loop.create_task(self._warm_up()),
            ]
            for task in tasks:
                task.add_done_callback(self._check)
            await self._end.wait()
            await self._drain()
            controls.close()
        except PortTaken as error:
            self._fail(f"Another program has {error}. Choose another port, or end that program.")
        except OSError as error:
            self._fail(f"The address {plan.host} cannot be used: {error}.")
        finally:
            await self._close(tasks)
        if self._readiness.state == "failed":
            reason = self._readiness.reason or ""
            control.leave_failure(plan.run_dir, plan.identity, reason)
            log.error("%s", reason)
            return 1
        return 0

    def _check(self, task: asyncio.Task[None]) -> None:
        """Without these tasks the service could not go on, and would not say so."""
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a fault of the service itself", exc_info=error)
            self._fail("the service failed in itself; see the lines above")

    def _fail(self, reason: str) -> None:
        if self._end.is_set():
            return  # ending on purpose: the model's process ends too
        self._readiness.become("failed", reason[:1].upper() + reason[1:])
        self._end.set()

    async def _warm_up(self) -> None:
        """Ready means loaded and, where a sample was recorded, that it has been answered."""
        settings = self._settings
        try:
            async with asyncio.timeout(settings.start_timeout):
                await self._pool.arrived.wait()
                if self._plan.samples:
                    body = json.dumps(self._plan.samples[0]["input"]).encode()
                    scored = self._pool.submit(frames.SAMPLE, body, settings.start_timeout)
                    status, words, _ = await scored
                    if status not in (protocol.OK, protocol.REJECTED):
                        log.error("%s", words.decode("utf-8", "replace"))
                        self._fail("the model does not answer its first sample; see the lines above")
                        return
        except TimeoutError:
            self._fail(f"the model was not ready within {settings.start_timeout:g} s")
        except (TimedOut, WorkerLost, NoWorker):
            self._fail("the model's process ended, or hung, on its first sample; see the lines above")
        else:
            self._readiness.become("ready")
            log.info("ready")

    # -- sockets

    def _open(self, listener: socket.socket) -> None:
        app = App(self._state, self._description, self._plan.token)
        self._public = Listener(app, self._settings, self._fail)
        self._metrics.reset()  # what counts is asked on the port; before it were probes
        self._public.open(listener)
        host, port = listener.getsockname()[:2]
        self._address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        anywhere = host in ("0.0.0.0", "::")  # noqa: S104  in a container, whose engine says who gets there
        log.info("serving on %s", f"port {port}" if anywhere else self._address)

    async def _publish(self, question: Mapping[str, Any]) -> dict[str, Any]:
        if self._public is not None:
            return {"ok": False, "message": f"The service is published already, on {self._address}."}
        old = question.get("from")
        if not old:
            try:
                self._open(bind(str(question["host"]), int(question["port"])))
            except PortTaken as error:
                return {"ok": False, "code": "SLP551", "message": f"Another program has {error}."}
            except OSError as error:
                return {"ok": False, "message": f"The address {question['host']} cannot be used: {error}."}
            return {"ok": True}
        try:
            listener, connection = await asyncio.to_thread(control.receive_listener, Path(old))
        except control.Unreachable:
            # It ended, and its socket with it: the port is free, unless somebody else was quicker.
            return await self._publish({**question, "from": None})
        except control.ControlError as error:
            return {"ok": False, "message": str(error)}
        host, port = listener.getsockname()[:2]
        if (host, port) != (str(question["host"]), int(question["port"])):
            listener.close()
            connection.close()
            message = (
                f"The release to take over from serves on {host} port {port}, not on the port asked for."
            )
            return {"ok": False, "message": message}
        self._open(listener)
        await asyncio.to_thread(control.confirm_listener, connection)
        return {"ok": True}

    # -- control

    async def _control(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                question = json.loads(line)
                if question.get("command") == "hand-over":
                    await self._hand_over(writer)
                    continue
                answer = await self._obey(question)
                writer.write(json.dumps(answer).encode() + b"\n")
                await writer.drain()
        except (OSError, RuntimeError, ValueError, KeyError, TypeError, AttributeError) as error:
            with contextlib.suppress(OSError, RuntimeError):  # uvloop's, where it is closed already
                writer.write(
                    json.dumps({"ok": False, "message": f"Not understood: {error}."}).encode() + b"\n"
                )
        finally:
            writer.close()

    async def _obey(self, question: Mapping[str, Any]) -> dict[str, Any]:
        match question.get("command"):
            case "status":
                return {
                    "ok": True,
                    "state": self._readiness.state,
                    "identity": self._plan.identity,
                    "reason": self._readiness.reason,
                    "address": self._address,
                    "drain_timeout": self._settings.drain_timeout,
                }
            case "publish":
                return await self._publish(question)
            case "stop" | "taken" as command:
                self._handed_over = command == "taken"
                self._end.set()
                return {"ok": True}
            case other:
                return {"ok": False, "message": f"There is no command {other}."}

    async def _hand_over(self, writer: asyncio.StreamWriter) -> None:
        """Sends the listening socket itself; the other side says `taken` once it answers on it."""
        listener = self._public.socket if self._public is not None else None
        if listener is None:
            writer.write(b'{"ok": false, "message": "This release is not published."}\n')
            await writer.drain()
            return
        with socket.socket(fileno=os.dup(writer.get_extra_info("socket").fileno())) as raw:
            socket.send_fds(raw, [b'{"ok": true}\n'], [listener.fileno()])

    # -- the end

    async def _drain(self) -> None:
        """Takes no more connections; gives requests in flight their time."""
        if self._readiness.state == "failed":
            return
        self._readiness.become("draining", "The service is stopping.")
        log.info("stopping: %s in flight", counted(self._state.in_flight, "request"))
        limit = self._settings.drain_timeout
        try:
            async with asyncio.timeout(limit):
                if self._public is not None:
                    if self._handed_over:
                        self._public.stop_accepting()
                    await asyncio.sleep(_LINGER)
                    self._public.stop_accepting()
                    await asyncio.sleep(_SETTLE)
                    await self._public.close()
                while self._state.in_flight:
                    await asyncio.sleep(0.02)
        except TimeoutError:
            if self._state.in_flight:
                given_up = counted(self._state.in_flight, "request")
                log.warning("stopped with %s unanswered after %g s", given_up, limit)

    async def _close(self, tasks: list[asyncio.Task[None]]) -> None:
        self._end.set()
        await self._model.close()
        self._pool.close()
        for listener in (self._public, self._private):
            if listener is not None:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(2):
                        await listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._state.access_log is not None:
            await asyncio.to_thread(self._state.access_log.close)
        for name in _SOCKETS:
            (self._plan.run_dir / name).unlink(missing_ok=True)

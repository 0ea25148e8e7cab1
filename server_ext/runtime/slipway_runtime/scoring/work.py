"""A worker's life: it connects to the front, says that it can serve, scores what arrives, and ends.

The frames are described in docs/worker-protocol.md. What starts workers is worker.py, beside this package.
"""

import contextlib
import os
import signal
import socket
import struct
import sys
import time
from typing import Iterable, Optional

from . import dumps, frames, inbox, jobs, strays
from .json_rules import own_json
from .single import own_traceback

SOUND = struct.Struct(">I")  # a worker's process id, on the pipe to its parent
OOM_SCORE = 500  # of a worker; a process has 0 by default, and 1000 goes first
PROGRESS_EVERY = 0.05  # seconds between two signs of life within one frame


def serve_frames(scorer: jobs.Scorer, address: str, sound: int) -> None:
    """What a worker does until the front closes the connection: a frame in, a frame out, in their order.

    `sound` is a pipe's descriptor: this process's id goes there once it is able to serve.
    """
    connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    connection.connect(address)
    hello = own_json.dumps({"pid": os.getpid(), "batched": scorer.batching is not None}).encode("ascii")
    connection.sendall(frames.pack_frame(frames.HELLO, 0, hello))
    os.write(sound, SOUND.pack(os.getpid()))
    incoming = inbox.Inbox(connection)
    request, told = 0, 0.0

    def progress() -> None:
        nonlocal told
        now = time.monotonic()
        if now - told > PROGRESS_EVERY:
            told = now
            connection.sendall(frames.pack_frame(frames.PROGRESS, request, b""))

    while True:
        frame = incoming.next()
        if frame is None:
            return
        kind, request, payload = frame
        if kind not in (frames.SCORE, frames.SCORE_SINGLY):
            raise ValueError("frame of kind %d where SCORE was expected" % kind)
        told = time.monotonic()
        summary, outcomes = scorer.score(payload, kind == frames.SCORE_SINGLY, progress)
        _flush()
        result = frames.pack_result(summary, outcomes)
        connection.sendall(frames.pack_frame(frames.RESULT, request, result))
        if summary.flags & frames.ENDING:
            _say("no memory was left for a prediction; its process is replaced")
            return


def _flush() -> None:
    """Writes out what the model printed, wherever that now goes; no prediction fails for it."""
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(Exception):  # closed, replaced, or the disk is full
            stream.flush()


def _say(words: str) -> None:
    with contextlib.suppress(Exception):
        print("slipway: " + words, file=sys.stderr)


def _prefer_to_be_killed() -> None:
    """Where memory runs out, the kernel should end a worker, which is replaced, and not the service."""
    try:
        with open("/proc/self/oom_score_adj", "r+") as file:
            if int(file.read()) < OOM_SCORE:
                file.seek(0)
                file.write(str(OOM_SCORE))
    except (OSError, ValueError):
        pass  # not Linux, or not allowed


def worker_process(scorer: jobs.Scorer, address: str, sound: int, not_ours: Iterable[int] = ()) -> None:
    """Runs in a fork (or a spawned process) and never returns; no exit handler of the parent's may run.

    `not_ours` are descriptors of the parent's that a predictor has no business with.
    """
    status = 1
    dump: Optional[dumps.Dump] = None
    try:
        for descriptor in not_ours:
            os.close(descriptor)
        os.setpgid(0, 0)
        os.environ[strays.WORKER_VARIABLE] = str(os.getpid())
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        _prefer_to_be_killed()
        dump = dumps.Dump(address)
        serve_frames(scorer, address, sound)
        status = 0
    except (ConnectionError, FileNotFoundError):
        status = 0  # the front is gone
    except BaseException as error:
        # The front tells it with the request.
        if dump is None or not dump.write(own_traceback(error)):
            _say("a worker ended\n" + own_traceback(error))
        if isinstance(error, SystemExit):
            _say("the predictor called exit(%r); its process is replaced" % error.code)
    finally:
        try:
            _flush()
        finally:
            os._exit(status)  # whatever happens: a fork that went on would end its siblings

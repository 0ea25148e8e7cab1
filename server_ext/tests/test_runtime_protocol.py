"""The worker protocol as docs/worker-protocol.md writes it down: vectors, and frames that come and are withdrawn."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from slipway_runtime import worker
from slipway_runtime.scoring import frames
from slipway_runtime.scoring.inbox import Inbox

if TYPE_CHECKING:
    pass

VECTORS: dict[str, Any] = json.loads(
    Path(__file__).with_name("data").joinpath("worker-protocol-vectors.json").read_text(encoding="utf-8")
)


@pytest.mark.parametrize("vector", VECTORS["frames"], ids=lambda vector: vector["name"])
def test_frame(vector: dict[str, Any]) -> None:
    frame = bytes.fromhex(vector["hex"])
    size, kind, request = frames.HEADER.unpack(frame[: frames.HEADER.size])
    payload = frame[frames.HEADER.size :]
    assert (size, kind, request) == (len(payload), vector["kind"], vector["request"])
    if kind == frames.HELLO:
        assert json.loads(payload) == vector["hello"]
    elif kind in (frames.SCORE, frames.SCORE_SINGLY):
        jobs = [(form, bytes.fromhex(content)) for form, content in vector["jobs"]]
        assert frames.unpack_jobs(payload) == jobs
        assert frames.pack_frame(kind, request, frames.pack_jobs(jobs)) == frame
    elif kind == frames.RESULT:
        *numbers, note = vector["summary"]
        outcomes = [
            (status, words.encode(), content.encode()) for status, words, content in vector["outcomes"]
        ]
        summary, found = frames.unpack_result(payload)
        assert ([*summary[:4]], summary.note.decode(), found) == (numbers, note, outcomes)
        packed = frames.pack_result(frames.Summary(*numbers, note.encode()), outcomes)
        assert frames.pack_frame(kind, request, packed) == frame
    else:
        assert kind in (frames.PROGRESS, frames.WITHDRAW)
        assert payload == b""


UNPACK: dict[str, Callable[[bytes], object]] = {
    "jobs": frames.unpack_jobs,
    "outcomes": frames.unpack_result,
    "tensors": frames.unpack_tensors,
}


@pytest.mark.parametrize("vector", VECTORS["broken"], ids=lambda vector: vector["name"])
def test_broken_payload(vector: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"job|outcome|result|tensor"):
        UNPACK[vector["kind"]](bytes.fromhex(vector["hex"]))


_FORMS = st.sampled_from([frames.SAMPLE, frames.BATCH, frames.TENSORS])


@given(st.lists(st.tuples(_FORMS, st.binary())), st.binary(max_size=60))
def test_jobs_come_back_as_they_went_and_noise_is_refused(jobs: list[frames.Job], noise: bytes) -> None:
    assert frames.unpack_jobs(frames.pack_jobs(jobs)) == jobs
    for unpack in UNPACK.values():
        try:
            unpack(noise)
        except ValueError:
            continue


@given(
    st.lists(st.tuples(st.integers(0, 255), st.binary(), st.binary())),
    st.builds(
        frames.Summary,
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(0, 255),
        st.binary(),
    ),
)
def test_results_come_back_as_they_went(outcomes: list[frames.JobOutcome], summary: frames.Summary) -> None:
    assert frames.unpack_result(frames.pack_result(summary, outcomes)) == (summary, outcomes)


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


def test_a_withdrawn_frame_is_not_given_to_the_worker() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        inbox = Inbox(theirs)
        sent = [frames.pack_frame(frames.SCORE, number, bytes([number]) * number) for number in range(1, 5)]
        ours.sendall(b"".join(sent))
        assert inbox.next() == (frames.SCORE, 1, b"\1")
        ours.sendall(frames.pack_frame(frames.WITHDRAW, 4, b"") + frames.pack_frame(frames.WITHDRAW, 2, b""))
        assert inbox.next() == (frames.SCORE, 3, b"\3\3\3")
        large = frames.pack_frame(frames.SCORE, 5, b"5" * 1_000_000)
        thread = threading.Thread(target=ours.sendall, args=(large,))
        thread.start()
        found = inbox.next()
        thread.join()
        assert found == (frames.SCORE, 5, b"5" * 1_000_000)
        ours.shutdown(socket.SHUT_WR)
        assert inbox.next() is None

"""What the front and a worker say to each other: docs/worker-protocol.md describes it, vectors test it.

All numbers are unsigned and big-endian.
"""

import struct
from typing import Iterable, List, NamedTuple, Optional, Tuple

HEADER = struct.Struct(">IBQ")  # length of the payload, kind, request id; then the payload
SCORE, RESULT, HELLO, PROGRESS, SCORE_SINGLY, WITHDRAW = 1, 2, 3, 4, 5, 6

JOB_HEADER = struct.Struct(">BI")  # form and length of one job; a SCORE frame holds one or more
SAMPLE, BATCH, TENSORS = (
    0,
    1,
    2,
)  # forms: one sample; an array of samples; an inference protocol's request
JSON_ONLY = 0xFFFFFFFF  # the length of a tensor request's JSON head where all of it is JSON
TENSORS_HEADER = struct.Struct(">I")  # before a tensor request and its answer: the length of the JSON head

# Before the outcomes of a RESULT: rows, those that the validator refused, nanoseconds, flags, a note's size.
SUMMARY_HEADER = struct.Struct(">IIQBI")
BATCHING_OFF, ENDING = 1, 2  # flags: batches cannot be trusted (the note says why); the worker ends now
OUTCOME_HEADER = struct.Struct(">BII")  # status, length of the words for the log, length of the content

Job = Tuple[int, bytes]  # form and content
JobOutcome = Tuple[int, bytes, bytes]  # status, words for the log, content for the client


class Summary(NamedTuple):
    """What a RESULT says besides the outcomes."""

    rows: int
    rejected: int  # of these, by the validator
    nanoseconds: int  # that scoring took
    flags: int
    note: bytes  # UTF-8, for the log


def pack_frame(kind: int, request: int, payload: bytes) -> bytes:
    return HEADER.pack(len(payload), kind, request) + payload


def pack_jobs(jobs: Iterable[Job]) -> bytes:
    return b"".join([JOB_HEADER.pack(form, len(content)) + content for form, content in jobs])


def unpack_jobs(payload: bytes) -> List[Job]:
    """Raises ValueError where the payload is no whole number of jobs."""
    jobs: List[Job] = []
    at, end = 0, len(payload)
    while at < end:
        if at + JOB_HEADER.size > end:
            raise ValueError("a job's header is cut off")
        form, size = JOB_HEADER.unpack_from(payload, at)
        at += JOB_HEADER.size
        if at + size > end:
            raise ValueError("a job is longer than its frame")
        if form not in (SAMPLE, BATCH, TENSORS):
            raise ValueError("a job of form %d" % form)
        jobs.append((form, payload[at : at + size]))
        at += size
    return jobs


def pack_result(summary: Summary, outcomes: Iterable[JobOutcome]) -> bytes:
    parts = [SUMMARY_HEADER.pack(*summary[:4], len(summary.note)), summary.note]
    for status, words, content in outcomes:
        parts += [OUTCOME_HEADER.pack(status, len(words), len(content)), words, content]
    return b"".join(parts)


def unpack_result(payload: bytes) -> Tuple[Summary, List[JobOutcome]]:
    """Raises ValueError where the payload is no summary with a whole number of outcomes."""
    if len(payload) < SUMMARY_HEADER.size:
        raise ValueError("a result's summary is cut off")
    rows, rejected, nanoseconds, flags, size = SUMMARY_HEADER.unpack_from(payload)
    at, end = SUMMARY_HEADER.size + size, len(payload)
    if at > end:
        raise ValueError("a result's note is longer than its frame")
    summary = Summary(rows, rejected, nanoseconds, flags, payload[SUMMARY_HEADER.size : at])
    outcomes: List[JobOutcome] = []
    while at < end:
        if at + OUTCOME_HEADER.size > end:
            raise ValueError("an outcome's header is cut off")
        status, words, content = OUTCOME_HEADER.unpack_from(payload, at)
        at += OUTCOME_HEADER.size
        if at + words + content > end:
            raise ValueError("an outcome is longer than its frame")
        middle = at + words
        outcomes.append((status, payload[at:middle], payload[middle : middle + content]))
        at = middle + content
    return summary, outcomes


def pack_tensors(body: bytes, header_length: Optional[int]) -> bytes:
    """A tensor request or answer: `header_length` bytes of JSON, then binary data; or (None) JSON alone."""
    return TENSORS_HEADER.pack(JSON_ONLY if header_length is None else header_length) + body


def unpack_tensors(content: bytes) -> Tuple[bytes, Optional[int]]:
    """Raises ValueError where the head is cut off."""
    if len(content) < TENSORS_HEADER.size:
        raise ValueError("a tensor request's header is cut off")
    (length,) = TENSORS_HEADER.unpack_from(content)
    return content[TENSORS_HEADER.size :], None if length == JSON_ONLY else length

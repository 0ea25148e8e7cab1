"""Jobs: what one HTTP request asks for becomes rows, and their outcomes become its answer.

A frame's jobs are scored together, so that rows of different requests can share a batch; what one of them
gets does not depend on the others.
"""

import bisect
import time
from typing import Any, Callable, Dict, List, Sequence, Tuple, Type, Union

from . import frames, tensors
from .json_rules import EncodeError, decode_sample, encode_plain, own_json, to_bytes
from .rows import Batching, Rows
from .single import (
    EXHAUSTED,
    MALFORMED,
    OK,
    RAISED,
    REJECTED,
    TOO_MANY,
    UNENCODABLE,
    Functions,
    Scored,
    encoded,
)
from .words import TITLE, counted

# What a client may know: HTTP status, and a sentence without internals.
STATUS = {
    OK: 200,
    MALFORMED: 400,
    REJECTED: 422,
    RAISED: 500,
    UNENCODABLE: 500,
    EXHAUSTED: 503,
    TOO_MANY: 413,
}
DETAIL = {
    REJECTED: "The model's validator refuses this sample.",
    RAISED: "The predictor failed.",
    UNENCODABLE: "The prediction has no JSON form.",
    EXHAUSTED: "The model ran out of memory.",
}

MOST_SAMPLES = 100000  # in one request, unless told otherwise
MOST_TOLD = 5  # failed rows of one job whose words come into the log
MOST_WORDS = 16384  # characters of these; an exception's text may hold all the data

Model = Dict[str, str]  # "name" and "version", as the inference protocol calls it


class _Malformed(Exception):
    """The client's content is at fault; `str()` is a sentence for it."""


_TAKEN = object()


class _Job:
    """`rows` are the decoded samples; functions may change them, and `again` reads one anew.

    `order` has the keys of the model's samples, for forms that have none of their own.
    """

    def __init__(self, content: bytes, order: Sequence[str] = ()) -> None:
        self._content = content
        self._order = order
        self._copies: List[Any] = []
        self.rows = self._read()

    def _read(self) -> List[Any]:
        """Raises _Malformed."""
        raise NotImplementedError

    def again(self, index: int) -> Any:
        # A copy is given away once only, to whom it then belongs.
        if not self._copies or self._copies[index] is _TAKEN:
            self._copies = self._read()
        row, self._copies[index] = self._copies[index], _TAKEN
        return row

    def answer(self, outcomes: List[Scored], model: Model) -> frames.JobOutcome:
        """What becomes of the rows' outcomes, one a row."""
        raise NotImplementedError


def _decoded(content: bytes) -> Any:
    try:
        return decode_sample(content)
    except ValueError as error:
        raise _Malformed("The body is not JSON: %s." % error) from None


class _Sample(_Job):
    def _read(self) -> List[Any]:
        return [_decoded(self._content)]

    def answer(self, outcomes: List[Scored], _: Model) -> frames.JobOutcome:
        status, found = outcomes[0]
        if status == OK:
            status, found = encoded(found)
            if status == OK:
                return OK, b"", to_bytes(found)
        return status, _log_words(found), b""


class _Batch(_Job):
    def _read(self) -> List[Any]:
        rows = _decoded(self._content)
        if type(rows) is not list:
            raise _Malformed("The body is no array of samples. A single sample goes to /predict.")
        return rows

    def answer(self, outcomes: List[Scored], _: Model) -> frames.JobOutcome:
        predictions = [found if status == OK else None for status, found in outcomes]
        errors: Dict[str, Any] = {}
        if None in predictions:
            for index, (status, _) in enumerate(outcomes):
                if status != OK:
                    errors[str(index)] = row_problem(status)
        try:
            text = encode_plain({"predictions": predictions, "errors": errors})
        except EncodeError as error:
            return UNENCODABLE, _log_words(str(error)), b""
        return OK, _failures(outcomes), to_bytes(text)


class _Tensors(_Job):
    def _read(self) -> List[Any]:
        try:
            body, header_length = frames.unpack_tensors(self._content)
            self._request = tensors.read_request(body, header_length, self._order)
        except ValueError as error:  # a TensorError is one
            raise _Malformed(str(error)) from None
        return self._request.rows

    def answer(self, outcomes: List[Scored], model: Model) -> frames.JobOutcome:
        for index, (status, _) in enumerate(outcomes):
            if status != OK:
                # The protocol has one error for the whole request.
                where = "Sample %d: %s" % (index, DETAIL[status])
                return status, _told(outcomes), _words(where)
        try:
            body, length = tensors.write_answer(self._request, [found for _, found in outcomes], model)
        except tensors.TensorError as error:
            return MALFORMED, b"", _words(str(error))
        except EncodeError as error:
            return UNENCODABLE, _log_words(str(error)), b""
        return OK, b"", frames.pack_tensors(body, length)


_FORMS: Dict[int, Type[_Job]] = {frames.SAMPLE: _Sample, frames.BATCH: _Batch, frames.TENSORS: _Tensors}


def too_many(most: int) -> str:
    return "The request has more than %s, the most that this service takes at once." % counted(most, "sample")


def row_problem(status: int) -> Dict[str, Any]:
    """A failed row of a batch, in the terms of RFC 9457."""
    code = STATUS[status]
    return {"type": "about:blank", "title": TITLE[code], "status": code, "detail": DETAIL[status]}


def _words(text: str) -> bytes:
    return text.encode("utf-8", "backslashreplace")


def _shortened(text: str, most: int) -> str:
    """The beginning and the end of long ones: a traceback's frames, and what was raised."""
    if len(text) <= most:
        return text
    half = most // 2
    return "%s\n[%d characters left out]\n%s" % (text[:half], len(text) - 2 * half, text[-half:])


def _log_words(text: str) -> bytes:
    return _words(_shortened(text, MOST_WORDS))


def _failures(outcomes: List[Scored]) -> bytes:
    """The failed rows of a batch, of which the front knows what places they have in the request.

    JSON: {"failed": {HTTP status: how many}, "samples": [[place in the job, status, words]]}; empty where all
    went well.
    """
    failed = [(index, status, found) for index, (status, found) in enumerate(outcomes) if status != OK]
    if not failed:
        return b""
    counts: Dict[str, int] = {}
    for _, status, _ in failed:
        code = str(STATUS[status])
        counts[code] = counts.get(code, 0) + 1
    samples = [
        [index, status, _shortened(str(found).rstrip("\n"), MOST_WORDS // MOST_TOLD)]
        for index, status, found in failed[:MOST_TOLD]
    ]
    text: str = own_json.dumps({"failed": counts, "samples": samples})
    return text.encode("ascii")


def _told(outcomes: List[Scored]) -> bytes:
    """What the log says of failed rows."""
    failed = [(index, found) for index, (status, found) in enumerate(outcomes) if status != OK]
    lines = ["sample %d: %s" % (index, str(found).rstrip("\n")) for index, found in failed[:MOST_TOLD]]
    if len(failed) > MOST_TOLD:
        lines.append("and %d more samples failed" % (len(failed) - MOST_TOLD))
    return _log_words("\n".join(lines))


class Scorer:
    """Scores frames of one model, in batches for as long as these can be trusted."""

    def __init__(self, functions: Functions, model: Model, most: int = MOST_SAMPLES) -> None:
        """`most`: samples in one request."""
        self._functions = functions
        self._most = most
        self._model = model
        self._order: List[str] = functions.get("columns") or []
        form = functions.get("batch_predictor")
        compare = bool(functions.get("deterministic", True))
        self.batching = None if form is None else Batching(form, compare)
        self._told_off = False

    def score(
        self, payload: bytes, singly: bool, progress: Callable[[], None]
    ) -> Tuple[frames.Summary, List[frames.JobOutcome]]:
        """The outcomes of a frame's jobs. Raises ValueError where the frame is none."""
        began = time.perf_counter()
        jobs = [self._read(form, content) for form, content in frames.unpack_jobs(payload)]
        sound: List[_Job] = []
        starts: List[int] = []
        values: List[Any] = []
        for job in jobs:
            if isinstance(job, _Job) and job.rows:
                sound.append(job)
                starts.append(len(values))
                values += job.rows

        def again(place: int) -> Any:
            number = bisect.bisect_right(starts, place) - 1
            return sound[number].again(place - starts[number])

        rows = Rows(values, again, progress)
        outcomes = rows.score(self._functions, None if singly else self.batching)
        answers: List[frames.JobOutcome] = []
        at = 0
        for job in jobs:
            if not isinstance(job, _Job):
                answers.append(job)
                continue
            answers.append(self._answer(job, outcomes[at : at + len(job.rows)]))
            at += len(job.rows)
        return self._summary(outcomes, answers, began), answers

    def _read(self, form: int, content: bytes) -> Union[_Job, frames.JobOutcome]:
        """The job, or the answer where there is none."""
        try:
            job = _FORMS[form](content, self._order)
        except _Malformed as malformed:
            return MALFORMED, b"", _words(str(malformed))
        except MemoryError:
            return EXHAUSTED, b"no memory was left for the samples", b""
        if len(job.rows) > self._most:
            return TOO_MANY, b"", _words(too_many(self._most))
        return job

    def _answer(self, job: _Job, outcomes: List[Scored]) -> frames.JobOutcome:
        try:
            return job.answer(outcomes, self._model)
        except MemoryError:
            return EXHAUSTED, b"no memory was left for the answer", b""

    def _summary(
        self, outcomes: List[Scored], answers: List[frames.JobOutcome], began: float
    ) -> frames.Summary:
        rejected = 0
        exhausted = any(status == EXHAUSTED for status, _, _ in answers)
        for status, _ in outcomes:
            if status == REJECTED:
                rejected += 1
            elif status == EXHAUSTED:
                exhausted = True
        flags = frames.ENDING if exhausted else 0
        note = b""
        if self.batching is not None and self.batching.off_because is not None and not self._told_off:
            self._told_off = True
            flags |= frames.BATCHING_OFF
            note = _words(self.batching.off_because)
        return frames.Summary(len(outcomes), rejected, int((time.perf_counter() - began) * 1e9), flags, note)

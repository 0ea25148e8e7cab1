"""Is it this release that answers, and does it answer what the notebook answered?

Answers are compared by the rule of `builder/comparison.py`, verdicts of the validator by status: what it
refused in the notebook has to come back as 422, what it accepted as anything else.
"""

from __future__ import annotations

import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from slipway_runtime import control
from slipway_runtime.bundle import (
    BundleError,
    Sample,
    Validation,
    read_manifest,
    read_samples,
    read_validations,
)
from slipway_runtime.scoring.words import counted

from ..builder.comparison import difference
from ..builder.progress import Progress
from ..builder.shown import short, short_json
from ..builder.validation import verdict_differs
from ..problems import Code, SlipwayProblem

MOST_ACCEPTED = 3
"""Changed samples that the validator accepts, and that are scored: the predictor may well raise on them."""
READY_AGAIN = 30.0
"""Seconds for replacing a process that such a sample has cost."""
REFUSED = 422
_CHANGED = control.PROBE_CHANGED.removeprefix(control.PROBE)


class Asking(Protocol):
    """One HTTP request to a service's private socket; raises ControlError where there is no answer."""

    def __call__(
        self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]
    ) -> control.Reply: ...


def probe_service(asking: Asking, bundle: Path, identity: str, progress: Progress) -> None:
    """Asks a service for its readiness, then for all that the bundle recorded.

    Raises:
        SlipwayProblem: PROBE_FAILED, SERVICE_DIFFERS, VALIDATOR_DIFFERS, BUNDLE_INVALID.
    """
    try:
        manifest = read_manifest(bundle)
        samples = read_samples(bundle, manifest)
        validations = read_validations(bundle, manifest)
    except BundleError as error:
        raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None
    probe = _Probe(asking, identity)
    probe.require(probe.ask("GET", "/readyz"), "/readyz")
    compare = manifest.get("deterministic", True)
    probe.samples(samples, compare=compare)
    failing = probe.validations(validations)
    if failing is not None:
        progress.note(
            "probe",
            f"`validator` accepts {short_json(failing['input'])}, but `predictor` gives no answer to it: "
            "whoever sends something of that kind gets a failure of the service. If it is no sample, let "
            "`validator` refuse it.",
        )
    _tell(samples, validations, progress, compare=compare)


def _tell(
    samples: Sequence[Sample], validations: Sequence[Validation], progress: Progress, *, compare: bool
) -> None:
    if not samples:
        progress.problem(  # of which the release is known to be untried as long as it is there
            {
                "code": Code.NOT_TRIED.value,
                "severity": "warning",
                "message": "The service was not tried: there is no sample that `predictor` answers. Declare "
                "`examples`, a list of some with the values written out, or give a sample with --sample or "
                "in the panel.",
            }
        )
    elif compare:
        answered = counted(len(samples), "recorded sample")
        progress.output("probe", f"Over HTTP, {answered} got the notebook's answer.\n")
    else:
        progress.note(
            "probe",
            f"The service answers {counted(len(samples), 'recorded sample')}. The answers were not compared "
            "with the notebook's, because a model that differs from itself was accepted.",
            "warning",
        )
    if validations:
        changed = counted(len(validations), "changed sample")
        progress.output("probe", f"Its validator decides on {changed} as in the notebook.\n")


class _Probe:
    def __init__(self, asking: Asking, identity: str) -> None:
        self._asking = asking
        self._identity = identity

    def samples(self, samples: Sequence[Sample], *, compare: bool) -> None:
        for number, sample in enumerate(samples, 1):
            reply = self.predict(sample["input"], f"sample-{number}")
            self.require(reply, f"sample {number} of {len(samples)} ({short_json(sample['input'])})")
            if compare:
                _compare(sample, reply)

    def validations(self, validations: Sequence[Validation]) -> Validation | None:
        """Of what was accepted, few are enough, and none after one on which the predictor fails: that one."""
        tried = 0
        failing: Validation | None = None
        for number, validation in enumerate(validations, 1):
            if validation["accepted"] and (tried == MOST_ACCEPTED or failing is not None):
                continue
            reply = self.predict(validation["input"], f"{_CHANGED}{number}")
            if (reply.status == REFUSED) is validation["accepted"]:
                what = "refuses it" if reply.status == REFUSED else f"answers it with status {reply.status}"
                raise verdict_differs(validation, f"the service {what}")
            if validation["accepted"]:
                tried += 1
                failing = None if reply.status == 200 else validation
        if failing is not None:
            self._wait_ready()
        return failing

    def predict(self, value: Any, name: str) -> control.Reply:
        """`name` stands in the service's log where it has something to say about this request."""
        reply = self.ask("POST", "/predict", json.dumps(value).encode(), f"{control.PROBE}{name}")
        self._check_release(reply, f"{name} of the probe")
        return reply

    def ask(
        self, method: str, path: str, body: bytes | None = None, request_id: str | None = None
    ) -> control.Reply:
        headers = {"Content-Type": "application/json"} if body is not None else {}
        if request_id is not None:
            headers["X-Request-Id"] = request_id
        try:
            return self._asking(method, path, body, headers)
        except control.ControlError as error:
            raise SlipwayProblem(Code.PROBE_FAILED, f"The service does not answer: {error}") from None

    def require(self, reply: control.Reply, question: str) -> None:
        """Raises SlipwayProblem unless this release answered, and with success."""
        self._check_release(reply, question)
        if reply.status != 200:
            raise SlipwayProblem(
                Code.PROBE_FAILED,
                f"The service answered {reply.status} to {question}: {_detail(reply)} The log has the "
                "details.",
            )

    def _check_release(self, reply: control.Reply, question: str) -> None:
        answered_by = reply.headers.get("slipway-release")
        if answered_by != self._identity:
            raise SlipwayProblem(
                Code.PROBE_FAILED,
                f"Another service ({answered_by or 'no release'}) answered to {question}. Deploy again.",
            )

    def _wait_ready(self) -> None:
        """The sample may have cost a process of the model, which is being replaced then."""
        deadline = time.monotonic() + READY_AGAIN
        while (reply := self.ask("GET", "/readyz")).status != 200 and time.monotonic() < deadline:
            time.sleep(0.1)
        self.require(reply, "/readyz")


def _compare(sample: Sample, reply: control.Reply) -> None:
    try:
        value = json.loads(reply.body)
    except (ValueError, RecursionError) as error:
        raise SlipwayProblem(
            Code.PROBE_FAILED, f"What the service answers cannot be read: {error}. The log has the details."
        ) from None
    found = difference(sample["output"], value)
    if found is not None:
        raise SlipwayProblem(
            Code.SERVICE_DIFFERS,
            f"For the sample {short_json(sample['input'])} the notebook answered "
            f"{short_json(sample['output'])}, and the service answers {short(reply.body.decode())} "
            f"({found}). `predictor` may depend on something that is other in the service: an environment "
            "variable, the directory, a file that is not part of the bundle.",
        )


def _detail(reply: control.Reply) -> str:
    try:
        problem = json.loads(reply.body)
        return str(problem.get("detail") or problem.get("title") or "")
    except (ValueError, AttributeError):
        return reply.body[:200].decode("utf-8", "replace")

"""Is it this release that answers, and does it answer what the notebook answered?"""

from __future__ import annotations

import json
from pathlib import Path

from slipway_runtime import control
from slipway_runtime.bundle import BundleError, read_manifest, read_samples

from ..builder.progress import Progress
from ..problems import Code, SlipwayProblem


def probe_service(run_dir: Path, bundle: Path, identity: str, progress: Progress) -> None:
    """Asks a service on its private socket for its readiness, then for the recorded samples.

    Raises:
        SlipwayProblem: PROBE_FAILED, BUNDLE_INVALID.
    """
    try:
        samples = read_samples(bundle, read_manifest(bundle))
    except BundleError as error:
        raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None
    _check(_ask(run_dir, "GET", "/readyz", None), identity, "/readyz")
    for number, sample in enumerate(samples, 1):
        body = json.dumps(sample["input"]).encode()
        _check(_ask(run_dir, "POST", "/predict", body), identity, f"sample {number} of {len(samples)}")
    if samples:
        progress.output("probe", f"{len(samples)} recorded samples were answered over HTTP.\n")
    else:
        progress.note(
            "probe",
            "There is no sample to try the service with. Declare `examples` in the notebook, or give one "
            "with --sample.",
        )


def _ask(run_dir: Path, method: str, path: str, body: bytes | None) -> control.Reply:
    headers = {"Content-Type": "application/json"} if body is not None else None
    try:
        return control.http_request(run_dir, method, path, body, headers)
    except control.ControlError as error:
        raise SlipwayProblem(Code.PROBE_FAILED, f"The service does not answer: {error}") from None


def _check(reply: control.Reply, identity: str, question: str) -> None:
    answered_by = reply.headers.get("slipway-release")
    if answered_by != identity:
        raise SlipwayProblem(
            Code.PROBE_FAILED,
            f"Another service ({answered_by or 'no release'}) answered to {question}. Deploy again.",
        )
    if reply.status != 200:
        raise SlipwayProblem(
            Code.PROBE_FAILED,
            f"The service answered {reply.status} to {question}: {_detail(reply)} The log has the details.",
        )


def _detail(reply: control.Reply) -> str:
    try:
        problem = json.loads(reply.body)
        return str(problem.get("detail") or problem.get("title") or "")
    except (ValueError, AttributeError):
        return reply.body[:200].decode("utf-8", "replace")

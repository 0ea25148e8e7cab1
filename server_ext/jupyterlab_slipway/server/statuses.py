"""Which HTTP status a problem has, and which problem a failure of the Jupyter server itself is."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from jupyterlab_slipway.problems import Code

if TYPE_CHECKING:
    from jupyterlab_slipway.wire import Failure, Problem

STATUS_OF: dict[str, HTTPStatus] = {
    Code.NOTEBOOK_MISSING.value: HTTPStatus.NOT_FOUND,
    Code.DEPLOYMENT_UNKNOWN.value: HTTPStatus.NOT_FOUND,
    Code.NAME_TAKEN.value: HTTPStatus.CONFLICT,
    Code.BUSY.value: HTTPStatus.CONFLICT,
    Code.STILL_LIVE.value: HTTPStatus.CONFLICT,
    Code.NOT_LIVE.value: HTTPStatus.CONFLICT,
    Code.NOTHING_TO_START.value: HTTPStatus.CONFLICT,
    Code.REQUEST_INVALID.value: HTTPStatus.BAD_REQUEST,
    Code.FORBIDDEN.value: HTTPStatus.FORBIDDEN,
    Code.DISK_FULL.value: HTTPStatus.INSUFFICIENT_STORAGE,
    Code.INTERNAL.value: HTTPStatus.INTERNAL_SERVER_ERROR,
}
"""Codes that are not listed say that what was asked for cannot be done with this notebook or machine: 422."""

INTERNAL_SENTENCE = "Slipway made a mistake. The Jupyter server's log says more; please report it."

_NOT_SIGNED_IN = "Sign in to the Jupyter server first: reload the page."
_NOT_ALLOWED = (
    "Your account on this Jupyter server is not allowed to do this; whoever runs the server can change that."
)
_XSRF = "The request lacks the `_xsrf` token of this page: reload the page and try again."


def status_of(problem: Problem) -> HTTPStatus:
    """The status of an answer that carries `problem`."""
    return STATUS_OF.get(problem["code"], HTTPStatus.UNPROCESSABLE_ENTITY)


def failure(problem: Problem) -> Failure:
    return {"message": problem["message"], "problem": problem}


def problem_of_status(status: int, *, signed_in: bool, detail: str = "") -> Problem:
    """For answers that the Jupyter server gives before or instead of ours.

    Args:
        status: the HTTP status that it chose.
        signed_in: whether it knows the user.
        detail: its own words; shown where they help the user.
    """
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        sentence = _NOT_SIGNED_IN if not signed_in else _XSRF if "_xsrf" in detail else _NOT_ALLOWED
        return {"code": Code.FORBIDDEN.value, "message": sentence, "severity": "error"}
    if HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        phrase = detail or HTTPStatus(status).phrase
        return {
            "code": Code.REQUEST_INVALID.value,
            "message": f"The Jupyter server refused the request ({status}): {phrase}",
            "severity": "error",
        }
    return {"code": Code.INTERNAL.value, "message": INTERNAL_SENTENCE, "severity": "error"}

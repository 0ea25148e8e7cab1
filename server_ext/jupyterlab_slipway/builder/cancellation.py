"""Cancelling a build: the caller's signal handlers raise this in the main thread."""

from __future__ import annotations


class Cancelled(BaseException):
    """The user no longer wants what is being built. No Exception, so that nothing swallows it on the way."""

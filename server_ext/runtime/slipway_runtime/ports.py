"""What a TCP port is, wherever one is given: on command lines, in variables, in addresses."""

from __future__ import annotations

import contextlib

LAST_PORT = 65535


def is_port(number: int) -> bool:
    """Whether a service can have it; to the system, 0 means any that is free."""
    return 0 < number <= LAST_PORT


def parse_port(text: str) -> int:
    """Raises ValueError, with a sentence."""
    number = 0
    if text.isascii() and text.isdecimal():
        with contextlib.suppress(ValueError):  # thousands of digits
            number = int(text)
    if not is_port(number):
        raise ValueError(f"{text[:40]!r} is no port from 1 to {LAST_PORT}")
    return number


def port_option(text: str) -> int:
    """The same, as the type of an option. Raises argparse.ArgumentTypeError."""
    import argparse  # not above: an image's health check starts a process each time

    try:
        return parse_port(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None

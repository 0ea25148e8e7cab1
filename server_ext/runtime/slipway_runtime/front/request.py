"""One request as the routes see it, and what is told of it afterwards."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from typing import Any

from granian.rsgi import Headers

_GIVEN = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")


def _new_ids() -> Iterator[str]:
    """32 hexadecimal digits: unlike any other process's, and never the same twice."""
    prefix = secrets.token_hex(10)
    for number in count():
        yield f"{prefix}{number:012x}"


_ids = _new_ids()


def request_id(headers: Headers) -> str:
    """The one that the client gave, where that is one; else a new one."""
    given = headers.get("x-request-id")
    return given if given is not None and _GIVEN.fullmatch(given) else next(_ids)


@dataclass(slots=True)
class Request:
    """`body` is granian's RSGI protocol object."""

    method: str
    path: str
    headers: Headers
    body: Any
    id: str
    read: bool = False
    """Whether somebody has begun to read the body."""

"""Reads what a browser sends: bodies, messages, query arguments; every fault has a sentence (SLP568)."""

from __future__ import annotations

import json
import re
from typing import Any, cast

from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.wire import CursorMessage, DeploymentRequest, StartRequest

BODY_LIMIT = 8 * 1024 * 1024
"""Bytes: a sample may be large, a notebook is never sent."""

LARGEST_NUMBER = 1e15
"""Whole below it in a float; times and seconds are far smaller."""

NAME_LIMIT = 64
"""Packages that one request may ask for."""

LAST_COMMIT = "HEAD"

_PACKAGE = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,98}[A-Za-z0-9])?")
_PYTHON = re.compile(r"3\.[0-9]{1,2}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def _invalid(sentence: str) -> SlipwayProblem:
    return SlipwayProblem(Code.REQUEST_INVALID, sentence)


def read_object(body: bytes | str, allowed: frozenset[str]) -> dict[str, Any]:
    """The JSON object in `body`, with no members but those allowed.

    Raises:
        SlipwayProblem: REQUEST_INVALID, when it is too large, no JSON, no object, or has other members.
    """
    if len(body) > BODY_LIMIT:
        raise _invalid(f"The request is {len(body)} bytes long; at most {BODY_LIMIT} are taken.")
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        raise _invalid("The request's body is not JSON.") from None
    if not isinstance(value, dict):
        raise _invalid("The request's body is not a JSON object.")
    unknown = sorted(set(value) - allowed)
    if unknown:
        raise _invalid(
            f"The request has `{unknown[0]}`, which is not known; known are {', '.join(sorted(allowed))}."
        )
    return cast("dict[str, Any]", value)


def read_deployment_request(body: bytes) -> DeploymentRequest:
    """The body of `POST slipway/deployments`, every member of the right type.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    value = read_object(body, DeploymentRequest.__required_keys__ | DeploymentRequest.__optional_keys__)
    # null stands for "not given"
    value = {key: member for key, member in value.items() if member is not None}
    if not value.get("path"):
        raise _invalid("The request does not say which notebook to deploy: `path` is missing or empty.")
    for key in ("path", "name", "engine", "sample"):
        if not isinstance(value.get(key, ""), str):
            raise _invalid(f"`{key}` has to be a string.")
        if not _is_text(value.get(key, "")):
            raise _invalid(f"`{key}` holds a character that is none (NUL, or half of a pair).")
    for key in ("accept_nondeterministic", "slim"):
        if not isinstance(value.get(key, False), bool):
            raise _invalid(f"`{key}` has to be true or false.")
    if value.get("commit", LAST_COMMIT) != LAST_COMMIT:
        raise _invalid(f"`commit` has to be {LAST_COMMIT!r}, the last commit of the notebook's repository.")
    _check_timeout(value)
    _check_environment(value)
    _check_keep(value)
    return cast("DeploymentRequest", value)


def read_start_request(body: bytes) -> StartRequest:
    """The body of `POST slipway/deployments/{name}/start`; none is as good as an empty object.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    value = read_object(body or b"{}", StartRequest.__required_keys__ | StartRequest.__optional_keys__)
    value = {key: member for key, member in value.items() if member is not None}
    release = value.get("release", 1)
    if not isinstance(release, int) or isinstance(release, bool) or not 0 < release < LARGEST_NUMBER:
        raise _invalid("`release` has to be the number of a release.")
    return cast("StartRequest", value)


def _is_text(value: str) -> bool:
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < LARGEST_NUMBER


def _check_timeout(value: dict[str, Any]) -> None:
    if "timeout" not in value:
        return
    timeout = value["timeout"]
    if not _is_number(timeout) or timeout <= 0:
        raise _invalid("`timeout` has to be a number of seconds above 0.")


def _check_environment(value: dict[str, Any]) -> None:
    names = value.get("env", [])
    if not isinstance(names, list):
        raise _invalid("`env` has to be a list of names of environment variables.")
    for name in names:
        if not isinstance(name, str) or not _VARIABLE.fullmatch(name):
            raise _invalid(f"`env` holds {name!r}, which is no name of an environment variable.")


def _check_keep(value: dict[str, Any]) -> None:
    names = value.get("keep", [])
    if not isinstance(names, list):
        raise _invalid("`keep` has to be a list of names of packages.")
    if names:
        if not all(isinstance(name, str) for name in names):
            raise _invalid("`keep` holds something that is no name of a package.")
        value["keep"] = read_names(names)


def read_cursor(body: bytes | str) -> CursorMessage:
    """The browser's first message on the stream.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    value = read_object(body, CursorMessage.__required_keys__ | CursorMessage.__optional_keys__)
    if not isinstance(value.get("cursor"), dict):
        raise _invalid('The first message has to be {"cursor": {"name/release": seq}}.')
    for key, seq in value["cursor"].items():
        if not isinstance(seq, int) or isinstance(seq, bool) or seq < 0:
            raise _invalid(f"The cursor of {key!r} is not a whole number from 0 on.")
    created = value.get("created", {})
    if not isinstance(created, dict) or not all(_is_number(time) for time in created.values()):
        raise _invalid("`created` has to map names of releases to times.")
    return cast("CursorMessage", value)


def read_flag(name: str, text: str) -> bool:
    """A query argument that is `true` or `false`.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    try:
        return {"true": True, "1": True, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise _invalid(f"`{name}` has to be true or false, not {text!r}.") from None


def read_whole(name: str, text: str) -> int:
    """A query argument that is a whole number from 0 on.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    if not text.isascii() or not text.isdigit() or len(text) > 15:
        raise _invalid(f"`{name}` has to be a whole number from 0 on, not {text!r}.")
    return int(text)


def read_names(names: list[str]) -> list[str]:
    """Names of packages, each once, in the order given.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    once = list(dict.fromkeys(names))
    if not once:
        raise _invalid("The request does not say which packages: `name` is missing.")
    if len(once) > NAME_LIMIT:
        raise _invalid(f"The request names {len(once)} packages; at most {NAME_LIMIT} are taken.")
    for name in once:
        if not _PACKAGE.fullmatch(name):
            raise _invalid(f"{name[:100]!r} is no name of a package.")
    return once


def read_path(text: str) -> str:
    """A query argument that names a notebook as the contents manager does.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    if not text:
        raise _invalid("The request does not say which notebook: `path` is missing or empty.")
    return text


def read_python(text: str | None) -> str | None:
    """A query argument such as `3.11`, or None.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    if text is not None and not _PYTHON.fullmatch(text):
        raise _invalid(f"`python` has to be a version such as 3.11, not {text[:100]!r}.")
    return text

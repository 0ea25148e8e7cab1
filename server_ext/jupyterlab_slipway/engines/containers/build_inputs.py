"""What an image build may know and an image may not: index settings, credentials, certificates to trust.

They go by secret mounts, which are in no layer, configuration or history
(https://docs.docker.com/build/building/secrets/).
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from ...builder.options import BuildOptions
from ...builder.uv import uv_environment
from ...problems import Code, SlipwayProblem
from .settings import CA as CA_VARIABLE
from .settings import ContainerSettings

CA = "ca"
INDEX = "index"
CA_INSIDE = f"/run/secrets/{CA}"
"""Where engines mount the secret, unless a Dockerfile says otherwise."""

_LARGEST = 500 * 1024
"""Bytes of a secret that BuildKit takes."""
_SHORTEST = 6
"""Characters of a literal: shorter ones are in every image by chance."""

_PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX", "UV_INDEX_URL", "UV_EXTRA_INDEX_URL", "UV_FIND_LINKS")
_OF_UV = (
    *_INDEXES,
    "UV_INDEX_STRATEGY",
    "UV_INSECURE_HOST",
    "UV_NO_INDEX",
    "UV_HTTP_TIMEOUT",
    "UV_HTTP_CONNECT_TIMEOUT",
    "UV_HTTP_RETRIES",
    "UV_CONCURRENT_DOWNLOADS",
    "UV_TORCH_BACKEND",
)
"""Other variables of uv name files and caches of this machine."""
_CREDENTIAL = re.compile(r"UV_INDEX_[A-Z0-9_]+_(USERNAME|PASSWORD)")
_PIP_EQUALS = {
    "UV_DEFAULT_INDEX": "PIP_INDEX_URL",
    "UV_INDEX_URL": "PIP_INDEX_URL",
    "UV_INDEX": "PIP_EXTRA_INDEX_URL",
    "UV_EXTRA_INDEX_URL": "PIP_EXTRA_INDEX_URL",
    "UV_FIND_LINKS": "PIP_FIND_LINKS",
    "UV_NO_INDEX": "PIP_NO_INDEX",
    "UV_INSECURE_HOST": "PIP_TRUSTED_HOST",
    "UV_HTTP_TIMEOUT": "PIP_DEFAULT_TIMEOUT",
}
"""pip fetches uv, within the image."""
_OF_THE_IMAGE = re.compile(
    r"PATH|HOME|PWD|OLDPWD|SHELL|USER|LOGNAME|TMPDIR|VIRTUAL_ENV|PYTHON.*|LD_.*|XDG_.*|JUPYTER.*|JPY_.*"
)
"""Variables whose values make sense on one machine only, or are Jupyter's own."""

_TELLING = re.compile(r"TOKEN|SECRET|PASS|PWD|KEY|CREDENTIAL|AUTH|COOKIE|SIGNATURE|DSN", re.IGNORECASE)
_PLAIN = re.compile(r"[a-z]+([_-][a-z]+)*|[A-Z]+(_[A-Z]+)*|[+-]?[0-9][0-9.,:_-]*|[.~]?/\S*")
"""Words, numbers, dates, paths: they are in many an image, and no secrets unless their name says so."""
_NO_PASSWORD = ("", "x-oauth-basic")
"""Passwords beside which the user's name is the secret."""


@dataclass(frozen=True)
class BuildInputs:
    secrets: Mapping[str, Path]
    """Files of mode 0600: `ca` (PEM) and `index` (a JSON object of environment variables), perhaps empty."""
    literals: tuple[str, ...]
    """Values that no log and no layer may hold; the longest first."""


def gather_inputs(settings: ContainerSettings, options: BuildOptions, scratch: Path) -> BuildInputs:
    """Writes the secrets of one build into `scratch`, a directory of the owner alone.

    Raises:
        SlipwayProblem: REQUEST_INVALID where the file of certificates holds none or a key, or is too large.
    """
    ours = uv_environment()
    certificates = _certificates(settings, ours)
    variables = _index_variables(ours)
    passed = {
        name: os.environ[name]
        for name in options.pass_environment
        if name in os.environ and _OF_THE_IMAGE.fullmatch(name) is None
    }
    found = {*_literals_of_index(variables), *_literals_passed(passed)}
    literals = sorted((text for text in found if len(text) >= _SHORTEST), key=lambda text: (-len(text), text))
    variables = {**passed, **variables}
    if certificates:
        variables["SSL_CERT_FILE"] = CA_INSIDE
    content = json.dumps(variables, indent=1, sort_keys=True, ensure_ascii=True).encode("ascii")
    if len(content) > _LARGEST:
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"The environment variables for the image build take {len(content):,} bytes; engines take "
            f"{_LARGEST:,}. Pass long values as files beside the notebook.",
        )
    return BuildInputs(
        {
            CA: _write(scratch / "build-ca.pem", certificates),
            INDEX: _write(scratch / "build-index.json", content),
        },
        tuple(literals),
    )


def _certificates(settings: ContainerSettings, variables: Mapping[str, str]) -> bytes:
    path = settings.ca
    if path is None:  # pip's setting `cert`
        named = Path(variables.get("SSL_CERT_FILE", ""))
        path = named if named.is_file() else None
    if path is None:
        return b""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _wrong_ca(f"{path} cannot be read ({error.strerror})") from None
    if b"PRIVATE KEY-----" in content:
        raise _wrong_ca(f"{path} holds a private key, which is not sent anywhere; name a file without it")
    if content.strip() and b"-----BEGIN" not in content:
        raise _wrong_ca(f"{path} is no PEM file: it has no line -----BEGIN CERTIFICATE-----")
    if len(content) > _LARGEST:
        raise _wrong_ca(f"{path} has {len(content):,} bytes; engines take {_LARGEST:,}")
    return content


def _wrong_ca(words: str) -> SlipwayProblem:
    return SlipwayProblem(
        Code.REQUEST_INVALID,
        f"The certificates to trust while images are built: {words}. The variable {CA_VARIABLE} names the "
        "file, else SSL_CERT_FILE, else pip's setting `cert`.",
    )


def _index_variables(variables: Mapping[str, str]) -> dict[str, str]:
    """Those that find packages and reach their index, for uv and for pip."""
    found = {}
    for name, value in variables.items():
        ours = name in _OF_UV or name.upper() in _PROXIES or _CREDENTIAL.fullmatch(name) is not None
        if ours and value:
            found[name] = value
    if "UV_FIND_LINKS" in found:  # directories are not in the image
        found["UV_FIND_LINKS"] = ",".join(url for url in _split(found["UV_FIND_LINKS"]) if "://" in url)
        if not found["UV_FIND_LINKS"]:
            del found["UV_FIND_LINKS"]
    for name, equal in _PIP_EQUALS.items():
        if name in found and equal not in found:
            found[equal] = _for_pip(name, found)
    return found


def _for_pip(name: str, variables: Mapping[str, str]) -> str:
    """uv names indexes (`name=url`) and has credentials of named ones in variables of their own."""
    if name not in _INDEXES:
        return variables[name]
    urls = []
    for entry in _split(variables[name]):
        match = re.match(r"([A-Za-z0-9._-]+)=(.*)", entry)
        urls.append(_with_credentials(match.group(2), match.group(1), variables) if match else entry)
    return " ".join(urls)


def _with_credentials(url: str, index: str, variables: Mapping[str, str]) -> str:
    stem = "UV_INDEX_" + re.sub(r"[^A-Z0-9]", "_", index.upper())
    user, password = variables.get(f"{stem}_USERNAME", ""), variables.get(f"{stem}_PASSWORD", "")
    scheme, separator, rest = url.partition("://")
    if not (user or password) or "@" in rest.partition("/")[0]:
        return url
    return f"{scheme}{separator}{_quoted(user)}:{_quoted(password)}@{rest}"


def _quoted(text: str) -> str:
    return "".join(
        c if c.isascii() and c.isalnum() else "".join(f"%{b:02X}" for b in c.encode()) for c in text
    )


def _split(value: str) -> list[str]:
    return [part for part in re.split(r"[\s,]+", value) if part]


def _literals_of_index(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        if name.endswith("_PASSWORD"):
            yield value
        elif name.endswith("_USERNAME"):
            if variables.get(name.removesuffix("_USERNAME") + "_PASSWORD", "") in _NO_PASSWORD:
                yield value
        else:
            yield from _literals_of_urls(_split(value))


def _literals_of_urls(urls: Iterable[str]) -> Iterator[str]:
    """Passwords, and tokens in queries: as they stand and decoded."""
    for url in urls:
        rest = url.partition("://")[2] or url
        authority = re.split(r"[/?#]", rest, maxsplit=1)[0]
        user, _, password = authority.rpartition("@")[0].partition(":")
        for secret in [user if password in _NO_PASSWORD else password]:
            yield secret
            yield unquote(secret)
        try:
            query = urlsplit(url).query
        except ValueError:
            continue
        for _, value in parse_qsl(query):
            yield value


def _literals_passed(variables: Mapping[str, str]) -> Iterator[str]:
    for name, value in variables.items():
        if "://" in value and _TELLING.search(name) is None:
            yield from _literals_of_urls([value])
        elif _TELLING.search(name) is not None or _PLAIN.fullmatch(value) is None:
            yield value
            yield from (line.strip() for line in value.splitlines() if len(line.strip()) >= 4 * _SHORTEST)


def _write(path: Path, content: bytes) -> Path:
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    return path

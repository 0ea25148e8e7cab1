"""Looks for secret values in an image: configuration, history, and layers, also what later ones delete.

Reads what `docker save` and `podman save` write: a tar file of layers, which are tar files themselves, and of
JSON files (https://github.com/opencontainers/image-spec/blob/main/image-layout.md, and Docker's older form).
"""

from __future__ import annotations

import base64
import contextlib
import gzip
import io
import json
import tarfile
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast
from urllib.parse import quote, quote_plus

from ...builder.children import child, start
from ...problems import Code, SlipwayProblem
from .engine_words import engine_problem, last_words
from .masking import masked
from .naming import shown
from .tool import Tool

_CHUNK = 1 << 20
_SHORTEST = 6
"""Bytes of what is looked for; shorter ones occur by chance."""
_LARGEST_JSON = 32 << 20
_GZIP = b"\x1f\x8b"
_ZSTD = b"\x28\xb5\x2f\xfd"
_TAR_MAGIC = slice(257, 262)


@dataclass(frozen=True)
class _Needle:
    content: bytes
    form: str
    """How the value is written there."""


@dataclass(frozen=True)
class _Hit:
    form: str
    blob: str
    """Name of the layer or the JSON file in what the engine saves."""
    path: str | None
    """Within a layer."""


def scan_image(tool: Tool, reference: str, literals: Sequence[str]) -> None:
    """Returns where no literal is in the image, at once where there are none.

    Raises:
        SlipwayProblem: SECRET_IN_IMAGE, which tells the place but not the value; IMAGE_BUILD where the engine
            does not hand the image out.
    """
    needles = _needles(literals)
    if not needles:
        return
    hit, layers = _read(tool, reference, needles, locate=False)
    if hit is not None:
        hit = _read(tool, reference, needles, locate=True)[0] or hit
        raise SlipwayProblem(Code.SECRET_IN_IMAGE, _sentence(hit, layers, literals))


def _read(
    tool: Tool, reference: str, needles: Sequence[_Needle], *, locate: bool
) -> tuple[_Hit | None, list[str]]:
    with tempfile.TemporaryFile() as words:
        process = start(
            tool.argv("save", reference), env=tool.environment(), cwd=Path("/"), stderr=words.fileno()
        )
        with child(process):
            assert process.stdout is not None
            try:
                found = find(process.stdout, needles, locate=locate)
                while process.stdout.read(_CHUNK):  # what follows the end of the tar file
                    pass
                broken = None
            except (tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile) as error:
                found, broken = (None, []), error
            code = process.wait()
        words.seek(0)
        said = words.read().decode("utf-8", "replace")
    if code != 0 or broken is not None:
        reason = last_words(said) if code != 0 else f"what it writes is no image ({broken})"
        raise engine_problem(tool.name, said) or SlipwayProblem(
            Code.IMAGE_BUILD,
            f"The image could not be searched for secrets, so it is not used: {tool.name} save: {reason}.",
        )
    return found


def find(stream: IO[bytes], needles: Sequence[_Needle], *, locate: bool) -> tuple[_Hit | None, list[str]]:
    """The first place, and the names of the layers in their order as far as the image tells it.

    `locate`: also the file within the layer. That takes several times as long.

    Raises tarfile.TarError, EOFError, zlib.error, gzip.BadGzipFile.
    """
    hit: _Hit | None = None
    layers: list[str] = []
    with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK) as archive:
        for member in archive:
            if not member.isreg():
                continue
            file = archive.extractfile(member)
            assert file is not None
            if member.name == "manifest.json":
                content = file.read(_LARGEST_JSON)
                layers = _layers(content)
                hit = hit or _in_bytes(content, needles, member.name)
            elif hit is None:
                hit = _in_blob(file, needles, member.name, locate)
    return hit, layers


def _layers(manifest: bytes) -> list[str]:
    with contextlib.suppress(ValueError, KeyError, TypeError, IndexError):
        return [str(name) for name in json.loads(manifest)[0]["Layers"]]
    return []


def _in_blob(file: IO[bytes], needles: Sequence[_Needle], blob: str, locate: bool) -> _Hit | None:
    beginning = file.read(512)
    whole = cast("IO[bytes]", io.BufferedReader(_Joined(beginning, file), _CHUNK))
    if beginning.startswith(_ZSTD):
        raise tarfile.ReadError("a layer is compressed with zstd, which is not read")
    if beginning.startswith(_GZIP):
        with gzip.open(whole) as unpacked:
            layer = cast("IO[bytes]", unpacked)
            return _in_layer(layer, needles, blob) if locate else _anywhere(layer, needles, blob)
    if locate and (beginning[_TAR_MAGIC] == b"ustar" or _is_empty_tar(beginning)):
        return _in_layer(whole, needles, blob)
    return _anywhere(whole, needles, blob)


def _anywhere(stream: IO[bytes], needles: Sequence[_Needle], blob: str) -> _Hit | None:
    """A file's content and name lie whole in its layer, so that need not be taken apart."""
    form = _search(stream, needles)
    return None if form is None else _Hit(form, blob, None)


def _is_empty_tar(beginning: bytes) -> bool:
    return len(beginning) == 512 and not any(beginning)


def _in_layer(stream: IO[bytes], needles: Sequence[_Needle], blob: str) -> _Hit | None:
    with tarfile.open(fileobj=stream, mode="r|", bufsize=_CHUNK, errors="surrogateescape") as archive:
        for member in archive:
            headers = [member.name, member.linkname, member.uname, member.gname]
            headers += [text for pair in member.pax_headers.items() for text in pair]
            names = "\n".join(headers).encode("utf-8", "surrogateescape")
            hit = _in_bytes(names, needles, blob, member.name)
            if hit is None and member.isreg():
                file = archive.extractfile(member)
                assert file is not None
                form = _search(file, needles)
                hit = None if form is None else _Hit(form, blob, member.name)
            if hit is not None:
                return hit
    return None


def _in_bytes(content: bytes, needles: Sequence[_Needle], blob: str, path: str | None = None) -> _Hit | None:
    form = _search(io.BytesIO(content), needles)
    return None if form is None else _Hit(form, blob, path)


def _search(file: IO[bytes], needles: Sequence[_Needle]) -> str | None:
    """The form of a needle that is in the file."""
    overlap = max(len(needle.content) for needle in needles) - 1
    window = b""
    while part := file.read(_CHUNK):
        window += part
        for needle in needles:
            if needle.content in window:
                return needle.form
        window = window[-overlap:] if overlap else b""
    return None


class _Joined(io.RawIOBase):
    """What was read already, then the rest of a stream."""

    def __init__(self, beginning: bytes, rest: IO[bytes]) -> None:
        self._beginning = beginning
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(cast("bytearray", buffer))
        part = self._beginning[: len(view)] or self._rest.read(len(view))
        self._beginning = self._beginning[len(view) :]
        view[: len(part)] = part
        return len(part)


def _needles(literals: Sequence[str]) -> list[_Needle]:
    found: dict[bytes, str] = {}
    for literal in literals:
        for content, form in _forms(literal):
            if len(content) >= _SHORTEST:
                found.setdefault(content, form)
    return [_Needle(content, form) for content, form in found.items()]


def _forms(literal: str) -> Iterator[tuple[bytes, str]]:
    """Ways in which a program may have written it."""
    raw = literal.encode("utf-8", "surrogateescape")
    yield raw, "as it is"
    for encoding in ("utf-16-le", "utf-32-le"):  # NumPy's arrays of text have the latter
        # a search is slow where many bytes of an image look like the end of what is looked for
        yield literal.encode(encoding, "surrogatepass").rstrip(b"\0"), "in wide characters"
    for is_ascii in (True, False):
        escaped = json.dumps(literal, ensure_ascii=is_ascii)[1:-1]
        yield escaped.encode("utf-8", "surrogateescape"), "in JSON"
        for letter in "<>&":  # as programs written in Go do
            escaped = escaped.replace(letter, f"\\u{ord(letter):04x}")
        yield escaped.encode("utf-8", "surrogateescape"), "in JSON"
    for quoted in (quote(raw), quote(raw, safe=""), quote_plus(raw)):
        yield quoted.encode("ascii"), "URL-encoded"
    for text in base64_forms(raw):
        yield text, "Base64-encoded"
        yield text.translate(bytes.maketrans(b"+/", b"-_")), "Base64-encoded"


def base64_forms(raw: bytes) -> Iterator[bytes]:
    """What is sure to be in the Base64 of any bytes that hold `raw`: one for each place modulo 3."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw).rstrip(b"=")
        first = -(-before * 4 // 3)  # letters that hold bits of what is before
        last = (before + len(raw)) * 8 // 6  # the next one holds bits of what comes after
        yield encoded[first:last]


def _sentence(hit: _Hit, layers: Sequence[str], literals: Sequence[str]) -> str:
    if hit.blob in layers or hit.path is not None:
        number = f"{layers.index(hit.blob) + 1} of {len(layers)}" if hit.blob in layers else hit.blob[:20]
        file = f", file {_masked(hit.path, literals)}" if hit.path is not None else ""
        place = f"in layer {number}{file}"
    else:
        place = "in the image's configuration or history"
    return (
        f"The image holds a secret value of the build, {hit.form}: {place}. It is a password or token of a "
        "package index or proxy, or the value of a variable that cells may read. The image is not used. Let "
        "no cell keep the value in a file, in a variable that functions use, or in the model; deploy again."
    )


def _masked(path: str, literals: Sequence[str]) -> str:
    forms = {content for text in literals for content, _ in _forms(text)}
    longest_first = sorted(forms, key=lambda content: -len(content))
    return shown(masked(path, [content.decode("utf-8", "surrogateescape") for content in longest_first]))

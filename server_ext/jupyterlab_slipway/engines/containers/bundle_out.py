"""Copies a bundle out of an image that came from elsewhere, and believes nothing of it.

Nothing of the image is run: the engine gives the directory as a tar archive
(https://docs.docker.com/reference/cli/docker/container/cp/), of which only ordinary files are taken, as many
and as large as an image of that size can hold.
"""

from __future__ import annotations

import re
import tarfile
from pathlib import Path, PurePosixPath
from typing import IO

from slipway_runtime.bundle import BundleError, Manifest, bundle_digest, check_files, read_manifest
from slipway_runtime.container import BUNDLE

from ...builder.children import child, start
from ...builder.disk import told_as_disk_full
from ...problems import Code, SlipwayProblem
from .engine_words import engine_problem, last_words
from .tool import Tool

MOST_FILES = 100_000
_CHUNK = 1 << 20
_NO_SUCH_PATH = re.compile(r"could not find the file|no such file|could not be found", re.IGNORECASE)


def copy_bundle(tool: Tool, container: str, target: Path, limit: int) -> None:
    """Copies the bundle of a container that need not run to the directory `target`, which is made.

    `limit`: bytes of all its files at most.

    Raises:
        BundleError: it has none, or other things than files in it.
        SlipwayProblem: DISK_FULL, ENGINE_SILENT, UNSUPPORTED, START_FAILED.
    """
    words = tool.argv("cp", f"{container}:{BUNDLE}", "-")
    with child(start(words, env=tool.environment(), cwd=Path("/"))) as process, told_as_disk_full(target):
        assert process.stdout is not None
        assert process.stderr is not None
        try:
            unpack(process.stdout, target, limit)
        except tarfile.TarError:
            pass  # it broke off: the engine says why
        else:
            if process.wait() == 0:
                return
        said = process.stderr.read().decode("utf-8", "replace")
    if _NO_SUCH_PATH.search(said):
        raise BundleError(f"It holds no bundle: there is no {BUNDLE} in it.")
    raise engine_problem(tool.name, said) or SlipwayProblem(
        Code.START_FAILED, f"{tool.name} does not copy the bundle out of the image: {last_words(said)}."
    )


def unpack(archive: IO[bytes], target: Path, limit: int) -> None:
    """Raises BundleError for what no bundle has; tarfile.TarError; OSError."""
    target.mkdir()
    left, count = limit, 0
    with tarfile.open(fileobj=archive, mode="r|") as members:
        for member in members:
            within = PurePosixPath(member.name).parts[1:]  # the first one is the bundle's own
            count += 1
            left -= member.size
            plain = member.isdir() or member.type in (tarfile.REGTYPE, tarfile.AREGTYPE)
            if not plain or ".." in within or member.name.startswith("/") or "\0" in member.name:
                raise BundleError(f"Its bundle holds what no bundle does: {ascii(member.name)[:120]}.")
            if left < 0 or member.size < 0 or count > MOST_FILES:
                raise BundleError("Its bundle is larger than the image.")
            place = target.joinpath(*within)
            try:
                if member.isdir():
                    place.mkdir(parents=True, exist_ok=True)
                    continue
                place.parent.mkdir(parents=True, exist_ok=True)
                file = place.open("xb")
            except (FileExistsError, NotADirectoryError, IsADirectoryError):
                raise BundleError(f"Its bundle has {ascii(member.name)[:120]} twice.") from None
            content = members.extractfile(member)
            assert content is not None
            with file:
                while chunk := content.read(_CHUNK):
                    file.write(chunk)


def checked_manifest(bundle: Path, digest: str) -> Manifest:
    """Of a bundle whose manifest should have that digest, `sha256:…`, and list all that is there.

    Raises BundleError.
    """
    manifest = read_manifest(bundle)
    if bundle_digest(bundle) != digest:
        raise BundleError("Its bundle is not the one that its labels tell of.")
    check_files(bundle, manifest)
    return manifest

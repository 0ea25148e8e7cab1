"""What one build leaves for the next: `save-artifacts` writes it, `restore` puts it back.

`s2i` unpacks the stream into files of its own and packs those again. It drops hard links and links that lead
out of the directory, of which environments are full, and waits 300 seconds for one file at most
(`pkg/tar/tar.go` of source-to-image). So the stream holds the parts of another tar archive. That one is
compressed: Docker writes all of a container's standard output to its log as well.

    slipway/00000, slipway/00001, …    32 MiB each, but the last
"""

from __future__ import annotations

import contextlib
import io
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

from ...builder.files import remove_tree

PLACE = Path("/opt/slipway/artifacts")
"""An `EnvironmentStore`: the environments, the overlay, and what was resolved."""
PART = 32 * 1024 * 1024
"""Bytes."""
DIRECTORY = "slipway"
_COMPRESSED = ("--use-compress-program", "gzip -1")
_UNPACKED = ("--gzip", "--preserve-permissions")


class ArtifactsError(Exception):
    """They cannot be read; its sentence says why."""


def save(place: Path, stream: IO[bytes]) -> None:
    """Writes a tar stream, which is empty where there is nothing. Raises ArtifactsError, OSError."""
    with tarfile.open(fileobj=stream, mode="w|", format=tarfile.PAX_FORMAT) as archive:
        if not place.is_dir():
            return
        packing = subprocess.Popen(
            ["tar", "--create", *_COMPRESSED, "--directory", str(place), "--file", "-", "."],
            stdout=subprocess.PIPE,
        )
        assert packing.stdout is not None
        for number, part in enumerate(_parts(packing.stdout)):
            member = tarfile.TarInfo(f"{DIRECTORY}/{number:05}")
            member.size, member.mode = len(part), 0o644
            archive.addfile(member, io.BytesIO(part))
        if packing.wait() != 0:
            raise ArtifactsError(f"tar ended with exit code {packing.returncode}.")


def restore(directory: Path, place: Path) -> bool:
    """Unpacks into the new directory `place` what `save` wrote and somebody unpacked into `directory`.

    False where there is nothing. Raises ArtifactsError; then there is no `place`.
    """
    parts = sorted((directory / DIRECTORY).glob("[0-9]*"))
    if not parts:
        return False
    place.mkdir()
    try:
        _unpack(parts, place)
    except BaseException as error:
        remove_tree(place)
        if isinstance(error, OSError):
            raise ArtifactsError(error.strerror or str(error)) from None
        raise
    return True


def _unpack(parts: Iterable[Path], place: Path) -> None:
    with tempfile.TemporaryFile() as words:
        unpacking = subprocess.Popen(
            ["tar", "--extract", *_UNPACKED, "--directory", str(place), "--file", "-"],
            stdin=subprocess.PIPE,
            stderr=words,
        )
        assert unpacking.stdin is not None
        with contextlib.suppress(BrokenPipeError), unpacking, unpacking.stdin as pipe:  # it says why itself
            for path in parts:
                with path.open("rb") as part:
                    shutil.copyfileobj(part, pipe, 1024 * 1024)
        if unpacking.returncode != 0:
            words.seek(0)
            said = words.read(2000).decode("utf-8", "replace").strip().splitlines()
            raise ArtifactsError(said[-1] if said else f"tar ended with exit code {unpacking.returncode}")


def _parts(stream: IO[bytes]) -> Iterator[bytes]:
    while part := stream.read(PART):
        yield part


def main() -> int:
    try:
        save(PLACE, sys.stdout.buffer)
    except (ArtifactsError, OSError) as error:
        sys.stderr.write(f"Error: the packages are not saved: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

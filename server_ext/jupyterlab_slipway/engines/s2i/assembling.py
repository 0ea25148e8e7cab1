"""What `assemble` does in the builder image: a repository becomes a service in the same container.

`s2i` commits the container afterwards, so whatever lies there is in the image's one layer. The environments
that the next build may take over (`artifacts.py`) share their files with the service's: hard links.
"""

from __future__ import annotations

import json
import os
import stat
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from slipway_runtime.bundle import Manifest
from slipway_runtime.container import BUNDLE, MODEL_PYTHON

from ...builder.build import build_prepared
from ...builder.disk import told_as_disk_full
from ...builder.environments import MARKER, EnvironmentStore
from ...builder.files import remove_tree
from ...builder.options import BuildOptions
from ...builder.progress import Progress, phase
from ...builder.resolve import KEPT_FOR
from ...builder.uses import LOCK_SUFFIX, USERS_SUFFIX, users_of
from ...problems import Code, SlipwayProblem
from ...sizes import size_words
from ..image.assemble import copy_environment
from . import artifacts
from .pythons import prepare_in_image

CACHE_VARIABLE = "UV_CACHE_DIR"


@dataclass(frozen=True)
class Places:
    """Of a builder image."""

    upload: Path = Path("/tmp")  # noqa: S108  the label io.openshift.s2i.destination
    """Where `s2i` unpacks what it sends."""
    bundle: Path = BUNDLE
    model: Path = MODEL_PYTHON.parents[1]
    artifacts: Path = artifacts.PLACE
    metadata: Path = Path("/tmp/.s2i/image_metadata.json")  # noqa: S108  s2i's name for it
    """Labels for the image: docs/new_labels.md of source-to-image."""

    @property
    def source(self) -> Path:
        return self.upload / "src"

    @property
    def saved(self) -> Path:
        """Artifacts of the build before."""
        return self.upload / "artifacts"

    @property
    def cache(self) -> Path:
        """uv's, on the file system of the environments, which link to it while it is there."""
        return self.artifacts.with_name(".cache")


def assemble(options: BuildOptions, places: Places, progress: Progress) -> Manifest:
    """Builds, and puts the service where `run` finds it.

    Raises:
        SlipwayProblem: as `build_bundle`; REQUEST_INVALID where the image holds a service already.
    """
    store = EnvironmentStore(places.artifacts)
    prepared = prepare_in_image(options, places.bundle, store, progress)
    manifest = build_prepared(prepared, places.bundle, store, progress)
    with phase(progress, "package") as outcome, told_as_disk_full(places.model):
        source = store.environments / manifest["environment"]
        copy_environment(source, places.model, slim=options.slim, link=True)
        _settle(places.bundle)
        trim(store)
        sizes = [size_of(places.model), size_of(places.bundle), size_of(places.artifacts, places.model)]
        packages, bundle, kept = map(size_words, sizes)
        outcome.detail = f"{packages} of packages, a bundle of {bundle}; {kept} more for the next build"
    return manifest


@contextmanager
def tidy(places: Places, progress: Progress) -> Iterator[None]:
    """Begins with the artifacts of the build before; after the body, what only the build needs is gone.

    Raises:
        SlipwayProblem: REQUEST_INVALID, UNSUPPORTED.
    """
    if places.bundle.exists() or places.model.exists():
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"This image holds a service already, in {places.bundle}. Assemble with the builder image.",
        )
    if not os.access(places.bundle.parent, os.W_OK | os.X_OK):
        raise SlipwayProblem(
            Code.UNSUPPORTED,
            f"The user {os.getuid()} with group {os.getgid()} may not write to {places.bundle.parent}. Run "
            "`assemble` with any user of group 0.",
        )
    before = {*places.upload.iterdir(), places.metadata.parent} - {places.source, places.saved}
    with told_as_disk_full(places.artifacts):
        _restore(places, progress)
        own_cache = CACHE_VARIABLE not in os.environ
        if own_cache:
            os.environ[CACHE_VARIABLE] = str(places.cache)
        # else uv may prefer copies that share blocks of the disk, which a layer has twice
        os.environ.setdefault("UV_LINK_MODE", "hardlink")
        yield
        if own_cache:
            remove_tree(places.cache)
        for path in set(places.upload.iterdir()) - before:
            _remove(path, progress)


def _restore(places: Places, progress: Progress) -> None:
    try:
        if artifacts.restore(places.saved, places.artifacts):
            progress.note("install", "Packages of the build before are here again.")
    except artifacts.ArtifactsError as error:
        progress.note(
            "install",
            f"What the build before has saved cannot be read ({error}). Packages are installed anew.",
            "warning",
        )


def _remove(path: Path, progress: Progress) -> None:
    try:
        if path.is_dir() and not path.is_symlink():
            remove_tree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        progress.note("package", f"{path} stays in the image: {error.strerror or error}.", "warning")


def _settle(directory: Path) -> None:
    """Readable by every user, written by none."""
    for path in (directory, *directory.rglob("*")):
        path.chmod(0o555 if path.is_dir() else 0o444)


def trim(store: EnvironmentStore) -> None:
    """Leaves what this process has used, for other users to read, and no traces of users."""
    for group in (store.environments, store.overlays):
        for directory in [path for path in group.glob("*") if path.is_dir()]:
            if not any(user["pid"] == os.getpid() for user in users_of(directory)):
                remove_tree(directory)
    for group in (store.environments, store.overlays, store.resolutions):
        if group.is_dir():
            group.chmod(0o755)
        for path in [path for path in group.glob("*") if path.is_file()]:
            if group == store.resolutions:
                gone = time.time() - path.stat().st_mtime > KEPT_FOR
            else:
                gone = path.name.endswith((LOCK_SUFFIX, USERS_SUFFIX))
            if gone:
                path.unlink()
            else:
                path.chmod(0o644)
        for marker in group.glob(f"*/{MARKER}"):
            marker.chmod(0o644)
    store.root.chmod(0o755)


def size_of(directory: Path, but: Path | None = None) -> int:
    """Bytes of the files below it, each once, without those that `but` has too."""
    seen = set() if but is None else {_identity(found) for found in _files(but)}
    total = 0
    for found in _files(directory):
        if _identity(found) not in seen:
            seen.add(_identity(found))
            total += found.st_size
    return total


def _files(directory: Path) -> Iterator[os.stat_result]:
    for parent, _, names in os.walk(directory):
        for name in names:
            found = Path(parent, name).lstat()
            if stat.S_ISREG(found.st_mode):
                yield found


def _identity(found: os.stat_result) -> tuple[int, int]:
    return found.st_dev, found.st_ino


def write_labels(path: Path, labels: Mapping[str, str]) -> None:
    """As `s2i` reads them: a list of objects with a label each."""
    path.parent.mkdir(exist_ok=True)
    content = {"labels": [{name: value} for name, value in labels.items()]}
    path.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")

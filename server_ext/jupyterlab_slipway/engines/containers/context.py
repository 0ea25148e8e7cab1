"""The directory that an image build gets. What is in it:

    Dockerfile
    notebook/       the notebook's directory, by the rules of `context_files.py`
    data/           what SLIPWAY_MOUNT_DATA names: mounted while cells run, in no layer
    build/          build.json, notebook.ipynb, requirements.lock, data.json (`builder/inside.py`)
    tools/          our packages, what installs them, plan.json (`image_plan.py`), system-packages

Times and modes are fixed, so that the same files make the same layers.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path, PurePosixPath

from ...builder.build import Prepared
from ...builder.disk import told_as_disk_full
from ...builder.inside import BUILD_JSON, DATA_JSON, LOCK, SNAPSHOT, InsideBuild
from ...builder.progress import Progress
from ...problems import Code, SlipwayProblem
from ...sizes import size_words
from .base_images import BaseImage
from .context_files import Found, Left, Tree, copy, settle, without_outputs
from .ignore import IgnoreRules
from .naming import name_some
from .never_sent import file_stays, has_to_be_looked_at, holds_secret, is_secret_directory
from .settings import DOCKERFILE, MOUNT_DATA, ContainerSettings
from .tools_files import IMAGE, with_own_caches, write_tools

NOTEBOOK_DIRECTORY = "/work/notebook"
"""Where the notebook's directory lies within the image build."""
BASE_NAME_LENGTH = 16
"""Hexadecimal digits of a base image's id by which environments on it are kept apart."""


def make_context(
    directory: Path,
    prepared: Prepared,
    settings: ContainerSettings,
    base: BaseImage,
    *,
    shared: bool,
    progress: Progress,
    home: Path,
    links: bool = True,
    without: Iterable[Path] = (),
    readable: bool = False,
) -> None:
    """Makes and fills `directory`. `shared`: the base image's Python runs builder and HTTP server as well;
    `home` is SLIPWAY_HOME. `links`: data that are mounted may be hard links to the user's own files. What
    lies in a directory of `without` is not sent. `readable`: people read what the build says.

    Raises:
        SlipwayProblem: CONTEXT, REQUEST_INVALID, DISK_FULL.
    """
    with told_as_disk_full(directory):
        directory.mkdir(parents=True, exist_ok=True)
        _write_dockerfile(directory / "Dockerfile", settings, home)
        mounted = _mounted(settings, prepared.options.directory)
        root = Path(os.path.realpath(prepared.options.directory))
        real = [Path(os.path.realpath(path)) for path in without]
        excluded = {path.relative_to(root).as_posix() for path in real if path.is_relative_to(root)}
        tree = Tree(
            prepared.options.directory,
            home,
            IgnoreRules.of_directory(prepared.options.directory),
            Left(),
            frozenset({*mounted, *excluded}),
        )
        _copy_notebooks_directory(directory, tree, settings, mounted, progress, links=links)
        _write_build(directory / "build", prepared, base, mounted, readable=readable)
        write_tools(directory / "tools", settings, shared=shared, home=home)
        settle(directory)


def _write_dockerfile(path: Path, settings: ContainerSettings, home: Path) -> None:
    source = settings.dockerfile or IMAGE / "Dockerfile"
    try:
        text = source.read_text(encoding="utf-8")
    except (FileNotFoundError, PermissionError, IsADirectoryError) as error:
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"The Dockerfile {source}, which {DOCKERFILE} names, cannot be read ({error.strerror}).",
        ) from None
    except UnicodeDecodeError:
        raise SlipwayProblem(
            Code.REQUEST_INVALID, f"The Dockerfile {source}, which {DOCKERFILE} names, is not UTF-8."
        ) from None
    path.write_text(with_own_caches(text, home), encoding="utf-8")


def _copy_notebooks_directory(
    directory: Path,
    tree: Tree,
    settings: ContainerSettings,
    mounted: tuple[str, ...],
    progress: Progress,
    *,
    links: bool,
) -> None:
    found = tree.find(settings.context_limit)
    (directory / "notebook").mkdir()
    copy(found, tree, directory / "notebook", notebooks=True)
    data = directory / "data"
    data.mkdir()
    (data / ".keep").touch()  # engines do not mount an empty directory
    for name in mounted:
        inside = Tree(tree.root / name, tree.home, IgnoreRules(), tree.left)
        _copy_data(name, inside, data / name, links=links)
    sent = f"{len(found.files):,} {'file' if len(found.files) == 1 else 'files'}"
    words = (
        f"Sent to the image build: {sent} from beside the notebook, {size_words(sum(found.files.values()))}"
    )
    progress.note("install", f"{words}; mounted: {name_some(list(mounted))}." if mounted else f"{words}.")
    ignored = tree.ignored.note()
    if ignored is not None:
        progress.note("install", ignored)
    for note in tree.left.notes():
        progress.note("install", note, "warning")


def _mounted(settings: ContainerSettings, root: Path) -> tuple[str, ...]:
    """Relative paths with slashes, none below another.

    Raises:
        SlipwayProblem: REQUEST_INVALID.
    """
    found: set[PurePosixPath] = set()
    for text in settings.mount_data:
        given = text.strip()
        if not given:
            continue
        path = Path(os.path.normpath(root / given))
        if not path.is_relative_to(root) or path == root:
            raise _wrong_data(given, f"does not lie within the notebook's directory {root}")
        relative = PurePosixPath(path.relative_to(root).as_posix())
        if file_stays(relative.name) or any(is_secret_directory(part) for part in relative.parts):
            raise _wrong_data(given, "may hold secrets, which no image build gets")
        if not path.exists():
            raise _wrong_data(given, f"is not in the notebook's directory {root}")
        try:
            str(relative).encode("utf-8")
        except UnicodeEncodeError:
            raise _wrong_data(given, "has a name that is not UTF-8") from None
        found.add(relative)
    return tuple(sorted(str(path) for path in found if not found.intersection(path.parents)))


def _wrong_data(given: str, words: str) -> SlipwayProblem:
    return SlipwayProblem(Code.REQUEST_INVALID, f"{ascii(given)[1:-1]}, which {MOUNT_DATA} names, {words}.")


def _copy_data(name: str, tree: Tree, target: Path, *, links: bool) -> None:
    """A link that a user names is followed: that is where large data often are."""
    real = Path(os.path.realpath(tree.root))
    target.parent.mkdir(parents=True, exist_ok=True)
    if real.is_dir():
        target.mkdir()
        inside = replace(tree, root=real)
        copy(inside.find(None), inside, target, notebooks=False, links=links)
        return
    single = replace(tree, root=real.parent)
    if not real.is_file():
        raise _wrong_data(name, "is neither a file nor a directory")
    if file_stays(real.name) or (has_to_be_looked_at(real.name) and holds_secret(real.name, real)):
        raise _wrong_data(name, "holds a secret, which no image build gets")
    found = Found(files={real.name: real.stat().st_size})
    copy(found, single, target.parent, notebooks=False, links=links)
    (target.parent / real.name).rename(target)


def _write_build(
    directory: Path, prepared: Prepared, base: BaseImage, mounted: Iterable[str], *, readable: bool
) -> None:
    directory.mkdir()
    options = replace(prepared.options, changed="")  # has been told
    facts: InsideBuild = {
        "options": {**options.to_json(), "directory": NOTEBOOK_DIRECTORY},
        "python": prepared.resolution.interpreter.short,
        "base": base.id.removeprefix("sha256:")[:BASE_NAME_LENGTH],
        "readable": readable,
    }
    _write_json(directory / BUILD_JSON, facts)
    _write_json(directory / DATA_JSON, list(mounted))
    # `prepare` has read it, so it is a notebook
    (directory / SNAPSHOT).write_bytes(without_outputs(options.notebook.read_bytes()))
    (directory / LOCK).write_text(prepared.resolution.lock, encoding="utf-8")


def _write_json(path: Path, content: object) -> None:
    path.write_text(json.dumps(content, indent=1, sort_keys=True) + "\n", encoding="utf-8")

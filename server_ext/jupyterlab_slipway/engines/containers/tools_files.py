"""What every image build is sent of ours: `tools/` of its context, and what Dockerfiles share."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Collection
from pathlib import Path

import slipway_runtime

from .image_labels import home_label
from .image_plan import make_plan
from .settings import ContainerSettings

IMAGE = Path(__file__).parents[1] / "image"
"""The Dockerfile of a service, and what runs in its build."""
BUILDER = ("builder",)
"""Packages of ours that build a notebook."""

_OURS = Path(__file__).parents[2]
_NOT_OF_THE_BUILDER = ("cli.py", "__main__.py")
_CACHES = "id=slipway-"
"""How ids of cache mounts begin."""
_STAGE = re.compile(r"^FROM .* AS (\w+)$", re.MULTILINE)
_STAGE_START = re.compile(r"^(?:#.*\n)*FROM ", re.MULTILINE)


def write_tools(
    directory: Path,
    settings: ContainerSettings,
    *,
    shared: bool,
    home: Path,
    packages: Collection[str] = BUILDER,
) -> None:
    """Makes and fills `directory`. `shared`: the base image's Python runs builder and HTTP server as well.

    `packages` are those of `jupyterlab_slipway` that run within the build; `home` is SLIPWAY_HOME.
    """
    directory.mkdir()
    ours = directory / _OURS.name
    ours.mkdir()
    for path in sorted(_OURS.glob("*.py")):
        if path.name not in _NOT_OF_THE_BUILDER:
            shutil.copyfile(path, ours / path.name)
    without_caches = shutil.ignore_patterns("__pycache__")
    for name in packages:
        shutil.copytree(_OURS / name, ours / name, ignore=without_caches)
    runtime = Path(slipway_runtime.__file__).parent
    shutil.copytree(runtime, directory / runtime.name, ignore=without_caches)
    for path in sorted(IMAGE.iterdir()):
        if path.is_file() and path.name not in ("Dockerfile", "__init__.py"):
            shutil.copyfile(path, directory / path.name)
    plan = json.dumps(make_plan(shared=shared, home=home), indent=1, sort_keys=True)
    (directory / "plan.json").write_text(f"{plan}\n", encoding="utf-8")
    names = "".join(f"{name}\n" for name in settings.system_packages)
    (directory / "system-packages").write_text(names, encoding="ascii")


def with_own_caches(dockerfile: str, home: Path) -> str:
    """As it is, but that each SLIPWAY_HOME has caches of its own in the engine.

    Cells run as the user to whom these belong, and could change what is in them: as on the machine itself,
    that may reach the same user's other notebooks, but nobody else's.
    """
    return dockerfile.replace(_CACHES, f"{_CACHES}{home_label(home)}-")


def stages(dockerfile: str, names: Collection[str]) -> str:
    """What stands before the first stage, and these stages, each with the comment lines right before it."""
    starts = [match.start() for match in _STAGE_START.finditer(dockerfile)]
    kept = [dockerfile[: starts[0]]]
    for start, end in zip(starts, [*starts[1:], len(dockerfile)], strict=True):
        name = _STAGE.search(dockerfile, start)
        if name is not None and name.group(1) in names:
            kept.append(dockerfile[start:end])
    return "".join(kept)

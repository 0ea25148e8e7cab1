"""Makes the builder image for source-to-image: docs/s2i.md tells what is in it."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from ... import __version__
from ...builder.disk import told_as_disk_full
from ...builder.event_lines import LineReader
from ...builder.options import BuildOptions
from ...builder.progress import Progress, phase
from ...builder.scratch import scratch_directory
from ...problems import Code, SlipwayProblem
from ...sizes import size_words
from ..containers.base_images import look_into
from ..containers.build_inputs import gather_inputs
from ..containers.context_files import settle
from ..containers.image_build import ImageBuild
from ..containers.image_scan import scan_image
from ..containers.references import check_image
from ..containers.settings import BASE_IMAGES, OLDEST_OF_OURS, ContainerSettings, Minor
from ..containers.tool import Tool
from ..containers.tools_files import IMAGE, stages, with_own_caches, write_tools

SCRIPTS = ("assemble", "entrypoint", "run", "save-artifacts", "usage")
PACKAGES = ("builder", "commandline", "engines", "sources")
"""Of ours, that run in it."""

_HERE = Path(__file__).parent
_SHARED_STAGES = ("tools", "base")
_TARGET = "s2i"


def make_builder_image(
    tool: Tool, tag: str, python: Minor | None, settings: ContainerSettings, progress: Progress, home: Path
) -> str:
    """The id of the image, which gets the name `tag`. `python` is the models', by default the newest.

    Raises:
        SlipwayProblem: REQUEST_INVALID, BASE_IMAGE, IMAGE_BUILD, SECRET_IN_IMAGE, DISK_FULL, ENGINE_SILENT.
    """
    try:
        check_image(tag)
    except ValueError as error:
        raise SlipwayProblem(Code.REQUEST_INVALID, f"The builder image's name is wrong: {error}.") from None
    minor = _chosen(python, settings)
    short = "{}.{}".format(*minor)
    with phase(progress, "package") as outcome, scratch_directory() as scratch:
        model = look_into(tool, settings.base_images[minor], minor, progress, "package")
        shared = minor >= OLDEST_OF_OURS
        tools = model if shared else look_into(tool, settings.tools_image, None, progress, "package")
        with told_as_disk_full(scratch):
            make_context(scratch / "context", settings, shared=shared, home=home)
            nothing = BuildOptions(Path(os.devnull), scratch, "")  # there are no cells here
            inputs = gather_inputs(settings, nothing, scratch)
        ImageBuild(
            scratch / "context",
            target=_TARGET,
            arguments={
                "BASE_IMAGE": model.reference,
                "TOOLS_IMAGE": tools.reference,
                "PYTHON": short,
            },
            images=tuple(dict.fromkeys((model.reference, tools.reference))),
            secrets=inputs.secrets,
            labels={
                "slipway.version": __version__,
                "slipway.python": model.version,
                "slipway.base.id": model.id,
                "org.opencontainers.image.base.name": model.reference,
            },
            tag=tag,
            hidden=inputs.literals,
        ).run(tool, LineReader(progress), progress, "package")
        if inputs.literals:
            try:
                scan_image(tool, tag, inputs.literals)
            except SlipwayProblem:
                tool.whole("image", "rm", tag)
                raise
        outcome.detail = f"Python {model.version}, {size_words(tool.image_size(tag))}"
    return tool.image_id(tag) or ""


def make_context(directory: Path, settings: ContainerSettings, *, shared: bool, home: Path) -> None:
    """Makes and fills `directory`: the Dockerfile, `tools/` as every image build has it, and `s2i/`."""
    directory.mkdir()
    text = (IMAGE / "Dockerfile").read_text(encoding="utf-8")
    text = stages(text, _SHARED_STAGES) + (_HERE / "Dockerfile").read_text(encoding="utf-8")
    (directory / "Dockerfile").write_text(with_own_caches(text, home), encoding="utf-8")
    write_tools(directory / "tools", settings, shared=shared, home=home, packages=PACKAGES)
    (directory / "s2i").mkdir()
    for name in SCRIPTS:
        shutil.copy(_HERE / name, directory / "s2i" / name)
    settle(directory)


def _chosen(python: Minor | None, settings: ContainerSettings) -> Minor:
    if python is None:
        return max(settings.base_images)
    if python not in settings.base_images:
        known = ", ".join("{}.{}".format(*minor) for minor in sorted(settings.base_images))
        version = "{}.{}".format(*python)
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"There is no base image with Python {version}, but with {known}. Name one in {BASE_IMAGES}: "
            f"{version}=IMAGE.",
        )
    return python

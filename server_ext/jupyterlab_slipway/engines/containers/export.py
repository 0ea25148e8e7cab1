"""Writes what others need to build and run a release without Slipway. `docs/registry.md` describes it.

    context/       what the engine's own image build gets (`context.py`), with the release's packages pinned
    build.sh       the engine's own command
    compose.yaml   runs the service as Slipway does
    README.md

Nothing secret is in it: credentials of indexes and the service's token are the reader's own.
"""

from __future__ import annotations

import hashlib
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

from packaging.utils import canonicalize_name
from slipway_runtime.bundle import LOCK, MODULES, NOTEBOOK, BundleError, Manifest, read_manifest

from ... import __version__
from ...builder.build import Prepared
from ...builder.disk import FULL, told_as_disk_full
from ...builder.environments import EnvironmentStore
from ...builder.files import remove_tree
from ...builder.lock import locked_versions
from ...builder.notebook import read_notebook
from ...builder.options import BuildOptions
from ...builder.progress import Progress
from ...builder.requirements import Pin
from ...builder.resolve import CAPTURE_PACKAGE, Resolution, resolve
from ...builder.scratch import scratch_directory
from ...problems import Code, SlipwayProblem
from ..engine import Plan
from .base_images import BaseImage, ImagePythons
from .context import make_context
from .export_texts import Texts
from .image_labels import image_labels
from .settings import BASE_IMAGES, OLDEST_OF_OURS, ContainerSettings

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}
"""As Go names them, by Python's names."""
_TEXTS = ("build.sh", "compose.yaml", "README.md")
_ARGUMENT = re.compile(r"^ARG (BASE_IMAGE|TOOLS_IMAGE|RELEASE)$", re.MULTILINE)
_LABELS = re.compile(r"org\.opencontainers\.image\..+|slipway\.(version|notebook\..+)")
"""Others say which release of which SLIPWAY_HOME an image is, or what came out of its build."""


def export_release(
    plan: Plan,
    options: BuildOptions,
    destination: Path,
    settings: ContainerSettings,
    progress: Progress,
    *,
    committed: bool = False,
) -> bool:
    """Makes the directory `destination`. `options` are the release's, with its snapshot of the notebook;
    `committed`: their directory is a checkout of its revision.

    Whether the notebook's directory is there; where not, its files are those that the bundle has.

    Raises:
        SlipwayProblem: BUNDLE_INVALID, BASE_IMAGE, CONTEXT, REQUEST_INVALID, DISK_FULL, and what resolving
            finds. Nothing is left then.
    """
    manifest = _manifest(plan)
    destination = destination.resolve()  # a link may lead to an empty directory, or to none yet
    check_destination(destination)
    with _told_as_gone(plan):
        resolution, base, tools = _resolved(plan, manifest, options, settings, progress)
    staging = _staging(destination)
    with told_as_disk_full(destination), _told_as_gone(plan), scratch_directory() as scratch:
        try:
            staging.mkdir()
            prepared, beside = _prepared(plan, options, resolution, scratch / "notebook")
            make_context(
                staging / "context",
                prepared,
                settings,
                BaseImage(base, _named_only(base), resolution.interpreter.version),
                shared=base == tools,
                progress=progress,
                home=plan.home,
                links=False,
                readable=True,
                without=(staging, destination),
            )
            arguments = {"BASE_IMAGE": base, "TOOLS_IMAGE": tools, "RELEASE": _release_word(plan)}
            _set_arguments(staging / "context" / "Dockerfile", arguments)
            texts = Texts(
                deployment=plan.deployment,
                release=plan.release,
                title=manifest["title"],
                arguments=arguments,
                labels=_labels(plan, manifest, BaseImage(base, "", "")),
                settings=settings,
                beside=beside,
                environment=options.pass_environment,
                revision=manifest["notebook"]["revision"],
                committed=committed,
            )
            for name in _TEXTS:
                (staging / name).write_text(texts.filled(name), encoding="utf-8")
                (staging / name).chmod(0o755 if name.endswith(".sh") else 0o644)
            if destination.is_dir():
                destination.rmdir()
            staging.rename(destination)
        finally:
            remove_tree(staging)
    return beside


def check_destination(destination: Path) -> None:
    """Makes a directory beside it, and removes that again: only so it is sure that one can be made.

    Raises:
        SlipwayProblem: REQUEST_INVALID, DISK_FULL.
    """
    if destination.exists() and not destination.is_dir():
        raise SlipwayProblem(
            Code.REQUEST_INVALID, f"{destination} is a file. Name a directory to write the export to."
        )
    if destination.is_dir() and any(destination.iterdir()):
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"{destination} is already there and not empty. Name another directory, or remove it.",
        )
    if not destination.parent.is_dir():
        raise SlipwayProblem(
            Code.REQUEST_INVALID,
            f"There is no directory {destination.parent} to write {destination.name} to.",
        )
    staging = _staging(destination)
    with told_as_disk_full(destination):
        try:
            staging.mkdir()
            staging.rmdir()
        except OSError as error:
            if error.errno in FULL:
                raise
            raise SlipwayProblem(
                Code.REQUEST_INVALID,
                f"Nothing can be written to {destination.parent} ({error.strerror}). Name a directory "
                "elsewhere.",
            ) from None


def _staging(destination: Path) -> Path:
    return destination.with_name(f".{destination.name}.{uuid4().hex[:8]}")


def _manifest(plan: Plan) -> Manifest:
    if not plan.bundle.is_dir():
        raise _gone(plan)
    try:
        return read_manifest(plan.bundle)
    except BundleError as error:
        raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None


def _gone(plan: Plan) -> SlipwayProblem:
    return SlipwayProblem(
        Code.BUNDLE_INVALID,
        f"The bundle of release {plan.release} of {plan.deployment} is not there any more: those of the "
        "newest releases are kept. Export another one (`--release`), or deploy again.",
    )


@contextmanager
def _told_as_gone(plan: Plan) -> Iterator[None]:
    """A later release may take the bundle away at any moment."""
    try:
        yield
    except FileNotFoundError:
        if plan.bundle.is_dir():
            raise
        raise _gone(plan) from None


def _resolved(
    plan: Plan, manifest: Manifest, options: BuildOptions, settings: ContainerSettings, progress: Progress
) -> tuple[Resolution, str, str]:
    """(all that the notebook's requirements bring, in the release's versions; base image, tools image)."""
    python = manifest["python"]["version"].split(".")
    minor = (int(python[0]), int(python[1]))
    base = settings.base_images.get(minor)
    if base is None:
        raise SlipwayProblem(
            Code.BASE_IMAGE,
            f"The release runs on Python {minor[0]}.{minor[1]}, and {BASE_IMAGES} names no image with it. "
            "Add one.",
        )
    machine = manifest["python"]["machine"].lower()
    pythons = ImagePythons({minor: base}, _ARCHITECTURES.get(machine, machine))
    resolution = resolve(
        _pins(plan.bundle, manifest),
        f"{minor[0]}.{minor[1]}",
        EnvironmentStore(plan.home).resolutions,
        progress,
        indexes=manifest.get("indexes", {}),
        source_builds=options.source_builds,
        pythons=pythons,
    )
    return resolution, base, base if minor >= OLDEST_OF_OURS else settings.tools_image


def _pins(bundle: Path, manifest: Manifest) -> list[Pin]:
    """All packages that the release was built with, those that only training needs among them."""
    listed = manifest.get("packages")
    versions: dict[str, str] = {}
    if listed is not None:
        versions = {canonicalize_name(one["name"]): one["version"] for one in listed["packages"]}
    versions.update(locked_versions((bundle / LOCK).read_text(encoding="utf-8")))
    if "cloudpickle" in manifest:
        versions.setdefault(CAPTURE_PACKAGE, manifest["cloudpickle"])
    return [(name, f"=={version}") for name, version in sorted(versions.items())]


def _prepared(
    plan: Plan, options: BuildOptions, resolution: Resolution, directory: Path
) -> tuple[Prepared, bool]:
    """What the context is made of, and whether the notebook's directory is there.

    Else `directory` is made, of what the bundle has of it.
    """
    snapshot = options.notebook if options.notebook.is_file() else plan.bundle / NOTEBOOK
    # a release that came from a registry has the root for its directory
    beside = options.directory.is_dir() and options.directory != options.directory.parent
    if not beside:
        modules = plan.bundle / MODULES
        if modules.is_dir():
            shutil.copytree(modules, directory, symlinks=True)
        directory.mkdir(exist_ok=True)
        name = re.sub(r"[/\0]", "-", options.title)
        (directory / f"{name}.ipynb").write_bytes(snapshot.read_bytes())
    notebook = read_notebook(snapshot)
    chosen = replace(
        options,
        notebook=snapshot,
        directory=options.directory if beside else directory,
        keep=(*options.keep, *notebook.settings.keep),
    )
    return Prepared(chosen, notebook, [], resolution), beside


def _named_only(reference: str) -> str:
    """In place of the image's id, which is known only where the image is: keeps environments on it apart."""
    return hashlib.sha256(reference.encode("ascii")).hexdigest()


def _release_word(plan: Plan) -> str:
    return f"{plan.deployment}-{plan.release}"


def _set_arguments(dockerfile: Path, arguments: Mapping[str, str]) -> None:
    """Defaults, so that any builder needs to be told nothing; all are checked words."""
    text = dockerfile.read_text(encoding="utf-8")
    text = _ARGUMENT.sub(lambda found: f"ARG {found.group(1)}={arguments[found.group(1)]}", text)
    dockerfile.write_text(text, encoding="utf-8")


def _labels(plan: Plan, manifest: Manifest, base: BaseImage) -> dict[str, str]:
    labels = image_labels(plan, manifest, base, __version__)
    return {name: value for name, value in labels.items() if _LABELS.fullmatch(name)}

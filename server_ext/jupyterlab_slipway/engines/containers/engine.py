"""The engines docker and podman: a release is built in an image, and serves in a container of it.

`check` and `resolve` happen here, for the Pythons that base images provide. The same builder does the rest
within an image build, as an ordinary user, with the lock that was resolved here. `docs/containers.md` tells
what goes where.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from slipway_runtime.bundle import MANIFEST, BundleError, Manifest, read_manifest

from ... import __version__
from ...builder.disk import told_as_disk_full
from ...builder.environments import EnvironmentStore
from ...builder.event_lines import LineReader
from ...builder.files import remove_tree
from ...builder.options import BuildOptions
from ...builder.progress import Progress
from ...builder.scratch import scratch_directory
from ...json_files import read_json, write_json
from ...problems import Code, SlipwayProblem
from ...sizes import size_words
from ..engine import Diagnosis, Engine, Plan, Pushable, ServiceRecord
from .base_images import BaseImage, ImagePython, ImagePythons, look_into
from .deriving import derive_image
from .diagnosis import diagnose
from .image_build import ImageBuild, remove_leftovers
from .image_labels import HOME, IDENTITY, home_label, image_labels, image_name
from .masking import Masked
from .pulling import Fetched, fetch
from .pushing import push_image
from .references import parse_destination, parse_registry_reference
from .registry_words import Layer
from .service import ContainerService
from .settings import OLDEST_OF_OURS, ContainerSettings
from .tool import Tool

_CONTEXT = "context"
_BASES = "bases.json"
_BUNDLE = "bundle"


class ContainerEngine(Engine):
    """One of docker and podman, which are called in the same way."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._tool = Tool(name)
        self._service = ContainerService(self._tool)

    def diagnose(self) -> Diagnosis:
        return diagnose(self._tool)

    # -- building

    def build(
        self, options: BuildOptions, plan: Plan, store: EnvironmentStore, progress: Progress
    ) -> Manifest:
        from ...builder.build import prepare  # heavy, and nobody else here needs it
        from .build_inputs import gather_inputs
        from .context import make_context

        settings = ContainerSettings.of_user()
        pythons = ImagePythons(settings.base_images, self._tool.architecture())
        prepared = prepare(options, plan.bundle, store, progress, pythons)
        python = prepared.resolution.interpreter
        assert isinstance(python, ImagePython)
        place = _place(plan)
        told = Masked(progress)
        reader = LineReader(told, "install")
        progress.phase("install", "started")
        try:
            with told_as_disk_full(place), scratch_directory() as scratch:
                remove_tree(place)
                place.mkdir(parents=True)
                bases = self._bases(python, settings, progress, store.resolutions)
                write_json(place / _BASES, asdict(bases))
                make_context(
                    place / _CONTEXT,
                    prepared,
                    settings,
                    bases.model,
                    shared=bases.shared,
                    progress=progress,
                    home=plan.home,
                )
                inputs = gather_inputs(settings, prepared.options, scratch)
                told.secrets = inputs.literals
                ImageBuild(
                    place / _CONTEXT,
                    target="bundle",
                    arguments=bases.arguments(plan),
                    images=bases.references,
                    secrets=inputs.secrets,
                    output=place / _BUNDLE,
                    hidden=inputs.literals,
                ).run(self._tool, reader, progress, "install")
                manifest = _whole_manifest(place / _BUNDLE)
                (place / _BUNDLE).rename(plan.bundle)
        except BundleError as error:
            raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None
        except BaseException:
            if reader.phase is not None:
                progress.phase(reader.phase, "failed")
            raise
        return manifest

    def package(self, plan: Plan, progress: Progress) -> None:
        from .build_inputs import gather_inputs

        place = _place(plan)
        settings = ContainerSettings.of_user()
        tag = self._image_name(plan)
        with told_as_disk_full(place), scratch_directory() as scratch:
            bases = _Bases.read(place)
            inputs = gather_inputs(settings, _options(place / _CONTEXT), scratch)
            ImageBuild(
                place / _CONTEXT,
                target="service",
                arguments=bases.arguments(plan),
                images=bases.references,
                secrets=inputs.secrets,
                labels=image_labels(plan, read_manifest(plan.bundle), bases.model, __version__),
                tag=tag,
                hidden=inputs.literals,
            ).run(self._tool, LineReader(progress), progress, "package")
            if inputs.literals:
                from .image_scan import scan_image

                try:
                    scan_image(self._tool, tag, inputs.literals)
                except SlipwayProblem:
                    self.discard(plan.identity)
                    raise
        remove_tree(place)
        remove_leftovers(self._tool, plan.identity)
        progress.note("package", f"The image {tag} has {size_words(self._tool.image_size(tag))}.")

    def _image_name(self, plan: Plan) -> str:
        """A name is not taken away from the image of another SLIPWAY_HOME."""
        name = image_name(self.name, plan.deployment, plan.release)
        if self._tool.image_label(name, HOME) in (None, home_label(plan.home)):
            return name
        return image_name(self.name, plan.deployment, plan.release, plan.home)

    def _bases(
        self, python: ImagePython, settings: ContainerSettings, progress: Progress, kept: Path
    ) -> _Bases:
        model = look_into(self._tool, python.image, python.minor, progress, "install", kept)
        if python.minor >= OLDEST_OF_OURS:
            return _Bases(model, model)
        return _Bases(model, look_into(self._tool, settings.tools_image, None, progress, "install", kept))

    def discard(self, identity: str) -> None:
        self._service.discard(identity)
        with suppress(SlipwayProblem):
            remove_leftovers(self._tool, identity)

    # -- images that are there

    def require_kept(self, release: Pushable) -> None:
        self._kept_image(release)

    def reuse(self, plan: Plan, release: Pushable) -> None:
        self.adopt(plan, self._kept_image(release))

    def adopt(self, plan: Plan, image: str) -> None:
        """Makes the release's image of that one, which is here. Raises SlipwayProblem, leaving nothing."""
        try:
            derive_image(self._tool, plan, image, self._image_name(plan))
        except BaseException:
            self.discard(plan.identity)
            raise

    def fetch(
        self, reference: str, tell: Callable[[Layer], None], *, keep: bool = False
    ) -> AbstractContextManager[Fetched]:
        """As `pulling.fetch`. Raises SlipwayProblem IMAGE_NAME as well."""
        return fetch(self._tool, parse_registry_reference(reference), tell, keep=keep)

    def _kept_image(self, release: Pushable) -> str:
        found = self._tool.images({IDENTITY: release.identity})
        if not found:
            raise SlipwayProblem(
                Code.NO_IMAGE,
                f"The image of release {release.number} of {release.deployment} is not in {self.name} any "
                "more: somebody removed it. Deploy the notebook again, choose another release (`--release`), "
                "or fetch the image where it was pushed to (`slipway pull`).",
            )
        return found[0]

    # -- pushing

    def push(self, release: Pushable, destination: str, tell: Callable[[Layer], None]) -> str:
        found = self._tool.images({IDENTITY: release.identity})
        if not found:
            raise SlipwayProblem(
                Code.NO_IMAGE,
                f"The image of release {release.number} of {release.deployment} is not in {self.name} any "
                "more: older releases lose theirs, or somebody removed it. Push another release "
                "(`--release`), or deploy again.",
            )
        return push_image(self._tool, found[0], parse_destination(destination), tell)

    # -- serving

    def start(self, plan: Plan, progress: Progress, record: Callable[[ServiceRecord], None]) -> ServiceRecord:
        return self._service.start(plan, progress, record)

    def occupies_port(self, plan: Plan, service: ServiceRecord) -> bool:
        return self._service.occupies_port(plan, service)

    def probe(self, plan: Plan, service: ServiceRecord, progress: Progress) -> None:
        self._service.probe(plan, service, progress)

    def publish(self, plan: Plan, service: ServiceRecord, previous: ServiceRecord | None) -> None:
        self._service.publish(plan, service, previous)

    def is_alive(self, service: ServiceRecord) -> bool:
        return self._service.is_alive(service)

    def published(self, service: ServiceRecord) -> bool:
        return self._service.published(service)

    def stop(self, service: ServiceRecord, *, grace: float) -> None:
        self._service.stop(service, grace=grace)

    def stop_unrecorded(self, identity: str) -> None:
        self._service.stop_unrecorded(identity)

    def ending_words(self, service: ServiceRecord) -> str | None:
        return self._service.ending_words(service)

    def reattach(self, service: ServiceRecord, log: Path) -> None:
        self._service.reattach(service, log)


@dataclass(frozen=True)
class _Bases:
    """What a release is built on."""

    model: BaseImage
    tools: BaseImage

    @property
    def shared(self) -> bool:
        """Whether one interpreter does for the model and for us."""
        return self.model == self.tools

    @property
    def references(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((self.model.reference, self.tools.reference)))

    def arguments(self, plan: Plan) -> dict[str, str]:
        """The Dockerfile's build arguments."""
        return {
            "BASE_IMAGE": self.model.reference,
            "TOOLS_IMAGE": self.tools.reference,
            "RELEASE": plan.identity,
        }

    @classmethod
    def read(cls, place: Path) -> _Bases:
        """Raises KeyError, TypeError."""
        facts = read_json(place / _BASES) or {}
        return cls(BaseImage(**facts["model"]), BaseImage(**facts["tools"]))


def _options(context: Path) -> BuildOptions:
    """What the image is built with."""
    from ...builder.inside import BUILD_JSON, SNAPSHOT

    facts = read_json(context / "build" / BUILD_JSON) or {}
    return BuildOptions.from_json(context / "build" / SNAPSHOT, facts["options"])


def _whole_manifest(bundle: Path) -> Manifest:
    """Of a bundle that came out of an image build, where others than the builder may have written.

    Raises BundleError unless it holds what its manifest lists, and nothing else.
    """
    from ...builder.bundle_writer import list_files  # heavy

    manifest = read_manifest(bundle)
    odd = [path for path in bundle.rglob("*") if path.is_symlink() or not (path.is_file() or path.is_dir())]
    files = {} if odd else list_files(bundle)
    files.pop(MANIFEST, None)
    if files != manifest["files"]:
        raise BundleError("The bundle that the image build has made holds other files than it lists.")
    return manifest


def _place(plan: Plan) -> Path:
    """Where the build context is kept between `build` and `package`; it goes with an unfinished release."""
    return plan.bundle.with_name(f".{plan.bundle.name}.image")

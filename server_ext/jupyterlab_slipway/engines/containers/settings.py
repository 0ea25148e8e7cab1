"""What a user chooses for container engines: environment variables, read here and nowhere else.

`docs/containers.md` explains them. They hold for the Jupyter server, for `slipway`, and for the builds that
these start.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from ...builder.interpreters import NEWEST, OLDEST
from ...problems import Code, SlipwayProblem
from ...sizes import parse_size
from .references import check_image, check_system_package

BASE_IMAGES = "SLIPWAY_BASE_IMAGES"
TOOLS_IMAGE = "SLIPWAY_TOOLS_IMAGE"
SYSTEM_PACKAGES = "SLIPWAY_SYSTEM_PACKAGES"
CONTEXT_LIMIT = "SLIPWAY_CONTEXT_LIMIT"
MOUNT_DATA = "SLIPWAY_MOUNT_DATA"
DOCKERFILE = "SLIPWAY_DOCKERFILE"
CA = "SLIPWAY_CA"
MEMORY = "SLIPWAY_MEMORY"
CPUS = "SLIPWAY_CPUS"
PIDS = "SLIPWAY_PIDS"

OLDEST_OF_OURS = (3, 11)
"""The first Python that the HTTP server and the builder run on."""
_DEFAULT_IMAGE = "docker.io/library/python:{}-slim"
_MEGABYTE = 1000 * 1000
_MOST_BYTES = 1 << 60

Minor = tuple[int, int]
_T = TypeVar("_T")


def _official_images() -> dict[Minor, str]:
    return {(3, minor): _DEFAULT_IMAGE.format(f"3.{minor}") for minor in range(OLDEST[1], NEWEST[1] + 1)}


@dataclass(frozen=True)
class ContainerSettings:
    base_images: Mapping[Minor, str] = field(default_factory=_official_images)
    """Images by the minor version of the Python that they hold."""
    tools_image: str = _DEFAULT_IMAGE.format("3.13")
    """Holds a Python for the HTTP server and the builder, where the model's is too old for them."""
    system_packages: tuple[str, ...] = ()
    """Debian's, installed into the base image."""
    context_limit: int = 500 * _MEGABYTE
    """Bytes of the notebook's directory that are sent to the engine."""
    mount_data: tuple[str, ...] = ()
    """Paths within the notebook's directory that are mounted while cells run, and are in no layer."""
    dockerfile: Path | None = None
    """Takes the place of the packaged one."""
    ca: Path | None = None
    """PEM file of certificates to trust while the image is built."""
    memory: int | None = None
    """Bytes that a running service may use."""
    cpus: float | None = None
    pids: int = 256
    """Processes and threads of a running service."""

    @classmethod
    def of_user(cls, variables: Mapping[str, str] = os.environ) -> ContainerSettings:
        """
        Raises:
            SlipwayProblem: REQUEST_INVALID, with the variable that is wrong.
        """
        given = _Given(variables)
        none: Mapping[Minor, str] = {}
        images = given.value(BASE_IMAGES, _images, none)
        ours = [images[minor] for minor in sorted(images) if minor >= OLDEST_OF_OURS]
        tools = given.value(TOOLS_IMAGE, check_image, ours[-1] if ours else cls.tools_image)
        return cls(
            base_images=images or _official_images(),
            tools_image=tools,
            system_packages=given.value(SYSTEM_PACKAGES, _system_packages, ()),
            context_limit=given.value(CONTEXT_LIMIT, _size, cls.context_limit),
            mount_data=given.value(MOUNT_DATA, lambda text: tuple(text.split(os.pathsep)), ()),
            dockerfile=given.value(DOCKERFILE, _file, None),
            ca=given.value(CA, _file, None) or given.value("SSL_CERT_FILE", _file_if_there, None),
            memory=given.value(MEMORY, _size, None),
            cpus=given.value(CPUS, _cpus, None),
            pids=given.value(PIDS, _pids, cls.pids),
        )


@dataclass(frozen=True)
class _Given:
    variables: Mapping[str, str]

    def value(self, name: str, parse: Callable[[str], _T], otherwise: _T) -> _T:
        text = self.variables.get(name, "").strip()
        if not text:
            return otherwise
        try:
            return parse(text)
        except (ValueError, OverflowError, RuntimeError) as error:  # the last: no such user in ~user/…
            raise SlipwayProblem(Code.REQUEST_INVALID, f"The variable {name} is wrong: {error}.") from None


def _images(text: str) -> Mapping[Minor, str]:
    found: dict[Minor, str] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        version, _, image = entry.partition("=")
        match = re.fullmatch(r"3\.(\d{1,2})", version.strip())
        minor = (3, int(match.group(1))) if match else None
        if minor is None or not OLDEST <= minor <= NEWEST or not image:
            span = f"{OLDEST[0]}.{OLDEST[1]} to {NEWEST[0]}.{NEWEST[1]}"
            raise ValueError(
                f"{entry!r} is no Python's version with its image, as in 3.11=python:3.11-slim (versions go "
                f"from {span}, entries are divided by commas)"
            )
        found[minor] = check_image(image.strip())
    return found


def _system_packages(text: str) -> tuple[str, ...]:
    return tuple(check_system_package(name.strip()) for name in text.split(",") if name.strip())


def _size(text: str) -> int:
    """A number alone counts megabytes."""
    number = re.fullmatch(r"[0-9]{1,12}(\.[0-9]+)?", text)
    size = int(float(text) * _MEGABYTE) if number else parse_size(text[:100])
    if not 0 < size < _MOST_BYTES:
        raise ValueError(f"{text[:40]!r} is no size that there is")
    return size


def _file(text: str) -> Path:
    path = Path(text).expanduser().absolute()
    if not path.is_file():
        raise ValueError(f"{path} is no file")
    return path


def _file_if_there(text: str) -> Path | None:
    path = Path(text).expanduser().absolute()
    return path if path.is_file() else None


def _cpus(text: str) -> float:
    count = float(text) if re.fullmatch(r"[0-9]*\.?[0-9]+", text) else 0.0
    if not 0 < count < 100_000:
        raise ValueError(f"{text!r} is no number of processors")
    return count


def _pids(text: str) -> int:
    count = int(text) if re.fullmatch(r"[0-9]{1,9}", text) else 0
    if not 16 <= count <= 4_194_304:
        raise ValueError(f"{text!r} is no number of processes from 16 on")
    return count

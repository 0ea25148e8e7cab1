"""The texts of an export: those in `engines/export`, filled in.

Compose: https://github.com/compose-spec/compose-spec/blob/main/spec.md. Texts of users come quoted into both.
"""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway_runtime import container as within

from .running import (
    LOG_DRIVERS,
    LOG_OPTIONS,
    PORT_WITHIN,
    STOP_TIMEOUT,
    TMPFS,
    USER_ID,
    service_variables,
)
from .settings import ContainerSettings

TEMPLATES = Path(__file__).parents[1] / "export"
_TOKEN_WITHIN = "/run/secrets/token"  # noqa: S105  where Compose mounts the secret of that name
_BESIDE = "The files beside the notebook are those that lay there when this was written."
_OF_COMMIT = "The files beside the notebook are those of that revision."
_NOT_BESIDE = (
    "**What lay beside the notebook was not there when this was written**: `context/notebook` has those "
    "files alone that predictions need. Where cells read others, data to train with above all, put them "
    "there before you build."
)
_PLACE = re.compile(r"@([A-Z_]+)@")


@dataclass(frozen=True)
class Texts:
    """What the texts are about."""

    deployment: str
    release: int
    title: str
    """The notebook's."""
    arguments: Mapping[str, str]
    """The Dockerfile's build arguments: checked words."""
    labels: Mapping[str, str]
    settings: ContainerSettings
    beside: bool
    """The files beside the notebook are in the context; else only those that predictions need."""
    environment: tuple[str, ...]
    """Names of variables that cells read."""
    revision: str | None
    committed: bool = False
    """The files are those of the revision, and not what lies beside the notebook now."""

    @property
    def image(self) -> str:
        """No registry's, and no name that an engine of Slipway gives."""
        return f"localhost/{self.deployment}:{self.release}"

    def filled(self, name: str) -> str:
        """The text of that file, with a ? for what a notebook's name has that is not UTF-8."""
        template = (TEMPLATES / name).read_text(encoding="utf-8")
        text = _PLACE.sub(lambda found: self._values()[found.group(1)], template)
        return text.encode("utf-8", "replace").decode("utf-8")

    def _values(self) -> dict[str, str]:
        return {
            "NAME": self.deployment,
            "RELEASE": str(self.release),
            "IMAGE": self.image,
            "TITLE": re.sub(r"[`\s]+", " ", self.title),
            "REVISION": f", git revision `{self.revision}`" if self.revision else "",
            "BASE_IMAGE": self.arguments["BASE_IMAGE"],
            "BESIDE": self._beside(),
            "ENVIRONMENT": self._environment(),
            "OPTIONS": self._options(),
            "PORT": str(PORT_WITHIN),
            "USER": str(USER_ID),
            "TMPFS": _text(TMPFS),
            "GRACE": str(STOP_TIMEOUT),
            "VARIABLES": _lines({**service_variables(), within.TOKEN_FILE: _TOKEN_WITHIN}, 6),
            "LIMITS": "\n".join(f"    {name}: {value}" for name, value in self._limits().items()),
            "LOG_DRIVER": LOG_DRIVERS["docker"],
            "LOG_OPTIONS": _lines(LOG_OPTIONS, 8),
        }

    def _beside(self) -> str:
        if not self.beside:
            return _NOT_BESIDE
        return _OF_COMMIT if self.committed else _BESIDE

    def _environment(self) -> str:
        if not self.environment:
            return ""
        names = ", ".join(f"`{name}`" for name in self.environment)
        return f"\nCells may read the variables {names}: give those that they need in `INDEX_FILE` (below).\n"

    def _options(self) -> str:
        """A line each, for the shell."""
        words = [("--build-arg", name, value) for name, value in self.arguments.items() if name != "RELEASE"]
        words += [("--label", name, value) for name, value in sorted(self.labels.items())]
        return "".join(f"  {word} {shlex.quote(f'{name}={value}')} \\\n" for word, name, value in words)

    def _limits(self) -> dict[str, str]:
        settings = self.settings
        limits = {"pids_limit": str(settings.pids)}
        if settings.memory is not None:
            limits |= {"mem_limit": str(settings.memory), "memswap_limit": str(settings.memory)}
        if settings.cpus is not None:
            limits["cpus"] = f"{settings.cpus:g}"
        return limits


def _lines(entries: Mapping[str, str], indent: int) -> str:
    return "\n".join(f"{' ' * indent}{name}: {_text(value)}" for name, value in sorted(entries.items()))


def _text(value: str) -> str:
    """Quoted: JSON's texts are YAML's too. A dollar would begin a variable of Compose's."""
    return json.dumps(value.replace("$", "$$"))

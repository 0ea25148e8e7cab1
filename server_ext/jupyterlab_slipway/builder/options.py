"""What one build is asked to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, cast

from ..wire import Source

MEGABYTE = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class BuildChoices:
    """What a user may choose of a build, in the panel or with options of `slipway`."""

    sample: str | None = None
    """JSON text of one sample, as the user gave it."""
    cell_timeout: float = 3600.0
    """Seconds that one cell may take."""
    pass_environment: tuple[str, ...] = ()
    """Names of environment variables that cells may read."""
    accept_nondeterministic: bool = False
    """Deploy a model that answers the same sample differently from one call to the next."""
    slim: bool = True
    """Leave out packages that serving does not need."""
    keep: tuple[str, ...] = ()
    """Names of packages that the service keeps in any case."""
    source_builds: bool = True
    """Build packages from source where no Python at hand has wheels for all."""
    largest_file: int = 512 * MEGABYTE
    """Bytes: a file that is read at prediction time is taken along up to this size."""

    def choices(self) -> dict[str, Any]:
        """These alone, as `from_json` and the constructors of sub-classes take them."""
        return {field.name: getattr(self, field.name) for field in fields(BuildChoices)}


@dataclass(frozen=True)
class BuildOptions(BuildChoices):
    """One build."""

    notebook: Path
    """The file to build: a snapshot, never changed."""
    directory: Path
    """Where cells run: the directory of the user's notebook."""
    title: str
    """The user's name of the notebook, without its ending."""
    source: Source | None = None
    """The commit that the files are of; None where they lie in no repository."""
    changed: str = ""
    """Which of them are not as it holds them, in words; empty where that is not known."""

    def to_json(self) -> dict[str, Any]:
        """All but the snapshot's path."""
        source = {} if self.source is None else {"source": self.source}
        changed = {"changed": self.changed} if self.changed else {}
        return {**self.choices(), "directory": str(self.directory), "title": self.title, **source, **changed}

    @classmethod
    def from_json(cls, notebook: Path, content: Mapping[str, Any]) -> BuildOptions:
        """What `to_json` wrote, also by an older Slipway: what it does not say has its default."""
        choices: dict[str, Any] = {
            field.name: tuple(value) if isinstance(value := content[field.name], list) else value
            for field in fields(BuildChoices)
            if field.name in content
        }
        source = cast("Source | None", content.get("source"))
        changed = content.get("changed", "")
        return cls(notebook, Path(content["directory"]), content["title"], source, changed, **choices)

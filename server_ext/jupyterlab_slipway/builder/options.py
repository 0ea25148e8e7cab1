"""What one build is asked to do."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class BuildOptions:
    notebook: Path
    """The file to build: a snapshot, never changed."""
    directory: Path
    """Where cells run: the directory of the user's notebook."""
    title: str
    """The user's name of the notebook, without its ending."""
    sample: str | None = None
    """JSON text of one sample, as the user gave it."""
    cell_timeout: float = 3600.0
    """Seconds that one cell may take."""
    pass_environment: tuple[str, ...] = ()
    """Names of environment variables that cells may read."""
    accept_nondeterministic: bool = False
    """Deploy a model that answers the same sample differently from one call to the next."""

"""Where Slipway keeps what it makes: SLIPWAY_HOME, for the user alone.

deployments/<name>/deployment.json, token, releases/<n>/…
environments/<digest>/  overlays/<digest>/  front/<digest>/   shared, content-addressed; with locks and users
locks/                                                        one file a deployment, one for all names
run/                                                          sockets of running services
checkouts/                                                    of git, for releases that are not there yet
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock
from platformdirs import user_data_path

from ..problems import Code, SlipwayProblem

HOME_VARIABLE = "SLIPWAY_HOME"


@dataclass(frozen=True)
class Home:
    """The layout. Directories have mode 0700; they are made when first asked for."""

    root: Path

    @classmethod
    def of_user(cls) -> Home:
        """By SLIPWAY_HOME, else the user's data directory.

        Raises SlipwayProblem UNSUPPORTED where it cannot be made or written to.
        """
        given = os.environ.get(HOME_VARIABLE)
        root = (Path(given).expanduser() if given else user_data_path("slipway")).absolute()
        try:
            private_directory(root)
            reason = "" if os.access(root, os.W_OK | os.X_OK) else "you may not write to it"
        except OSError as error:
            reason = error.strerror or str(error)
        if reason:
            raise SlipwayProblem(
                Code.UNSUPPORTED,
                f"Slipway cannot keep its records in {root}: {reason}. Set {HOME_VARIABLE} to a directory "
                "of your own, or mend this one.",
            )
        return cls(root)

    @property
    def deployments(self) -> Path:
        return private_directory(self.root / "deployments")

    @property
    def checkouts(self) -> Path:
        """Where repositories are checked out for a release that is not there yet; need not exist."""
        return self.root / "checkouts"

    def deployment(self, name: str) -> Path:
        """The deployment's directory, which need not exist."""
        return self.deployments / name

    def lock(self, name: str) -> FileLock:
        """Held while a deployment's releases are created, ended or removed.

        Names of deployments never begin with an underscore: `_names` guards names and ports of all.
        """
        return FileLock(private_directory(self.root / "locks") / f"{name}.lock", mode=0o600)

    def remove_lock(self, name: str) -> None:
        """The caller holds it, and does nothing with the deployment afterwards.

        Who waits for it finds that the file is gone, and takes the lock anew (filelock does, from 3.21 on).
        """
        (self.root / "locks" / f"{name}.lock").unlink(missing_ok=True)

    def names_lock(self) -> FileLock:
        """Held while a new deployment takes its name and port."""
        return self.lock("_names")


def private_directory(path: Path) -> Path:
    """Makes the directory, for its owner alone, where it does not exist."""
    if not path.is_dir():
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path

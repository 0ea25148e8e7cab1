"""Makes an image that was fetched from a registry the next release of a deployment."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from slipway_runtime.bundle import NOTEBOOK

from ..builder.options import BuildOptions
from ..builder.uv import without_credentials
from ..engines.containers.engine import ContainerEngine
from ..engines.containers.naming import shown
from ..engines.containers.pulling import Fetched
from ..problems import Code, SlipwayProblem
from ..sources.reference import public_address
from ..wire import Source
from . import names
from .beginning import begin
from .plans import plan_of
from .records import Records, ReleaseFiles

PREFIX = "docker://"
"""Before the name of a repository, where the record of a deployment has the path of its notebook else.
The transport of https://github.com/containers/image/blob/main/docs/containers-transports.5.md"""
_S2I = "io.openshift.s2i.build."
"""How labels begin that `s2i` adds (`GenerateOutputImageLabels` in its pkg/util/labels.go). Where it copies a
directory rather than clone it, it names no commit."""


def pulled_name(records: Records, fetched: Fetched, given: str | None) -> tuple[str, bool]:
    """(name of the deployment that the image becomes a release of, whether it is new).

    Without a given one it has the name that it had where it was made, else that of its notebook.

    Raises:
        SlipwayProblem: NAME_INVALID; NAME_TAKEN where the deployment is another notebook's.
    """
    name = names.check_name(given) if given is not None else _own_name(fetched)
    if name not in records.names():
        return name, True
    known = records.record(name)
    if known["title"] == title(fetched) or known["notebook"] == place(fetched):
        return name, False
    raise SlipwayProblem(
        Code.NAME_TAKEN,
        f"The deployment {name} belongs to another notebook ({known['notebook']}) than {title(fetched)}, "
        f"which is in the image. Choose another name with --name, or remove it first: `slipway rm {name}`.",
    )


def _own_name(fetched: Fetched) -> str:
    if fetched.deployment is not None and names.is_name(fetched.deployment):
        return fetched.deployment
    name, _ = names.derived_names(Path(fetched.manifest["notebook"]["name"]))
    return name


def title(fetched: Fetched) -> str:
    """The notebook's name without its ending: one line, whatever the image says."""
    return shown(fetched.manifest["title"])


def source(fetched: Fetched) -> Source | None:
    """The commit that the bundle says it was built from, else `s2i`; None where neither says one."""
    entry = fetched.manifest["notebook"]
    revision, repository, ref, path = (entry.get(key) for key in ("revision", "repository", "ref", "path"))
    if not isinstance(revision, str) or re.fullmatch(r"[0-9a-f]{40}|[0-9a-f]{64}", revision) is None:
        return _source_of_s2i(fetched)
    return {
        "repository": shown(without_credentials(repository)) if isinstance(repository, str) else None,
        "revision": revision,
        "ref": shown(ref) if isinstance(ref, str) else None,
        "path": shown(path) if isinstance(path, str) else shown(str(entry["name"])),
        "dirty": entry.get("dirty") is not False,
    }


def _source_of_s2i(fetched: Fetched) -> Source | None:
    """What `s2i build` says of the commit that it has cloned, which the script `assemble` is not told."""
    if fetched.deployment is not None:
        return None  # an engine's own image: it has inherited what its base image says
    revision, address, ref = (
        fetched.labels.get(f"{_S2I}{name}", "") for name in ("commit.id", "source-location", "commit.ref")
    )
    if re.fullmatch(r"[0-9a-f]{40}", revision) is None:
        return None
    public = public_address(address)
    return {
        "repository": shown(public) if public else None,
        "revision": revision,
        "ref": shown(ref) if ref else None,
        "path": shown(fetched.manifest["notebook"]["name"]),
        "dirty": False,
    }


def place(fetched: Fetched) -> str:
    """What stands in a record instead of the notebook's path."""
    return f"{PREFIX}{fetched.repository}"


def adopt(records: Records, engine: ContainerEngine, name: str, fetched: Fetched) -> ReleaseFiles:
    """The next release, of that image; nothing is left if it does not get that far.

    The caller holds the deployment's lock.

    Raises:
        SlipwayProblem: BUSY, and what is wrong with the engine.
    """

    def prepare(files: ReleaseFiles, number: int) -> None:
        shutil.move(fetched.bundle, files.bundle)
        port = records.record(name)["port"]
        engine.adopt(plan_of(records, name, files, number, port), fetched.image)

    def create() -> ReleaseFiles:
        notebook = shown(fetched.manifest["notebook"]["name"])
        event = {
            "kind": "created",
            "deployment": name,
            "notebook": notebook,
            "engine": engine.name,
            "pulled": fetched.reference,
        }
        options = BuildOptions(Path(notebook), Path("/"), title(fetched), source(fetched))
        content = (fetched.bundle / NOTEBOOK).read_bytes()
        return records.create_release(name, engine.name, options, content, event, prepare)

    return begin(records, name, create)

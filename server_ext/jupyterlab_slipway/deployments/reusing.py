"""Releases that serve again what an earlier one was built to: which one, and what they take over from it.

Numbers are a history, so it is always a new release; it names the one whose build it serves. From phase
`start` on it goes the way of any other one, recorded samples and all.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from slipway_runtime.bundle import NOTEBOOK, BundleError, read_manifest

from ..builder.progress import Progress
from ..engines.engine import Engine, Plan, Pushable
from ..engines.registry import usable_engine
from ..problems import Code, SlipwayProblem
from ..wire import Deployment, Release
from . import state
from .beginning import begin
from .pushing import FINISHED
from .records import Records, ReleaseFiles

NOTE = "It serves release {} again: nothing is run, built or trained."


def start_again(records: Records, name: str, number: int | None) -> ReleaseFiles:
    """A new release that serves the build of an earlier one. The caller holds the deployment's lock.

    Raises:
        SlipwayProblem: DEPLOYMENT_UNKNOWN, BUSY, NOTHING_TO_START, NO_IMAGE, BUNDLE_INVALID, and what is
            wrong with the release's engine.
    """

    def create() -> ReleaseFiles:
        kept = kept_release(records, name, chosen(records, name, number))
        engine = usable_engine(kept.record["engine"])
        try:
            manifest = read_manifest(kept.bundle)
        except BundleError as error:
            raise SlipwayProblem(Code.BUNDLE_INVALID, str(error)) from None
        engine.require_kept(Pushable(name, kept.number, kept.record["identity"]))
        event = {
            "kind": "created",
            "deployment": name,
            "notebook": manifest["notebook"]["name"],
            "engine": engine.name,
            "of": kept.built_by,
        }
        return records.create_release(
            name,
            engine.name,
            kept.options(),
            _notebook(kept),
            event,
            checkout_notes=kept.record.get("checkout"),  # by which an export fetches the commit's files again
        )

    return begin(records, name, create)


def chosen(records: Records, name: str, number: int | None) -> ReleaseFiles:
    """The release of that number; without one, that which was live last.

    Raises:
        SlipwayProblem: DEPLOYMENT_UNKNOWN, also where there is no such release; NOTHING_TO_START where it
            runs, or never came to serve.
    """
    if number is not None:
        files = records.release(name, number)
        now = files.view()["state"]
        if now == "live":
            raise SlipwayProblem(Code.NOTHING_TO_START, f"Release {number} of {name} is live already.")
        if now not in FINISHED or not state.went_live(files.events.read()):
            raise SlipwayProblem(
                Code.NOTHING_TO_START,
                f"Release {number} of {name} never served: it is {now}. Choose another one "
                f"(`slipway ps {name}` lists them), or deploy the notebook.",
            )
        return files
    live = records.view(name).get("live")
    if live is not None:
        raise SlipwayProblem(
            Code.NOTHING_TO_START,
            f"{name} is live already, with release {live}. `--release N` goes back to an older one "
            f"(`slipway ps {name}` lists them).",
        )
    for files in records.releases(name):
        if state.went_live(files.events.read()):
            return files
    raise SlipwayProblem(
        Code.NOTHING_TO_START, f"No release of {name} was live yet. Deploy its notebook: `slipway deploy`."
    )


def kept_release(records: Records, name: str, wanted: ReleaseFiles) -> ReleaseFiles:
    """That one, or another one of the same build, which still has the bundle.

    Raises:
        SlipwayProblem: NOTHING_TO_START where none has.
    """
    kept = [files for files in records.releases(name) if _is_kept(files)]
    for files in sorted(kept, key=lambda files: files.number != wanted.number):
        if files.built_by == wanted.built_by:
            return files
    numbers = sorted({files.number for files in kept} | {files.built_by for files in kept})
    others = "No other one is kept"
    if numbers:
        others = f"Kept are {', '.join(map(str, numbers))} (`slipway ps {name}`)"
    raise SlipwayProblem(
        Code.NOTHING_TO_START,
        f"The bundle of release {wanted.number} of {name} is not kept any more: old ones go by themselves, "
        f"or somebody removed it. {others}; else deploy the notebook again.",
    )


def startable(records: Records, view: Deployment) -> set[int]:
    """Numbers of the releases that `chosen` takes and for which `kept_release` finds a bundle."""
    releases = view["releases"]
    builds = {_build_of(release) for release in releases if release.get("kept")}
    return {
        release["release"]
        for release in releases
        if release["state"] in FINISHED
        and release["state"] != "live"
        and _build_of(release) in builds
        and state.went_live(records.events_after(view["name"], release["release"], 0))
    }


def _build_of(release: Release) -> int:
    return release.get("of", release["release"])


def _is_kept(files: ReleaseFiles) -> bool:
    return files.view().get("kept", False)


def _notebook(files: ReleaseFiles) -> bytes:
    """The snapshot; where somebody removed it, what the bundle has of it."""
    try:
        return files.notebook.read_bytes()
    except FileNotFoundError:
        return (files.bundle / NOTEBOOK).read_bytes()


def take_over(records: Records, files: ReleaseFiles, plan: Plan, engine: Engine, progress: Progress) -> None:
    """Instead of a build: the new release gets the bundle, the image and what was said of them.

    Raises:
        SlipwayProblem: NOTHING_TO_START, NO_IMAGE, and what is wrong with the engine.
    """
    kept = kept_release(records, plan.deployment, records.release(plan.deployment, files.built_by))
    progress.note("start", NOTE.format(files.built_by))
    partial = files.bundle.with_name(f".{files.bundle.name}.kept")
    shutil.copytree(kept.bundle, partial, symlinks=True, copy_function=_link)
    partial.rename(files.bundle)
    engine.reuse(plan, Pushable(plan.deployment, kept.number, kept.record["identity"]))
    packages = None
    for event in kept.events.read():
        if event["kind"] == "packages":
            packages = event["packages"]
        elif event["kind"] == "problem":
            problem = event["problem"]
            # that nothing was tried, the probe finds anew
            if problem["severity"] != "error" and problem["code"] != Code.NOT_TRIED:
                progress.problem(problem)
    if packages is not None:
        progress.packages(packages)


def _link(source: str, target: str) -> str:
    """A bundle's files are never changed, so that both releases may have the same ones."""
    try:
        os.link(source, target)
    except OSError:  # no links there, or none to files of somebody else
        shutil.copy2(source, target)
    return str(Path(target))

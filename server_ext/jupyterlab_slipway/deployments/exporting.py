"""`slipway export`: from a release's records to what an export is made of."""

from __future__ import annotations

from pathlib import Path

from ..builder.progress import Progress
from ..engines.containers.settings import ContainerSettings
from ..engines.engine import Plan
from .publishing import chosen_release
from .records import Records


def export(
    records: Records, name: str, number: int | None, destination: Path, progress: Progress
) -> tuple[int, bool]:
    """(which release, whether the notebook's directory was there).

    Raises:
        SlipwayProblem: as `chosen_release` and `export_release`.
    """
    from ..engines.containers.export import export_release  # heavy, as all that builds

    files = chosen_release(records, name, number)
    record = records.record(name)
    plan = Plan(
        home=records.home.root,
        bundle=files.bundle,
        deployment=name,
        release=files.number,
        identity=files.record["identity"],
        token_file=records.token_file(name),
        log=files.service_log,
        host="127.0.0.1",
        port=record["port"],
    )
    beside = export_release(plan, files.options(), destination, ContainerSettings.of_user(), progress)
    return files.number, beside

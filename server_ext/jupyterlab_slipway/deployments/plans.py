"""What an engine is told of a release."""

from __future__ import annotations

from ..engines.engine import Plan
from ..engines.ports import HOST
from .records import Records, ReleaseFiles


def plan_of(records: Records, name: str, files: ReleaseFiles, number: int, port: int) -> Plan:
    """`number` is that of a release whose files may still lie elsewhere."""
    return Plan(
        home=records.home.root,
        bundle=files.bundle,
        deployment=name,
        release=number,
        identity=files.record["identity"],
        token_file=records.token_file(name),
        log=files.service_log,
        host=HOST,
        port=port,
    )

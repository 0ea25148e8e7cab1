"""`slipway gc`"""

from __future__ import annotations

import argparse
import time

from ..deployments.garbage import Collected, Item, collect
from ..deployments.home import Home
from ..deployments.manager import Deployments
from ..sizes import size_words
from .exits import SUCCESS
from .listing import age
from .output import Output


def gc(options: argparse.Namespace, output: Output) -> int:
    home = Home.of_user()
    if not options.dry_run:
        Deployments(home).reattach()  # what builds left that were killed goes with their records

    def tell(item: Item) -> None:
        path = item.path.relative_to(home.root)
        content = {"path": str(path), "kind": item.kind, "bytes": item.bytes}
        output.json({**content, "used": item.used * 1000 or None, "removed": not options.dry_run})
        since = f", not used for {age(time.time() - item.used)}" if item.used else ""
        output.line(f"{item.kind:12}{size_words(item.bytes):>9}  {path.name}{since}")

    found = collect(home, limit=options.max_size, dry_run=options.dry_run, on_removed=tell)
    output.json(
        {
            "count": len(found.removed),
            "bytes": found.bytes,
            "needed": found.needed,
            "spared": found.spared,
            "limit": options.max_size,
            "removed": not options.dry_run,
        }
    )
    for line in _summary(found, options.max_size, dry_run=options.dry_run):
        output.line(line)
    return SUCCESS


def _summary(found: Collected, limit: int | None, *, dry_run: bool) -> list[str]:
    if found.removed:
        things = "thing" if len(found.removed) == 1 else "things"
        verb = "Would remove" if dry_run else "Removed"
        lines = [f"{verb} {len(found.removed)} {things}, {size_words(found.bytes)}."]
    else:
        lines = ["Nothing to remove."]
    if found.needed:
        lines.append(f"{size_words(found.needed)} stay, for releases that are kept and for what runs now.")
    if limit is not None and found.needed > limit:
        lines.append(
            f"That alone is more than {size_words(limit)}. `slipway rm NAME` removes a deployment that "
            "you no longer need."
        )
    if found.spared:
        lines.append(f"{size_words(found.spared)} are not needed, but all fits.")
    return lines

"""Which files cells wrote beside the notebook, told by times and sizes before and after."""

from __future__ import annotations

import os
from pathlib import Path

MOST_ENTRIES = 20_000
_SHOWN = 12

Snapshot = dict[str, tuple[int, int]]


def snapshot(directory: Path, home: Path) -> Snapshot:
    """Time (ns) and size of the files below `directory`.

    Left out are hidden ones, those of our own `home`, and very large trees.
    """
    found: Snapshot = {}
    own = os.path.realpath(home)
    for parent, directories, files in os.walk(directory):
        directories[:] = [
            name
            for name in directories
            if name[0] != "."
            and name != "__pycache__"
            and os.path.realpath(os.path.join(parent, name)) != own  # noqa: PTH118
        ]
        for name in files:
            path = os.path.join(parent, name)  # noqa: PTH118  thousands of them
            try:
                facts = os.stat(path, follow_symlinks=False)  # noqa: PTH116
            except OSError:
                continue
            found[os.path.relpath(path, directory)] = (facts.st_mtime_ns, facts.st_size)
        if len(found) > MOST_ENTRIES:
            break
    return found


def written_note(before: Snapshot, after: Snapshot) -> str | None:
    """A sentence on what is new or changed; None where nothing is."""
    if max(len(before), len(after)) > MOST_ENTRIES:
        return None
    names = sorted(name for name, facts in after.items() if before.get(name) != facts)
    if not names:
        return None
    sizes = {name: after[name][1] for name in names[:_SHOWN]}
    shown = ", ".join(f"{name} ({size:,} byte{'' if size == 1 else 's'})" for name, size in sizes.items())
    more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"Cells wrote beside the notebook: {shown}{more}. The service has those that predictions read."

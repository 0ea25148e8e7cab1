"""Ends what predictors have started, wherever it has gone: Linux. Elsewhere a process group has to do.

A process whose parent ends becomes a child of its nearest ancestor that is a subreaper (prctl(2),
PR_SET_CHILD_SUBREAPER). The workers' parent is one: so whatever a predictor started stays below it, also with
a session of its own and when the worker has ended.
"""

import ctypes
import os
import signal
import sys
from typing import Collection, Dict, List, Optional

WORKER_VARIABLE = "SLIPWAY_WORKER"  # in a worker's environment: its id, by which its daemons are known
LINUX = sys.platform.startswith("linux")

_PR_SET_CHILD_SUBREAPER = 36
_ROUNDS = 20  # one that starts others while it is killed needs more than one

_Tree = Dict[int, List[int]]  # children by parent


def adopt_orphans() -> None:
    """What this process's descendants leave behind becomes its own, to be waited for."""
    if LINUX:
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def children() -> List[int]:
    """Of this process."""
    return _tree().get(os.getpid(), []) if LINUX else []


def end_strays(spared: Collection[int], living: Collection[int]) -> None:
    """Kills what is below this process, but for the children `spared`, the workers `living` and theirs."""
    for _ in range(_ROUNDS if LINUX else 0):
        tree = _tree()
        found: List[int] = []
        for child in tree.get(os.getpid(), []):
            if child not in spared and child not in living and _worker_of(child) not in living:
                found += _subtree(tree, child)
        if not found:
            return
        for pid in found:
            try:
                os.kill(pid, signal.SIGKILL)
            except (ProcessLookupError, PermissionError):
                pass


def _tree() -> _Tree:
    """All processes that have not ended."""
    tree: _Tree = {}
    for name in os.listdir("/proc"):
        if not name.isdigit():
            continue
        try:
            with open("/proc/%s/stat" % name, "rb") as file:
                # The name is in parentheses and may hold any other; state and parent follow it (proc(5)).
                state, parent = file.read().rpartition(b")")[2].split()[:2]
        except (OSError, ValueError):
            continue  # it is gone
        if state not in (b"Z", b"X"):
            tree.setdefault(int(parent), []).append(int(name))
    return tree


def _subtree(tree: _Tree, root: int) -> List[int]:
    found = [root]
    for pid in found:
        found += tree.get(pid, [])
    return found


def _worker_of(pid: int) -> Optional[int]:
    """The worker that started a process, as its environment says; None where it does not."""
    try:
        with open("/proc/%d/environ" % pid, "rb") as file:
            entries = file.read().split(b"\0")
    except OSError:
        return None
    prefix = WORKER_VARIABLE.encode("ascii") + b"="
    for entry in entries:
        if entry.startswith(prefix) and entry[len(prefix) :].isdigit():
            return int(entry[len(prefix) :])
    return None

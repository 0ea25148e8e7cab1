"""Byte code of an environment: made when it is made, as nothing can be added to it later."""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path

from .children import child, start
from .disk import disk_full, says_disk_full

_CACHE = "__pycache__"


def compile_all(python: Path, directory: Path, like: Path | None = None) -> None:
    """Compiles what lies below `directory`. Packages may hold files of other Pythons: these are no failure.

    Where `like` is a directory of the same layout, for the same interpreter, byte code of equal files is
    taken from there: Python corrects the paths in it when it loads it. Raises SlipwayProblem DISK_FULL.
    """
    if like is not None:
        _take_over(like, directory)
    modules = [str(path) for path in sorted(directory.rglob("*.py"))]
    count = min(os.cpu_count() or 1, len(modules))
    # Not with `compileall -j`: when this process is killed, what that starts stays for ever.
    command: list[str | Path] = [python, "-I", "-m", "compileall", "-q", "-i", "-"]
    with contextlib.ExitStack() as started:
        running = [
            started.enter_context(
                child(start(command, env={"PATH": os.defpath}, cwd=directory, stdin=subprocess.PIPE))
            )
            for _ in range(count)
        ]
        for number, process in enumerate(running):
            _give(process, modules[number::count])
        said = b"".join(part for process in running for part in process.communicate())
    if says_disk_full(said.decode("utf-8", "replace")):
        raise disk_full(directory)


def _give(process: subprocess.Popen[bytes], modules: list[str]) -> None:
    """What to compile; it reads all of it before it begins, so that this does not wait for it."""
    assert process.stdin is not None
    with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
        pipe.write(os.fsencode("\n".join(modules) + "\n"))
    process.stdin = None  # for communicate


def _take_over(source: Path, target: Path) -> None:
    for parent, directories, names in os.walk(source):
        here = target / Path(parent).relative_to(source)
        directories[:] = [name for name in directories if name == _CACHE or (here / name).is_dir()]
        if Path(parent).name != _CACHE:
            continue
        here.mkdir(exist_ok=True)
        for name in names:
            module = f"{name.partition('.')[0]}.py"
            if _equal(Path(parent).parent / module, here.parent / module):
                with contextlib.suppress(OSError):  # of another file system, say: it is compiled instead
                    (here / name).hardlink_to(Path(parent) / name)


def _equal(one: Path, other: Path) -> bool:
    """By what byte code itself goes by: size and time of its source."""
    try:
        first, second = one.stat(), other.stat()
    except OSError:
        return False
    return (first.st_size, int(first.st_mtime)) == (second.st_size, int(second.st_mtime))

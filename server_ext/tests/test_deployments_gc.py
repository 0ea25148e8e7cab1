"""`slipway gc`: what is needed stays, whatever happens at the same time; all else goes."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Recorder
from deployments_fixtures import DOUBLING, SHARED, SLEEPING, Said, ask, deploy, until, until_asleep
from jupyterlab_slipway.builder import environments
from jupyterlab_slipway.builder.files import make_read_only
from jupyterlab_slipway.builder.interpreters import list_interpreters
from jupyterlab_slipway.builder.resolve import KEPT_FOR
from jupyterlab_slipway.builder.uses import add_user, lock_of, users_of
from jupyterlab_slipway.deployments.garbage import Item, collect, environments_limit, tree_size
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.manager import Deployments, DeployRequest
from jupyterlab_slipway.engines import front
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.processes import Identity, identify
from jupyterlab_slipway.sizes import parse_size

MakeNotebook = Callable[..., Path]
DEAD: Identity = {"pid": 2**22 - 7, "created": 1.0}


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("5GB", 5 * 10**9),
        ("1.5 kB", 1500),
        ("2GiB", 2 * 2**30),
        ("100", 100),
        ("100b", 100),
        ("7m", 7 * 10**6),
    ],
)
def test_sizes_are_read(text: str, count: int) -> None:
    assert parse_size(text) == count


@pytest.mark.parametrize("text", ["", "GB", "5 potatoes", "-1GB", "1e9", "5GBs", "1.GB"])
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no size"):
        parse_size(text)


def test_a_wrong_limit_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_ENVIRONMENTS_LIMIT", "much")
    with pytest.raises(SlipwayProblem) as caught:
        environments_limit()
    assert caught.value.code is Code.REQUEST_INVALID
    assert "SLIPWAY_ENVIRONMENTS_LIMIT" in caught.value.message
    monkeypatch.setenv("SLIPWAY_ENVIRONMENTS_LIMIT", "5GB")
    assert environments_limit() == 5 * 10**9
    monkeypatch.setenv("SLIPWAY_ENVIRONMENTS_LIMIT", "")
    assert environments_limit() is None


# -- made by hand: what counts is the files


@pytest.fixture
def home(slipway_home: Path) -> Home:
    return Home(slipway_home)


def make(
    home: Home,
    name: str,
    *,
    kind: str = "environments",
    size: int = 1000,
    used: float = 0.0,
    whole: bool = True,
) -> Path:
    directory = home.root / kind / name
    (directory / "lib").mkdir(parents=True)
    (directory / "lib" / "code.py").write_bytes(b"x" * size)
    if whole:
        (directory / (front.MARKER if kind == "front" else environments.MARKER)).write_text("")
    if used:
        add_user(directory, DEAD)
        notes = directory.with_name(f"{name}.users.json")
        notes.write_text(json.dumps({"used": used, "users": [DEAD]}), encoding="utf-8")
    make_read_only(directory)
    return directory


def need(home: Home, name: str, deployment: str = "a") -> None:
    """A kept bundle that names the environment."""
    bundle = home.deployments / deployment / "releases" / "1" / "bundle"
    bundle.mkdir(parents=True)
    (bundle / "manifest.json").write_text(json.dumps({"environment": name}), encoding="utf-8")


def names(home: Home, kind: str = "environments") -> list[str]:
    return sorted(path.name for path in (home.root / kind).iterdir() if path.is_dir())


def test_what_a_bundle_needs_stays_and_the_rest_goes(home: Home) -> None:
    make(home, "needed")
    make(home, "old")
    make(home, "overlay", kind="overlays")
    make(home, "other", kind="front")
    current = front.front_directory(home.root).name
    make(home, current, kind="front")
    need(home, "needed")
    told: list[Item] = []
    found = collect(home, on_removed=told.append)
    assert (names(home), names(home, "overlays"), names(home, "front")) == (["needed"], [], [current])
    assert sorted((item.kind, item.path.name, item.bytes) for item in told) == [
        ("environment", "old", 1000),
        ("front", "other", 1000),
        ("overlay", "overlay", 1000),
    ]
    assert (found.bytes, found.needed, found.spared) == (3000, 2000, 0)
    shutil.rmtree(home.deployments / "a")
    collect(home)
    assert (names(home), names(home, "front")) == ([], [])


def test_a_dry_run_says_the_same_and_leaves_all(home: Home) -> None:
    make(home, "old")
    make(home, "half", whole=False)
    planned = collect(home, dry_run=True)
    assert names(home) == ["half", "old"]
    done = collect(home)
    assert [item.path for item in planned.removed] == [item.path for item in done.removed]
    assert names(home) == []


def test_who_uses_it_keeps_it_while_it_lives(home: Home) -> None:
    directory = make(home, "used", kind="overlays", used=100.0)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    add_user(directory, identify(child.pid))
    assert collect(home).removed == []
    child.communicate(b"\n")
    assert [item.path.name for item in collect(home).removed] == ["used"]
    assert not directory.with_name("used.users.json").exists()


def test_another_process_of_the_same_id_is_no_user(home: Home) -> None:
    directory = make(home, "old")
    add_user(directory, {"pid": os.getpid(), "created": identify(os.getpid())["created"] - 60})
    assert len(collect(home).removed) == 1


def test_the_least_recently_used_go_until_the_rest_fits(home: Home) -> None:
    for age, name in enumerate(["newest", "middle", "oldest"]):
        make(home, name, used=1000.0 - age)
    make(home, "needed", used=1.0)
    need(home, "needed")
    found = collect(home, limit=3000)
    assert names(home) == ["middle", "needed", "newest"]
    assert (found.bytes, found.needed, found.spared) == (1000, 1000, 2000)
    assert collect(home, limit=2999).bytes == 1000
    assert names(home) == ["needed", "newest"]
    assert collect(home, limit=10).needed == 1000
    assert names(home) == ["needed"]


def test_what_killed_builds_and_collections_left_goes_whatever_the_limit(home: Home) -> None:
    make(home, "half", whole=False)
    make(home, ".removed-1234", kind="front")
    making = make(home, "making", whole=False)
    (home.deployments / ".removed-5678").mkdir()
    with lock_of(making):
        found = collect(home, limit=10**9)
    assert sorted(item.path.name for item in found.removed) == [".removed-1234", ".removed-5678", "half"]
    assert names(home) == ["making"]
    assert [item.path.name for item in collect(home, limit=10**9).removed] == ["making"]


def test_resolutions_go_when_they_are_old_or_lead_nowhere(home: Home) -> None:
    python = list_interpreters()[0]
    kept = environments.digest("a==1\n", python)
    make(home, kept)
    need(home, kept)
    resolutions = home.root / "resolutions"
    resolutions.mkdir()
    facts = {
        "path": str(python.path),
        "version": python.version,
        "implementation": python.implementation,
        "platform": python.platform,
        "machine": python.machine,
    }
    for name, lock in {"good": "a==1\n", "nowhere": "b==1\n", "old": "a==1\n"}.items():
        content = {"interpreter": facts, "lock": lock, "note": ""}
        (resolutions / f"{name}.json").write_text(json.dumps(content), encoding="utf-8")
    (resolutions / "overlay-1.lock").write_text("", encoding="utf-8")
    (resolutions / "overlay-2.lock").write_text("", encoding="utf-8")
    (resolutions / "broken.json").write_text("{", encoding="utf-8")
    past = time.time() - KEPT_FOR - 60
    for name in ("old.json", "overlay-2.lock"):
        os.utime(resolutions / name, (past, past))
    collect(home)
    assert sorted(path.name for path in resolutions.iterdir()) == ["good.json", "overlay-1.lock"]


def test_a_size_counts_each_file_once(tmp_path: Path) -> None:
    (tmp_path / "one").write_bytes(b"x" * 500)
    (tmp_path / "two").hardlink_to(tmp_path / "one")
    (tmp_path / "link").symlink_to("/etc")
    assert 500 <= tree_size(tmp_path) < 600


def test_what_is_used_or_needed_since_it_was_looked_at_stays(home: Home) -> None:
    for age, name in enumerate(["first", "used", "named", "held", "last"]):
        make(home, name, used=100.0 + age)
    held = lock_of(home.root / "environments" / "held")

    def meanwhile(item: Item) -> None:
        if item.path.name == "first":
            add_user(home.root / "environments" / "used", identify(os.getpid()))
            need(home, "named")
            held.acquire()

    found = collect(home, on_removed=meanwhile)
    held.release()
    assert names(home) == ["held", "named", "used"]
    assert [item.path.name for item in found.removed] == ["first", "last"]
    assert found.needed == 3000


GRABBING = """
import os, sys, time
from pathlib import Path
from jupyterlab_slipway.builder.uses import in_use

home = Path(sys.argv[1])
wrong = 0
for number in range(int(sys.argv[2])):
    directory = home / "environments" / str(number)
    with in_use(directory):
        if not (directory / "environment.json").exists():
            (directory / "lib").mkdir(parents=True, exist_ok=True)
            (directory / "lib" / "code.py").write_bytes(b"x")
            (directory / "environment.json").touch()
    time.sleep(0.003)
    wrong += not (directory / "environment.json").exists() or not (directory / "lib" / "code.py").exists()
sys.exit(wrong)
"""
COLLECTING = """
import sys, time
from pathlib import Path
from jupyterlab_slipway.deployments.garbage import collect
from jupyterlab_slipway.deployments.home import Home

print("begun", flush=True)
while True:
    collect(Home(Path(sys.argv[1])))
"""


def start(code: str, *words: object) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", code, *map(str, words)], stdout=subprocess.PIPE, text=True)


@pytest.mark.slow
def test_builds_and_collections_at_once_take_nothing_from_each_other(home: Home) -> None:
    """Two collect without pause, and are killed again and again, while two use what there is or make it."""
    count = 150
    for number in range(0, count, 2):
        make(home, str(number), used=1.0)
    collecting = [start(COLLECTING, home.root) for _ in range(2)]
    for process in collecting:
        assert process.stdout is not None
        process.stdout.readline()
    grabbing = [start(GRABBING, home.root, count) for _ in range(2)]
    while any(process.poll() is None for process in grabbing):
        time.sleep(0.2)
        collecting[0].kill()
        collecting[0].communicate()
        collecting = [collecting[1], start(COLLECTING, home.root)]
    for process in collecting:
        process.kill()
        process.communicate()
    assert [process.wait() for process in grabbing] == [0, 0]
    for process in grabbing:
        process.communicate()
    collect(home)
    assert [path.name for path in (home.root / "environments").iterdir() if path.suffix != ".lock"] == []


# -- with real builds and services


@pytest.fixture
def own_deployments(
    deployments: Deployments, slipway_home: Path, slipway_homes: Path
) -> Iterator[Deployments]:
    """With environments of its own: those of other tests are not to be removed. The front is a copy."""
    for name in SHARED:
        (slipway_home / name).unlink()
    with_front = slipway_homes / "shared"
    current = front.front_directory(with_front)
    front.provide_front(with_front, Recorder())
    (slipway_home / "front").mkdir()
    shutil.copytree(current, slipway_home / "front" / current.name, symlinks=True)
    yield deployments
    for name in deployments.records.names():
        deployments.remove(name, force=True)


def environment_of(deployments: Deployments, name: str) -> Path:
    files = deployments.records.releases(name)[0]
    manifest: Any = json.loads((files.bundle / "manifest.json").read_text(encoding="utf-8"))
    return deployments.home.root / "environments" / manifest["environment"]


@pytest.mark.slow
def test_builds_and_services_keep_what_they_use(
    own_deployments: Deployments, saved_notebook: MakeNotebook, slipway: Callable[..., Said]
) -> None:
    home = own_deployments.home
    # while it is being built: no bundle names the environment yet
    name, number = own_deployments.deploy(DeployRequest(saved_notebook("s.ipynb", *SLEEPING), name="s"))
    until_asleep(own_deployments, name, number)
    said = slipway("gc", "--json")
    assert said.code == 0
    assert said.last["count"] == 1, "the front is needed by no bundle yet"
    assert (len(names(home)), len(names(home, "overlays"))) == (1, 1)
    own_deployments.stop(name)
    assert slipway("gc", "--dry-run", "--json").last["removed"] is False
    assert len(names(home)) == 1
    assert "Removed" in slipway("gc").out
    assert (names(home), names(home, "overlays")) == ([], [])

    # while it is served: the service is a user of its own, whatever becomes of the bundle
    served = deploy(own_deployments, saved_notebook("d.ipynb", *DOUBLING), name="d")
    directory = environment_of(own_deployments, served)
    service = own_deployments.records.release(served, 1).service
    assert service is not None
    until(lambda: [user["pid"] for user in users_of(directory)] == [service["pid"]], "the builder has ended")
    manifest = own_deployments.records.release(served, 1).bundle / "manifest.json"
    content = manifest.read_bytes()
    manifest.unlink()
    slipway("gc", "--max-size", "0")
    assert (names(home), len(names(home, "front"))) == ([directory.name], 1)
    manifest.write_bytes(content)
    assert ask(own_deployments, served, "4")[:2] == (200, "8")

    # while its bundle is kept
    own_deployments.stop(served)
    said = slipway("gc", "--max-size", "1kB")
    assert "more than 1.0 kB" in said.out
    assert "slipway rm" in said.out
    assert names(home) == [directory.name]
    own_deployments.remove(served)
    slipway("gc")
    assert (names(home), names(home, "front")) == ([], [])


@pytest.mark.slow
def test_a_limit_holds_by_itself_after_each_release(
    own_deployments: Deployments, saved_notebook: MakeNotebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = own_deployments.home
    make(home, "old", size=10_000, used=5.0)
    notebook = saved_notebook("d.ipynb", *DOUBLING)
    deploy(own_deployments, notebook, name="d")
    assert "old" in names(home), "without a limit nothing goes by itself"
    monkeypatch.setenv("SLIPWAY_ENVIRONMENTS_LIMIT", "1MB")
    deploy(own_deployments, notebook, name="d")
    until(lambda: "old" not in names(home), "it is removed")
    assert ask(own_deployments, "d", "4")[:2] == (200, "8")
    monkeypatch.setenv("SLIPWAY_ENVIRONMENTS_LIMIT", "much")
    with pytest.raises(SlipwayProblem) as caught:
        own_deployments.deploy(DeployRequest(notebook, name="d"))
    assert caught.value.code is Code.REQUEST_INVALID


@pytest.mark.slow
def test_a_build_meets_a_collection_that_takes_its_environment(
    own_deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    """Collections without pause while a notebook is deployed: it goes live all the same."""
    collecting = start(COLLECTING, own_deployments.home.root)
    try:
        name = deploy(own_deployments, saved_notebook("d.ipynb", *DOUBLING), name="d")
        assert ask(own_deployments, name, "4")[:2] == (200, "8")
    finally:
        collecting.send_signal(signal.SIGKILL)
        collecting.communicate()

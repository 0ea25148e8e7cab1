"""Which release `slipway start` serves again, what it takes over, and which bundles stay."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import Recorder
from jupyterlab_slipway.builder.files import remove_tree
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.deployments import beginning, endings, exporting, release_files, reusing
from jupyterlab_slipway.deployments.endings import KEPT_BUNDLES, KEPT_VARIABLE, prune
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.records import Records, ReleaseFiles
from jupyterlab_slipway.deployments.reusing import chosen, kept_release, start_again, take_over
from jupyterlab_slipway.engines.engine import Plan, Pushable
from jupyterlab_slipway.json_files import read_json, write_json
from jupyterlab_slipway.problems import Code, SlipwayProblem
from pulled_images import write_bundle
from sources_fixtures import CONTRACT, Repository, notebook_text

NAME = "a"


class Engine:
    """Knows which services run; keeps what it is asked to reuse and to discard."""

    name = "process"

    def __init__(self) -> None:
        self.alive: set[str] = set()
        self.reused: list[Pushable] = []
        self.discarded: list[str] = []

    def is_alive(self, service: dict[str, Any]) -> bool:
        return service["identity"] in self.alive

    def ending_words(self, _service: object) -> None:
        return None

    def require_kept(self, _release: Pushable) -> None:
        pass

    def reuse(self, _plan: Plan, release: Pushable) -> None:
        self.reused.append(release)

    def discard(self, identity: str) -> None:
        self.discarded.append(identity)


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> Engine:
    found = Engine()
    for module in (release_files, endings):
        monkeypatch.setattr(module, "engine_named", lambda _: found)
    return found


@pytest.fixture
def records(tmp_path: Path) -> Records:
    found = Records(Home(tmp_path / "home"))
    found.create(NAME, "A", tmp_path / "a.ipynb", "process", 8901, 0.0)
    return found


@pytest.fixture
def add(records: Records, engine: Engine) -> Callable[..., ReleaseFiles]:
    """A release that is `state`, having been live once unless it is one of those that never are."""

    def make(state: str, *, bundle: bool = True, live: bool = True, **event: Any) -> ReleaseFiles:
        options = BuildOptions(Path("a.ipynb"), Path(), "A")
        facts = {"kind": "created", "deployment": NAME, "notebook": "a.ipynb", "engine": "process", **event}
        files = records.create_release(NAME, "process", options, b"{}", facts)
        if live and state not in ("failed", "cancelled", "building"):
            files.events.append({"kind": "state", "state": "live", "url": "http://127.0.0.1:8901"})
        if state == "live":
            files.set_service({"engine": "process", "identity": files.record["identity"], "run_dir": ""})
            engine.alive.add(files.record["identity"])
        elif state != "building":
            files.events.append({"kind": "state", "state": state})
        if bundle:
            (files.bundle / "modules").mkdir(parents=True)
            (files.bundle / "manifest.json").write_text(str(files.number))
            (files.bundle / "modules" / "m.py").write_text("")
        return files

    return make


def refused(code: Code, call: Callable[[], object]) -> str:
    with pytest.raises(SlipwayProblem) as caught:
        call()
    assert caught.value.code is code
    return caught.value.message


@pytest.mark.parametrize("last", ["stopped", "replaced", "lost"])
def test_that_which_was_live_last_is_chosen(
    records: Records, add: Callable[..., ReleaseFiles], last: str
) -> None:
    add("replaced")
    wanted = add(last)
    add("failed", bundle=False)
    add("lost", bundle=False, live=False)  # whose builder was killed
    assert chosen(records, NAME, None).number == wanted.number


def test_what_cannot_be_started_is_said(records: Records, add: Callable[..., ReleaseFiles]) -> None:
    def start(number: int | None = None) -> str:
        return refused(Code.NOTHING_TO_START, lambda: chosen(records, NAME, number))

    assert "No release of a was live yet" in start()
    add("failed", bundle=False)
    assert "Release 1 of a never served: it is failed" in start(1)
    assert "was live yet" in start()
    add("replaced")
    add("live")
    assert "a is live already, with release 3" in start()
    assert "Release 3 of a is live already" in start(3)
    add("lost", live=False)
    assert "Release 4 of a never served: it is lost" in start(4)
    assert chosen(records, NAME, 2).number == 2
    add("building")
    assert "it is building" in start(5)
    refused(Code.DEPLOYMENT_UNKNOWN, lambda: chosen(records, NAME, 9))
    refused(Code.DEPLOYMENT_UNKNOWN, lambda: chosen(records, "b", None))


def test_another_release_of_the_same_build_does_as_well(
    records: Records, add: Callable[..., ReleaseFiles]
) -> None:
    first = add("replaced", bundle=False)
    add("replaced")
    again = add("stopped", of=1)
    assert again.built_by == 1
    assert kept_release(records, NAME, first).number == again.number
    assert kept_release(records, NAME, again).number == again.number
    gone = add("stopped", bundle=False)
    message = refused(Code.NOTHING_TO_START, lambda: kept_release(records, NAME, gone))
    assert "The bundle of release 4 of a is not kept any more" in message
    assert "Kept are 1, 2, 3" in message


def test_views_say_which_releases_can_be_served_again(
    records: Records, add: Callable[..., ReleaseFiles]
) -> None:
    def kept() -> list[int]:
        return [view["release"] for view in records.view(NAME)["releases"] if view.get("kept")]

    add("failed")
    add("lost", live=False)  # whose builder was killed, and left what it had made
    add("replaced", bundle=False)
    assert kept() == []
    old = add("lost")
    add("live")
    add("building", of=4)
    assert kept() == [5, 4]
    before = records.signatures()
    remove_tree(old.bundle)
    assert kept() == [5]
    assert records.signatures() != before, "the panel hears of it"


def test_without_any_bundle_that_is_said(records: Records, add: Callable[..., ReleaseFiles]) -> None:
    gone = add("stopped", bundle=False)
    message = refused(Code.NOTHING_TO_START, lambda: kept_release(records, NAME, gone))
    assert "No other one is kept" in message


def test_the_new_release_takes_over_bundle_image_and_what_was_said(
    records: Records, add: Callable[..., ReleaseFiles], engine: Engine, tmp_path: Path
) -> None:
    kept = add("stopped")
    packages: Any = {"packages": [], "before": 1, "after": 0, "fallback": None}
    warning = {"code": "SLP543", "message": "It differs.", "severity": "warning"}
    kept.events.append({"kind": "packages", "packages": packages})
    kept.events.append({"kind": "problem", "problem": warning})
    kept.events.append({"kind": "problem", "problem": {**warning, "severity": "error"}})
    kept.events.append({"kind": "problem", "problem": {**warning, "code": "SLP572"}})
    new = add("building", bundle=False, of=1)
    plan = Plan(tmp_path, new.bundle, NAME, 2, "i", tmp_path, tmp_path, "127.0.0.1", 1)
    progress = Recorder()
    take_over(records, new, plan, engine, progress)  # type: ignore[arg-type]
    assert (new.bundle / "modules" / "m.py").samefile(kept.bundle / "modules" / "m.py"), "at no cost"
    assert [path.name for path in new.path.glob(".bundle*")] == []
    assert engine.reused == [Pushable(NAME, 1, kept.record["identity"])]
    assert progress.problems == [warning]
    assert progress.served == [packages]


def test_what_serves_a_commit_s_build_again_is_exported_with_the_commit_s_files(
    records: Records,
    add: Callable[..., ReleaseFiles],
    engine: Engine,
    repository: Repository,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    revision = repository.commit(n_ipynb=notebook_text(*CONTRACT), train_csv="1")
    kept = add("stopped", bundle=False)
    write_bundle(kept.bundle)
    source = {"repository": None, "revision": revision, "ref": "HEAD", "path": "n.ipynb", "dirty": False}
    record = read_json(kept.path / "release.json") or {}
    write_json(kept.path / "release.json", {**record, "source": source, "checkout": []})
    monkeypatch.setattr(reusing, "usable_engine", lambda _: engine)
    monkeypatch.setattr(beginning, "launch", lambda *_: None)
    again = start_again(records, NAME, None)
    assert again.built_by == 1
    place = str(repository.path / "n.ipynb")
    with exporting._with_files(again, place) as (options, committed, _):
        assert committed
        assert (options.directory / "train.csv").read_text() == "1"


def test_where_there_are_no_hard_links_files_are_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(1, "Operation not permitted")

    monkeypatch.setattr(reusing.os, "link", refuse)
    (tmp_path / "a").write_text("1")
    reusing._link(str(tmp_path / "a"), str(tmp_path / "b"))
    assert (tmp_path / "b").read_text() == "1"


def test_old_bundles_go_by_builds(records: Records, add: Callable[..., ReleaseFiles], engine: Engine) -> None:
    olds = [add("replaced") for _ in range(KEPT_BUNDLES + 1)]
    prune(records, NAME)
    assert [old.bundle.exists() for old in olds] == [False, True, True, True]
    again = add("replaced", of=2)
    prune(records, NAME)
    assert [old.bundle.exists() for old in olds] == [False, False, True, True], "release 5 has that of 2"
    assert again.bundle.exists()
    building = add("building", bundle=False, of=3)
    add("live")
    add("live")
    prune(records, NAME)
    assert olds[2].bundle.exists(), "a release that is on its way wants it"
    building.events.append({"kind": "state", "state": "cancelled"})
    prune(records, NAME)
    assert not olds[2].bundle.exists()
    assert engine.discarded[-1] == olds[2].record["identity"]


def test_builds_that_refuse_everything_do_not_drive_out_the_last_that_answers(
    records: Records, add: Callable[..., ReleaseFiles], engine: Engine
) -> None:
    older, good = add("replaced"), add("replaced")
    bad = [add("replaced") for _ in range(KEPT_BUNDLES + 1)]
    for files in bad:
        problem = {"code": Code.EXAMPLES_IGNORED.value, "message": "None", "severity": "warning"}
        files.events.append({"kind": "problem", "problem": problem})
    prune(records, NAME)
    assert [one.bundle.exists() for one in (older, good, *bad)] == [False, True, False, True, True, True]


def test_the_number_of_builds_that_are_kept_is_a_setting(
    records: Records,
    add: Callable[..., ReleaseFiles],
    engine: Engine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    olds = [add("replaced") for _ in range(KEPT_BUNDLES + 2)]
    monkeypatch.setenv(KEPT_VARIABLE, str(KEPT_BUNDLES + 1))
    prune(records, NAME)
    assert [old.bundle.exists() for old in olds] == [False, *[True] * (KEPT_BUNDLES + 1)]
    monkeypatch.setenv(KEPT_VARIABLE, "1")
    prune(records, NAME)
    assert [old.bundle.exists() for old in olds] == [*[False] * (KEPT_BUNDLES + 1), True]
    for wrong in ("0", "-1", "many", "3.5"):
        monkeypatch.setenv(KEPT_VARIABLE, wrong)
        assert KEPT_VARIABLE in refused(Code.REQUEST_INVALID, lambda: prune(records, NAME))


def test_who_is_killed_over_an_old_bundle_leaves_nothing_to_be_chosen(
    records: Records, add: Callable[..., ReleaseFiles], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, *_ = [add("replaced") for _ in range(KEPT_BUNDLES + 1)]

    def killed(directory: Path) -> None:
        (directory / "manifest.json").unlink()
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(endings, "remove_tree", killed)
        with pytest.raises(KeyboardInterrupt):
            prune(records, NAME)
    assert "kept" not in old.view()
    assert "is not kept any more" in refused(Code.NOTHING_TO_START, lambda: kept_release(records, NAME, old))
    engine.discarded.clear()
    prune(records, NAME)
    assert engine.discarded == [old.record["identity"]]
    assert list(old.path.glob("*bundle*")) == list(old.path.glob(".*bundle*")) == []

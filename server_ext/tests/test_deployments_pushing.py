"""Which release is pushed, under which tag, and what is kept of that."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.deployments import pushing
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.pushing import chosen_release, default_tag
from jupyterlab_slipway.deployments.records import Records, ReleaseFiles
from jupyterlab_slipway.json_files import read_json, write_json
from jupyterlab_slipway.problems import Code, SlipwayProblem
from jupyterlab_slipway.wire import ReleaseState

REVISION = "1a2b3c4d5e" * 4


@pytest.fixture
def records(slipway_home: Path) -> Records:
    found = Records(Home(slipway_home))
    found.create("model", "model", Path("/nowhere/model.ipynb"), "docker", 8901, 0.0)
    return found


def release(records: Records, *states: ReleaseState) -> ReleaseFiles:
    options = BuildOptions(Path("/nowhere/model.ipynb"), Path("/nowhere"), "model")
    event = {"kind": "created", "deployment": "model", "notebook": "model.ipynb", "engine": "docker"}
    files = records.create_release("model", "docker", options, b"{}", event)
    for state in states:
        files.events.append({"kind": "state", "state": state})
    return files


def refused(records: Records, number: int | None) -> SlipwayProblem:
    with pytest.raises(SlipwayProblem) as caught:
        chosen_release(records, "model", number)
    return caught.value


def test_the_live_release_else_the_newest_that_was_built(records: Records) -> None:
    assert refused(records, None).code is Code.NO_IMAGE
    release(records, "failed")
    assert "No release of model was built to its end yet" in str(refused(records, None))
    release(records, "stopped")
    release(records, "live", "replaced")
    release(records, "cancelled")
    assert chosen_release(records, "model", None).number == 3
    assert chosen_release(records, "model", 2).number == 2
    assert "Release 4 of model is cancelled" in str(refused(records, 4))
    assert refused(records, 9).code is Code.DEPLOYMENT_UNKNOWN


def test_the_live_one_comes_before_newer_ones(records: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ReleaseFiles, "_service_lives", lambda _: True)
    release(records, "live")
    release(records, "lost")
    assert chosen_release(records, "model", None).number == 1


@pytest.mark.parametrize(
    ("source", "tag"),
    [
        (None, "1"),
        ({"revision": REVISION, "dirty": False}, "1-1a2b3c4"),
        ({"revision": REVISION, "dirty": True}, "1-1a2b3c4-dirty"),
        ({"revision": "--help", "dirty": True}, "1"),
    ],
)
def test_the_default_tag_tells_the_revision(
    records: Records, source: dict[str, object] | None, tag: str
) -> None:
    files = release(records, "stopped")
    write_json(
        files.path / "release.json", {**(read_json(files.path / "release.json") or {}), "source": source}
    )
    assert default_tag(ReleaseFiles(files.path)) == tag


def test_what_was_pushed_is_kept(records: Records) -> None:
    files = release(records, "stopped")
    assert "published" not in files.view()
    before = records.signatures()
    files.add_published({"reference": "r.example/a@sha256:1", "tag": "r.example/a:1", "time": 1.0})
    files.add_published({"reference": "r.example/a@sha256:1", "tag": "r.example/a:2", "time": 2.0})
    files.add_published({"reference": "r.example/a@sha256:3", "tag": "r.example/a:1", "time": 3.0})
    assert [(one["tag"], one["reference"][-1]) for one in files.view()["published"]] == [
        ("r.example/a:2", "1"),
        ("r.example/a:1", "3"),
    ]
    assert records.signatures() != before, "the panel hears of it"


def test_a_wrong_name_is_told_before_the_release_is_looked_for(records: Records) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        pushing.push_release(records, "nobody", None, "kmeans", lambda _: None)
    assert caught.value.code is Code.IMAGE_NAME

"""What `slipway ps NAME` shows of one deployment."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any

import pytest
from jupyterlab_slipway.commandline.detail import show
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.commandline.reaching import reach_lines
from jupyterlab_slipway.deployments.manager import Deployments
from jupyterlab_slipway.deployments.records import Records, ReleaseFiles
from jupyterlab_slipway.deployments.reusing import chosen, kept_release, startable
from jupyterlab_slipway.json_files import write_json
from jupyterlab_slipway.problems import Code, SlipwayProblem
from test_start_choice import NAME, add, engine, records

__all__ = ["add", "engine", "records"]  # fixtures

Add = Callable[..., ReleaseFiles]
SOURCE = {
    "repository": None,
    "revision": "1a2b3c4d" * 5,
    "ref": "v1.0",
    "path": "a.ipynb",
    "dirty": True,
}


def shown(records: Records, capsys: pytest.CaptureFixture[str], *, as_json: bool = False) -> str:
    assert show(Deployments(records.home), NAME, Output(as_json=as_json)) == 0
    return capsys.readouterr().out


def table(text: str) -> list[list[str]]:
    """Its cells, the headings first."""
    lines = iter(text.splitlines())
    heading = next(line for line in lines if line.startswith("RELEASE"))
    starts = [heading.index(word) for word in heading.split()]
    rows = [heading]
    for line in lines:
        if not line:
            break
        rows.append(line)
    return [
        [line[begin:end].strip() for begin, end in zip(starts, [*starts[1:], None], strict=True)]
        for line in rows
    ]


def set_fact(files: ReleaseFiles, **facts: Any) -> None:
    write_json(files.path / "release.json", {**files.record, **facts})


def test_releases_are_listed_newest_first_with_what_can_be_started(
    records: Records, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    add("replaced", bundle=False)  # its build is that of release 5
    set_fact(add("stopped"), source=SOURCE)
    set_fact(add("replaced", bundle=False, pulled="r.example/a@sha256:1"))
    failed = add("failed", bundle=False)
    message = f"Cell 2 raised {'an error of some length ' * 9}"
    problem: Any = {"code": "SLP520", "message": message, "severity": "error"}
    failed.events.append({"kind": "problem", "problem": problem})
    add("live", of=1)
    add("building", of=3, bundle=False)
    text = shown(records, capsys)
    heading, *rows = table(text)
    assert heading == ["RELEASE", "STATE", "MADE", "SOURCE", "START", "REASON"]
    assert [[row[0], row[1], row[3], row[4]] for row in rows] == [
        ["6 (of 3)", "building", "registry", "-"],
        ["5 (of 1)", "live", "notebook", "-"],
        ["4", "failed", "notebook", "-"],
        ["3", "replaced", "registry", "-"],
        ["2", "stopped", "1a2b3c4 (v1.0)+", "yes"],
        ["1", "replaced", "notebook", "yes"],
    ]
    assert all(row[2].endswith(" ago") for row in rows)
    reasons = {row[0]: row[5] for row in rows if row[5]}
    assert list(reasons) == ["4"]
    assert reasons["4"].startswith("SLP520: Cell 2 raised an error")
    assert reasons["4"].endswith("…")
    assert len(reasons["4"]) < 110
    assert f"slipway start {NAME} --release N" in text


def test_a_terminal_gets_reasons_in_lines_of_its_width(
    records: Records, add: Add, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    failed = add("failed", bundle=False)
    problem: Any = {"code": "SLP520", "message": "word " * 30, "severity": "error"}
    failed.events.append({"kind": "problem", "problem": problem})
    add("stopped")  # for which there is no reason
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "90")
    lines = shown(records, capsys).splitlines()
    begin = next(number for number, line in enumerate(lines) if line.startswith("RELEASE"))
    rows = lines[begin + 1 : lines.index("", begin)]
    assert [row.split()[:2] for row in rows[:2]] == [["2", "stopped"], ["1", "failed"]]
    assert len(rows) > 2
    assert max(map(len, rows)) <= 90
    assert all(row.strip().startswith("word") for row in rows[2:])


def test_what_is_said_to_be_startable_is_what_start_takes(records: Records, add: Add) -> None:
    for state in ("replaced", "failed", "cancelled", "lost", "stopped"):
        add(state)
        add(state, bundle=False)
        add(state, bundle=False, of=1)
    add("lost", live=False)
    add("lost", live=False, of=1)
    add("live")
    add("building")

    def starts(number: int) -> bool:
        try:
            kept_release(records, NAME, chosen(records, NAME, number))
        except SlipwayProblem as problem:
            return problem.code is not Code.NOTHING_TO_START
        return True

    view = records.view(NAME)
    taken = {release["release"] for release in view["releases"] if starts(release["release"])}
    assert startable(records, view) == taken
    assert {1, 3, 10} <= taken, "by its own bundle, and by that of another release of the same build"


def test_a_live_one_is_shown_with_how_to_ask_it(
    records: Records, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    add("live")
    token = records.token(NAME)
    text = shown(records, capsys)
    access = Deployments(records.home).access(NAME)
    assert "\n".join(reach_lines(NAME, access)) in text
    assert access["docs"].endswith(f"#token={token}")
    assert f"Bearer {token}" in text
    assert text.startswith(f"{NAME}, of ")
    assert "a.ipynb, on the engine process" in text.splitlines()[0]
    assert "REASON" not in text
    assert "slipway start" not in text, "there is none to go back to"


def test_one_that_does_not_run_has_no_token_there(
    records: Records, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no release yet" in shown(records, capsys)
    add("stopped")
    text = shown(records, capsys)
    assert "It is not live: stopped." in text
    assert records.token(NAME) not in text
    assert "curl" not in text


def test_a_token_that_is_gone_keeps_nobody_from_the_releases(
    records: Records, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    add("live")
    records.token_file(NAME).unlink()
    assert show(Deployments(records.home), NAME, Output(as_json=False)) == 0
    said = capsys.readouterr()
    assert "token of a cannot be read" in said.err
    assert table(said.out)[1][:2] == ["1", "live"]


def test_programs_get_the_deployment_without_its_token(
    records: Records, add: Add, capsys: pytest.CaptureFixture[str]
) -> None:
    add("stopped")
    add("live")
    text = shown(records, capsys, as_json=True)
    assert json.loads(text) == records.view(NAME)
    assert text.count("\n") == 1
    assert records.token(NAME) not in text

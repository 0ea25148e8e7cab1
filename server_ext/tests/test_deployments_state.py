"""From events and facts to what the user sees."""

from __future__ import annotations

from typing import Any

import pytest
from jupyterlab_slipway.deployments.state import Facts, assemble, derive

CREATED = {"kind": "created", "deployment": "a", "release": 1, "notebook": "a.ipynb", "engine": "process"}
ERROR = {"kind": "problem", "problem": {"code": "SLP520", "message": "It raised.", "severity": "error"}}
RUNNING = Facts(builder_lives=True, service_lives=True)
GONE = Facts()


def numbered(*events: dict[str, Any]) -> Any:
    return [{"seq": number, "time": 1000.0 * number, **event} for number, event in enumerate(events, 1)]


def phase(name: str, status: str, **more: Any) -> dict[str, Any]:
    return {"kind": "phase", "phase": name, "status": status, **more}


def state(name: str) -> dict[str, Any]:
    return {"kind": "state", "state": name}


@pytest.mark.parametrize(
    ("events", "facts", "expected", "code"),
    [
        ([CREATED], RUNNING, "building", None),
        ([CREATED], GONE, "lost", "SLP566"),
        ([CREATED, phase("check", "started")], GONE, "lost", "SLP566"),
        ([CREATED, ERROR], RUNNING, "building", "SLP520"),
        ([CREATED, ERROR, state("failed")], GONE, "failed", "SLP520"),
        ([CREATED, state("cancelled")], GONE, "cancelled", None),
        ([CREATED, state("live")], RUNNING, "live", None),
        ([CREATED, state("live")], Facts(service_lives=True), "live", None),
        ([CREATED, state("live")], Facts(builder_lives=True), "lost", "SLP552"),
        ([CREATED, state("live")], GONE, "lost", "SLP552"),
        ([CREATED, state("live")], Facts(ending="stopped"), "stopped", None),
        ([CREATED, state("live")], Facts(ending="replaced"), "replaced", None),
        ([CREATED, state("live")], Facts(service_lives=True, ending="stopped"), "live", None),
        ([CREATED, state("live"), state("stopped")], GONE, "stopped", None),
        ([CREATED, state("live"), state("replaced")], GONE, "replaced", None),
        ([], RUNNING, "building", None),
    ],
)
def test_states(events: list[Any], facts: Facts, expected: str, code: str | None) -> None:
    release = derive(1, "process", numbered(*events), facts)
    assert release["state"] == expected
    assert release.get("problem", {}).get("code") == code
    assert release["seq"] == len(events)


def test_phases_have_times_details_and_logs() -> None:
    release = derive(
        1,
        "process",
        numbered(
            CREATED,
            phase("check", "started"),
            phase("check", "done", detail="5 cells"),
            {"kind": "log", "phase": "install", "size": 7},
            phase("slim", "skipped", detail="not here"),
        ),
        RUNNING,
    )
    assert release["created"] == 1000.0
    check, install, slim = release["phases"]
    assert check == {
        "phase": "check",
        "status": "done",
        "started": 2000.0,
        "ended": 3000.0,
        "detail": "5 cells",
        "log_size": 0,
    }
    assert install["log_size"] == 7
    assert slim["status"] == "skipped"
    assert "started" not in slim


def test_progress_is_shown_while_a_cell_runs() -> None:
    cell = {"kind": "cell", "number": 2, "total": 5, "cell": {"index": 4}}
    events = [CREATED, phase("execute", "started"), cell]
    assert derive(1, "process", numbered(*events), RUNNING)["progress"]["number"] == 2
    assert "progress" not in derive(1, "process", numbered(*events, phase("execute", "done")), RUNNING)
    assert "progress" not in derive(1, "process", numbered(*events), GONE)


def test_what_ran_when_the_builder_was_lost_has_failed() -> None:
    release = derive(1, "process", numbered(CREATED, phase("execute", "started")), GONE)
    assert release["phases"][0]["status"] == "failed"


def test_warnings_do_not_end_a_release() -> None:
    warning = {"kind": "problem", "problem": {"code": "SLP542", "message": "Ignored.", "severity": "warning"}}
    release = derive(1, "process", numbered(CREATED, warning), RUNNING)
    assert [found["code"] for found in release["warnings"]] == ["SLP542"]
    assert "problem" not in release


def test_the_warning_that_nothing_was_tried_comes_first() -> None:
    warnings = [
        {"kind": "problem", "problem": {"code": code, "message": "Said.", "severity": "warning"}}
        for code in ("SLP541", "SLP542")
    ]
    release = derive(1, "process", numbered(CREATED, *warnings), RUNNING)
    assert [found["code"] for found in release["warnings"]] == ["SLP542", "SLP541"]


def test_at_most_one_release_is_live() -> None:
    releases = [derive(n, "process", numbered(CREATED, state("live")), RUNNING) for n in (3, 2, 1)]
    view = assemble("a", "A", "/a.ipynb", "process", "http://127.0.0.1:1", releases)
    assert [release["state"] for release in view["releases"]] == ["live", "replaced", "replaced"]
    assert view["live"] == 3
    assert view["url"] == "http://127.0.0.1:1"


def test_without_a_live_release_there_is_no_address() -> None:
    view = assemble("a", "A", "/a.ipynb", "process", "http://127.0.0.1:1", [])
    assert "live" not in view
    assert "url" not in view

"""The event log under many writers, torn lines and a full disk; logs of phases; recorded progress."""

from __future__ import annotations

import errno
import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Self

import pytest
from jupyterlab_slipway.deployments import event_log
from jupyterlab_slipway.deployments.event_log import EventLog, EventTail, last_seq
from jupyterlab_slipway.deployments.log_files import PhaseLog, read_log
from jupyterlab_slipway.deployments.progress import RecordedProgress

WRITER = """
import sys
from pathlib import Path
from jupyterlab_slipway.deployments.event_log import EventLog
log = EventLog(Path(sys.argv[1]))
for number in range(int(sys.argv[2])):
    log.append({"kind": "log", "phase": "execute", "size": number})
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "events.jsonl"


def test_events_of_many_processes_and_threads_are_numbered_without_gaps(path: Path) -> None:
    writers = [subprocess.Popen([sys.executable, "-c", WRITER, path, "60"]) for _ in range(3)]
    log = EventLog(path)

    def write() -> None:
        for _ in range(60):
            log.append({"kind": "log", "phase": "install", "size": 1})

    threads = [threading.Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert [event["seq"] for event in log.read()] == list(range(1, 301))
    assert path.stat().st_mode & 0o077 == 0


def test_a_torn_tail_is_sealed_and_passed_over(path: Path) -> None:
    log = EventLog(path)
    log.append({"kind": "state", "state": "building"})
    with path.open("ab") as file:
        file.write(b'{"seq":2,"kind":"lo')
    assert [event["seq"] for event in log.read()] == [1]
    EventLog(path).append({"kind": "state", "state": "live"})
    assert [(event["seq"], event["kind"]) for event in log.read()] == [(1, "state"), (2, "state")]


def test_a_whole_line_without_its_end_keeps_its_number(path: Path) -> None:
    path.write_bytes(b'{"seq":1,"time":1.0,"kind":"log","phase":"check","size":1}')
    assert EventLog(path).read() == [], "it may still be being written"
    EventLog(path).append({"kind": "state", "state": "live"})
    assert [event["seq"] for event in EventLog(path).read()] == [1, 2]


def test_the_last_number_is_found_behind_long_lines_and_rubbish(path: Path) -> None:
    log = EventLog(path)
    for _ in range(3):
        log.append({"kind": "note", "phase": "check", "level": "info", "message": "x" * 100_000})
    with path.open("ab") as file:
        file.write(b"\x00" * 70_000 + b"\n")
    assert last_seq(path) == 3
    assert EventLog(path).append({"kind": "state", "state": "live"})["seq"] == 4


def test_a_tail_reads_each_event_once(path: Path) -> None:
    log, tail = EventLog(path), EventTail(path)
    assert tail.read() == []
    log.append({"kind": "state", "state": "building"})
    assert [event["seq"] for event in tail.read()] == [1]
    with path.open("ab") as file:
        file.write(b'{"seq":2,"time":2.0,"kind":"state",')
    assert tail.read() == []
    with path.open("ab") as file:
        file.write(b'"state":"live"}\n')
    assert [event["seq"] for event in tail.read()] == [2]
    assert tail.read() == []


def test_text_that_is_no_unicode_is_written(path: Path) -> None:
    log = EventLog(path)
    log.append({"kind": "note", "phase": "check", "level": "info", "message": "\udcff\n日本"})
    (event,) = log.read()
    assert event["kind"] == "note"
    assert event["message"].endswith("\n日本")


def test_a_full_disk_leaves_the_log_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = EventLog(path)
    log.append({"kind": "state", "state": "building"})
    before = path.read_bytes()
    opened = event_log.open_for_appending
    monkeypatch.setattr(event_log, "open_for_appending", lambda path: FullFile(opened(path)))
    with pytest.raises(OSError, match="No space left") as caught:
        log.append({"kind": "state", "state": "live"})
    assert caught.value.errno == errno.ENOSPC
    monkeypatch.undo()
    assert path.read_bytes() == before
    assert log.append({"kind": "state", "state": "failed"})["seq"] == 2


class FullFile:
    """A file with room for ten bytes more."""

    def __init__(self, file: Any) -> None:
        self._file = file
        self._room = 10

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def write(self, content: bytes) -> int:
        if not self._room:
            raise OSError(errno.ENOSPC, "No space left on device")
        written: int = self._file.write(content[: self._room])
        self._room -= written
        return written


def test_a_log_keeps_its_beginning_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "execute.log"
    log = PhaseLog(path, head=1000, tail=200)
    for number in range(500):
        log.write(f"line {number}\n")
    assert "The end follows when the phase is over" in path.read_text()
    log.close()
    log.close()
    text = path.read_text()
    assert text.startswith("line 0\nline 1\n")
    assert text.endswith("line 498\nline 499\n")
    assert "bytes left out here" in text
    assert path.stat().st_size < 1000 + 200 + 300


@pytest.mark.parametrize("head", [10, 11, 12, 13])
def test_no_character_is_cut_in_two(tmp_path: Path, head: int) -> None:
    log = PhaseLog(tmp_path / "x.log", head=head, tail=7)
    log.write("日本語" * 40)
    log.close()
    (tmp_path / "x.log").read_bytes().decode("utf-8")


def test_a_short_log_is_what_was_written(tmp_path: Path) -> None:
    log = PhaseLog(tmp_path / "x.log")
    log.write("a\n")
    log.write("b")
    log.close()
    assert read_log(tmp_path / "x.log", 1, 10) == (b"\nb", 3)
    assert read_log(tmp_path / "x.log", 99, 10) == (b"", 3)
    assert read_log(tmp_path / "none.log", 0, 10) == (b"", 0)


def test_output_is_told_of_now_and_then_and_always_at_the_end(tmp_path: Path, path: Path) -> None:
    log = EventLog(path)
    progress = RecordedProgress(log, tmp_path)
    progress.phase("execute", "started")
    for _ in range(2000):
        progress.output("execute", "x" * 10)
    progress.phase("execute", "done", "well")
    progress.note("verify", "Look.", "warning")
    progress.close()
    events = log.read()
    sizes = [event["size"] for event in events if event["kind"] == "log" and event["phase"] == "execute"]
    assert sizes[-1] == 20_000 == (tmp_path / "execute.log").stat().st_size
    assert sizes == sorted(set(sizes))
    spent = (events[-1]["time"] - events[0]["time"]) / 1000
    assert len(sizes) <= 4 * spent + 3
    assert (tmp_path / "verify.log").read_text() == "Look.\n"
    assert json.dumps(events[-1]) != ""
    done = [event for event in events if event["kind"] == "phase" and event["status"] == "done"]
    assert done[0].get("detail") == "well"


def test_output_that_stops_is_told_of_without_a_further_word(tmp_path: Path, path: Path) -> None:
    log = EventLog(path)
    progress = RecordedProgress(log, tmp_path)
    progress.output("execute", "a")
    progress.output("execute", "b")

    told = threading.Event()

    def look() -> None:
        while not told.wait(0.02):
            if any(event["kind"] == "log" and event["size"] == 2 for event in log.read()):
                told.set()

    looker = threading.Thread(target=look, daemon=True)
    looker.start()
    assert told.wait(30)
    progress.close()

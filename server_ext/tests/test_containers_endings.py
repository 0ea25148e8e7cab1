"""How it is told that a memory limit was reached, and that a service is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.deployments import release_files
from jupyterlab_slipway.deployments.release_files import ReleaseFiles
from jupyterlab_slipway.json_files import write_json
from slipway_runtime.endings import ending_words

VERSION_2 = {
    "memory.events": "low 0\noom 1\noom_kill {killed}\noom_group_kill 0\n",
    "memory.max": "{limit}\n",
}
VERSION_1 = {
    "memory/memory.oom_control": "oom_kill_disable 0\nunder_oom 0\noom_kill {killed}\n",
    "memory/memory.limit_in_bytes": "{limit}\n",
}


@pytest.mark.parametrize("files", [VERSION_2, VERSION_1], ids=["cgroups v2", "cgroups v1"])
@pytest.mark.parametrize(
    ("code", "killed", "limit", "words"),
    [
        (-9, 1, "250000000", "signal 9: the memory limit of 250 MB was reached"),
        (-9, 0, "250000000", "signal 9"),
        (-9, 1, "max", "signal 9"),
        (-9, 1, "9223372036854771712", "signal 9"),
        (-11, 1, "250000000", "signal 11"),
        (3, 1, "250000000", "exit code 3"),
    ],
)
def test_a_kill_by_the_kernel_for_memory_is_told(
    tmp_path: Path, files: dict[str, str], code: int, killed: int, limit: str, words: str
) -> None:
    for name, text in files.items():
        path = tmp_path / "sys/fs/cgroup" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.format(killed=killed, limit=limit))
    assert ending_words(code, tmp_path) == words


def test_without_control_groups_only_the_signal_is_told(tmp_path: Path) -> None:
    assert ending_words(-9, tmp_path) == "signal 9"


class KnowingEngine:
    """An engine whose service is gone."""

    words: str | None = "Its container x was removed from outside."

    def is_alive(self, _service: Any) -> bool:
        return False

    def ending_words(self, _service: Any) -> str | None:
        return self.words


def test_what_the_engine_knows_of_an_end_stands_in_the_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = KnowingEngine()
    monkeypatch.setattr(release_files, "engine_named", lambda _: engine)
    files = ReleaseFiles(tmp_path / "1")
    files.path.mkdir()
    write_json(files.path / "release.json", {"identity": "a", "engine": "docker", "options": {}})
    files.events.append(
        {"kind": "created", "deployment": "a", "release": 1, "notebook": "a", "engine": "docker"}
    )
    files.events.append({"kind": "state", "state": "live", "url": "http://127.0.0.1:1"})
    files.set_service({"engine": "docker", "identity": "a", "run_dir": "/x"})
    view = files.view()
    assert view["state"] == "lost"
    assert "Slipway. Its container x was removed from outside. The log" in view["problem"]["message"]
    engine.words = None
    assert "Slipway. It was killed, or the machine ran out" in files.view()["problem"]["message"]
    files.set_ending("stopped")
    assert files.view()["state"] == "stopped"
    assert "problem" not in files.view()

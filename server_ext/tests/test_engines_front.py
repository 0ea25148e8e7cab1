"""The environment of the front: made once, whole or not used, from a checkout or from the carried wheel."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest
from jupyterlab_slipway.builder.uv import call_uv
from jupyterlab_slipway.engines import front
from jupyterlab_slipway.problems import Code, SlipwayProblem

if TYPE_CHECKING:
    from pathlib import Path

    from jupyterlab_slipway.wire import CellPlace, NoteLevel, Phase, PhaseStatus, Problem


class Heard:
    """Keeps the output of a phase."""

    def __init__(self) -> None:
        self.text = ""

    def phase(self, phase: Phase, status: PhaseStatus, detail: str | None = None) -> None: ...

    def note(self, phase: Phase, message: str, level: NoteLevel = "info") -> None: ...

    def cell(self, number: int, total: int, cell: CellPlace) -> None: ...

    def problem(self, problem: Problem) -> None: ...

    def output(self, phase: Phase, text: str) -> None:
        self.text += text


def serves(python: Path) -> bool:
    command = [python, "-I", "-m", "slipway_runtime", "serve", "--help"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.mark.slow
def test_it_is_made_once_and_what_was_left_half_way_is_not_used(slipway_home: Path) -> None:
    # as a process leaves it that was killed while it installed
    left = front._directory(slipway_home)
    (left / "bin").mkdir(parents=True)
    (left / "bin" / "python").write_text("half of a program")
    assert front.front_python(slipway_home) is None
    heard = Heard()
    python = front.provide_front(slipway_home, heard)
    assert serves(python)
    assert "slipway-runtime" in heard.text
    again = Heard()
    assert front.provide_front(slipway_home, again) == python
    assert again.text == ""


@pytest.mark.slow
def test_a_wheel_that_is_carried_along_is_installed(
    slipway_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = call_uv("build", "--wheel", "--quiet", "--out-dir", tmp_path, front.RUNTIME_SOURCE, cwd=tmp_path)
    assert done.code == 0, done.stderr
    from_checkout = front._directory(slipway_home)
    monkeypatch.setattr(front, "_WHEELS", tmp_path)
    monkeypatch.setattr(front, "RUNTIME_SOURCE", tmp_path / "no checkout")
    assert front._directory(slipway_home) != from_checkout
    assert serves(front.provide_front(slipway_home, Heard()))


def test_an_installation_without_the_wheel_says_so(
    slipway_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(front, "_WHEELS", tmp_path)
    monkeypatch.setattr(front, "RUNTIME_SOURCE", tmp_path)
    with pytest.raises(SlipwayProblem) as caught:
        front.provide_front(slipway_home, Heard())
    assert caught.value.code is Code.INSTALL_FAILED
    assert "pip install" in caught.value.message


@pytest.mark.slow
def test_a_failed_installation_leaves_nothing(
    slipway_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "slipway_runtime-1-py3-none-any.whl").write_bytes(b"no wheel")
    monkeypatch.setattr(front, "_WHEELS", tmp_path)
    with pytest.raises(SlipwayProblem) as caught:
        front.provide_front(slipway_home, Heard())
    assert caught.value.code is Code.INSTALL_FAILED
    assert [path for path in (slipway_home / "front").iterdir() if path.is_dir()] == []

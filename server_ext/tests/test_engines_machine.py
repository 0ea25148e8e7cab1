"""What an engine needs of the machine: ports, directories for sockets, logs of bounded size."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from jupyterlab_slipway.engines import log_keeper, ports
from jupyterlab_slipway.engines.run_dir import check_private, make_run_dir
from jupyterlab_slipway.problems import Code, SlipwayProblem
from slipway_runtime.control import CONTROL_SOCKET


def listening() -> socket.socket:
    listener = socket.socket()
    listener.bind((ports.HOST, 0))
    listener.listen()
    return listener


def test_a_port_in_use_is_not_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    with listening() as one:
        port = one.getsockname()[1]
        assert not ports.is_free(port)
        monkeypatch.setenv(ports.RANGE_VARIABLE, f"{port}-{port}")
        with pytest.raises(SlipwayProblem) as caught:
            ports.choose_port(set())
        assert caught.value.code is Code.PORT_TAKEN
        assert ports.RANGE_VARIABLE in caught.value.message
        problem = ports.port_taken(port)
        assert str(port) in problem.message
        assert "process" in problem.message, "it is known who has it: this very process"
    assert ports.is_free(port)
    assert ports.choose_port(set()) == port
    with pytest.raises(SlipwayProblem):
        ports.choose_port({port})


@pytest.mark.parametrize("text", ["x", "9000-8000", "0-5", "1-99999", "-"])
def test_a_range_that_is_none_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(ports.RANGE_VARIABLE, text)
    with pytest.raises(SlipwayProblem) as caught:
        ports.port_range()
    assert caught.value.code is Code.REQUEST_INVALID


def test_a_run_dir_is_private_and_holds_sockets(slipway_home: Path) -> None:
    path = make_run_dir(slipway_home)
    assert path.parent == slipway_home / "run"
    assert path.stat().st_mode & 0o777 == 0o700
    assert list(path.iterdir()) == []
    assert make_run_dir(slipway_home) != path


def test_what_a_killed_service_left_is_cleared_away_by_the_next(slipway_home: Path) -> None:
    serving, killed, beginning = (make_run_dir(slipway_home) for _ in range(3))
    listeners = []
    for path in (serving, killed, beginning):
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(path / CONTROL_SOCKET))
        listeners.append(listener)
        if path != beginning:
            os.utime(path / CONTROL_SOCKET, (1e9, 1e9))
    listeners[0].listen()
    listeners[1].close()
    try:
        last = make_run_dir(slipway_home)
        assert sorted(last.parent.iterdir()) == sorted([serving, beginning, last])
    finally:
        for listener in listeners:
            listener.close()


def test_a_long_home_has_its_sockets_elsewhere(tmp_path: Path) -> None:
    home = tmp_path / ("x" * 100)
    home.mkdir()
    path = make_run_dir(home)
    try:
        assert path.is_relative_to("/tmp")
        assert not path.is_relative_to(home)
        check_private(path.parent)
    finally:
        path.rmdir()


def test_a_directory_that_others_may_enter_is_refused(slipway_home: Path, tmp_path: Path) -> None:
    (slipway_home / "open").mkdir(mode=0o755)
    (slipway_home / "open").chmod(0o755)
    (slipway_home / "link").symlink_to(slipway_home)
    for name in ("open", "link"):
        with pytest.raises(PermissionError):
            check_private(slipway_home / name)


def test_a_service_log_keeps_its_end(tmp_path: Path) -> None:
    path = tmp_path / "live.log"
    path.write_text("".join(f"line {number}\n" for number in range(1000)))
    with path.open("ab") as service:  # as the service has it
        assert not log_keeper.cut(str(path), limit=100_000, kept=50)
        assert log_keeper.cut(str(path), limit=1000, kept=50)
        service.write(b"next\n")
    text = path.read_text()
    assert text.startswith("[The beginning of this log was removed")
    assert text.endswith("line 998\nline 999\nnext\n")
    assert path.stat().st_size < 200

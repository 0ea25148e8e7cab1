"""What can be set of a service: by options and by variables, with bounds; and the processors it may use."""

from __future__ import annotations

import argparse
import os
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from slipway_runtime import settings
from slipway_runtime.settings import Settings

NAMES = [entry.name for entry in fields(Settings)]
OTHER = {"access_log": "json", "cors_origins": "https://a.example,https://b.example"}


@pytest.fixture(autouse=True)
def no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in NAMES:
        monkeypatch.delenv(settings.variable(name), raising=False)


def read(*words: str) -> Settings:
    parser = argparse.ArgumentParser()
    settings.add_options(parser)
    return settings.from_options(parser.parse_args(words))


def another(name: str) -> Any:
    """A value that is not the default, of the same type."""
    return OTHER.get(name) or getattr(Settings(), name) + 3


def test_without_a_word_all_is_as_documented() -> None:
    assert read() == Settings()
    table = (Path(__file__).parents[2] / "docs" / "http-api.md").read_text(encoding="utf-8")
    for name in NAMES:
        assert f"| `{settings.variable(name)}` |" in table


@pytest.mark.parametrize("name", NAMES)
def test_each_has_an_option_and_a_variable(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    value = another(name)
    by_option = read(settings.option(name), str(value))
    assert getattr(by_option, name) == value
    assert by_option != Settings()
    monkeypatch.setenv(settings.variable(name), str(value))
    assert read() == by_option
    monkeypatch.setenv(settings.variable(name), "json" if name == "access_log" else "7")
    assert read(settings.option(name), str(value)) == by_option, "the option comes first"


def test_arguments_say_the_same_again() -> None:
    changed = Settings(**{name: another(name) for name in NAMES})
    assert read(*settings.arguments(changed)) == changed
    assert read(*settings.arguments(Settings())) == Settings()


NUMBERS = [name for name in NAMES if name not in OTHER]


@pytest.mark.parametrize("name", NUMBERS)
@pytest.mark.parametrize(
    "value", ["-1", "0", "inf", "nan", "-inf", "1e300", "1" + "0" * 20, "", "many", "1,5"]
)
def test_bad_values_are_refused(name: str, value: str, capsys: pytest.CaptureFixture[str]) -> None:
    off = {"workers", "worker_requests", "worker_memory"}
    if value == "0" and name in off:
        assert getattr(read(settings.option(name), value), name) == 0
        return
    with pytest.raises((ValueError, SystemExit)) as caught:
        read(f"{settings.option(name)}={value}")
    said = str(caught.value) if isinstance(caught.value, ValueError) else capsys.readouterr().err
    assert settings.variable(name) in said or settings.option(name) in said


def test_a_bad_variable_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_QUEUE", "0")
    with pytest.raises(ValueError, match="SLIPWAY_QUEUE is 0; it must be greater than 0"):
        read()
    monkeypatch.setenv("SLIPWAY_QUEUE", "ten")
    with pytest.raises(SystemExit):
        read()


def test_a_log_format_that_is_none() -> None:
    with pytest.raises(ValueError, match="SLIPWAY_ACCESS_LOG is xml"):
        read("--access-log", "xml")


@pytest.mark.parametrize(
    ("text", "origins"),
    [
        ("", []),
        (" , ", []),
        ("*", ["*"]),
        ("https://a.example", ["https://a.example"]),
        (" https://a.example ,http://localhost:3000,", ["https://a.example", "http://localhost:3000"]),
    ],
)
def test_origins(text: str, origins: list[str]) -> None:
    assert Settings(cors_origins=text).origins == frozenset(origins)


# ---------------------------------------------------------------- processors


@pytest.fixture
def many_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(16)), raising=False)


def system(root: Path, own: str, quotas: dict[str, str]) -> Path:
    """A file system in which this process is in the group `own`, and groups have these quotas."""
    (root / "proc/self").mkdir(parents=True)
    (root / "proc/self/cgroup").write_text(own, encoding="utf-8")
    for group, quota in quotas.items():
        directory = root / "sys/fs/cgroup" / group
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "cpu.max").write_text(quota, encoding="ascii")
    return root


@pytest.mark.parametrize(
    ("own", "quotas", "expected"),
    [
        ("0::/\n", {"": "200000 100000\n"}, 2),
        ("0::/\n", {"": "max 100000\n"}, 16),
        ("0::/\n", {}, 16),
        ("0::/pod/box\n", {"": "max 100000\n", "pod": "300000 100000\n", "pod/box": "max 100000\n"}, 3),
        ("0::/pod/box\n", {"pod": "800000 100000\n", "pod/box": "400000 100000\n"}, 4),
        ("0::/pod/box\n", {"pod": "400000 100000\n", "pod/box": "800000 100000\n"}, 4),
        ("0::/pod/box\n", {"other": "100000 100000\n"}, 16),
        ("0::/\n", {"": "10000 100000\n"}, 1),
        ("0::/\n", {"": "150000 50000\n"}, 3),
        ("0::/\n", {"": "6400000 100000\n"}, 16),
        ("0::/\n", {"": "nonsense\n"}, 16),
        ("4:cpu:/v1\n0::/box\n", {"box": "200000 100000\n", "v1": "100000 100000\n"}, 2),
        ("4:cpu:/v1\n", {}, 16),
        ("0::/../../elsewhere\n", {"": "200000 100000\n"}, 2),
    ],
)
@pytest.mark.usefixtures("many_processors")
def test_processors_are_those_of_the_quota(
    tmp_path: Path, own: str, quotas: dict[str, str], expected: int
) -> None:
    assert settings.processors(system(tmp_path, own, quotas)) == expected


@pytest.mark.usefixtures("many_processors")
def test_processors_of_a_system_without_groups(tmp_path: Path) -> None:
    assert settings.processors(tmp_path) == 16


@pytest.mark.usefixtures("many_processors")
@pytest.mark.parametrize(("quota", "expected"), [("150000", 2), ("50000", 1), ("-1", 16)])
def test_the_first_version_of_control_groups(tmp_path: Path, quota: str, expected: int) -> None:
    directory = tmp_path / "sys/fs/cgroup/cpu"
    directory.mkdir(parents=True)
    (directory / "cpu.cfs_quota_us").write_text(f"{quota}\n", encoding="ascii")
    (directory / "cpu.cfs_period_us").write_text("100000\n", encoding="ascii")
    assert settings.processors(tmp_path) == expected


def test_affinity_counts_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3}, raising=False)
    assert settings.processors(system(tmp_path, "0::/\n", {"": "400000 100000\n"})) == 1
    monkeypatch.delattr(os, "sched_getaffinity")
    monkeypatch.setattr(os, "cpu_count", lambda: None)
    assert settings.processors(tmp_path / "none") == 1


@pytest.mark.parametrize(
    ("processors", "workers", "count", "threads"),
    [(1, 0, 1, 1), (2, 0, 2, 1), (16, 0, 4, 4), (16, 3, 3, 5), (2, 8, 8, 1), (16, 1, 1, 16)],
)
def test_threads_of_all_workers_fit_the_processors(
    monkeypatch: pytest.MonkeyPatch, processors: int, workers: int, count: int, threads: int
) -> None:
    monkeypatch.setattr(settings, "processors", lambda: processors)
    found = Settings(workers=workers)
    assert (found.worker_count, found.threads) == (count, threads)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("workers", "two", "SLIPWAY_WORKERS is 'two'; it must be a whole number."),
        ("max_body", "8MB", "SLIPWAY_MAX_BODY is '8MB'; it must be a whole number."),
        ("body_timeout", "soon", "SLIPWAY_BODY_TIMEOUT is 'soon'; it must be a number."),
        ("queue", "-1", "SLIPWAY_QUEUE is -1; it must be greater than 0."),
        ("access_log", "xml", "SLIPWAY_ACCESS_LOG is xml; it must be json, or empty."),
    ],
)
def test_a_wrong_variable_is_found_before_anything_starts(
    name: str, value: str, words: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.check_variables()
    monkeypatch.setenv(settings.variable(name), value)
    with pytest.raises(ValueError, match="SLIPWAY_") as caught:
        settings.check_variables()
    assert str(caught.value) == words
    if words.endswith("number."):
        with pytest.raises(SystemExit):
            read()
        assert words[:-1] in capsys.readouterr().err, "the variable is to blame, not an option"

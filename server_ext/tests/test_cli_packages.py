"""How the commands show what the service has of the declared packages."""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING

import pytest
from jupyterlab_slipway.builder.plain_lines import EventProgress
from jupyterlab_slipway.commandline import terminal
from jupyterlab_slipway.commandline.display import Display, JsonDisplay, PlainDisplay
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.served_packages import SHOWN, summary
from jupyterlab_slipway.sizes import size_words
from rich.console import Console

if TYPE_CHECKING:
    from jupyterlab_slipway.wire import ServedPackage, ServedPackages

UNUSED = "nothing that serves imports it"


def package(name: str, size: int, *, kept: bool, reason: str = UNUSED) -> ServedPackage:
    return {
        "name": name,
        "version": "1.2",
        "bytes": size,
        "kept": kept,
        "reason": reason,
        "modules": [name],
    }


def served(*packages: ServedPackage, fallback: str | None = None) -> ServedPackages:
    return {
        "packages": list(packages),
        "before": sum(one["bytes"] for one in packages),
        "after": sum(one["bytes"] for one in packages if one["kept"]),
        "fallback": fallback,
    }


SOME = served(
    package("matplotlib", 28_000_000, kept=False),
    package("numpy", 58_000_000, kept=True, reason="the model refers to it"),
    package("pandas", 61_000_000, kept=False, reason="numpy imports it where it is there"),
    package("six", 34_000, kept=False),
)


def tell(display: Display, packages: ServedPackages) -> None:
    progress = EventProgress(display)
    progress.phase("slim", "started")
    progress.packages(packages)
    progress.phase("slim", "done", summary(packages))
    display.close()


def plain(capsys: pytest.CaptureFixture[str], packages: ServedPackages) -> list[str]:
    tell(PlainDisplay(Output(as_json=False)), packages)
    return capsys.readouterr().out.splitlines()[:-1]


def live(monkeypatch: pytest.MonkeyPatch, packages: ServedPackages, width: int) -> list[str]:
    screen = io.StringIO()
    console = Console(file=screen, width=width, height=60, force_terminal=True, color_system=None)
    monkeypatch.setattr(terminal, "Console", lambda: console)
    tell(terminal.LiveDisplay("a notebook"), packages)
    return [line.rstrip() for line in screen.getvalue().splitlines()]


def test_plain_lines_list_what_was_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    assert plain(capsys, SOME) == [
        "  left out, 89 MB:",
        "    pandas      1.2  61 MB  numpy imports it where it is there",
        "    matplotlib  1.2  28 MB  nothing that serves imports it",
        "    six         1.2  34 kB  nothing that serves imports it",
    ]


def test_where_all_are_needed_there_is_nothing_to_list(capsys: pytest.CaptureFixture[str]) -> None:
    assert plain(capsys, served(package("six", 34_000, kept=True))) == []


def test_after_a_fallback_the_sum_is_new(capsys: pytest.CaptureFixture[str]) -> None:
    lines = plain(capsys, {**SOME, "fallback": "Sample 1 raised KeyError."})
    assert lines[0] == "  1 of 4 packages, 58 MB instead of 147 MB; left out:"
    everything = served(package("six", 34_000, kept=True), fallback="Sample 1 raised KeyError.")
    assert plain(capsys, everything) == ["  1 package, 34 kB"]


def test_of_very_many_the_largest_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    many = [package(f"package-{number:03}", 1000 * number, kept=False) for number in range(1, 301)]
    lines = plain(capsys, served(*many))
    assert len(lines) == SHOWN + 2
    assert lines[1].split()[0] == "package-300"
    assert lines[-1] == "    and 280 more, 39 MB"


def test_a_long_name_does_not_push_the_others_away(capsys: pytest.CaptureFixture[str]) -> None:
    long = "a-package-" * 20
    lines = plain(capsys, served(package(long, 2000, kept=False), package("six", 1000, kept=False)))
    assert long in lines[1]
    assert len(lines[2]) < 100


def test_a_live_terminal_shows_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = live(monkeypatch, SOME, 100)
    assert any(line.endswith("left out, 89 MB:") for line in lines)
    shown = [line for line in lines if UNUSED in line]
    assert [line.split()[0] for line in shown] == ["matplotlib", "six"]
    whole = served(package("six", 34_000, kept=True), fallback="Sample 1 raised KeyError.")
    assert any(line.endswith("1 package, 34 kB") for line in live(monkeypatch, whole, 80)[:3])


def test_a_narrow_terminal_wraps_reasons_and_passes_on_no_control_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    evil = package("six", 34_000, kept=False, reason="\x1b]0;title\x07 " + "word " * 30)
    lines = live(monkeypatch, served(evil, package("numpy", 1, kept=True)), 40)
    assert not any("\x07" in line for line in lines)
    assert sum("word" in line for line in lines) > 5
    assert max(len(line) for line in lines if "word" in line and "\x1b" not in line) <= 40


def test_programs_get_the_event_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    tell(JsonDisplay(Output(as_json=True)), SOME)
    _, event, _ = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert {name: event[name] for name in ("kind", "packages")} == {"kind": "packages", "packages": SOME}


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (9949, "9.9 kB"),
        (9950, "10 kB"),
        (999_499, "999 kB"),
        (999_500, "1.0 MB"),
        (412_300_000, "412 MB"),
        (7_360_000_000, "7.4 GB"),
        (2_000_000_000_000_000, "2000 TB"),
    ],
)
def test_sizes(count: int, words: str) -> None:
    assert size_words(count) == words

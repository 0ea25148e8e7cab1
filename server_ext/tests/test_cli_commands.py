"""The `slipway` command, as a person and as a program use it."""

from __future__ import annotations

import json
import os
import pty
import shutil
import signal
import subprocess
import sys
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from deployments_fixtures import (
    DOUBLING,
    SLEEPING,
    Said,
    finish,
    start_slipway,
    until,
    until_asleep,
    with_variable,
)
from jupyterlab_slipway import __version__
from slipway_runtime.bundle import bundle_digest

if TYPE_CHECKING:
    from collections.abc import Callable

    from jupyterlab_slipway.deployments.manager import Deployments

    Slipway = Callable[..., Said]
    MakeNotebook = Callable[..., Path]

ASK = """
import sys, urllib.request as request
headers = {"Authorization": "Bearer " + sys.argv[2], "Content-Type": "application/json"}
print(request.urlopen(request.Request(sys.argv[1] + "/predict", b"21", headers)).read())
"""
COMMANDS = ("deploy", "build", "serve", "predict", "ps", "logs", "stop", "rm", "gc", "engines")


def test_help_and_version(slipway: Slipway) -> None:
    said = slipway("--help")
    assert said.code == 0
    assert all(f"    {command}" in said.out for command in COMMANDS)
    assert slipway("--version").out == f"slipway {__version__}\n"
    documented = Path(__file__, "../../../docs/cli.md").resolve().read_text()
    for command in COMMANDS:
        assert slipway(command, "--help").code == 0
        assert f"slipway {command}" in documented


@pytest.mark.parametrize(
    "words", [[], ["fly"], ["ps", "--bogus"], ["predict", "a"], ["deploy", "a.ipynb", "--timeout", "soon"]]
)
def test_what_is_not_understood_is_exit_code_2(slipway: Slipway, words: list[str]) -> None:
    said = slipway(*words)
    assert said.code == 2
    assert said.out == ""
    assert "usage: slipway" in said.err


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        (["deploy", "none.ipynb"], "SLP503", "check the path"),
        (["deploy", "https://host/a.ipynb"], "SLP503", "Download"),
        (["deploy", "."], "SLP501", "directory"),
        (["deploy", "notes.txt"], "SLP501", ".ipynb"),
        (["deploy", "a.ipynb", "--name", "Not This"], "SLP560", "'not-this'"),
        (["deploy", "a.ipynb", "--engine", "steam"], "SLP564", "process"),
        (["deploy", "a.ipynb", "--sample", "{'a': 1}"], "SLP540", "double quotes"),
        (["build", "none.ipynb", "-o", "out"], "SLP503", "check the path"),
        (["serve", "."], "SLP554", "slipway build"),
        (["predict", "none", "1"], "SLP563", "none yet"),
        (["logs", "none"], "SLP563", "none yet"),
        (["ps", "none"], "SLP563", "none yet"),
        (["stop", "../.."], "SLP563", "none yet"),
        (["rm", ""], "SLP563", "none yet"),
    ],
)
def test_bad_input_gets_a_sentence(
    slipway: Slipway, saved_notebook: MakeNotebook, tmp_path: Path, words: list[str], code: str, hint: str
) -> None:
    saved_notebook("a.ipynb", *DOUBLING)
    (tmp_path / "notes.txt").write_text("no notebook")
    said = slipway(*words, cwd=tmp_path)
    assert said.code == 1
    assert said.out == ""
    assert said.err.startswith(f"{code}: ")
    assert hint in said.err
    said = slipway(*words, "--json", cwd=tmp_path)
    assert (said.code, said.err) == (1, "")
    assert said.last["problem"]["code"] == code
    assert slipway("ps", "--json").out == "", "nothing is left of it"


def test_an_unusable_home_is_a_sentence(tmp_path: Path, saved_notebook: MakeNotebook) -> None:
    (tmp_path / "file").write_text("")
    environment = {**os.environ, "SLIPWAY_HOME": str(tmp_path / "file" / "home")}
    said = finish(start_slipway("ps", env=environment))
    assert said.code == 1
    assert "SLIPWAY_HOME" in said.err


def test_an_empty_list_says_how_to_begin(slipway: Slipway) -> None:
    assert "slipway deploy NOTEBOOK" in slipway("ps").out
    assert slipway("ps", "--json").out == ""
    assert "process" in slipway("engines").out
    assert slipway("--json", "engines").last["name"] == "process"


@pytest.mark.slow
def test_the_whole_way_for_programs(slipway: Slipway, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    said = slipway("deploy", notebook, "--json")
    assert (said.code, said.err) == (0, "")
    *events, last = said.lines
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert events[0]["kind"] == "created"
    assert events[-1] == {**events[-1], "kind": "state", "state": "live", "url": last["url"]}
    assert set(last) == {"name", "release", "state", "url", "token", "docs"}
    assert last["docs"] == f"{last['url']}/docs#token={last['token']}"
    assert (last["name"], last["release"], last["state"]) == ("a", 1, "live")

    assert slipway("predict", "a", "21") == Said(0, "42\n", "")
    assert slipway("predict", "a", "-", given="[1]") == Said(0, "[1,1]\n", "")
    assert slipway("--json", "predict", "a", "21").last == {"prediction": 42}
    refused = slipway("predict", "a", "{")
    assert (refused.code, refused.out) == (1, "")
    assert refused.err.startswith("The service answered 400: ")
    assert slipway("predict", "a", "{", "--json").last["status"] == 400
    failed = slipway("predict", "a", "null")
    assert failed.code == 1
    assert "The service answered 500: " in failed.err

    (view,) = slipway("ps", "--json").lines
    assert (view["name"], view["live"], view["url"]) == ("a", 1, last["url"])
    assert "TypeError" in slipway("logs", "a", "--phase", "live").out
    assert all(set(line) == {"phase", "text"} for line in slipway("logs", "a", "--json").lines)

    assert slipway("rm", "a").code == 1
    assert slipway("stop", "a", "--json").last["releases"][0]["state"] == "stopped"
    gone = slipway("predict", "a", "21")
    assert gone.code == 1
    assert "not running" in gone.err
    assert slipway("rm", "a", "--json").last == {"name": "a", "removed": True}
    assert slipway("ps", "--json").out == ""


@pytest.mark.slow
def test_the_whole_way_for_people(slipway: Slipway, saved_notebook: MakeNotebook) -> None:
    said = slipway("deploy", saved_notebook("a.ipynb", *DOUBLING), "--name", "b")
    assert (said.code, said.err) == (0, "")
    assert "cell 4 (4 of 4 that run)" in said.out
    assert "\x1b" not in said.out
    assert "b is live: http://127.0.0.1:" in said.out
    assert "curl -H 'Authorization: Bearer " in said.out
    assert "/docs#token=" in said.out
    listed = slipway("ps").out
    assert "b     live" in listed
    assert "slipway ps b" in listed
    shown = slipway("ps", "b").out
    assert said.out[said.out.index("b is live: ") :] in shown, "as deploy said it, token and all"
    assert "1        live" in shown
    assert "stopped" in slipway("stop", "b").out
    assert slipway("rm", "b").out == "b is removed.\n"


@pytest.mark.slow
def test_a_cell_that_raises(slipway: Slipway, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("a.ipynb", "requirements = []", "x = 1\ny = x / 0", DOUBLING[2])
    said = slipway("deploy", notebook)
    assert said.code == 1
    assert "cell 2, line 2: y = x / 0" in said.err
    assert "ZeroDivisionError: division by zero" in said.err
    assert "jupyterlab_slipway" not in said.err, "no traceback of ours"
    said = slipway("deploy", notebook, "--json")
    assert (said.code, said.err) == (1, "")
    assert set(said.last) == {"name", "release", "state", "problem"}
    assert (said.last["state"], said.last["problem"]["code"]) == ("failed", "SLP520")
    assert said.last["problem"]["cell"]["index"] == 2
    assert "SLP520" in slipway("logs", "a").out
    assert "failed (SLP520)" in slipway("ps").out


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_cancels_and_leaves_nothing(
    deployments: Deployments, saved_notebook: MakeNotebook, number: signal.Signals
) -> None:
    process = start_slipway("deploy", saved_notebook("a.ipynb", *SLEEPING), "--json")
    until(lambda: deployments.records.names() == ["a"] and deployments.records.releases("a"), "it begins")
    until_asleep(deployments, "a", 1)
    process.send_signal(number)
    said = finish(process)
    assert said.code == 130
    assert said.last["state"] == "cancelled"
    assert said.last["problem"]["code"] == "SLP565"
    assert with_variable("SLIPWAY_HOME", str(deployments.home.root)) == []


@pytest.mark.slow
def test_a_detached_build_is_followed_and_cancelled_from_elsewhere(
    deployments: Deployments, slipway: Slipway, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook("a.ipynb", *SLEEPING)
    said = slipway("deploy", notebook, "--detach", "--json")
    assert said.code == 0
    assert said.last == {"name": "a", "release": 1, "state": "building"}
    busy = slipway("deploy", notebook, "--json")
    assert busy.code == 1
    assert busy.last["problem"]["code"] == "SLP562"
    until_asleep(deployments, "a", 1)
    follower = start_slipway("logs", "a", "-f")
    assert slipway("stop", "a").code == 0
    followed = finish(follower)
    assert followed.code == 0
    assert "── execute\nasleep\n" in followed.out


@pytest.mark.slow
def test_build_and_serve_without_a_record(
    slipway: Slipway, saved_notebook: MakeNotebook, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    said = slipway("build", notebook, "-o", bundle, "--json")
    assert (said.code, said.err) == (0, "")
    assert said.last == {"state": "built", "bundle": str(bundle), "digest": bundle_digest(bundle)}
    again = slipway("build", notebook, "-o", bundle)
    assert again.code == 1
    assert str(bundle) in again.err
    assert slipway("ps", "--json").out == ""

    server = start_slipway("serve", bundle, "--json")
    assert server.stdout is not None
    facts: dict[str, Any] = {}
    while facts.get("state") != "live":
        facts = json.loads(server.stdout.readline())
    asked = subprocess.run(
        [
            sys.executable,
            "-c",
            ASK,
            facts["url"],
            facts["token"],
        ],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "no_proxy": "127.0.0.1"},
    )
    assert asked.stdout == "b'42'\n"
    server.send_signal(signal.SIGINT)
    assert finish(server).code == 0
    assert with_variable("SLIPWAY_HOME", os.environ["SLIPWAY_HOME"]) == []

    token_file = tmp_path / "the token"
    token_file.write_text("a+token/of~mine\n", encoding="utf-8")
    killed = start_slipway("serve", bundle, "--token-file", token_file)
    assert killed.stdout is not None
    said_last = [
        next(line for line in killed.stdout if line.startswith("Serving on")),
        *islice(killed.stdout, 2),
    ]
    assert "a+token/of~mine" not in "".join(said_last)
    asked = subprocess.run(said_last[1].strip(), shell=True, capture_output=True, text=True, check=True)
    assert asked.stdout == "2"  # of the first sample
    killed.kill()
    finish(killed)
    until(lambda: not with_variable("SLIPWAY_HOME", os.environ["SLIPWAY_HOME"]), "the service ends")
    for left in (Path(os.environ["SLIPWAY_HOME"]) / "run").iterdir():
        shutil.rmtree(left)  # the next service would, but not within a minute


@pytest.mark.slow
def test_a_cancelled_build_leaves_no_bundle(
    deployments: Deployments, saved_notebook: MakeNotebook, tmp_path: Path
) -> None:
    bundle = tmp_path / "bundle"
    process = start_slipway("build", saved_notebook("a.ipynb", *SLEEPING), "-o", bundle, "--json")
    assert process.stdout is not None
    for line in process.stdout:
        event = json.loads(line)
        if event["kind"] == "cell" and event["number"] == 2:
            break
    process.send_signal(signal.SIGINT)
    said = finish(process)
    assert said.code == 130
    assert said.last["state"] == "cancelled"
    assert [path.name for path in tmp_path.iterdir()] == ["a.ipynb"]
    assert with_variable("SLIPWAY_HOME", str(deployments.home.root)) == []


@pytest.mark.slow
def test_a_terminal_gets_a_live_display(deployments: Deployments, saved_notebook: MakeNotebook) -> None:
    notebook = saved_notebook("a.ipynb", DOUBLING[0], "import time\ntime.sleep(2)\nfactor = 2", *DOUBLING[2:])
    leader, follower = pty.openpty()
    environment = {name: value for name, value in os.environ.items() if name not in ("CI", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "jupyterlab_slipway", "deploy", str(notebook)],
        stdin=subprocess.DEVNULL,
        stdout=follower,
        stderr=follower,
        env={**environment, "TERM": "xterm-256color", "COLUMNS": "100", "LINES": "40"},
    )
    os.close(follower)
    shown = b""
    while True:
        try:
            content = os.read(leader, 1 << 16)
        except OSError:  # the other end is closed
            break
        if not content:
            break
        shown += content
    os.close(leader)
    text = shown.decode("utf-8", "replace")
    assert process.wait() == 0, text
    assert "✔" in text
    assert "cell 2 (2 of 4 that run)" in text
    assert "a is live: http://127.0.0.1:" in text
    assert "\x1b[?25h" in text, "the cursor is visible again"

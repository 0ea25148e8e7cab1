"""How an image build is called, what becomes of its words, and what a base image has to hold: with a program that
stands for the engine."""

from __future__ import annotations

import json
import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.builder.event_lines import MARK, LineReader
from jupyterlab_slipway.engines.containers.base_images import ImagePythons, look_into
from jupyterlab_slipway.engines.containers.image_build import ImageBuild
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.problems import Code, SlipwayProblem

IMAGE = "localhost/python:3.11"


class Told:
    """A Progress that remembers."""

    def __init__(self) -> None:
        self.facts: list[tuple[Any, ...]] = []

    def __getattr__(self, name: str) -> Any:
        return lambda *facts: self.facts.append((name, *facts))

    def log(self, phase: str) -> str:
        return "".join(fact[2] for fact in self.facts if fact[:2] == ("output", phase))


class Program:
    """`docker` or `podman`: a script in a directory that comes first on PATH."""

    def __init__(self, directory: Path, name: str) -> None:
        self.path = directory / name
        self.calls = directory / "calls"
        self.tool = Tool(name)

    def does(self, code: str) -> Tool:
        """`code` is Python, with the words of the command line in `words`."""
        self.path.write_text(
            f"#!{sys.executable}\nimport json, os, sys, time\nwords = sys.argv[1:]\n"
            f"open({str(self.calls)!r}, 'a').write(json.dumps(words) + chr(10))\n{code}\n"
        )
        self.path.chmod(self.path.stat().st_mode | stat.S_IXUSR)
        return self.tool

    def asked(self) -> list[list[str]]:
        return [json.loads(line) for line in self.calls.read_text().splitlines()]


@pytest.fixture(params=["docker", "podman"])
def program(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Program:
    directory = tmp_path / "programs"
    directory.mkdir()
    monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")
    return Program(directory, request.param)


def image_build(tmp_path: Path, **facts: Any) -> ImageBuild:
    context = tmp_path / "context"
    context.mkdir(exist_ok=True)
    given = {"target": "bundle", "arguments": {"BASE_IMAGE": IMAGE}, "images": (IMAGE,), **facts}
    return ImageBuild(context, **given)


def ran(build: ImageBuild, tool: Tool) -> tuple[Told, LineReader]:
    told = Told()
    reader = LineReader(told, "install")  # type: ignore[arg-type]
    build.run(tool, reader, told, "install")  # type: ignore[arg-type]
    return told, reader


def said(**fact: Any) -> str:
    return f"print({(MARK + json.dumps(fact))!r}, flush=True)\n"


def test_values_travel_as_words_and_files(program: Program, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    build = image_build(
        tmp_path,
        secrets={"ca": secret},
        labels={"org.opencontainers.image.title": 'a "b" $(id) \' c'},
        tag="slipway/a:1",
    )
    ran(build, program.does(""))
    words = next(words for words in program.asked() if "build" in words)
    assert words[0] == ("buildx" if program.tool.name == "docker" else "build")
    assert words[-1] == str(build.context)
    for option, value in (
        ("--target", "bundle"),
        ("--build-arg", f"BASE_IMAGE={IMAGE}"),
        ("--secret", f"id=ca,src={secret}"),
        ("--label", 'org.opencontainers.image.title=a "b" $(id) \' c'),
        ("--tag", "slipway/a:1"),
    ):
        assert words[words.index(option) + 1] == value
    assert "--output" not in words
    ran(image_build(tmp_path, output=tmp_path / "out"), program.tool)
    assert f"type=local,dest={tmp_path / 'out'}" in program.asked()[-1]


def test_what_happens_within_the_image_is_told_as_it_happens(program: Program, tmp_path: Path) -> None:
    tool = program.does(
        "print('#1 [internal] load', file=sys.stderr, flush=True)\n"
        + said(do="phase", phase="install", status="started")
        + said(do="phase", phase="install", status="done")
        + said(do="phase", phase="execute", status="started")
        + said(do="cell", number=1, total=2, cell={"index": 1})
        + "print('#9 0.5 from https://user:word@index.example/simple')\n"
        + said(do="phase", phase="execute", status="done")
    )
    told, reader = ran(image_build(tmp_path), tool)
    phases = [fact for fact in told.facts if fact[0] in ("phase", "cell")]
    assert phases == [
        ("phase", "install", "done", None),  # that it began was told before
        ("phase", "execute", "started", None),
        ("cell", 1, 2, {"index": 1}),
        ("phase", "execute", "done", None),
    ]
    assert told.log("install") == "#1 [internal] load\n" or "[internal] load" in told.log("install")
    assert "user:word" not in told.log("execute")
    assert "from https://***@index.example/simple" in told.log("execute")
    assert reader.phase is None


def test_what_is_repeated_after_a_failure_is_told_once(program: Program, tmp_path: Path) -> None:
    line = f"{MARK}{json.dumps({'do': 'phase', 'phase': 'execute', 'status': 'failed'})}"
    before = "#12 0.5 " if program.tool.name == "docker" else ""
    tool = program.does(f"print({before + line!r})\nprint('------')\nprint({'0.5 ' + line!r})\nsys.exit(1)")
    told = Told()
    with pytest.raises(SlipwayProblem):
        image_build(tmp_path).run(tool, LineReader(told), told, "install")  # type: ignore[arg-type]
    assert [fact for fact in told.facts if fact[0] == "phase"] == [("phase", "execute", "failed", None)]
    assert MARK not in told.log("install")


def test_hidden_texts_are_in_no_log(program: Program, tmp_path: Path) -> None:
    tool = program.does("print('token=s3cret-value and more')")
    told, _ = ran(image_build(tmp_path, hidden=["s3cret-value"]), tool)
    assert told.log("install") == "token=*** and more\n"


def test_the_builders_own_problem_comes_out_whole(program: Program, tmp_path: Path) -> None:
    problem = {
        "code": "SLP520",
        "message": "Cell 2 raised.",
        "severity": "error",
        "cell": {"index": 2, "line": 1},
        "traceback": "ValueError: x",
    }
    tool = program.does(said(do="end", problem=problem) + "print('ERROR: exit code: 1')\nsys.exit(1)")
    with pytest.raises(SlipwayProblem) as caught:
        ran(image_build(tmp_path), tool)
    assert caught.value.as_problem() == problem


@pytest.mark.parametrize(
    ("words", "code", "hint"),
    [
        ("ERROR: write /var/lib/x: no space left on device", Code.DISK_FULL, "system prune"),
        (
            "ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.",
            Code.ENGINE_SILENT,
            "Start it",
        ),
        (
            "error reading from server: EOF\nrpc error: code = Unavailable desc = x",
            Code.ENGINE_SILENT,
            "Start it",
        ),
        (f"ERROR: {IMAGE}: not found", Code.BASE_IMAGE, "SLIPWAY_BASE_IMAGES"),
        (f"ERROR: pull access denied for {IMAGE}", Code.BASE_IMAGE, "log in"),
        (
            f"ERROR: failed to do request: Head {IMAGE}: dial tcp: i/o timeout",
            Code.BASE_IMAGE,
            "does not answer",
        ),
        (
            f'ERROR: {IMAGE}: failed to do request: Head "http://localhost/v2/": dial tcp: connection refused',
            Code.BASE_IMAGE,
            "does not answer",
        ),
        ("dial unix /run/docker.sock: connect: no such file or directory", Code.ENGINE_SILENT, "Start it"),
        (
            "E: Unable to locate package libgompp1",
            Code.IMAGE_BUILD,
            "SLIPWAY_SYSTEM_PACKAGES names libgompp1",
        ),
        ("the --mount option requires BuildKit.", Code.UNSUPPORTED, "buildx"),
        ("ERROR: process did not complete successfully: exit code: 137", Code.KERNEL_DIED, "memory"),
        ("cannot find UID/GID for user x: no subuid ranges found", Code.UNSUPPORTED, "subordinate"),
        ("something else\nError: building at STEP 3: exit status 2", Code.IMAGE_BUILD, "building at STEP 3"),
        ("", Code.IMAGE_BUILD, "no reason"),
    ],
)
def test_why_an_engine_fails(program: Program, tmp_path: Path, words: str, code: Code, hint: str) -> None:
    tool = program.does(f"print({words!r}, file=sys.stderr)\nsys.exit(1)")
    with pytest.raises(SlipwayProblem) as caught:
        ran(image_build(tmp_path), tool)
    assert caught.value.code is code
    assert hint in caught.value.message


def test_a_cancel_ends_the_program_and_all_that_it_started(program: Program, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    program.does(
        "import subprocess\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        f"open({str(pids)!r}, 'w').write(f'{{os.getpid()}} {{child.pid}} ')\ntime.sleep(600)"
    )
    code = (
        "import sys\nfrom pathlib import Path\nsys.path.insert(0, sys.argv[2])\n"
        "from test_containers_image_build import Told, image_build, ran\n"
        "from jupyterlab_slipway.engines.containers.tool import Tool\n"
        "from jupyterlab_slipway.signals import Cancellation\n"
        "Cancellation().install()\n"
        f"ran(image_build(Path(sys.argv[1])), Tool({program.tool.name!r}))\n"
    )
    caller = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path), str(Path(__file__).parent)], stderr=subprocess.PIPE
    )
    deadline = time.monotonic() + 60
    while not (pids.exists() and pids.read_text().endswith(" ")) and time.monotonic() < deadline:
        time.sleep(0.05)
    caller.send_signal(signal.SIGTERM)
    _, words = caller.communicate(timeout=60)
    assert b"Cancelled" in words
    for pid in pids.read_text().split():
        assert (
            not Path(f"/proc/{pid}/exe").exists() or Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
        )


# -- base images


def test_pythons_come_from_base_images() -> None:
    pythons = ImagePythons({(3, 6): "old", (3, 13): "new"}, "amd64")
    newest, oldest = pythons.newest_first()
    assert (newest.image, newest.short, oldest.image, oldest.short) == ("new", "3.13", "old", "3.6")
    assert oldest.target == ["--python-version", "3.6", "--python-platform", "x86_64-unknown-linux-gnu"]
    assert not oldest.is_here
    assert pythons.revived({"version": "3.6"}) == oldest
    assert pythons.revived({"version": "3.7"}) is None
    other = ImagePythons({(3, 6): "older", (3, 13): "new"}, "amd64")
    assert other.fingerprint() != pythons.fingerprint()
    with pytest.raises(SlipwayProblem) as caught:
        ImagePythons({}, "s390x")
    assert caught.value.code is Code.UNSUPPORTED


def looked(tool: Tool, kept: Path | None = None) -> Any:
    return look_into(tool, IMAGE, (3, 11), Told(), "install", kept)  # type: ignore[arg-type]


def image_with(python: str, *, here: bool = True) -> str:
    """`python` is the code that answers for the image's Python."""
    return (
        f"if words[:2] == ['image', 'inspect']:\n"
        f"    found = {here} or os.path.exists({'/nonexistent'!r})\n"
        "    print('sha256:abc') if found else print('Error: No such image: x', file=sys.stderr)\n"
        "    sys.exit(0 if found else 1)\n"
        "if words[0] == 'run':\n"
        f"    {python}\n"
    )


def facts(**changed: str) -> str:
    found = {
        "version": "3.11.2",
        "implementation": "cpython",
        "machine": "x86_64",
        "libc": "glibc",
        "path": "/x",
    }
    return f"print(json.dumps({ {**found, **changed}!r}))"


def test_a_base_image_is_looked_into_without_a_network(program: Program) -> None:
    base = looked(program.does(image_with(facts())))
    assert (base.reference, base.id, base.version) == (IMAGE, "abc", "3.11.2")
    run = next(words for words in program.asked() if words[0] == "run")
    assert run[run.index("--network") + 1] == "none"
    assert run[run.index("--entrypoint") + 1] == "python3.11"


def test_an_image_that_was_looked_into_is_not_run_again(program: Program, tmp_path: Path) -> None:
    kept = tmp_path / "kept"
    first = looked(program.does(image_with(facts())), kept)
    assert looked(program.does(image_with("print('nothing')")), kept) == first
    assert [words[0] for words in program.asked()].count("run") == 1
    another = image_with(facts(version="3.11.9")).replace("sha256:abc", "sha256:def")
    assert looked(program.does(another), kept).version == "3.11.9"
    for file in kept.iterdir():
        file.write_text('{"version": 3}')
    assert looked(program.does(another), kept).version == "3.11.9"


@pytest.mark.parametrize(
    ("python", "hint"),
    [
        (facts(version="3.12.1"), "meant to hold CPython 3.11"),
        (facts(implementation="pypy"), "pypy"),
        (facts(libc=""), "slim"),
        ("print('exec: python3.11: not found', file=sys.stderr); sys.exit(127)", "python3.11: not found"),
        ("print('no JSON')", "said nothing"),
    ],
)
def test_an_image_that_holds_something_else_is_told(program: Program, python: str, hint: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        looked(program.does(image_with(python)))
    assert caught.value.code is Code.BASE_IMAGE
    assert IMAGE in caught.value.message
    assert hint in caught.value.message


@pytest.mark.parametrize(
    ("words", "hint"),
    [
        ("Error: manifest unknown", "none of that name"),
        ('Get "http://localhost/v2/": dial tcp 127.0.0.1:80: connect: connection refused', "does not answer"),
        ("pinging container registry localhost: connection refused", "does not answer"),
        ("unauthorized: authentication required", "wants credentials"),
    ],
)
def test_an_image_that_cannot_be_had_is_told(program: Program, words: str, hint: str) -> None:
    code = image_with("pass", here=False) + (
        f"if words[0] == 'pull':\n    print({words!r}, file=sys.stderr)\n    sys.exit(1)\n"
    )
    with pytest.raises(SlipwayProblem) as caught:
        looked(program.does(code))
    assert caught.value.code is Code.BASE_IMAGE
    assert hint in caught.value.message

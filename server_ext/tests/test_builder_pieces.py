"""The small parts of a build: install lines, shortened output, comparison, settings, what cells see, Pythons."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from jupyterlab_slipway.builder import install_line
from jupyterlab_slipway.builder.cell_environment import cell_environment
from jupyterlab_slipway.builder.comparison import difference
from jupyterlab_slipway.builder.interpreters import (
    Interpreter,
    candidate_paths,
    list_interpreters,
    probe,
    span,
)
from jupyterlab_slipway.builder.output_cap import OutputCap
from jupyterlab_slipway.builder.uv import pip_settings, uv_environment, without_credentials

LOCKED = {"numpy": "1.15.0", "scikit-learn": "0.19.2"}


@pytest.mark.parametrize(
    ("line", "missing"),
    [
        ("pip install numpy", []),
        ("pip install -q --upgrade pip", []),
        ("pip install numpy==1.15 Scikit_Learn", []),
        ("pip install numpy>=1.16", ["numpy>=1.16"]),
        ("pip install -i https://example.org numpy pandas==2.0", ["pandas==2.0"]),
        ("pip install git+https://example.org/x.git", ["git+https://example.org/x.git"]),
        ("pip install -e .", ["."]),
        ("conda install -y -c conda-forge numpy=1.15", []),
        ("conda install numpy=1.16", ["numpy==1.16"]),
        ("uv pip install pandas", ["pandas"]),
        ("pip3 install nothing", ["nothing"]),
    ],
)
def test_install_lines_are_answered_by_the_lock(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, missing: list[str]
) -> None:
    (tmp_path / install_line.LOCKED).write_text(json.dumps(LOCKED), encoding="utf-8")
    assert install_line.main([str(tmp_path), *line.split()]) == bool(missing)
    noted = tmp_path / install_line.REFUSED
    assert noted.exists() == bool(missing)
    if missing:
        assert json.loads(noted.read_text(encoding="utf-8"))["missing"] == missing
        assert "requirements" in capsys.readouterr().err


def test_requirement_files_are_read(tmp_path: Path) -> None:
    (tmp_path / install_line.LOCKED).write_text(json.dumps(LOCKED), encoding="utf-8")
    listing = tmp_path / "r.txt"
    listing.write_text("# comment\nnumpy==1.15.0  # pinned\n--pre\npandas\n", encoding="utf-8")
    assert install_line.wanted(["-r", str(listing)], conda=False) == ["numpy==1.15.0", "pandas"]
    assert install_line.main([str(tmp_path), "pip", "install", "-r", str(listing)]) == 1


@pytest.mark.parametrize("verb", ["list", "freeze"])
def test_listing_shows_the_lock(tmp_path: Path, capsys: pytest.CaptureFixture[str], verb: str) -> None:
    (tmp_path / install_line.LOCKED).write_text(json.dumps(LOCKED), encoding="utf-8")
    assert install_line.main([str(tmp_path), "pip", verb]) == 0
    assert capsys.readouterr().out == "numpy==1.15.0\nscikit-learn==0.19.2\n"


def capped(*texts: str, head: int = 10, tail: int = 6) -> str:
    shown: list[str] = []
    cap = OutputCap(shown.append, head, tail)
    for text in texts:
        cap.write(text)
    cap.close()
    return "".join(shown)


def test_short_output_is_shown_as_it_is() -> None:
    assert capped("abc", "def\n") == "abcdef\n"


def test_long_output_keeps_head_and_tail_and_says_what_is_gone() -> None:
    for text in (capped("0123456789" + "x" * 100 + "uvwxyz"), capped(*"0123456789", *("x" * 100), *"uvwxyz")):
        assert text.startswith("0123456789")
        assert text.endswith("uvwxyz")
        assert "100 characters" in text


@pytest.mark.parametrize(
    ("expected", "actual"),
    [(1, 1), (0.1, 0.1 + 1e-9), ({"a": [1, None, "x"]}, {"a": [1, None, "x"]}), (0.0, 1e-10)],
)
def test_the_same_by_the_rule(expected: object, actual: object) -> None:
    assert difference(expected, actual) is None


@pytest.mark.parametrize(
    ("expected", "actual", "place"),
    [
        (1, 2, "the answer"),
        (1, 1.0, "the answer"),
        (True, 1, "the answer"),
        (0.1, 0.1001, "the answer"),
        ([1, [2, 3]], [1, [2, 4]], "the answer[1][1]"),
        ([1], [1, 2], "elements"),
        ({"a": 1}, {"b": 1}, "keys"),
        ({"a": {"b": "x"}}, {"a": {"b": "y"}}, "['a']['b']"),
    ],
)
def test_a_difference_is_named_by_its_place(expected: object, actual: object, place: str) -> None:
    found = difference(expected, actual)
    assert found is not None
    assert place in found


def test_settings_of_pip_become_uvs(tmp_path: Path) -> None:
    (tmp_path / ".pip").mkdir()
    (tmp_path / ".pip" / "pip.conf").write_text(
        "[global]\nindex-url = https://a.example/simple\n[install]\nextra-index-url = https://b.example\n  https://c.example\n",
        encoding="utf-8",
    )
    variables = {
        "HOME": str(tmp_path),
        "PIP_CERT": "/ca.pem",
        "PIP_INDEX_URL": "https://own.example",
        "VIRTUAL_ENV": "/v",
    }
    assert pip_settings(variables)["index-url"] == "https://own.example"
    env = uv_environment(variables)
    assert env["UV_DEFAULT_INDEX"] == "https://own.example"
    assert env["UV_INDEX"] == "https://b.example https://c.example"
    assert env["SSL_CERT_FILE"] == "/ca.pem"
    assert "VIRTUAL_ENV" not in env
    assert uv_environment({**variables, "UV_INDEX_URL": "https://uv.example"}).get("UV_DEFAULT_INDEX") is None


def test_credentials_are_taken_out_of_addresses() -> None:
    assert without_credentials("at https://me:pass@a.example/x ok") == "at https://***@a.example/x ok"


def test_cells_see_an_allow_list() -> None:
    variables = {
        "PATH": "/bin",
        "HOME": "/h",
        "LC_ALL": "C",
        "JUPYTER_TOKEN": "t",
        "AWS_SECRET_ACCESS_KEY": "s",
        "MINE": "1",
    }
    env = cell_environment(
        variables,
        passed=["MINE"],
        python=Path("/env/bin/python"),
        shims=Path("/s"),
        scratch=Path("/t"),
        marker="m",
    )
    assert env["PATH"] == "/s:/env/bin:/bin"
    assert (env["HOME"], env["LC_ALL"], env["MINE"], env["MPLBACKEND"]) == ("/h", "C", "1", "Agg")
    assert not {"JUPYTER_TOKEN", "AWS_SECRET_ACCESS_KEY"} & env.keys()


def test_a_program_that_is_no_python_is_skipped(tmp_path: Path) -> None:
    shim = tmp_path / "python3.9"
    shim.write_text("#!/bin/sh\necho 'command not found' >&2\nexit 127\n", encoding="utf-8")
    shim.chmod(0o755)
    assert probe(shim) is None
    assert probe(tmp_path / "missing") is None


def test_pythons_may_be_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = tmp_path / "mine"
    (tmp_path / "prefix" / "bin").mkdir(parents=True)
    two = tmp_path / "prefix" / "bin" / "python3.8"
    two.touch()
    monkeypatch.setenv("SLIPWAY_PYTHONS", f"{one}:{tmp_path / 'prefix'}")
    assert list(candidate_paths())[:2] == [one, two]


def test_the_pythons_at_hand_run_and_come_newest_first() -> None:
    found = list_interpreters()
    assert found
    assert [python.minor for python in found] == sorted({python.minor for python in found}, reverse=True)


def test_versions_in_words() -> None:
    def pythons(*versions: str) -> list[Interpreter]:
        return [Interpreter(Path("/p"), version, "cpython", "linux", "x86_64") for version in versions]

    assert span(pythons("3.13.0", "3.12.1", "3.11.7")) == "3.11 … 3.13"
    assert span(pythons("3.13.0", "3.9.1", "3.6.15")) == "3.6, 3.9 and 3.13"
    assert span(pythons("3.6.15")) == "3.6"
    assert span([]) == "none"

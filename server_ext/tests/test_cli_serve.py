"""What `slipway serve` says of its token, and which it takes."""

from __future__ import annotations

import json
import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from deployments_fixtures import Said
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.commandline.serve import _tell
from jupyterlab_slipway.deployments.curl import curl_command
from runtime_fixtures import make_bundle

if TYPE_CHECKING:
    from collections.abc import Callable

SOURCE = "def predictor(x):\n    return x"
URL = "http://127.0.0.1:9999"


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    return make_bundle(tmp_path / "bundle", SOURCE, [{"it's": "ä"}])


def test_the_command_has_the_first_sample(bundle: Path, tmp_path: Path) -> None:
    words = shlex.split(curl_command(URL, bundle, "t"))
    assert words[0] == "curl"
    assert "Authorization: Bearer t" in words
    assert json.loads(words[words.index("-d") + 1]) == {"it's": "ä"}
    assert words[-1] == f"{URL}/predict"
    assert "-d SAMPLE " in curl_command(URL, tmp_path, "t")


def test_a_new_token_is_shown_with_a_command_to_copy(
    bundle: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _tell(Output(as_json=False), URL, bundle, "secret", None)
    said = capsys.readouterr().out
    assert "Its token: secret" in said
    assert f"  {curl_command(URL, bundle, 'secret')}\n" in said
    _tell(Output(as_json=True), URL, bundle, "secret", None)
    assert json.loads(capsys.readouterr().out)["token"] == "secret"


@pytest.mark.parametrize("as_json", [False, True])
def test_a_token_of_ones_own_is_shown_nowhere(
    bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], as_json: bool
) -> None:
    _tell(Output(as_json=as_json), URL, bundle, "secret", tmp_path / "the token")
    said = capsys.readouterr().out
    assert URL in said
    assert "secret" not in said
    if not as_json:
        assert f"Bearer $(cat '{tmp_path}/the token')" in said


@pytest.mark.parametrize(
    ("content", "words"),
    [(None, "cannot be read: No such file"), ("a b", "holds no token"), ("", "holds no token")],
)
def test_a_file_without_a_token_is_refused(
    slipway: Callable[..., Said], bundle: Path, tmp_path: Path, content: str | None, words: str
) -> None:
    file = tmp_path / "token"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    said = slipway("serve", bundle, "--token-file", file)
    assert said.code == 1
    assert words in said.err
    assert str(file) in said.err

"""What a port is: one rule and one sentence for each command line and variable that takes one."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

import pytest
from jupyterlab_slipway.cli import build_parser
from slipway_runtime import container, serving
from slipway_runtime.ports import parse_port, port_option

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(("text", "port"), [("1", 1), ("08080", 8080), ("65535", 65535)])
def test_ports(text: str, port: int) -> None:
    assert parse_port(text) == port_option(text) == port


@pytest.mark.parametrize(
    "text", ["", "0", "65536", "-1", "+80", " 80", "8_0", "80.0", "²", "８０", "9" * 5000]
)
def test_no_ports(
    text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = f"{text[:40]!r} is no port from 1 to 65535"
    with pytest.raises(argparse.ArgumentTypeError, match=r" is no port from 1 to 65535$"):
        port_option(text)
    for command in (
        lambda: build_parser().parse_args(["serve", "bundle", f"--port={text}"]),
        lambda: serving.main(["serve", "bundle", "--model-python", "python", f"--port={text}"]),
    ):
        with pytest.raises(SystemExit):
            command()
        assert sentence in capsys.readouterr().err
    if text:  # an empty variable is none
        monkeypatch.setattr(container, "BUNDLE", tmp_path)
        with pytest.raises(ValueError, match=r"^the variable PORT: ") as refused:
            container.serve_words({"PORT": text, "SLIPWAY_IDENTITY": "x"})
        assert str(refused.value).endswith(sentence)

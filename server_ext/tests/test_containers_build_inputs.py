"""Secrets travel to an image build apart from everything else, and what is one is told from what is not."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.engines.containers.build_inputs import BuildInputs, gather_inputs
from jupyterlab_slipway.engines.containers.settings import ContainerSettings
from jupyterlab_slipway.problems import SlipwayProblem

PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.fixture(autouse=True)
def _no_settings_of_this_machine() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(("UV_", "PIP_", "SSL_")) or name.upper().endswith("_PROXY"):
                patch.delenv(name)
        patch.setenv("PIP_CONFIG_FILE", os.devnull)
        yield


def gathered(tmp_path: Path, *passed: str, ca: Path | None = None) -> BuildInputs:
    options = BuildOptions(
        notebook=tmp_path / "a.ipynb", directory=tmp_path, title="a", pass_environment=passed
    )
    return gather_inputs(ContainerSettings(ca=ca), options, tmp_path)


def index(inputs: BuildInputs) -> dict[str, str]:
    found: dict[str, str] = json.loads(inputs.secrets["index"].read_text())
    return found


def test_both_secrets_are_there_though_there_is_nothing_to_tell(tmp_path: Path) -> None:
    inputs = gathered(tmp_path)
    assert inputs.secrets["ca"].read_bytes() == b""
    assert index(inputs) == {}
    assert inputs.literals == ()
    assert all(stat.S_IMODE(path.stat().st_mode) == 0o600 for path in inputs.secrets.values())


def test_indexes_reach_uv_and_pip_and_their_passwords_are_literals(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://reader:s%2Fcret-word@index.example/simple")
    monkeypatch.setenv("UV_INDEX", "own=https://own.example/simple https://b.example/?key=querytoken")
    monkeypatch.setenv("UV_INDEX_OWN_USERNAME", "me")
    monkeypatch.setenv("UV_INDEX_OWN_PASSWORD", "pass/word1")
    monkeypatch.setenv("https_proxy", "http://user:proxypass@proxy.example:3128")
    monkeypatch.setenv("UV_CACHE_DIR", "/home/me/cache")
    monkeypatch.setenv("UV_FIND_LINKS", "/home/me/wheels,https://links.example/all")
    inputs = gathered(tmp_path)
    found = index(inputs)
    assert found["PIP_INDEX_URL"] == found["UV_DEFAULT_INDEX"]
    assert found["PIP_EXTRA_INDEX_URL"] == (
        "https://me:pass%2Fword1@own.example/simple https://b.example/?key=querytoken"
    )
    assert found["UV_FIND_LINKS"] == "https://links.example/all"
    assert found["https_proxy"].endswith("3128")
    assert "UV_CACHE_DIR" not in found
    assert set(inputs.literals) == {
        *("s%2Fcret-word", "s/cret-word", "pass/word1", "pass%2Fword1", "querytoken", "proxypass")
    }


def test_a_token_instead_of_a_user_is_a_literal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "https://tok-0123456789@a.example/simple")
    monkeypatch.setenv("UV_INDEX", "https://ghp-abcdefgh:x-oauth-basic@b.example/simple")
    assert set(gathered(tmp_path).literals) == {"tok-0123456789", "ghp-abcdefgh"}


def test_pips_own_settings_are_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = tmp_path / "pip.conf"
    certificates = tmp_path / "own.pem"
    certificates.write_text(PEM)
    config.write_text(
        f"[global]\nindex-url = https://u:hidden-word@a.example/simple\ncert = {certificates}\n"
        "trusted-host = a.example\n"
    )
    monkeypatch.setenv("PIP_CONFIG_FILE", str(config))
    inputs = gathered(tmp_path)
    assert index(inputs)["UV_DEFAULT_INDEX"] == "https://u:hidden-word@a.example/simple"
    assert index(inputs)["PIP_TRUSTED_HOST"] == "a.example"
    assert inputs.secrets["ca"].read_text() == PEM
    assert inputs.literals == ("hidden-word",)


@pytest.mark.parametrize(
    ("name", "value", "literals"),
    [
        ("API_TOKEN", "lowercaseonly", {"lowercaseonly"}),
        ("API_TOKEN", "short", set()),
        ("STAGE", "production", set()),
        ("COUNT", "1000000", set()),
        ("DATA", "/data/models", set()),
        ("REGION", "eu-west", set()),
        ("WHATEVER", "Xk29-aZ01-qq", {"Xk29-aZ01-qq"}),
        ("DATABASE", "postgres://me:hidden-word@db.example/x", {"hidden-word"}),
        ("DATABASE", "https://db.example/some/place", set()),
    ],
)
def test_passed_variables_travel_and_secrets_among_them_are_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str, literals: set[str]
) -> None:
    monkeypatch.setenv(name, value)
    inputs = gathered(tmp_path, name, "NOT_SET_ANYWHERE")
    assert index(inputs) == {name: value}
    assert set(inputs.literals) == literals


def test_lines_of_a_long_value_are_told_one_by_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGNING_KEY", f"-----BEGIN X-----\n{'abCD1234' * 8}\n")
    assert "abCD1234" * 8 in gathered(tmp_path, "SIGNING_KEY").literals


@pytest.mark.parametrize("name", ["PATH", "HOME", "LD_LIBRARY_PATH", "PYTHONPATH", "JUPYTER_TOKEN"])
def test_what_belongs_to_this_machine_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv(name, "/home/me/x")
    assert index(gathered(tmp_path, name)) == {}


def test_certificates_are_copied_and_named_where_they_will_be(tmp_path: Path) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(PEM)
    inputs = gathered(tmp_path, ca=path)
    assert inputs.secrets["ca"].read_text() == PEM
    assert index(inputs) == {"SSL_CERT_FILE": "/run/secrets/ca"}


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (PEM + "-----BEGIN PRIVATE KEY-----\nx\n", "private key"),
        ("\x30\x82 der", "no PEM file"),
        (PEM * 10_000, "engines take"),
    ],
)
def test_a_wrong_file_of_certificates_is_refused(tmp_path: Path, content: str, words: str) -> None:
    path = tmp_path / "ca.pem"
    path.write_text(content)
    with pytest.raises(SlipwayProblem, match=words) as caught:
        gathered(tmp_path, ca=path)
    assert "SLIPWAY_CA" in caught.value.message


def test_a_missing_file_of_certificates_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SlipwayProblem, match="cannot be read"):
        gathered(tmp_path, ca=tmp_path / "gone.pem")


def test_variables_that_engines_would_refuse_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = [f"LONG_{number}" for number in range(6)]
    for name in names:
        monkeypatch.setenv(name, "x" * 100_000)
    with pytest.raises(SlipwayProblem, match="engines take"):
        gathered(tmp_path, *names)


VALUES = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=60)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60, deadline=None)
@given(VALUES, VALUES)
def test_any_value_travels_whole(tmp_path: Path, value: str, url: str) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MY_TOKEN", value)
        patch.setenv("UV_INDEX", url)
        inputs = gathered(tmp_path, "MY_TOKEN")
    assert index(inputs)["MY_TOKEN"] == value
    assert len(value) < 6 or value in inputs.literals
    assert all(len(text) >= 6 for text in inputs.literals)

"""What a user chooses for container engines, and the names that reach a command line."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from jupyterlab_slipway.engines.containers.references import check_image, check_system_package
from jupyterlab_slipway.engines.containers.settings import ContainerSettings
from jupyterlab_slipway.problems import Code, SlipwayProblem


def of(**variables: str) -> ContainerSettings:
    return ContainerSettings.of_user(variables)


def test_without_a_word_the_official_images_are_used() -> None:
    settings = of()
    assert settings.base_images[3, 6] == "docker.io/library/python:3.6-slim"
    assert max(settings.base_images) == (3, 14)
    assert settings.tools_image == "docker.io/library/python:3.13-slim"
    assert (settings.ca, settings.memory, settings.mount_data) == (None, None, ())


def test_what_is_named_takes_their_place(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("")
    settings = of(
        SLIPWAY_BASE_IMAGES="3.6=localhost/python:3.6, 3.11=registry.example:5000/team/python@sha256:"
        + "a" * 64,
        SLIPWAY_SYSTEM_PACKAGES="libgomp1, g++",
        SLIPWAY_CONTEXT_LIMIT="20",
        SLIPWAY_MOUNT_DATA=os.pathsep.join(["data", "more data"]),
        SLIPWAY_MEMORY="2GiB",
        SLIPWAY_CPUS="1.5",
        SLIPWAY_PIDS="64",
        SLIPWAY_CA=str(ca),
    )
    assert set(settings.base_images) == {(3, 6), (3, 11)}
    assert settings.tools_image == settings.base_images[3, 11], "the newest of those that run the HTTP server"
    assert settings.system_packages == ("libgomp1", "g++")
    assert settings.context_limit == 20_000_000
    assert settings.mount_data == ("data", "more data")
    assert (settings.memory, settings.cpus, settings.pids) == (2 << 30, 1.5, 64)
    assert settings.ca == ca


def test_certificates_of_the_user_are_taken_where_there_are_any(tmp_path: Path) -> None:
    ca = tmp_path / "ca.pem"
    ca.write_text("")
    assert of(SSL_CERT_FILE=str(ca)).ca == ca
    assert of(SSL_CERT_FILE=str(tmp_path / "gone.pem")).ca is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SLIPWAY_BASE_IMAGES", "3.6"),
        ("SLIPWAY_BASE_IMAGES", "2.7=python:2.7"),
        ("SLIPWAY_BASE_IMAGES", "3.5=python:3.5"),
        ("SLIPWAY_BASE_IMAGES", "3.11=Python:3.11"),
        ("SLIPWAY_BASE_IMAGES", "3.11=--privileged"),
        ("SLIPWAY_BASE_IMAGES", "3.11=python:3.11\nRUN id"),
        ("SLIPWAY_TOOLS_IMAGE", "$(id)"),
        ("SLIPWAY_SYSTEM_PACKAGES", "libgomp1;id"),
        ("SLIPWAY_SYSTEM_PACKAGES", "-o=Dpkg::Pre-Invoke::=id"),
        ("SLIPWAY_CONTEXT_LIMIT", "0"),
        ("SLIPWAY_CONTEXT_LIMIT", "much"),
        ("SLIPWAY_CA", "/nonexistent/ca.pem"),
        ("SLIPWAY_DOCKERFILE", "/nonexistent/Dockerfile"),
        ("SLIPWAY_MEMORY", "-1"),
        ("SLIPWAY_CPUS", "0"),
        ("SLIPWAY_CPUS", "nan"),
        ("SLIPWAY_PIDS", "2"),
        ("SLIPWAY_PIDS", "many"),
        ("SLIPWAY_PIDS", "9" * 5000),
        ("SLIPWAY_CPUS", "x"),
        ("SLIPWAY_CPUS", "1e400"),
        ("SLIPWAY_CONTEXT_LIMIT", "."),
        ("SLIPWAY_MEMORY", "9" * 400),
        ("SLIPWAY_CA", "~no-such-user-7f3a/ca.pem"),
    ],
)
def test_a_wrong_value_is_told_with_its_variable(name: str, value: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        of(**{name: value})
    assert caught.value.code is Code.REQUEST_INVALID
    assert name in caught.value.message


@pytest.mark.parametrize(
    "name",
    [
        "python",
        "python:3.11-slim",
        "localhost/python:3.6",
        "localhost:5000/a/b__c/d-e.f:V_1.0-x",
        "registry.example/team/python@sha256:" + "0" * 64,
        "registry.example/python:tag@sha256:" + "0" * 64,
        "slipway/a--b:1",
    ],
)
def test_names_of_images(name: str) -> None:
    assert check_image(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("", "-x", "Python", "a//b", "a/", "/a", "a:", "a b", "a\n", "a:b:c"),
        *("a@sha256:0", "é", "a" * 300, "a:" + "t" * 129),
    ],
)
def test_what_is_no_name_of_an_image(name: str) -> None:
    with pytest.raises(ValueError, match="no name of an image"):
        check_image(name)


@pytest.mark.parametrize(
    "name", ["", "-y", "a", "Lib", "lib gomp", "lib\n", "lib=1.0", "lib/stable", "a" * 200, "ä1"]
)
def test_what_is_no_name_of_a_package(name: str) -> None:
    with pytest.raises(ValueError, match="Debian package"):
        check_system_package(name)

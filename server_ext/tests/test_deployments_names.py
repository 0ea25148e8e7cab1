"""Names of deployments, given and derived."""

from __future__ import annotations

from pathlib import Path

import pytest
from jupyterlab_slipway.deployments import names
from jupyterlab_slipway.problems import Code, SlipwayProblem


@pytest.mark.parametrize("name", ["a", "7", "k-means", "a" * 42, "a--b"])
def test_names_that_fit(name: str) -> None:
    assert names.check_name(name) == name


@pytest.mark.parametrize(
    ("text", "suggestion"),
    [
        ("K Means", "k-means"),
        ('it\'s "mine"', "it-s-mine"),
        ("-a-", "a"),
        ("..", "notebook"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "notebook"),
        ("a_b", "a-b"),
        ("Größe", "grosse"),
        ("a" * 43, "a" * 42),
        ("数据", "notebook"),
        ("a\nb", "a-b"),
        ("a\n", "a"),
    ],
)
def test_names_that_do_not_fit_get_one_that_does(text: str, suggestion: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        names.check_name(text)
    assert caught.value.code is Code.NAME_INVALID
    assert repr(suggestion) in caught.value.message
    assert names.is_name(suggestion)


@pytest.mark.parametrize(
    "stem",
    [
        "kmeans",
        "My Model (final) v2",
        "prévision des ventes",
        "..",
        "数据分析",
        "'\"; rm -rf ~",
        "x" * 300,
        "-",
    ],
)
def test_every_file_name_gives_two_names_that_fit(stem: str) -> None:
    first, second = names.derived_names(Path("/home/someone") / f"{stem}.ipynb")
    assert names.is_name(first)
    assert names.is_name(second)
    other = names.derived_names(Path("/elsewhere") / f"{stem}.ipynb")[1]
    assert second != other


def test_derived_names_are_readable() -> None:
    assert names.derived_names(Path("/n/Prévision des ventes.ipynb"))[0] == "prevision-des-ventes"
    assert names.derived_names(Path("/n/数据.ipynb"))[0].startswith("notebook-")

"""Names under which registries keep images: what is one, and what to say of what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.engines.containers.references import (
    check_image,
    parse_destination,
    parse_registry_reference,
)
from jupyterlab_slipway.problems import Code, SlipwayProblem

DIGEST = "sha256:" + "0123456789abcdef" * 4


@pytest.mark.parametrize(
    ("text", "registry", "repository", "tag", "local"),
    [
        ("ghcr.io/team/kmeans", "ghcr.io", "team/kmeans", None, False),
        ("ghcr.io/team/kmeans:1.0_b-2", "ghcr.io", "team/kmeans", "1.0_b-2", False),
        ("localhost/kmeans:3", "localhost", "kmeans", "3", True),
        ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000", "a/b/c", None, True),
        ("127.9.9.9/a", "127.9.9.9", "a", None, True),
        ("Registry.Example:5000/team/a__b", "Registry.Example:5000", "team/a__b", None, False),
        ("127.0.0.1.example/a", "127.0.0.1.example", "a", None, False),
        ("localhost.example/a", "localhost.example", "a", None, False),
    ],
)
def test_destinations(text: str, registry: str, repository: str, tag: str | None, local: bool) -> None:
    found = parse_destination(text)
    assert (found.registry, found.repository, found.tag) == (registry, repository, tag)
    assert found.text == text
    assert found.is_local is local
    assert check_image(found.text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("kmeans", "names no registry. Docker Hub's is docker.io, as in docker.io/USER/kmeans"),
        ("team/kmeans:1", "docker.io/USER/kmeans:1"),
        ("", "names no registry"),
        ("/kmeans", "names no registry"),
        ("https://ghcr.io/team/kmeans", "leave out 'https://'"),
        ("docker://ghcr.io/team/kmeans", "leave out 'docker://'"),
        ("ghcr.io/Team/kmeans", "has capital letters"),
        ("ghcr.io/", "names no repository"),
        ("ghcr.io/team//kmeans", "names no repository"),
        ("ghcr.io/team/kmeans/", "names no repository"),
        ("ghcr.io/team/kmeans:", "'' is no tag"),
        ("ghcr.io/team/kmeans:-1", "'-1' is no tag"),
        ("ghcr.io/team/kmeans:1:2", "'1:2' is no tag"),
        ("ghcr.io/team/kmeans:" + "a" * 129, "is no tag"),
        ("ghcr.io:99999/team/kmeans", "is no registry"),
        ("ghcr.io:/team/kmeans", "is no registry"),
        ("gh_cr.io/team/kmeans", "is no registry"),
        ("--help.x/team", "is no registry"),
        ("ghcr.io/team/--privileged", "names no repository"),
        ("ghcr.io/team/a b", "names no repository"),
        ("ghcr.io/team/a\nb", "names no repository"),
        ("ghcr.io/team/ä", "names no repository"),
        ("ghcr.io/" + "a/" * 200 + "b", "is too long"),
        (f"ghcr.io/team/kmeans@{DIGEST}", "A digest is what the registry answers"),
        ("ghcr.io/team/kmeans@sha256:12", "is no digest"),
        (f"ghcr.io/team/kmeans@{DIGEST.upper().replace('SHA', 'sha')}", "is no digest"),
    ],
)
def test_what_is_no_destination(text: str, words: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        parse_destination(text)
    assert caught.value.code is Code.IMAGE_NAME
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text", ["carla:s3same@ghcr.io/team/kmeans", "https://carla:s3same@ghcr.io/team/kmeans"]
)
def test_credentials_in_a_name_are_not_repeated(text: str) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        parse_destination(text)
    assert "s3same" not in str(caught.value)
    assert "carla" not in str(caught.value)


def test_a_digest_names_what_is_fetched() -> None:
    found = parse_registry_reference(f"ghcr.io/team/kmeans:1@{DIGEST}")
    assert (found.tag, found.digest) == ("1", DIGEST)
    assert found.text == f"ghcr.io/team/kmeans:1@{DIGEST}"


@given(st.text(max_size=60))
def test_whatever_is_given_is_a_name_or_has_a_sentence(text: str) -> None:
    said = None
    try:
        found = parse_destination(f"ghcr.io/{text}")
    except SlipwayProblem as problem:
        said = str(problem)
    if said is None:
        assert check_image(found.text) == f"ghcr.io/{text}"
        assert found.text.isascii()
    else:
        assert said.isprintable()

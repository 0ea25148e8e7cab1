"""Ignore files mean what they mean to Docker."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.engines.containers.ignore import IgnoreRules, parse_patterns
from jupyterlab_slipway.problems import SlipwayProblem


def rules(*lines: str) -> IgnoreRules:
    return IgnoreRules(parse_patterns("\n".join(lines)))


@pytest.mark.parametrize(
    ("pattern", "path", "matches"),
    [
        # the documentation's own examples
        ("*/temp*", "somedir/temporary.txt", True),
        ("*/temp*", "somedir/temp", True),
        ("*/temp*", "temp", False),
        ("*/temp*", "a/b/temp", False),
        ("*/*/temp*", "somedir/subdir/temporary.txt", True),
        ("*/*/temp*", "somedir/temporary.txt", False),
        ("temp?", "tempa", True),
        ("temp?", "temp", False),
        ("temp?", "tempab", False),
        ("**/*.go", "x.go", True),
        ("**/*.go", "a/b/x.go", True),
        ("**/*.go", "a/b/x.gob", False),
        ("/foo/bar", "foo/bar", True),
        ("foo/bar/", "foo/bar", True),
        ("foo/./bar", "foo/bar", True),
        ("foo/x/../bar", "foo/bar", True),
        # anchored, unlike git's
        ("*.csv", "a.csv", True),
        ("*.csv", "sub/a.csv", False),
        ("data", "data", True),
        ("data", "sub/data", False),
        ("data", "data/deep/x", True),
        ("data", "database", False),
        # two stars
        ("**", "file", True),
        ("**", "dir/file", True),
        ("**/", "dir/file", True),
        ("**/**", "dir/file", True),
        ("dir/**", "dir/file", True),
        ("dir/**", "dir", False),
        ("dir/**", "dir2/file", False),
        ("dir/**/x", "dir/x", True),
        ("dir/**/x", "dir/a/b/x", True),
        ("**/dir2/*", "dir/dir2/file", True),
        ("**/dir2/*", "dir/dir2/dir2/file", True),
        ("**/file", "dirfile", False),
        ("**/.foo", "bar.foo", False),
        ("a(b)c/def", "a(b)c/def", True),
        ("a.|)$(}+{bc", "a.|)$(}+{bc", True),
        ("a*b", "a/b", False),
        # classes and escapes
        ("[ab]c", "ac", True),
        ("[a-c]x", "bx", True),
        ("[^ab]c", "cc", True),
        ("[^ab]c", "ac", False),
        (r"a\*b", "a*b", True),
        (r"a\*b", "axb", False),
        (r"\!x", "!x", True),
        (r"[\]]x", "]x", True),
        (r"[\-x]", "-", True),
        ("a\tb", "a\tb", True),
        ("  spaced  ", "spaced", True),
        ("../out", "out", False),
        (".", "x", False),
        ("/", "x", False),
        ("# comment", "# comment", False),
        (" # none", "# none", True),
        ("", "x", False),
    ],
)
def test_pattern(pattern: str, path: str, matches: bool) -> None:
    assert rules(pattern).leaves_out(path) is matches


@pytest.mark.parametrize(
    ("lines", "path", "left_out"),
    [
        (["*.md", "!README.md"], "README.md", False),
        (["*.md", "!README.md"], "other.md", True),
        (["*.md", "!README*.md", "README-secret.md"], "README-secret.md", True),
        (["*.md", "README-secret.md", "!README*.md"], "README-secret.md", False),
        (["*", "!src"], "src/a/b.py", False),
        (["*", "!src"], "other/a", True),
        (["docs", "!docs/keep.txt"], "docs/keep.txt", False),
        (["docs", "!docs/keep.txt"], "docs/other.txt", True),
        (["**", "!**/*.py"], "a/b.py", False),
        (["!a", "a"], "a", True),
        (["a", "! a"], "a", False),
        (["d", "!d/**/*.csv", "**/e"], "d/e/x.csv", True),  # not so for BuildKit, see ignore.py
    ],
)
def test_the_last_match_decides(lines: list[str], path: str, left_out: bool) -> None:
    assert rules(*lines).leaves_out(path) is left_out


def test_a_directory_is_passed_over_where_nothing_below_is_taken_back() -> None:
    assert rules("data").leaves_out_all("data")
    assert rules("data", "!src/x").leaves_out_all("data")
    assert rules("data", "!data2").leaves_out_all("data")
    assert not rules("data", "!data/keep").leaves_out_all("data")
    assert not rules("data", "!**/keep").leaves_out_all("data")
    assert not rules("data", "!dat*/keep").leaves_out_all("data")
    assert rules("data", "!data/a/keep").leaves_out_all("data/b")


@pytest.mark.parametrize("line", ["[", "[a", "[]", "[b-a]", "x\\", "!", "!/", "[-]", "[a-]"])
def test_what_is_no_pattern_is_told_with_its_line(tmp_path: Path, line: str) -> None:
    (tmp_path / ".dockerignore").write_text(f"fine\n{line}\n")
    with pytest.raises(SlipwayProblem, match=r"\.dockerignore .*line 2") as caught:
        IgnoreRules.of_directory(tmp_path)
    assert caught.value.code == "SLP535"


def test_our_file_wins_over_dockers(tmp_path: Path) -> None:
    (tmp_path / ".dockerignore").write_bytes(b"\xef\xbb\xbfa\r\nb\r\n")
    (tmp_path / ".slipwayignore").write_text("!b\nc\n")
    found = IgnoreRules.of_directory(tmp_path)
    assert [found.leaves_out(name) for name in "abcd"] == [True, False, True, False]


def test_neither_file_need_be_there(tmp_path: Path) -> None:
    assert not IgnoreRules.of_directory(tmp_path).leaves_out("x")


NAMES = st.text("ab.*?[]^-\\!# /é\n", min_size=1, max_size=12)
PATHS = st.lists(st.text("ab.é", min_size=1, max_size=3), min_size=1, max_size=4).map("/".join)


@given(st.lists(NAMES, max_size=5), PATHS, PATHS)
def test_any_text_is_a_pattern_or_refused_and_directories_hold_for_all_below(
    lines: list[str], directory: str, below: str
) -> None:
    try:
        found = rules(*lines)
    except ValueError:
        return
    if found.leaves_out_all(directory):
        assert found.leaves_out(directory)
        assert found.leaves_out(f"{directory}/{below}")


@given(PATHS, PATHS)
def test_a_name_in_backslashes_is_itself_alone(path: str, other: str) -> None:
    parts = path.split("/")
    if {".", ".."}.intersection(parts):
        return
    found = rules("/".join("".join(f"\\{letter}" for letter in part) for part in parts))
    assert found.leaves_out(path)
    assert found.leaves_out(other) is (f"{other}/".startswith(f"{path}/"))

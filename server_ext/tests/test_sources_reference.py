"""What `URL#revision:path` means, and what is refused before git hears of it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.problems import SlipwayProblem
from jupyterlab_slipway.sources.git import mask
from jupyterlab_slipway.sources.reference import joined, parse, public_address, transport_of

ID = "0123456789abcdef0123456789abcdef01234567"


@pytest.mark.parametrize(
    ("text", "address", "revision", "path"),
    [
        ("https://host/a/b.git", "https://host/a/b.git", None, None),
        ("https://host/a/b.git#", "https://host/a/b.git", None, None),
        ("https://host/a/b#v1.0", "https://host/a/b", "v1.0", None),
        ("https://host/a/b#feature/x:n/a b.ipynb", "https://host/a/b", "feature/x", "n/a b.ipynb"),
        ("https://host/a/b#:./n//a.ipynb", "https://host/a/b", None, "n/a.ipynb"),
        ("http://host:8080/b.git#refs/pull/12/head", "http://host:8080/b.git", "refs/pull/12/head", None),
        (f"HTTPS://Host/b.git#{ID}", "https://host/b.git", ID, None),
        ("https://[::1]:80/b.git", "https://[::1]:80/b.git", None, None),
        ("ssh://git@host:22/a/b.git#main", "ssh://git@host:22/a/b.git", "main", None),
        ("git@host:a/b.git#main:n", "git@host:a/b.git", "main", "n"),
        ("git@host:~/b.git", "git@host:~/b.git", None, None),
        ("file:///srv/b.git#v1:c:d.ipynb", "file:///srv/b.git", "v1", "c:d.ipynb"),
        ("file://localhost/srv/b.git", "file:///srv/b.git", None, None),
    ],
)
def test_addresses(text: str, address: str, revision: str | None, path: str | None) -> None:
    found = parse(text)
    assert found is not None
    assert (found.address, found.revision, found.path) == (address, revision, path)
    assert found.directory is None


def test_credentials_are_kept_apart() -> None:
    found = parse("https://ann%40x:se%3Acret@host/b.git#main")
    assert found is not None
    assert (found.username, found.password) == ("ann@x", "se:cret")
    for shown in (found.address, found.shown, str(found.public), repr(found)):
        assert "ann" not in shown
        assert "cret" not in shown
    of_ssh = parse("ssh://git:word@host/b.git")
    assert of_ssh is not None
    assert of_ssh.address == "ssh://git@host/b.git"
    assert "word" not in repr(of_ssh)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ext::sh -c touch% x", "SLP587"),
        ("fd::17", "SLP587"),
        ("git://host/b.git", "SLP587"),
        ("ftp://host/b.git", "SLP587"),
        ("javascript://host/b.git", "SLP587"),
        ("https://", "SLP587"),
        ("https://host", "SLP587"),
        ("https://host:port/b", "SLP587"),
        ("https://-oProxyCommand=x/b", "SLP587"),
        ("ssh://-oProxyCommand=x/b", "SLP587"),
        ("ssh://-l@host/b", "SLP587"),
        ("https://host/b?access_token=x", "SLP587"),
        ("file://elsewhere/b.git", "SLP587"),
        ("https://host/a\nb", "SLP587"),
        ("https://host/b#" + "x" * 3000, "SLP587"),
        ("http://a:b%00c@host/r.git", "SLP587"),
        ("http://a%0Ahost=evil:b@host/r.git", "SLP587"),
        ("http://a:b%0D@host/r.git", "SLP587"),
        ("https://host/n.ipynb", "SLP503"),
        ("https://host/b#-x", "SLP591"),
        ("https://host/b#+x", "SLP591"),
        ("https://host/b#--upload-pack=x", "SLP591"),
        ("https://host/b#a..b", "SLP591"),
        ("https://host/b#HEAD~1", "SLP591"),
        ("https://host/b#a b", "SLP591"),
        ("https://host/b#refs/heads/*", "SLP591"),
        ("https://host/b#@{-1}", "SLP591"),
        ("https://host/b#:../n.ipynb", "SLP594"),
        ("https://host/b#:a/../../n.ipynb", "SLP594"),
        ("https://host/b#:/etc/passwd", "SLP594"),
        ("https://host/b#:~/n.ipynb", "SLP594"),
        ("https://host/b#:.git/config", "SLP594"),
        ("https://host/b#:a/.GIT/config", "SLP594"),
    ],
)
def test_what_is_refused(text: str, code: str) -> None:
    with pytest.raises(SlipwayProblem) as refused:
        parse(text)
    assert refused.value.code.value == code
    assert "access_token" not in str(refused.value)


@pytest.mark.parametrize(
    "password",
    [
        "sec/ret",
        "1234/ret",
        "sec#ret",
        "1234#ret",
        "sec#-ret",
        "sec?ret",
        "sec[ret",
        "sec/ret#ret",
        "1234/sec#ret",
        "1234/sec#ret/ret",
        "1234/sec.ipynb#ret",
        "sec@1234/ret",
        "sec@1234/sec#ret",
    ],
)
@pytest.mark.parametrize("host", ["host.example", "host.example:8080", "[::1]"])
@pytest.mark.parametrize("scheme", ["https", "ssh", "ftp"])
def test_no_part_of_a_password_that_was_not_encoded_is_shown(password: str, host: str, scheme: str) -> None:
    with pytest.raises(SlipwayProblem) as refused:
        parse(f"{scheme}://user:{password}@{host}/team/b.git#main")
    assert refused.value.code.value == "SLP587"
    for part in ("sec", "ret", "1234"):
        assert part not in str(refused.value)
    with pytest.raises(SlipwayProblem) as refused:
        parse(f"{scheme}://user:{password}@{host}/team/b.git#{'m' * 3000}")
    for part in ("sec", "ret", "1234"):
        assert part not in str(refused.value)


@pytest.mark.parametrize("odd", ["'", '"', " ", "\u2028", "\n", "\0"])
@pytest.mark.parametrize(
    "rest",
    ["https://u:{}@host/b.git?x", "ftp://u:{}@host/b", "https://u:{}@host/n.ipynb", "ssh://a%20:{}@host/b"],
)
def test_no_password_with_a_quote_or_a_space_is_shown(rest: str, odd: str) -> None:
    with pytest.raises(SlipwayProblem) as refused:
        parse(rest.format(f"sec{odd}ret"))
    assert "sec" not in str(refused.value)


def test_of_a_helper_no_argument_is_shown() -> None:
    with pytest.raises(SlipwayProblem) as refused:
        parse("ext::sh -c secret")
    assert str(refused.value).startswith("ext:: is no address")


def test_no_password_gets_into_the_address_that_is_written_down() -> None:
    assert public_address("https://u:it's@host/@scope/b.git") == "https://host/@scope/b.git"


@pytest.mark.parametrize(
    ("text", "revision", "path"),
    [
        ("https://host/b#core@1.2.0", "core@1.2.0", None),
        ("https://ann:word@host:80/b#@scope/core@1.2.0", "@scope/core@1.2.0", None),
        ("https://host/b#core@1.2.0:n/a.ipynb", "core@1.2.0", "n/a.ipynb"),
        ("https://host/b#refs/heads/ann@team/x:n", "refs/heads/ann@team/x", "n"),
        ("ssh://git@host/b#core@1", "core@1", None),
    ],
)
def test_a_revision_may_have_an_at(text: str, revision: str, path: str | None) -> None:
    found = parse(text)
    assert found is not None
    assert (found.revision, found.path) == (revision, path)


ODD = (f"{'n' * 300}#v1", "~nobody-of-that-name/r#v1", "~nobody-of-that-name/n.ipynb")


def test_paths_of_this_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a#b").mkdir()
    (tmp_path / "git@host:x").mkdir()
    (tmp_path / "n#1.ipynb").touch()
    for path in ("n#1.ipynb", "a#b", "git@host:x", "none.ipynb", "no#where", "a:b.ipynb", *ODD):
        assert parse(path) is None, path
    found = parse("a#b#v1:c")
    assert found is not None
    assert (found.directory, found.revision, found.path, found.public) == (tmp_path / "a#b", "v1", "c", None)
    here = parse("#v1")
    assert here is not None
    assert here.directory == tmp_path


@given(st.text(max_size=60))
def test_nothing_becomes_an_option(text: str) -> None:
    for whole in (text, f"https://host/x#{text}", f"https://{text}/x", f"git@host:{text}"):
        try:
            found = parse(whole)
        except SlipwayProblem:
            continue
        if found is not None:
            for word in (found.address, found.revision, found.path):
                assert word is None or not word.startswith(("-", "+"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fatal: 'https://u:p@h/x' and http://t@h", "fatal: 'https://h/x' and http://h"),
        ("https://u:p@ss@h/x", "https://h/x"),
        ("https://h/x@y", "https://h/x@y"),
        ("ssh://git@h/x git@h:x", "ssh://h/x git@h:x"),
    ],
)
def test_masking(text: str, shown: str) -> None:
    assert mask(text) == shown


def test_what_may_be_written_down() -> None:
    assert public_address("https://u:p@h/x.git?t=1#f") == "https://h/x.git"
    assert public_address("git@h:x.git") == "git@h:x.git"
    assert public_address("/srv/x.git") is None
    assert public_address("../x.git") is None
    assert public_address("file:///srv/x.git") is None


@pytest.mark.parametrize(
    ("base", "relative", "address"),
    [
        ("https://h/a/b.git", "../c.git", "https://h/a/c.git"),
        ("https://h/a/b.git/", "../../d/c.git", "https://h/d/c.git"),
        ("https://h/a/b", "./c", "https://h/a/b/c"),
        ("git@h:a/b.git", "../c.git", "git@h:a/c.git"),
        ("git@h:b.git", "../c.git", "git@h:c.git"),
        ("/srv/a", "../c", "/srv/c"),
    ],
)
def test_relative_addresses_of_submodules(base: str, relative: str, address: str) -> None:
    assert joined(base, relative) == address


def test_transports() -> None:
    assert transport_of("ext::sh") is None
    assert transport_of("/srv/x") == "file"
    assert transport_of("../x") == "file"
    assert transport_of("git@h:x") == "ssh"
    assert transport_of("HTTPS://h/x") == "https"

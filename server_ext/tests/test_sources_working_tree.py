"""What git says of a notebook's file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.builder.provenance import sentence
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.inputs import input_of
from jupyterlab_slipway.sources import git
from jupyterlab_slipway.sources.working_tree import WorkingTree, describe
from sources_fixtures import CONTRACT, Repository, make_repository, notebook_text

TEXT = notebook_text(*CONTRACT)


def described(path: Path) -> WorkingTree:
    found = describe(path)
    assert found is not None
    return found


def test_a_committed_notebook(repository: Repository) -> None:
    revision = repository.commit("Say it  \n\nmore", models__n_ipynb=TEXT, models__helper_py="a = 1\n")
    found = described(repository.path / "models" / "n.ipynb")
    assert found == WorkingTree(
        root=repository.path,
        path="models/n.ipynb",
        revision=revision,
        branch="main",
        subject="Say it",
        committed=1767323045000.0,
        repository=None,
        untracked=False,
        differs=False,
        dirty=False,
    )
    assert found.source() == {
        "repository": None,
        "revision": revision,
        "ref": None,
        "path": "models/n.ipynb",
        "dirty": False,
    }


def test_what_makes_it_differ(repository: Repository) -> None:
    repository.commit(
        models__n_ipynb=TEXT, models__helper_py="a = 1\n", other__x_txt="x", _gitignore="*.log\n"
    )
    notebook = repository.path / "models" / "n.ipynb"
    for harmless in ("models__run_log", "models__.ipynb_checkpoints__n_ipynb", "other__new_txt"):
        repository.write(**{harmless: "x"})
    (repository.path / "models" / "__pycache__").mkdir()
    (repository.path / "models" / "__pycache__" / "h.pyc").touch()
    found = described(notebook)
    assert (found.differs, found.dirty) == (False, False)

    repository.write(models__n_ipynb=TEXT + "\n")
    found = described(notebook)
    assert (found.differs, found.untracked, found.dirty) == (True, False, False)
    assert found.changed == ("models/n.ipynb",)
    source = found.source()
    assert source is not None
    assert source["dirty"]

    repository.git("add", "models/n.ipynb")
    assert described(notebook).differs, "it is in the index, and not in the commit"
    repository.git("reset", "--quiet", "--hard")

    repository.write(models__data_csv="1,2\n")
    found = described(notebook)
    assert found.dirty, "cells may read what is beside them"
    assert found.changed == ("models/data.csv",)
    (repository.path / "models" / "data.csv").unlink()
    repository.write(other__x_txt="y")
    assert described(notebook).dirty
    repository.git("reset", "--quiet", "--hard")

    repository.write(models__new_ipynb=TEXT)
    new = described(repository.path / "models" / "new.ipynb")
    assert (new.untracked, new.differs, new.dirty) == (True, True, False)


@pytest.mark.parametrize(
    ("files", "named"),
    [
        ({"helper_py": "a = 2\n"}, "helper.py"),
        (
            {"helper_py": "a = 2\n", "n_ipynb": f"{TEXT}\n", "raw__a_csv": "1", "raw__b_csv": "1"},
            "n.ipynb, helper.py, raw/",
        ),
        (
            {"helper_py": "a = 2\n", "n_ipynb": f"{TEXT}\n", "x_csv": "1", "y_csv": "1", "z_csv": "1"},
            "n.ipynb, helper.py, x.csv and 2 more",
        ),
    ],
)
def test_the_build_says_which_files_are_not_as_committed(
    repository: Repository, tmp_path: Path, files: dict[str, str], named: str
) -> None:
    revision = repository.commit(n_ipynb=TEXT, helper_py="a = 1\n")
    repository.write(**files)
    with input_of(Home(tmp_path / "home"), repository.path / "n.ipynb", None) as given:
        assert given.source is not None
        level, said = sentence(given.source, given.changed)
    assert level == "warning"
    assert said.startswith(f"Not as commit {revision[:7]} holds them: {named}. ")
    options = BuildOptions(Path("a.ipynb"), tmp_path, "a", given.source, given.changed)
    assert BuildOptions.from_json(Path("a.ipynb"), options.to_json()) == options


def test_a_repository_without_a_commit(repository: Repository) -> None:
    repository.write(n_ipynb=TEXT)
    found = described(repository.path / "n.ipynb")
    assert (found.revision, found.branch, found.subject, found.committed) == (None, "main", None, None)
    assert found.untracked
    assert found.source() is None


def test_no_branch_and_odd_names(repository: Repository) -> None:
    name = "ein Wort é -> x.ipynb"
    (repository.path / name).write_text(TEXT)
    repository.commit()
    repository.git("checkout", "--quiet", "--detach")
    found = described(repository.path / name)
    assert (found.branch, found.path, found.differs) == (None, name, False)


@pytest.mark.parametrize(
    ("remotes", "address"),
    [
        ({"origin": "https://ann:secret@host/a.git"}, "https://host/a.git"),
        ({"other": "git@host:a.git"}, "git@host:a.git"),
        ({"b": "https://host/b", "c": "https://host/c"}, None),
        ({"b": "https://host/b", "origin": "https://host/o"}, "https://host/o"),
        ({"origin": "/srv/a.git"}, None),
    ],
)
def test_where_it_is_fetched_from(
    repository: Repository, remotes: dict[str, str], address: str | None
) -> None:
    repository.commit(n_ipynb=TEXT)
    for name, url in remotes.items():
        repository.git("remote", "add", name, url)
    assert described(repository.path / "n.ipynb").repository == address
    if "b" in remotes:
        repository.git("config", "branch.main.remote", "b")
        assert described(repository.path / "n.ipynb").repository == "https://host/b"


def test_a_link_is_what_it_leads_to(repository: Repository, tmp_path: Path) -> None:
    repository.commit(n_ipynb=TEXT)
    (tmp_path / "link.ipynb").symlink_to(repository.path / "n.ipynb")
    assert described(tmp_path / "link.ipynb").path == "n.ipynb"


def test_no_repository(tmp_path: Path) -> None:
    (tmp_path / "n.ipynb").write_text(TEXT)
    assert describe(tmp_path / "n.ipynb") is None
    assert describe(tmp_path / "no" / "where.ipynb") is None


def test_a_damaged_repository(repository: Repository) -> None:
    repository.commit(n_ipynb=TEXT)
    shutil.rmtree(repository.path / ".git" / "objects")
    assert describe(repository.path / "n.ipynb") is None


def test_no_git(repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.commit(n_ipynb=TEXT)
    monkeypatch.setenv("PATH", str(tmp_path))
    git._require.cache_clear()
    try:
        assert describe(repository.path / "n.ipynb") is None
    finally:
        git._require.cache_clear()


def test_nothing_of_it_runs_and_nothing_changes(repository: Repository, tmp_path: Path) -> None:
    repository.commit(n_ipynb=TEXT)
    trap = tmp_path / "trap"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {trap}\n")
    program.chmod(0o755)
    for name in ("core.fsmonitor", "gpg.program", "core.pager", "core.editor"):
        repository.git("config", name, str(program))
    repository.git("config", "log.showSignature", "true")
    (repository.path / "n.ipynb").touch()
    index = repository.path / ".git" / "index"
    before = (index.read_bytes(), sorted((repository.path / ".git").iterdir()))
    assert not described(repository.path / "n.ipynb").differs
    assert (index.read_bytes(), sorted((repository.path / ".git").iterdir())) == before
    assert not trap.exists()


def add_filter(repository: Repository, touched: Path) -> None:
    """One in the repository's own configuration, which says when it runs."""
    for key in ("clean", "smudge", "process"):
        repository.git("config", f"filter.x.{key}", f"touch {touched}; cat")
    repository.git("config", "filter.x.required", "true")


def test_no_filter_of_the_repositorys_own_configuration_runs(repository: Repository, tmp_path: Path) -> None:
    repository.commit(models__n_ipynb=TEXT, _gitattributes="* filter=x\n")
    add_filter(repository, tmp_path / "touched")
    notebook = repository.path / "models" / "n.ipynb"
    notebook.write_text(TEXT.replace("2", "3"), encoding="utf-8")
    assert described(notebook).differs
    assert not (tmp_path / "touched").exists()
    repository.git("config", "filter.a=b.clean", f"touch {tmp_path / 'touched'}; cat")
    (repository.path / ".gitattributes").write_text("* filter=a=b\n", encoding="utf-8")
    assert describe(notebook) is None
    assert not (tmp_path / "touched").exists()


def test_the_users_own_filters_do(
    repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.commit(models__n_ipynb=TEXT, _gitattributes="*.ipynb filter=x\n")
    (tmp_path / "config").write_text('[filter "x"]\n\tclean = "sed s/7/2/"\n', encoding="utf-8")
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "config"))
    repository.git("config", "filter.x.clean", f"touch {tmp_path / 'touched'}; cat")
    notebook = repository.path / "models" / "n.ipynb"
    notebook.write_text(TEXT.replace("2", "7"), encoding="utf-8")
    assert not described(notebook).differs
    assert not (tmp_path / "touched").exists()


def test_submodules_are_looked_into_without_their_filters(repository: Repository, tmp_path: Path) -> None:
    other = make_repository(tmp_path / "other")
    other.commit(a_txt="a", _gitattributes="* filter=x\n")
    repository.write(n_ipynb=TEXT)
    repository.git("submodule", "--quiet", "add", str(other.path), "sub")
    repository.commit("Add it")
    within = Repository(repository.path / "sub")
    add_filter(within, tmp_path / "touched")
    (within.path / "a.txt").touch()
    assert not described(repository.path / "n.ipynb").dirty
    within.write(a_txt="b")
    found = described(repository.path / "n.ipynb")
    assert (found.dirty, found.changed) == (True, ("sub/a.txt",))
    assert not (tmp_path / "touched").exists()
    within.git("config", "--remove-section", "filter.x")
    within.git("commit", "--quiet", "-am", "New")
    assert described(repository.path / "n.ipynb").dirty

"""A notebook's directory and the build context that is made of it."""

from __future__ import annotations

import json
import os
import sysconfig
from dataclasses import replace
from importlib import metadata
from pathlib import Path

import pytest
from builder_fixtures import Recorder
from jupyterlab_slipway.builder.build import Prepared
from jupyterlab_slipway.builder.interpreters import Interpreter
from jupyterlab_slipway.builder.notebook import read_notebook
from jupyterlab_slipway.builder.options import BuildOptions
from jupyterlab_slipway.builder.resolve import Resolution
from jupyterlab_slipway.engines.containers.base_images import BaseImage
from jupyterlab_slipway.engines.containers.context import make_context
from jupyterlab_slipway.engines.containers.settings import ContainerSettings
from jupyterlab_slipway.problems import Code, SlipwayProblem
from packaging.requirements import Requirement

KEY = "-----BEGIN RSA {}-----\nMIIE\n".format("PRIVATE KEY")
BASE = BaseImage("localhost/python:3.11", "sha256:" + "ab" * 32, "3.11.2")
OUTPUTS = [{"output_type": "stream", "name": "stdout", "text": ["a customer's name\n"]}]


def notebook(source: str = "x = 1") -> str:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "execution_count": 7, "source": source}
    return json.dumps(
        {
            "cells": [{**cell, "outputs": OUTPUTS}],
            "metadata": {"widgets": {"w": "a customer's name"}, "kernelspec": {"name": "python3"}},
            "nbformat": 4,
            "nbformat_minor": 5,
        }
    )


def fill(root: Path, files: dict[str, str | bytes]) -> None:
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


def names_in(directory: Path) -> set[str]:
    """Of files and links, relative to it."""
    return {
        (Path(parent) / name).relative_to(directory).as_posix()
        for parent, directories, files in os.walk(directory)
        for name in [*files, *directories]
        if (Path(parent) / name).is_symlink() or name in files
    }


def context(
    root: Path,
    *,
    progress: Recorder | None = None,
    home: Path | None = None,
    readable: bool = False,
    **settings: object,
) -> Path:
    """A context made of the notebook in `root`."""
    place = root.parent / "place" / str(len(list((root.parent).glob("place/*"))))
    snapshot = root.parent / "snapshot.ipynb"
    snapshot.write_bytes((root / "model.ipynb").read_bytes())
    prepared = Prepared(
        BuildOptions(snapshot, root, "model", keep=("pandas",)),
        read_notebook(snapshot),
        [],
        Resolution(Interpreter(Path("x"), "3.11.2", "cpython", "linux", "x86_64"), "numpy==1\n", ""),
    )
    make_context(
        place,
        prepared,
        replace(ContainerSettings(), **settings),  # type: ignore[arg-type]
        BASE,
        shared=True,
        progress=progress or Recorder(),
        home=home or root.parent / "home",
        readable=readable,
    )
    return place


def planned_packages(tools: Path, packages: Path) -> None:
    """Fills the directory `packages` with what `tools/plan.json` plans for the builder: links."""
    shared = Path(sysconfig.get_path("purelib"))
    for line in json.loads((tools / "plan.json").read_text())["builder_requirements"]:
        requirement = Requirement(line)
        if requirement.marker is not None and not requirement.marker.evaluate():
            continue
        for file in metadata.distribution(requirement.name).files or ():
            link = packages / file
            if ".." not in file.parts and not link.exists():
                link.parent.mkdir(parents=True, exist_ok=True)
                link.symlink_to(shared / file)


def problem(root: Path, **settings: object) -> str:
    with pytest.raises(SlipwayProblem) as caught:
        context(root, **settings)
    assert caught.value.code in (Code.CONTEXT, Code.REQUEST_INVALID)
    assert "\n" not in caught.value.message
    return caught.value.message

"""What notebooks and packages do to the processes that capture, verify and load them."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path

import pytest
from builder_fixtures import Build
from jupyterlab_slipway.builder.execute import KERNEL_SIDE
from jupyterlab_slipway.problems import Code, SlipwayProblem


@pytest.mark.slow
def test_an_answer_that_hangs_on_the_order_of_a_set_is_found(build: Build) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        build(
            "words = {'spam', 'ham', 'eggs', 'beans'}\ndef predictor(x):\n    return list(words)",
            "examples = [1]",
        )
    assert caught.value.code is Code.VERIFY_DIFFERS
    assert "the order of a set" in caught.value.message


@pytest.mark.slow
def test_a_thread_that_never_ends_holds_up_nothing(build: Build) -> None:
    built = build(
        "import threading, time\ndef predictor(x):\n"
        "    threading.Thread(target=lambda: time.sleep(600)).start()\n    return x",
        "examples = [1]",
        cell_timeout=120.0,
    )
    assert built.samples == [{"input": 1, "output": 1}]


@pytest.mark.slow
def test_json_that_the_notebook_has_broken_is_not_ours(build: Build) -> None:
    built = build(
        "import json\njson.dump = json.load = None",
        "def predictor(x):\n    return [x]",
        "examples = [1]",
    )
    assert built.samples == [{"input": 1, "output": [1]}]


def test_what_lies_below_pythons_prefix_may_be_the_notebooks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = importlib.util.spec_from_file_location("local_modules", KERNEL_SIDE / "local_modules.py")
    assert spec is not None
    assert spec.loader is not None
    places = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(places)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))  # as /usr holds /usr/src
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    known = places.known_places(str(tmp_path / "overlay"))
    assert not places.is_known(str(tmp_path / "src" / "helper.py"), known)
    assert places.is_known(str(tmp_path / "overlay" / "ipykernel.py"), known)
    assert places.is_known(json.__file__, known)
    assert places.is_known(pytest.__file__, known)

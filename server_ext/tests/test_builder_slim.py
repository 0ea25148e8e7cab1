"""Which packages the service gets: real builds with wheels of every shape, made on the spot."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from builder_fixtures import Build, Built
from jupyterlab_slipway.builder.installed import read_environment
from jupyterlab_slipway.builder.lock import locked_versions
from jupyterlab_slipway.problems import Code, SlipwayProblem
from wheels import make_wheel

if TYPE_CHECKING:
    from collections.abc import Mapping

pytestmark = pytest.mark.slow


@pytest.fixture
def links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A directory of wheels that resolutions see."""
    path = tmp_path / "links"
    path.mkdir()
    monkeypatch.setenv("UV_FIND_LINKS", str(path))
    return path


def pins(*names: str) -> str:
    return f"requirements = {[[name, '1.0'] for name in names]!r}"


def fates(built: Built) -> dict[str, tuple[bool, str]]:
    """Of each package: whether it was kept, and why."""
    return {
        package["name"]: (package["kept"], package["reason"])
        for package in built.manifest["packages"]["packages"]
    }


def served(built: Built, build: Build) -> set[str]:
    """What is really installed in the service's environment."""
    python = build.store.python_of(built.manifest)
    assert python is not None
    return set(read_environment(python).distributions)


def plan_of(links: Path, files: Mapping[str, Mapping[str, str]]) -> None:
    for name, content in files.items():
        make_wheel(links, name, content)


def test_what_serving_uses_is_kept_and_the_rest_is_not(build: Build, links: Path, tmp_path: Path) -> None:
    plan_of(
        links,
        {
            "plots": {"plots/__init__.py": ""},
            "other-name": {"renamed.py": "VALUE = 1"},
            "lazy": {"lazy/__init__.py": "", "lazy/part.py": "VALUE = 1"},
            "by-text": {"by_text.py": "VALUE = 1"},
            "helped": {"helped.py": "VALUE = 1"},
            "shared-one": {"shared/one.py": "VALUE = 1"},
            "shared-two": {"shared/two.py": "VALUE = 1"},
            "twin-a": {"twin/__init__.py": "VALUE = 1"},
            "twin-b": {"twin/__init__.py": "VALUE = 1"},
            "words": {"words_data/list.txt": "1"},
            "nicety": {"nicety.py": ""},
            "behind-nicety": {"behind_nicety.py": ""},
            "extra-part": {"extra_part.py": "VALUE = 1"},
            "needed-part": {"needed_part.py": "VALUE = 1"},
        },
    )
    make_wheel(
        links,
        "base",
        {
            "base/__init__.py": (
                "from importlib.metadata import entry_points\n"
                "try:\n    import nicety\nexcept ImportError:\n    nicety = None\n"
                "class Model:\n    def answer(self, x):\n"
                "        found = entry_points(group='base.plugins')\n"
                "        return x + sum(each.load().VALUE for each in found)\n"
            )
        },
        requires=["needed-part", "extra-part; extra == 'more'", "plots; extra == 'plot'"],
        extras=["more", "plot"],
    )
    make_wheel(
        links,
        "plugged",
        {"plugged.py": "VALUE = 1"},
        entry_points="[base.plugins]\nplugged = plugged\n",
    )
    make_wheel(links, "nicety", {"nicety.py": "import behind_nicety"}, requires=["behind-nicety"])
    (tmp_path / "helpers.py").write_text(
        "def help_with(x):\n    import helped\n    return x + helped.VALUE\n"
    )
    names = (
        "plots",
        "other-name",
        "lazy",
        "by-text",
        "helped",
        "shared-one",
        "shared-two",
        "twin-a",
        "twin-b",
    )
    names += ("words", "nicety", "behind-nicety", "extra-part", "needed-part", "base[more]", "plugged")
    built = build(
        "import base, plots, helpers, renamed, os.path\nimport shared.one, shared.two, nicety, twin\nmodel = base.Model()",
        "class Own(base.Model):\n    pass\nown = Own()",
        (
            "def rarely():\n    from lazy import part\n    return part.VALUE\n"
            "def more_rarely():\n    import importlib\n    return importlib.import_module('by_text').VALUE\n"
            "def predictor(x):\n"
            "    if x > 1000:\n        return rarely() + more_rarely() + helpers.help_with(x)\n"
            "    with open(os.path.join(os.path.dirname(base.__file__), '..', 'words_data', 'list.txt')) as f:\n"
            "        words = int(f.read())\n"
            "    return own.answer(model.answer(x)) + renamed.VALUE + shared.one.VALUE + twin.VALUE + words\n"
        ),
        "examples = [1, 2]",
        requirements=pins(*names),
    )
    found = fates(built)
    assert found == {
        "base": (True, "the model refers to it"),
        "needed-part": (True, "base needs it"),
        "extra-part": (True, "base needs it"),
        "plugged": (True, "a plugin of base"),
        "other-name": (True, "the model refers to it"),
        "shared-one": (True, "the model refers to it"),
        "twin-a": (True, "the model refers to it"),
        "twin-b": (True, "the model refers to it"),
        "lazy": (True, "a function of cell 4 imports it"),
        "by-text": (True, "a function of cell 4 imports it"),
        "helped": (True, "helpers.py imports it"),
        "words": (True, "a file of it is read"),
        "cloudpickle": (True, "the model is read with it"),
        "nicety": (False, "base imports it where it is there, and does without it"),
        "behind-nicety": (False, "imported only by nicety, which is left out"),
        "shared-two": (False, "nothing that serves imports it"),
        "plots": (False, "nothing that serves imports it"),
    }
    kept = {name for name, (is_kept, _) in found.items() if is_kept}
    assert served(built, build) == kept
    assert set(locked_versions((built.bundle / "requirements.lock").read_text())) == kept
    packages = built.manifest["packages"]
    assert packages["fallback"] is None
    sizes = {package["name"]: package["bytes"] for package in packages["packages"]}
    assert packages["before"] == sum(sizes.values())
    assert packages["after"] == sum(sizes[name] for name in kept)
    assert built.progress.served == [packages]
    assert built.samples == [{"input": 1, "output": 7}, {"input": 2, "output": 8}]


def test_what_the_model_refers_to_is_kept_though_a_package_imports_it_first(
    build: Build, links: Path
) -> None:
    """As with pandas, which scikit-learn imports where it is there."""
    optional = "try:\n    import frames\nexcept ImportError:\n    frames = None\n"
    plan_of(
        links,
        {
            "learn": {
                "learn.py": optional
                + "class Model:\n    def predict(self, rows):\n        return len(rows)\n"
            },
            "frames": {"frames.py": "class Frame(list):\n    pass\n"},
        },
    )
    built = build(
        "import frames\nimport learn\nmodel = learn.Model()",
        "def predictor(x):\n    m = model\n    return m.predict(frames.Frame([x]))",
        "examples = [1]",
        requirements=pins("learn", "frames"),
    )
    assert fates(built)["frames"] == (True, "the model refers to it")
    assert fallback_of(built) is None


NICE = {
    "nice.py": "try:\n    import more\n    ANSWER = 1\nexcept ImportError:\n    ANSWER = 2\n",
}
PREDICTOR = "import nice\ndef predictor(x):\n    return nice.ANSWER"


def fallback_of(built: Built) -> Any:
    return built.manifest["packages"]["fallback"]


def test_where_an_answer_differs_without_it_what_was_imported_is_kept(build: Build, links: Path) -> None:
    plan_of(links, {"base": {"base.py": ""}, "more": {"more.py": ""}, "unused": {"unused.py": ""}})
    make_wheel(links, "nice", NICE, requires=["base"])
    built = build(PREDICTOR, "examples = [1]", requirements=pins("nice", "more", "unused"))
    assert served(built, build) == {"cloudpickle", "nice", "base", "more"}
    assert fates(built)["more"] == (True, "nice imports it")
    assert fallback_of(built).startswith("Without more the model does not answer as it did in the notebook")
    assert [note for _, level, note in built.progress.notes if level == "warning"] == [fallback_of(built)]
    assert [found["fallback"] is None for found in built.progress.served] == [True, False]


def test_where_nothing_less_does_all_that_is_declared_is_kept(build: Build, links: Path) -> None:
    looks = "import importlib.metadata\nANSWER = len(list(importlib.metadata.distributions()))"
    plan_of(links, {"nice": {"nice.py": looks}, "unseen": {"unseen.py": ""}})
    built = build(
        "def predictor(x):\n    import nice\n    return nice.ANSWER > 2",
        "examples = [1]",
        requirements=pins("nice", "unseen"),
    )
    assert served(built, build) == {"cloudpickle", "nice", "unseen"}
    assert fates(built)["unseen"] == (True, "declared")
    assert "Without unseen the model does not answer" in fallback_of(built)


def test_a_model_that_fails_with_all_packages_is_not_slims_business(build: Build, links: Path) -> None:
    plan_of(links, {"nice": NICE, "more": {"more.py": ""}})
    with pytest.raises(SlipwayProblem) as caught:
        build(
            "import os, nice\ndef predictor(x):\n    return 'IPYTHONDIR' in os.environ and os.getcwd()",
            "examples = [1]",
            requirements=pins("nice", "more"),
        )
    assert caught.value.code is Code.VERIFY_DIFFERS
    assert build.progress.served == []
    assert ("verify", "failed", None) in build.progress.phases


def test_what_the_user_wants_kept_is_kept(build: Build, links: Path) -> None:
    plan_of(links, {"nice": {"nice.py": "ANSWER = 1"}, "more": {"more.py": ""}, "unused": {"unused.py": ""}})
    requirements = pins("nice", "more", "unused")
    built = build(PREDICTOR, "examples = [1]", requirements=requirements, keep=("More",))
    assert served(built, build) == {"cloudpickle", "nice", "more"}
    assert fates(built)["more"] == (True, "you asked to keep it")
    with pytest.raises(SlipwayProblem) as caught:
        build(PREDICTOR, "examples = [1]", requirements=requirements, keep=("moer",), into="other")
    assert caught.value.code is Code.REQUEST_INVALID
    assert "cannot keep moer" in caught.value.message


@pytest.mark.parametrize(
    ("cells", "options", "why"),
    [
        ((PREDICTOR,), {}, "no sample to prove it with: the service gets every declared package"),
        (
            (PREDICTOR, "examples = [1]"),
            {"slim": False},
            "switched off: the service gets every declared package",
        ),
    ],
)
def test_without_proof_nothing_is_left_out(
    build: Build, links: Path, cells: tuple[str, ...], options: dict[str, Any], why: str
) -> None:
    plan_of(links, {"nice": {"nice.py": "ANSWER = 1"}, "more": {"more.py": ""}})
    built = build(*cells, requirements=pins("nice", "more"), **options)
    assert ("slim", "skipped", why) in built.progress.phases
    assert "packages" not in built.manifest
    assert served(built, build) == {"cloudpickle", "nice", "more"}

"""A release against its notebook, over HTTP: what differs never goes live, and the release before it stays."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from builder_fixtures import Recorder
from deployments_fixtures import DOUBLING, ask, deploy
from jupyterlab_slipway.engines import probing
from jupyterlab_slipway.problems import SlipwayProblem
from slipway_runtime import bundle as bundles
from slipway_runtime.bundle import read_manifest, read_validations
from slipway_runtime.control import Reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from jupyterlab_slipway.deployments.manager import Deployments

    MakeNotebook = Callable[..., Path]

NONE = "requirements = []"

# ---------------------------------------------------------------- without a service: one that answers by a table


class Service:
    """Answers like a service with these functions; keeps what it was asked."""

    def __init__(
        self, predictor: Callable[[Any], Any], validator: Callable[[Any], bool] = lambda x: True
    ) -> None:
        self.predictor = predictor
        self.validator = validator
        self.asked: list[tuple[Any, str]] = []
        self.readiness = [200]

    def __call__(self, method: str, path: str, body: bytes | None = None, headers: Any = None) -> Reply:
        release = {"slipway-release": "a/1"}
        if path == "/readyz":
            return Reply(
                self.readiness.pop(0) if len(self.readiness) > 1 else self.readiness[0], release, b"{}"
            )
        value = json.loads(body or b"")
        self.asked.append((value, headers["X-Request-Id"]))
        if not self.validator(value):
            return Reply(422, release, b'{"detail": "refused"}')
        try:
            return Reply(200, release, json.dumps(self.predictor(value)).encode())
        except ArithmeticError:
            return Reply(500, release, b'{"detail": "The predictor failed."}')


Probe = "Callable[..., Recorder]"


@pytest.fixture
def probe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Recorder]:
    """`probe(service, samples, validations, deterministic=True)`: what the probe said."""

    def run(
        service: Service, samples: list[Any], validations: list[Any] | None = None, **manifest: object
    ) -> Recorder:
        monkeypatch.setattr(probing, "read_manifest", lambda _: manifest)
        monkeypatch.setattr(
            probing, "read_samples", lambda *_: [{"input": one, "output": other} for one, other in samples]
        )
        monkeypatch.setattr(
            probing,
            "read_validations",
            lambda *_: [{"input": value, "accepted": accepted} for value, accepted in validations or []],
        )
        recorder = Recorder()
        probing.probe_service(service, tmp_path, "a/1", recorder)
        return recorder

    return run


def test_answers_are_compared_by_the_rule(probe: Callable[..., Recorder]) -> None:
    recorder = probe(Service(lambda x: x * (1 + 1e-9)), [(0.1, 0.1), (3.0, 3.0)])
    assert "2 recorded samples got the notebook's answer" in recorder.outputs["probe"]
    with pytest.raises(SlipwayProblem) as caught:
        probe(Service(lambda x: [x, 2]), [(1, [1, 2]), ("a", ["a", 3])])
    assert caught.value.code.value == "SLP546"
    assert 'the sample "a"' in caught.value.message
    assert '["a", 3]' in caught.value.message, "the notebook's answer"
    assert '["a", 2]' in caught.value.message, "the service's"
    with pytest.raises(SlipwayProblem):
        probe(Service(float), [(1, 1)])


def test_what_was_accepted_as_random_only_has_to_answer(probe: Callable[..., Recorder]) -> None:
    recorder = probe(Service(lambda x: -x), [(1, 1)], deterministic=False)
    assert [(phase, level) for phase, level, _ in recorder.notes] == [("probe", "warning")]
    assert "not compared" in recorder.said
    with pytest.raises(SlipwayProblem) as caught:
        probe(Service(lambda x: 1 / 0), [(1, 1)], deterministic=False)
    assert caught.value.code.value == "SLP553"


def test_without_a_sample_a_warning_says_how_to_give_one(probe: Callable[..., Recorder]) -> None:
    [problem] = probe(Service(abs), []).problems
    assert (problem["code"], problem["severity"]) == ("SLP572", "warning")
    assert "The service was not tried" in problem["message"]
    assert probe(Service(abs), [(-1, 1)]).problems == []


@pytest.mark.parametrize(
    ("accepts", "recorded", "words"),
    [
        (True, False, "`validator` refuses [1], and the service answers it with status 200"),
        (False, True, "`validator` accepts [1], and the service refuses it"),
    ],
)
def test_a_verdict_that_differs(
    probe: Callable[..., Recorder], accepts: bool, recorded: bool, words: str
) -> None:
    with pytest.raises(SlipwayProblem) as caught:
        probe(Service(str, lambda x: accepts), [], [([1], recorded)])
    assert caught.value.code.value == "SLP547"
    assert words in caught.value.message


def test_few_accepted_values_are_scored_and_none_after_a_failure(probe: Callable[..., Recorder]) -> None:
    values = [(number, number % 2 == 0) for number in range(12)]
    service = Service(abs, lambda x: x % 2 == 0)
    probe(service, [], values)
    assert [value for value, _ in service.asked] == [0, 1, 2, 3, 4, 5, 7, 9, 11]
    assert service.asked[1][1] == "slipway-probe:changed-2"
    failing = Service(lambda x: 1 / x, lambda x: x % 2 == 0)
    failing.readiness = [200, 503, 503, 200]
    recorder = probe(failing, [], values)
    assert "`validator` accepts 0, but `predictor` gives no answer to it" in recorder.said
    assert [value for value, _ in failing.asked] == [0, 1, 3, 5, 7, 9, 11]
    assert failing.readiness == [200], "it waited for the process that this may have cost"


# ---------------------------------------------------------------- with one


def problem_of(deployments: Deployments, name: str) -> Any:
    return deployments.get(name)["releases"][0]["problem"]


@pytest.fixture
def in_the_service_only(monkeypatch: pytest.MonkeyPatch) -> str:
    """Code that is true in the service and nowhere before: cells do not see this variable."""
    monkeypatch.setenv("SHOP_DISCOUNT", "0.5")
    return "'SHOP_DISCOUNT' in os.environ"


@pytest.mark.slow
def test_a_release_that_answers_otherwise_over_http_does_not_go_live(
    deployments: Deployments, saved_notebook: MakeNotebook, in_the_service_only: str
) -> None:
    """The new one answers as the notebook did in the build and in the other process, and not in the service."""
    notebook = saved_notebook("a.ipynb", *DOUBLING)
    name = deploy(deployments, notebook)
    saved_notebook(
        "a.ipynb",
        NONE,
        f"import os\ndef predictor(x):\n    return x * (5 if {in_the_service_only} else 3)",
        "examples = [1, 2]",
    )
    deploy(deployments, notebook, "failed")
    view = deployments.get(name)
    assert view["live"] == 1
    problem = problem_of(deployments, name)
    assert problem["code"] == "SLP546"
    assert "the notebook answered 3, and the service answers 5" in problem["message"]
    assert {phase["phase"]: phase["status"] for phase in view["releases"][0]["phases"]}["probe"] == "failed"
    assert ask(deployments, name, "4")[:2] == (200, "8")


@pytest.mark.slow
def test_a_release_whose_validator_decides_otherwise_over_http_does_not_go_live(
    deployments: Deployments, saved_notebook: MakeNotebook, in_the_service_only: str
) -> None:
    notebook = saved_notebook(
        "a.ipynb",
        NONE,
        "import os\ndef predictor(x):\n    return x",
        f"def validator(x):\n    return type(x) is int or {in_the_service_only}",
        "examples = [1, 2]",
    )
    name = deploy(deployments, notebook, "failed")
    problem = problem_of(deployments, name)
    assert problem["code"] == "SLP547"
    assert "with status 200" in problem["message"]


@pytest.mark.slow
def test_what_a_validator_refuses_comes_back_422_and_the_log_stays_readable(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook(
        "a.ipynb",
        NONE,
        "def predictor(x):\n    return 1 / x[0]",
        "def validator(x):\n    return len(x) == 2 and x[0] > 0",
        "examples = [[1, 2], [0.5, 'b']]",
    )
    name = deploy(deployments, notebook)
    files = deployments.records.release(name, 1)
    validations = read_validations(files.bundle, read_manifest(files.bundle))
    assert {validation["accepted"] for validation in validations} == {True, False}
    for validation in validations:
        status = ask(deployments, name, json.dumps(validation["input"]))[0]
        assert (status != 422) is validation["accepted"]
    before = (files.logs / "live.log").read_text().partition("serving on")[0]
    assert "slipway-probe:changed-" in before
    assert before.count("the predictor raised") <= 1


@pytest.mark.slow
def test_a_model_that_was_accepted_as_random_says_so_everywhere(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook(
        "a.ipynb", NONE, "import random\ndef predictor(x):\n    return random.random()", "examples = [1]"
    )
    name = deploy(deployments, notebook, "failed")
    assert problem_of(deployments, name)["code"] == "SLP543"
    deploy(deployments, notebook, accept_nondeterministic=True)
    release = deployments.get(name)["releases"][0]
    assert [problem["code"] for problem in release["warnings"]] == ["SLP543"]
    files = deployments.records.release(name, 2)
    assert read_manifest(files.bundle).get("deterministic") is False
    assert any(
        event["kind"] == "note" and event["phase"] == "probe" and "not compared" in event["message"]
        for event in files.events.read()
    )


@pytest.mark.slow
def test_a_value_that_costs_the_service_a_process_costs_nothing_else(
    deployments: Deployments, saved_notebook: MakeNotebook
) -> None:
    notebook = saved_notebook(
        "a.ipynb",
        NONE,
        "import os\ndef predictor(x):\n    return x if x == 1 else os._exit(1)",
        "def validator(x):\n    return True",
        "examples = [1]",
    )
    name = deploy(deployments, notebook)
    assert ask(deployments, name, "1")[:2] == (200, "1")
    assert bundles.VALIDATIONS in read_manifest(deployments.records.release(name, 1).bundle)["files"]

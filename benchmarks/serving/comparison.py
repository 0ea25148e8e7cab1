"""The service and its peers side by side: rounds in turn, medians, and whether the answers are right."""

from __future__ import annotations

import json
import random
import statistics
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from environments import Bundle
from load import Load, press, write_bodies
from peers import CEILING, Contender
from servers import Server, running

CONNECTIONS = (1, 32)
WARM_UP = 1.0
"""Seconds of load before anything is measured: caches, code that adapts itself, batching that learns."""
BODIES = 5000
"""Different requests of the load; wrk sends them over and over."""
CHECKED = 300
"""Other samples whose answers are compared with the notebook's, asked for over `CHECKERS` connections."""
CHECKERS = 8


def make_samples(count: int, seed: int) -> list[list[float]]:
    generator = random.Random(seed)
    return [[round(generator.random(), 6), round(generator.random(), 6)] for _ in range(count)]


def expected(bundle: Bundle, samples: list[list[float]]) -> list[int]:
    """The notebook's own predictions."""
    command = [bundle.model_python, Path(__file__).with_name("reference.py"), bundle.directory]
    done = subprocess.run(command, input=json.dumps(samples), capture_output=True, text=True, check=True)
    found: list[int] = json.loads(done.stdout)
    return found


@dataclass
class Found:
    """What was measured of one contender, a value a round."""

    contender: Contender
    loads: dict[int, list[Load]] = field(default_factory=lambda: {number: [] for number in CONNECTIONS})
    cold: list[float] = field(default_factory=list)
    """Seconds from the start of the process to the first right answer."""
    memory: list[float] = field(default_factory=list)
    """Bytes of all its processes after the load (PSS)."""
    wrong: int = 0
    """Answers that were not the notebook's."""

    def per_second(self, connections: int) -> float:
        return statistics.median(load.per_second for load in self.loads[connections])

    def p50(self, connections: int) -> float:
        return statistics.median(load.p50 for load in self.loads[connections])

    def p99(self, connections: int) -> float:
        return statistics.median(load.p99 for load in self.loads[connections])

    @property
    def failed(self) -> int:
        return sum(load.failed for loads in self.loads.values() for load in loads)


@dataclass(frozen=True)
class Questions:
    """The samples of a run, and the notebook's answers to those that are checked."""

    load: list[list[float]]
    checked: list[list[float]]
    answers: list[int]

    @classmethod
    def of(cls, bundle: Bundle) -> Questions:
        checked = make_samples(CHECKED, seed=1)
        return cls(make_samples(BODIES, seed=2), checked, expected(bundle, checked))


def count_wrong(server: Server, contender: Contender, questions: Questions) -> int:
    """Asks for all checked samples, several at a time, so that batches form; counts what is not right."""

    def ask(position: int) -> bool:
        status, answer = server.post(contender.path, contender.body(questions.checked[position]))
        return status == 200 and contender.prediction(answer) == questions.answers[position]

    with ThreadPoolExecutor(CHECKERS) as threads:
        right = list(threads.map(ask, range(len(questions.checked))))
    return right.count(False)


def one_round(found: Found, bundle: Bundle, questions: Questions, cache: Path, seconds: float) -> None:
    """Starts the server anew, asks, loads and ends it; adds what it saw to `found`."""
    contender = found.contender
    with tempfile.TemporaryDirectory(prefix="slip") as name:
        scratch = Path(name)
        bodies = write_bodies(scratch / "bodies", [contender.body(sample) for sample in questions.load])
        with running(contender.start(bundle, cache, scratch)) as server:
            first = contender.body(questions.checked[0])
            cold, answer = server.first_answer(contender.path, first)
            found.cold.append(cold)
            if contender.key != CEILING:
                found.wrong += contender.prediction(answer) != questions.answers[0]
                found.wrong += count_wrong(server, contender, questions)
            press(server, contender.path, bodies, max(CONNECTIONS), WARM_UP)
            for connections in CONNECTIONS:
                found.loads[connections].append(press(server, contender.path, bodies, connections, seconds))
            found.memory.append(server.memory())


def compare(
    contenders: list[Contender], bundle: Bundle, cache: Path, rounds: int, seconds: float
) -> dict[str, Found]:
    """All contenders in turn, `rounds` times; by their keys."""
    questions = Questions.of(bundle)
    found = {contender.key: Found(contender) for contender in contenders}
    for number in range(rounds):
        for contender in contenders:
            print(f"round {number + 1} of {rounds}: {contender.label}", file=sys.stderr, flush=True)
            one_round(found[contender.key], bundle, questions, cache, seconds)
    return found

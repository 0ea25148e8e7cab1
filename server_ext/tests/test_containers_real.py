"""Services in containers of the engines that work here: handed over under load, ended from outside, killed."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from importlib import metadata
from pathlib import Path
from typing import Self

import cloudpickle
import psutil
import pytest
import slipway_runtime
from builder_fixtures import Recorder
from containers_fixtures import REAL_BASE
from jupyterlab_slipway.engines.containers.image_labels import DEPLOYMENT, release_labels
from jupyterlab_slipway.engines.containers.service import ContainerService
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.processes import of_release
from runtime_fixtures import eventually, free_port, make_bundle

pytestmark = pytest.mark.slow

DOCKERFILE = f"""
FROM {REAL_BASE}
COPY . /opt/slipway
USER 10001:0
ENV PYTHONDONTWRITEBYTECODE=1
ENTRYPOINT ["/opt/slipway/front/run"]
CMD ["container"]
"""
RUN = '#!/bin/sh\nPYTHONPATH=/opt/slipway/front/packages exec python3 -m slipway_runtime "$@"\n'
PYTHON = '#!/bin/sh\nPYTHONPATH=/opt/slipway/model/packages exec python3 "$@"\n'
BEGINNING = """
import json, sys
from pathlib import Path
from builder_fixtures import Recorder
from jupyterlab_slipway.engines.containers.service import ContainerService
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.engine import Plan
name, facts = sys.argv[1:]
plan = Plan(**{key: Path(value) if "/" in str(value) else value for key, value in json.loads(facts).items()})
ContainerService(Tool(name)).start(plan, Recorder(), lambda _: None)
"""


@pytest.fixture(scope="module")
def context() -> Iterator[Path]:
    """What an image of ours holds, as far as serving needs it, put together from what is installed here."""
    if sys.version_info[:2] != (3, 11):
        pytest.skip(f"the compiled packages of this Python do not fit {REAL_BASE}")
    directory = Path(tempfile.mkdtemp(prefix="slipway-image-"))
    packages = directory / "front/packages"
    packages.mkdir(parents=True)
    for name in ("granian", "uvloop", "prometheus-client", "click"):
        for file in metadata.files(name) or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                (packages / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), packages / file)
    shutil.copytree(Path(slipway_runtime.__file__).parent, packages / "slipway_runtime")
    about = packages / "slipway_runtime-0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: slipway-runtime\nVersion: 0\n")
    shutil.copytree(Path(cloudpickle.__file__).parent, directory / "model/packages/cloudpickle")
    for path, text in (("front/run", RUN), ("model/bin/python", PYTHON), ("Dockerfile", DOCKERFILE)):
        (directory / path).parent.mkdir(exist_ok=True)
        (directory / path).write_text(text)
        (directory / path).chmod(0o755)
    make_bundle(directory / "bundle", "def predictor(x):\n    return x\n")
    subprocess.run(["chmod", "-R", "a+rX", directory], check=True)  # podman runs as another user
    yield directory
    shutil.rmtree(directory)


class Load:
    """Asks without a pause, on new connections and on kept ones; what was not answered as it should."""

    def __init__(self, port: int) -> None:
        self.answered = 0
        self.failures: list[str] = []
        self._port = port
        self._end = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(kept,)) for kept in (True, False, True)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        for thread in self._threads:
            thread.join()

    def _ask(self, kept: bool) -> None:
        headers = {"Authorization": "Bearer secret-token", "Content-Type": "application/json"}
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        while not self._end.is_set():
            try:
                connection.request("POST", "/predict", b"[7]", headers)
                response = connection.getresponse()
                body = response.read()
                if (response.status, body) != (200, b"[7]"):
                    self.failures.append(f"{response.status} {body!r}")
                if response.getheader("connection") == "close" or not kept:
                    connection.close()
                self.answered += 1
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            time.sleep(0.01)
        connection.close()


def make_plan(tool: Tool, home: Path, context: Path, first: Plan | None = None) -> Plan:
    """The deployment's next release, with its image."""
    identity = secrets.token_hex(16)
    if first is not None:
        found = replace(first, release=first.release + 1, identity=identity, log=home / f"{identity}.log")
    else:
        name = f"test-{identity[:8]}"
        (home / "token").write_text("secret-token\n")
        port = free_port()
        found = Plan(
            home, context / "bundle", name, 1, identity, home / "token", home / "1.log", "127.0.0.1", port
        )
    labels = [word for pair in release_labels(found).items() for word in ("--label", "=".join(pair))]
    done = tool.call("build", "--quiet", *labels, str(context), timeout=300)
    assert done.code == 0, done.stderr
    return found


def left(tool: Tool, plan: Plan) -> list[str]:
    volumes = tool.call("volume", "ls", "--format", "{{.Name}}").stdout.split()
    return [
        *(container.name for container in tool.containers({DEPLOYMENT: plan.deployment})),
        *(volume for volume in volumes if plan.deployment in volume),
        *(process.name() for process in of_release(plan.identity)),
    ]


def test_the_life_of_services(real_tool: Tool, tmp_path: Path, context: Path) -> None:
    if real_tool.image_id(REAL_BASE) is None:
        pytest.skip(f"{real_tool.name} has no image {REAL_BASE}; .ci/base-images makes it")
    service = ContainerService(real_tool)
    plans = [make_plan(real_tool, tmp_path, context)]
    try:
        first = service.start(plans[0], Recorder(), lambda _: None)
        service.probe(plans[0], first, Recorder())
        service.publish(plans[0], first, None)

        with Load(plans[0].port) as load:
            plans.append(make_plan(real_tool, tmp_path, context, plans[0]))
            second = service.start(plans[1], Recorder(), lambda _: None)
            service.probe(plans[1], second, Recorder())
            service.publish(plans[1], second, first)
            service.stop(first, grace=25.0)
        assert load.failures == []
        assert load.answered > 100
        assert "stopping:" in plans[0].log.read_text()
        assert not service.is_alive(first)
        assert service.published(second)

        # whoever followed its log is gone: what was said in the meantime arrives afterwards
        for process in of_release(second["identity"]):
            with contextlib.suppress(psutil.NoSuchProcess):  # one that watched the other
                process.kill()
        say = ("exec", second["container"], "sh", "-c", "echo said meanwhile > /proc/1/fd/2")
        assert real_tool.call(*say).code == 0
        service.reattach(second, plans[1].log)
        eventually(lambda: "said meanwhile" in plans[1].log.read_text(), "the line is in the log", 10)
        assert plans[1].log.read_text().count("serving on") == 1

        real_tool.call("stop", second["name"])
        eventually(lambda: not service.is_alive(second), "the end is noticed", 3)
        assert "exit code 0: it was stopped from outside" in str(service.ending_words(second))
        service.stop(second, grace=0.0)
        assert left(real_tool, plans[1]) == []

        # the one who starts it is killed as soon as there is a container
        plans.append(make_plan(real_tool, tmp_path, context, plans[1]))
        facts = json.dumps({key: str(v) if isinstance(v, Path) else v for key, v in vars(plans[2]).items()})
        starter = subprocess.Popen(
            [sys.executable, "-c", BEGINNING, real_tool.name, facts],
            env={**os.environ, "PYTHONPATH": str(Path(__file__).parent)},
        )
        eventually(lambda: left(real_tool, plans[2]), "there is something to be cleared away", 30)
        starter.send_signal(signal.SIGKILL)
        starter.wait()
        time.sleep(0.5)  # what the engine was asked to make comes to be
        service.stop_unrecorded(plans[2].identity)
        assert left(real_tool, plans[2]) == []
    finally:
        for plan in plans:
            service.discard(plan.identity)
    assert real_tool.images({DEPLOYMENT: plans[0].deployment}) == []

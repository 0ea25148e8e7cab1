"""Images come from a real registry by the engines' own commands; what is not Slipway's is refused, and leaves nothing."""

from __future__ import annotations

import contextlib
import http.client
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from deployments_fixtures import finish, start_slipway, until
from jupyterlab_slipway.engines.containers import deriving
from jupyterlab_slipway.engines.containers.engine import ContainerEngine
from jupyterlab_slipway.engines.containers.image_labels import DEPLOYMENT, IDENTITY, RELEASE
from jupyterlab_slipway.engines.containers.pulling import Fetched
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.engines.engine import Plan, Pushable
from jupyterlab_slipway.problems import Code, SlipwayProblem
from pulled_images import FILES, image_files, labels, manifest
from registry_fixtures import Registry
from runtime_fixtures import free_port

pytestmark = pytest.mark.slow

REPOSITORY = "team/small"


class Shop:
    """Puts images into a registry, and leaves none of them in the engine."""

    def __init__(self, tool: Tool, registry: Registry) -> None:
        self.tool = tool
        self.registry = registry
        self.engine = ContainerEngine(tool.name)

    def put(self, tag: str, content: bytes, tags: Mapping[str, str]) -> str:
        name = f"{self.registry.host}/{REPOSITORY}:{tag}"
        words = ["import", "--change", 'ENTRYPOINT ["/opt/slipway/front/run"]']
        for label, value in tags.items():
            words += ["--change", f"LABEL {label}={value}"]
        for call in ([*words, "-", name], ["push", *self.without_tls(), name], ["image", "rm", name]):
            done = subprocess.run(
                [self.tool.name, *call], input=content, capture_output=True, cwd="/", check=False
            )
            assert done.returncode == 0, done.stderr
        return name

    def without_tls(self) -> list[str]:
        return ["--tls-verify=false"] if self.tool.name == "podman" else []

    def fetch(self, reference: str, *, keep: bool = False) -> contextlib.AbstractContextManager[Fetched]:
        return self.engine.fetch(reference, lambda _: None, keep=keep)

    def problem(self, reference: str) -> SlipwayProblem:
        before = self.all()
        with pytest.raises(SlipwayProblem) as caught, self.fetch(reference):
            pass
        assert self.all() == before, "nothing is left of it"
        return caught.value

    def all(self) -> tuple[set[str], set[str]]:
        """Images and containers of the engine that have to do with the repository."""
        images = self.tool.call("images", "--no-trunc", "--format", "{{.Repository}} {{.Tag}} {{.ID}}").stdout
        containers = self.tool.call("ps", "--all", "--format", "{{.Image}}").stdout
        return {line for line in images.splitlines() if REPOSITORY in line or "small-pulled" in line}, {
            line for line in containers.splitlines() if REPOSITORY in line
        }


@pytest.fixture
def shop(real_tool: Tool, registry: Registry, monkeypatch: pytest.MonkeyPatch) -> Shop:
    @contextlib.contextmanager
    def for_everybody() -> Iterator[Path]:  # Podman is another user here
        with tempfile.TemporaryDirectory() as name:
            Path(name).chmod(0o777)
            yield Path(name)

    monkeypatch.setattr(deriving, "scratch_directory", for_everybody)
    return Shop(real_tool, registry)


def test_images_come_from_a_registry_or_it_is_said_why_not(shop: Shop, tmp_path: Path) -> None:
    name = shop.put("1", image_files(), {**labels(), DEPLOYMENT: "small", RELEASE: "7", IDENTITY: "other"})
    by_digest = f"{shop.registry.host}/{REPOSITORY}@{shop.registry.digest(REPOSITORY, '1')}"
    nothing = shop.all()
    with shop.fetch(name, keep=True) as fetched:
        assert (fetched.reference, fetched.deployment) == (by_digest, "small")
        assert (fetched.bundle / "modules/beside.py").read_bytes() == FILES["modules/beside.py"]
    assert shop.tool.image_id(name) == fetched.image, "it was to be kept"
    with shop.fetch(name):
        pass
    assert shop.tool.image_id(name) == fetched.image, "and what was there before stays"
    assert shop.tool.whole("image", "rm", name).code == 0
    with shop.fetch(by_digest) as fetched:
        becomes_a_release(shop, fetched, tmp_path)
    assert shop.all() == nothing

    most = 9 if shop.tool.name == "docker" else 1  # each call of Podman takes its time
    refused: tuple[tuple[str, bytes, dict[str, str], Code, str], ...] = (
        ("foreign", image_files(), {}, Code.IMAGE_FOREIGN, "is no service that Slipway made"),
        ("empty", image_files(root="/elsewhere"), labels(), Code.BUNDLE_INVALID, "It holds no bundle"),
        ("changed", image_files(manifest(title="x")), labels(), Code.BUNDLE_INVALID, "its labels tell of"),
        (
            "newer",
            image_files(manifest(format=9)),
            labels(manifest(format=9)),
            Code.BUNDLE_INVALID,
            "cannot be used. This bundle has format 9",
        ),
    )
    for tag, content, tags, code, words in refused[:most]:
        found = shop.problem(shop.put(tag, content, tags))
        assert found.code is code, (tag, str(found))
        assert words in str(found), (tag, str(found))
        assert str(tmp_path.parents[2]) not in str(found)
    host = shop.registry.host
    unknown = (
        (f"{host}/{REPOSITORY}:none", Code.REGISTRY_REFUSES, "Correct the name, the tag or the digest"),
        (f"{host}/{REPOSITORY}", Code.REGISTRY_REFUSES, "since no tag was named"),
        (f"{host}/{REPOSITORY}@sha256:{'0' * 64}", Code.REGISTRY_REFUSES, "Correct the name"),
        (f"127.0.0.1:{free_port()}/a:1", Code.REGISTRY_UNREACHABLE, "does not answer"),
    )
    for reference, code, words in unknown[:most]:
        found = shop.problem(reference)
        assert found.code is code, str(found)
        assert words in str(found)


def becomes_a_release(shop: Shop, fetched: Fetched, tmp_path: Path) -> None:
    """An image of its own with its own labels, and another one of that; each goes with its release."""
    plans = [
        Plan(tmp_path, tmp_path, "small-pulled", number, f"1dea{number}", tmp_path, tmp_path, "", 1)
        for number in (1, 2)
    ]
    try:
        shop.engine.adopt(plans[0], fetched.image)
        shop.engine.require_kept(Pushable("small-pulled", 1, "1dea1"))
        shop.engine.reuse(plans[1], Pushable("small-pulled", 1, "1dea1"))
        ids = [shop.tool.images({IDENTITY: plan.identity}) for plan in plans]
        assert [len(found) for found in ids] == [1, 1]
        for plan, (image,) in zip(plans, ids, strict=True):
            assert shop.tool.image_label(image, RELEASE) == str(plan.release)
            assert shop.tool.image_label(image, DEPLOYMENT) == "small-pulled"
            assert shop.tool.image_label(image, "slipway.bundle.digest") == labels()["slipway.bundle.digest"]
        layers = {
            shop.tool.call("image", "inspect", "--format", "{{.RootFS}}", found).stdout for (found,) in ids
        }
        assert len(layers) == 1, "they take no space"
        shop.engine.discard("1dea1")
        shop.engine.require_kept(Pushable("small-pulled", 2, "1dea2"))
        with pytest.raises(SlipwayProblem, match="somebody removed it") as caught:
            shop.engine.require_kept(Pushable("small-pulled", 1, "1dea1"))
        assert caught.value.code is Code.NO_IMAGE
    finally:
        for plan in plans:
            shop.engine.discard(plan.identity)
    assert all(shop.tool.images({IDENTITY: plan.identity}) == [] for plan in plans)


@contextlib.contextmanager
def that_hangs(registry: Registry) -> Iterator[tuple[str, threading.Event]]:
    """A proxy before the registry that never sends a layer; the event tells that it was asked for one."""
    asked, leaving = threading.Event(), threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

        def do_GET(self) -> None:
            upstream = http.client.HTTPConnection("127.0.0.1", registry.port, timeout=30)
            upstream.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for header, value in self.headers.items():  # some come several times
                upstream.putheader(header, value)
            upstream.endheaders()
            reply = upstream.getresponse()
            body = reply.read()
            self.send_response(reply.status)
            for header, value in reply.getheaders():
                if header.lower() not in ("transfer-encoding", "connection"):
                    self.send_header(header, value)
            self.end_headers()
            if reply.getheader("Content-Type") == "application/octet-stream" and len(body) > 4096:
                self.wfile.write(body[:100])
                asked.set()
                leaving.wait(60)
            elif self.command == "GET":
                self.wfile.write(body)
            upstream.close()

        do_HEAD = do_GET  # noqa: N815

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"127.0.0.1:{server.server_port}", asked
    finally:
        leaving.set()
        server.shutdown()
        server.server_close()


def test_ctrl_c_leaves_nothing(shop: Shop, slipway_home: Path) -> None:
    large = {**FILES, "model.pkl": bytes(range(256)) * 4096}
    facts = manifest(large)
    shop.put("large", image_files(facts, large), labels(facts))
    before = shop.all()
    with that_hangs(shop.registry) as (host, asked):
        pulling = start_slipway("pull", f"{host}/{REPOSITORY}:large", "--engine", shop.tool.name, "--json")
        until(lambda: asked.is_set() or pulling.poll() is not None, "a layer is on its way")
        pulling.send_signal(signal.SIGINT)
        said = finish(pulling)
    assert said.code == 130
    assert said.last["state"] == "cancelled"
    assert said.last["problem"]["code"] == "SLP565"
    assert shop.all() == before
    assert not (slipway_home / "deployments").exists()

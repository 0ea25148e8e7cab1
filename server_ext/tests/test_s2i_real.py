"""The builder image keeps source-to-image's contract: driven as `s2i` drives it, and by the program itself.

What `s2i` does: https://github.com/openshift/source-to-image/blob/master/docs/builder_image.md
"""

from __future__ import annotations

import io
import json
import os
import secrets
import shutil
import subprocess
import tarfile
import tempfile
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from builder_fixtures import notebook_json
from container_hosts import ROOT, Host, docker_host
from runtime_fixtures import eventually

pytestmark = pytest.mark.slow

ANYBODY = "54321"
"""A user whom no image knows; of group 0, as everybody without an entry."""
COMMIT = {"OPENSHIFT_BUILD_COMMIT": "a1" * 20}
"""What OpenShift says of the repository."""
CONTRACT = ("requirements = []", "def predictor(x):\n    return x", "examples = [1]")


@dataclass
class Builder:
    host: Host
    image: str
    containers: list[str] = field(default_factory=list)
    images: list[str] = field(default_factory=list)

    def inspect(self, image: str) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.host.call("image", "inspect", image))[0]["Config"]
        return found

    def container(self) -> str:
        self.containers.append(f"slipway-test-{secrets.token_hex(6)}")
        return self.containers[-1]

    def tag(self) -> str:
        self.images.append(f"slipway-test/s2i:{secrets.token_hex(6)}")
        return self.images[-1]

    def assemble(
        self, upload: bytes, *words: str, user: str | None = None, env: Mapping[str, str] | None = None
    ) -> tuple[str, subprocess.CompletedProcess[str]]:
        """The container, which has ended, and what it said."""
        labels = self.inspect(self.image)["Labels"]
        name = self.container()
        command = ["docker", "run", "--interactive", "--name", name, "--entrypoint", "/usr/bin/env", *words]
        command += ["--user", user or labels["io.openshift.s2i.assemble-user"]]
        for variable, value in {**certificates(), **(env or {})}.items():
            command += ["--env", f"{variable}={value}"]
        if certificates():
            command += ["--volume", f"{os.environ['SSL_CERT_FILE']}:{certificates()['SSL_CERT_FILE']}:ro"]
        scripts = labels["io.openshift.s2i.scripts-url"].removeprefix("image://")
        unpack = f"tar -C {labels['io.openshift.s2i.destination']} -xf - && {scripts}/assemble"
        done = subprocess.run(
            [*command, self.image, "/bin/sh", "-c", unpack],
            input=upload,
            capture_output=True,
            timeout=300,
            check=False,
        )
        return name, subprocess.CompletedProcess(
            done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
        )

    def commit(self, container: str) -> str:
        """The service's image."""
        config = self.inspect(self.image)
        scripts = config["Labels"]["io.openshift.s2i.scripts-url"].removeprefix("image://")
        changes = [f"ENTRYPOINT {json.dumps(config['Entrypoint'])}", f'CMD ["{scripts}/run"]']
        changes += [f"USER {config['User']}"]
        with tarfile.open(fileobj=io.BytesIO(self.copied(container, "/tmp/.s2i/image_metadata.json"))) as one:
            found = one.extractfile("image_metadata.json")
            assert found is not None
            for label in json.load(found)["labels"]:
                changes += [f"LABEL {name}={json.dumps(value)}" for name, value in label.items()]
        words = [word for change in changes for word in ("--change", change)]
        tag = self.tag()
        self.host.call("commit", *words, container, tag)
        return tag

    @staticmethod
    def copied(container: str, path: str) -> bytes:
        done = subprocess.run(["docker", "cp", f"{container}:{path}", "-"], capture_output=True, check=True)
        return done.stdout

    def close(self) -> None:
        for name in self.containers:
            subprocess.run(["docker", "rm", "--force", name], capture_output=True, check=False)
        for tag in [*self.images, self.image]:
            subprocess.run(["docker", "image", "rm", "--force", tag], capture_output=True, check=False)
        shutil.rmtree(self.host.directory, ignore_errors=True)


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    found = Builder(docker_host(), f"slipway-test/s2i-builder:{secrets.token_hex(6)}")
    done = found.host.slipway(
        "builder-image", found.image, "--engine", "docker", "--python", "3.11", "--json"
    )
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        told = json.loads(done.stdout.splitlines()[-1])
        assert (told["image"], told["engine"]) == (found.image, "docker")
        yield found
    finally:
        found.close()


def certificates() -> dict[str, str]:
    return {"SSL_CERT_FILE": "/run/certificates.pem"} if os.environ.get("SSL_CERT_FILE") else {}


def upload(files: Mapping[str, bytes]) -> bytes:
    """What `s2i` sends."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name in ("scripts", "src"):
            directory = tarfile.TarInfo(name)
            directory.type, directory.mode = tarfile.DIRTYPE, 0o755
            archive.addfile(directory)
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o644
            archive.addfile(member, io.BytesIO(content))
    return stream.getvalue()


def notebook(*cells: str) -> bytes:
    return json.dumps(notebook_json(cells)).encode()


def ask(port: int, path: str, body: bytes | None = None) -> Any:
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}{path}", body, {"Content-Type": "application/json"}
    )
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(request, timeout=30) as reply:
        return json.load(reply)


def serves(builder: Builder, image: str, *command: str) -> list[tuple[Any, Any]]:
    """(the notebook's answer, the service's) to each sample, from a container that may only write to /tmp."""
    name = builder.container()
    words = ["--read-only", "--tmpfs", "/tmp", "--cap-drop=ALL", "--security-opt=no-new-privileges"]
    words += ["--user", "65432:0", "--env", "PORT=9000", "--publish", "127.0.0.1::9000"]
    builder.host.call("run", "--detach", "--name", name, *words, image, *command)
    port = int(builder.host.call("port", name, "9000").split(":")[-1])

    def ready() -> bool:
        try:
            return bool(ask(port, "/readyz"))
        except OSError:
            return False

    eventually(ready, "the service is ready")
    with tarfile.open(fileobj=io.BytesIO(builder.copied(name, "/opt/slipway/bundle/samples.json"))) as one:
        found = one.extractfile("samples.json")
        assert found is not None
        samples = json.load(found)
    answers = [
        (sample["output"], ask(port, "/predict", json.dumps(sample["input"]).encode())) for sample in samples
    ]
    builder.host.call("stop", "--time", "30", name)
    state = json.loads(builder.host.call("container", "inspect", name))[0]["State"]
    assert state["ExitCode"] == 0, "SIGTERM ends it"
    return answers


def test_a_repository_becomes_a_service(builder: Builder) -> None:
    files = {
        "models/kmeans.ipynb": (ROOT / "examples/kmeans.ipynb").read_bytes(),
        "explore.ipynb": notebook("print('no contract here')"),
        "README.md": b"A model.",
    }
    container, done = builder.assemble(
        upload({f"src/{name}": content for name, content in files.items()}),
        user=ANYBODY,
        env=COMMIT,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Making a service of models/kmeans.ipynb." in done.stdout
    assert "5 of 5 that run" in done.stdout
    for phase in ("check", "resolve", "install", "execute", "capture", "slim", "verify", "package"):
        assert f"\n{phase} " in f"\n{done.stdout}"
    changed = {line.split()[1] for line in builder.host.call("diff", container).splitlines()}
    left = {path for path in changed if path.startswith("/tmp/") and "/tmp/.s2i" not in path}
    assert left == {"/tmp/scripts"}, "s2i's own"
    added = {path for path in changed if path.startswith("/opt/slipway/") and path.count("/") == 3}
    assert added == {f"/opt/slipway/{name}" for name in ("model", "bundle", "artifacts")}
    service = builder.commit(container)
    config = builder.inspect(service)
    assert config["Labels"]["org.opencontainers.image.title"] == "kmeans"
    assert config["Labels"]["org.opencontainers.image.revision"] == COMMIT["OPENSHIFT_BUILD_COMMIT"]

    # as images of `s2i build --as-dockerfile` start it
    first = serves(builder, service, "/bin/sh", "-c", "/usr/libexec/s2i/run")
    assert len(first) == 4
    assert [answer for _, answer in first] == [expected for expected, _ in first]


def test_the_next_build_installs_nothing(builder: Builder) -> None:
    source = "import six\n\ndef predictor(x):\n    return six.text_type(x)"
    files = {"a.ipynb": notebook('requirements = [["six", "1.17.0"]]', source, "examples = [1]")}
    sent = upload({f"src/{name}": content for name, content in files.items()})
    container, done = builder.assemble(sent, user=ANYBODY, env=COMMIT)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Installed" in done.stdout
    service = builder.commit(container)
    again = builder.tag()
    words = rebuild(builder, files, service, again)
    assert "Packages of the build before are here again." in words
    assert "Installed" not in words
    before, after = builder.inspect(service), builder.inspect(again)
    for name in ("Cmd", "Entrypoint", "User"):
        assert after[name] == before[name]
    digest = "slipway.bundle.digest"
    assert after["Labels"][digest] == before["Labels"][digest], "the same model, trained again"


def rebuild(builder: Builder, files: Mapping[str, bytes], service: str, again: str) -> str:
    """Builds incrementally, without any network, as another user; what was said. With `s2i` where it is here."""
    if shutil.which("s2i") is None:
        name = builder.container()
        command = ["docker", "run", "--name", name, service, "/usr/libexec/s2i/save-artifacts"]
        saved = subprocess.run(command, capture_output=True, check=True, timeout=120).stdout
        sent = {f"src/{path}": content for path, content in files.items()}
        with tarfile.open(fileobj=io.BytesIO(saved)) as archive:
            for member in archive:
                content = archive.extractfile(member)
                assert content is not None
                sent[f"artifacts/{member.name}"] = content.read()
        container, done = builder.assemble(upload(sent), "--network", "none", env=COMMIT)
        assert done.returncode == 0, done.stdout + done.stderr
        builder.host.call("tag", builder.commit(container), again)
        return done.stdout
    with tempfile.TemporaryDirectory() as name:
        repository = Path(name)
        for path, content in files.items():
            (repository / path).parent.mkdir(exist_ok=True)
            (repository / path).write_bytes(content)
        git = ["git", "-C", name, "-c", "user.name=t", "-c", "user.email=t@example.org"]
        for words in (["init", "--quiet"], ["add", "--all"], ["commit", "--quiet", "--message", "A model"]):
            subprocess.run([*git, *words], check=True)
        builder.host.call("tag", service, again)
        command = ["s2i", "build", f"file://{name}", builder.image, again, "--incremental"]
        command += ["--pull-policy", "never", "--network", "none", "--loglevel", "1"]
        command += [word for name, value in COMMIT.items() for word in ("--env", f"{name}={value}")]
        done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        revision = subprocess.run([*git, "rev-parse", "HEAD"], capture_output=True, text=True, check=True)
        labels = builder.inspect(again)["Labels"]
        assert labels["io.openshift.s2i.build.commit.id"] == revision.stdout.strip()
        return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("files", "env", "words"),
    [
        ({"README.md": b"x"}, {}, ["SLP592", "no notebook"]),
        (
            {f"{name}.ipynb": notebook(*CONTRACT) for name in "abc"},
            {},
            ["SLP593", "a.ipynb", "c.ipynb", "SLIPWAY_NOTEBOOK"],
        ),
        (
            {"a.ipynb": notebook("requirements = []\npredictor = None", "x = 1\n1 / 0")},
            {},
            ["SLP520", "cell 2, line 2: 1 / 0", "Traceback", "ZeroDivisionError"],
        ),
        (
            {"a.ipynb": notebook('requirements = [["numpy", "1.15.4"]]', *CONTRACT[1:])},
            {"SLIPWAY_NOTEBOOK": "a.ipynb"},
            ["SLP512", "has Python 3.11", "numpy==1.15.4", "builder-image TAG --python 3.7"],
        ),
    ],
    ids=["no notebook", "three notebooks", "failing cell", "another Python"],
)
def test_what_cannot_be_built_is_told(
    files: Mapping[str, bytes], env: Mapping[str, str], words: list[str], builder: Builder
) -> None:
    sent = upload({f"src/{name}": content for name, content in files.items()})
    _, done = builder.assemble(sent, user=ANYBODY, env=env)
    assert done.returncode == 1, done.stdout + done.stderr
    for text in words:
        assert text in done.stderr, done.stdout
    assert "jupyterlab_slipway/" not in done.stderr


def test_without_a_service_there_is_help(builder: Builder) -> None:
    assert "Python 3.11" in builder.host.call("run", "--rm", builder.image)
    done = subprocess.run(
        ["docker", "run", "--rm", builder.image, "/usr/libexec/s2i/run"], capture_output=True, check=False
    )
    assert done.returncode == 1
    assert b"no service in this image" in done.stderr

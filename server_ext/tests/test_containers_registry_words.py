"""What engines were seen to say while they push, and what that means."""

from __future__ import annotations

import pytest
from jupyterlab_slipway.engines.containers.references import parse_destination
from jupyterlab_slipway.engines.containers.registry_words import (
    Layer,
    read_digest,
    read_layer,
    registry_problem,
)
from jupyterlab_slipway.problems import Code

BLOB = "e8f9efcf18705220bdba7e9a9827809e836c7b0a842ea6dc8b4f3fd4cd8be74d"
HOST = "127.0.0.1:5000"
UPLOAD = f"http://{HOST}/v2/team/a/blobs/uploads/81b307fa?_state=YfGrimxpvo2w"


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("5f70bf18a086: Preparing", Layer("5f70bf18a086", "begun")),
        ("5f70bf18a086: Pushed", Layer("5f70bf18a086", "sent")),
        ("5f70bf18a086: Layer already exists", Layer("5f70bf18a086", "there")),
        ("5f70bf18a086: Mounted from team/b", Layer("5f70bf18a086", "there")),
        ("5f70bf18a086: Retrying in 1 second", Layer("5f70bf18a086", "again")),
        (f"Copying blob sha256:{BLOB}", Layer("e8f9efcf1870", "begun")),
        (f"Copying blob {BLOB} skipped: already exists", Layer("e8f9efcf1870", "there")),
        (f"The push refers to repository [{HOST}/team/a]", None),
        (f"Copying config sha256:{BLOB}", None),
        ("Storing signatures", None),
    ],
)
def test_layers(line: str, layer: Layer | None) -> None:
    assert read_layer(line) == layer


def test_the_digest_is_what_docker_says_last() -> None:
    assert read_digest(f"x: Pushed\n1: digest: sha256:{BLOB} size: 528\n") == f"sha256:{BLOB}"
    assert read_digest("1: digest: sha256:12 size: 528") is None


@pytest.mark.parametrize(
    ("engine", "words", "code", "sentence"),
    [
        ("docker", "no basic auth credentials", Code.REGISTRY_REFUSES, f"Run `docker login {HOST}`"),
        ("docker", "unauthorized: authentication required", Code.REGISTRY_REFUSES, "wants credentials"),
        (
            "podman",
            (
                f"Error: trying to reuse blob sha256:{BLOB} at destination: checking whether a blob sha256:{BLOB} exists "
                f"in {HOST}/team/a: authentication required"
            ),
            Code.REGISTRY_REFUSES,
            f"Run `podman login {HOST}`",
        ),
        ("docker", "denied: nobody may write to team", Code.REGISTRY_REFUSES, "does not let you do this"),
        (
            "docker",
            "denied: requested access to the resource is denied",
            Code.REGISTRY_REFUSES,
            "with an account that may",
        ),
        (
            "podman",
            f"Error: writing blob: initiating layer upload to /v2/team/a/blobs/uploads/ in {HOST}: denied: no",
            Code.REGISTRY_REFUSES,
            "does not let you",
        ),
        ("docker", "name unknown: there is no project team", Code.REGISTRY_REFUSES, "knows no team/a"),
        (
            "podman",
            "Error: writing blob: uploading layer chunked: received unexpected HTTP status: 507 Insufficient Storage",
            Code.REGISTRY_FAILED,
            "has no room",
        ),
        (
            "docker",
            "received unexpected HTTP status: 507 Insufficient Storage",
            Code.REGISTRY_FAILED,
            "has no room",
        ),
        (
            "docker",
            (
                "denied: adding 1.2 GiB of storage resource, which when updated to current usage of 9 GiB will exceed "
                "the configured upper limit of 10 GiB"
            ),
            Code.REGISTRY_FAILED,
            "has no room",
        ),
        (
            "podman",
            "Error: writing blob: uploading layer chunked: received unexpected HTTP status: 500 Internal Server Error",
            Code.REGISTRY_FAILED,
            "made an error",
        ),
        ("docker", "error parsing HTTP 413 response body: <html>", Code.REGISTRY_FAILED, "of that size"),
        (
            "docker",
            "toomanyrequests: You have reached your pull rate limit",
            Code.REGISTRY_FAILED,
            "too often",
        ),
        (
            "docker",
            f'Get "http://{HOST}/v2/": dial tcp {HOST}: connect: connection refused',
            Code.REGISTRY_UNREACHABLE,
            "does not answer",
        ),
        (
            "docker",
            'Get "https://registry.invalid/v2/": dial tcp: lookup registry.invalid on 9.9.9.9:53: no such host',
            Code.REGISTRY_UNREACHABLE,
            "does not answer",
        ),
        (
            "podman",
            (
                f"Error: trying to reuse blob sha256:{BLOB} at destination: pinging container registry {HOST}: "
                f'Get "https://{HOST}/v2/": http: server gave HTTP response to HTTPS client'
            ),
            Code.REGISTRY_UNREACHABLE,
            "does not trust the connection",
        ),
        (
            "docker",
            'Get "https://registry.example/v2/": x509: certificate signed by unknown authority',
            Code.REGISTRY_UNREACHABLE,
            "certificate signed by unknown authority",
        ),
        (
            "docker",
            'Get "https://registry.example/v2/": tls: failed to verify certificate: x509: certificate has expired',
            Code.REGISTRY_UNREACHABLE,
            "has expired",
        ),
        (
            "podman",
            f'Error: writing blob: Patch "{UPLOAD}": write tcp 127.0.0.1:49172->{HOST}: use of closed network connection',
            Code.REGISTRY_FAILED,
            "was lost midway",
        ),
        (
            "docker",
            f'Patch "{UPLOAD}": write tcp 127.0.0.1:39790->{HOST}: write: connection reset by peer',
            Code.REGISTRY_FAILED,
            "was lost midway",
        ),
        ("docker", f'Patch "{UPLOAD}": EOF', Code.REGISTRY_FAILED, "was lost midway"),
        (
            "docker",
            "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?",
            Code.ENGINE_SILENT,
            "docker does not answer",
        ),
        (
            "podman",
            "Error: writing blob: storing blob to file: write /var/tmp/storage1/2: no space left on device",
            Code.DISK_FULL,
            "The disk on which podman keeps its images is full",
        ),
        ("docker", "something new", Code.REGISTRY_FAILED, "did not get it done: something new"),
        ("docker", "", Code.REGISTRY_FAILED, "it gave no reason"),
    ],
)
def test_reasons(engine: str, words: str, code: Code, sentence: str) -> None:
    layers = "5f70bf18a086: Preparing\n5f70bf18a086: Retrying in 5 seconds\n"
    refers = f"The push refers to repository [{HOST}/team/a]\n"
    found = registry_problem(engine, parse_destination(f"{HOST}/team/a:1"), f"{refers}{layers}{words}\n")
    assert (found.code, sentence in str(found)) == (code, True), str(found)
    assert "_state" not in str(found)
    assert "\n" not in str(found)


@pytest.mark.parametrize(
    "name", ["quota.example/507/denied", "x509.example:5000/unauthorized", "localhost/denied/eof"]
)
def test_names_are_no_reasons(name: str) -> None:
    reference = parse_destination(f"{name}:404")
    words = f"The push refers to repository [{name}]\nError: in {name}: something new\n"
    assert "did not get it done" in str(registry_problem("docker", reference, words))


def test_credentials_are_not_repeated() -> None:
    words = 'Get "https://carla:s3same@registry.example/v2/?token=s3same": EOF'
    found = registry_problem("docker", parse_destination("registry.example/team/a"), words)
    assert "s3same" not in str(found)

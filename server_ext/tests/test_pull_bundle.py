"""A bundle that comes out of somebody's image: what is taken, what is refused, and which deployment gets it."""

from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from jupyterlab_slipway.builder.children import Completed
from jupyterlab_slipway.commandline import pull
from jupyterlab_slipway.commandline.output import Output
from jupyterlab_slipway.deployments.home import Home
from jupyterlab_slipway.deployments.pulling import adopt, place, pulled_name, source, title
from jupyterlab_slipway.deployments.records import Records
from jupyterlab_slipway.engines.containers import bundle_out
from jupyterlab_slipway.engines.containers.bundle_out import checked_manifest, unpack
from jupyterlab_slipway.engines.containers.image_labels import VERSION
from jupyterlab_slipway.engines.containers.pulling import Fetched, _by_digest, _Image, _why_not
from jupyterlab_slipway.engines.containers.references import parse_registry_reference
from jupyterlab_slipway.engines.engine import Plan
from jupyterlab_slipway.problems import Code, SlipwayProblem
from pulled_images import FILES, archive, entry, labels, manifest, write_bundle
from slipway_runtime.bundle import MANIFEST, BundleError, bundle_digest, digest, read_manifest

REFERENCE = parse_registry_reference("registry.example/team/small:1")
DIGEST = f"sha256:{digest(manifest())['sha256']}"


def unpacked(directory: Path, *entries: tuple[tarfile.TarInfo, bytes], limit: int = 1 << 20) -> Path:
    target = directory / "bundle"
    unpack(io.BytesIO(archive(*entries)), target, limit)
    return target


def test_files_and_directories_are_taken(tmp_path: Path) -> None:
    found = unpacked(
        tmp_path,
        entry("bundle/", type=tarfile.DIRTYPE),
        entry(f"bundle/{MANIFEST}", manifest()),
        entry("bundle/modules/", type=tarfile.DIRTYPE),
        *(entry(f"bundle/{name}", content) for name, content in FILES.items()),
    )
    assert checked_manifest(found, DIGEST)["title"] == "Small model"
    assert (found / "modules/beside.py").read_bytes() == FILES["modules/beside.py"]


@pytest.mark.parametrize(
    "odd",
    [
        entry("bundle/../../outside", b"x"),
        entry("/etc/outside", b"x"),
        entry("bundle/link", type=tarfile.SYMTYPE, linkname="/etc/passwd"),
        entry("bundle/hard", type=tarfile.LNKTYPE, linkname="bundle/a"),
        entry("bundle/pipe", type=tarfile.FIFOTYPE),
        entry("bundle/device", type=tarfile.CHRTYPE),
        entry("bundle", type=tarfile.SYMTYPE, linkname="/etc"),
    ],
    ids=lambda odd: odd[0].name,
)
def test_nothing_but_these_is(tmp_path: Path, odd: tuple[tarfile.TarInfo, bytes]) -> None:
    with pytest.raises(BundleError, match="holds what no bundle does"):
        unpacked(tmp_path, entry("bundle/a", b"1"), odd)
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a", "bundle"]


@pytest.mark.parametrize("second", ["bundle/a", "bundle/a/b"])
def test_a_name_that_is_there_already_is_refused(tmp_path: Path, second: str) -> None:
    with pytest.raises(BundleError, match="twice"):
        unpacked(tmp_path, entry("bundle/a", b"1"), entry(second, b"2"))
    assert (tmp_path / "bundle/a").read_bytes() == b"1"


def test_no_more_is_taken_than_an_image_can_hold(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(BundleError, match="larger than the image"):
        unpacked(tmp_path, entry("bundle/a", b"12345"), entry("bundle/b", b"123456"), limit=10)
    monkeypatch.setattr(bundle_out, "MOST_FILES", 2)
    (tmp_path / "more").mkdir()
    with pytest.raises(BundleError, match="larger than the image"):
        unpacked(tmp_path / "more", *(entry(f"bundle/{name}") for name in "abc"))


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    (tmp_path / "more").mkdir()
    return write_bundle(tmp_path / "bundle")


def test_a_bundle_is_the_one_that_the_labels_tell_of(bundle: Path) -> None:
    with pytest.raises(BundleError, match="not the one that its labels tell of"):
        checked_manifest(bundle, "sha256:" + "0" * 64)
    (bundle / "model.pkl").write_bytes(b"another")
    with pytest.raises(BundleError, match="was changed after the build"):
        checked_manifest(bundle, DIGEST)


def test_a_file_that_the_manifest_does_not_list_is_refused(bundle: Path) -> None:
    (bundle / "more.py").write_text("")
    with pytest.raises(BundleError, match=r"does not list: more\.py"):
        checked_manifest(bundle, DIGEST)


def test_a_name_that_leads_elsewhere_is_not_read(tmp_path: Path) -> None:
    """It may be endless, or a device that does something when it is opened."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    for name in (str(pipe), "../pipe", "modules/../../pipe"):
        listed = json.loads(manifest())
        listed["files"][name] = {"sha256": "0" * 64, "size": 0}
        bundle = write_bundle(tmp_path / name.replace("/", "_"))
        (bundle / MANIFEST).write_bytes(json.dumps(listed).encode())
        with pytest.raises(BundleError, match="pipe cannot be read: it is not there"):
            checked_manifest(bundle, bundle_digest(bundle))


def test_a_newer_format_is_refused(bundle: Path) -> None:
    newer = manifest(format=99)
    (bundle / MANIFEST).write_bytes(newer)
    with pytest.raises(BundleError, match="has format 99, and this Slipway reads formats up to 1"):
        checked_manifest(bundle, labels(newer)["slipway.bundle.digest"])


# -- what engines and registries say


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (
            (
                "Error response from daemon: manifest for registry.example/team/small:1 not found: manifest unknown: "
                "manifest unknown"
            ),
            Code.REGISTRY_REFUSES,
            "The registry registry.example has no registry.example/team/small:1. Correct the name",
        ),
        (
            (
                "Error: initializing source docker://registry.example/team/small:1: reading manifest 1 in "
                "registry.example/team/small: name unknown: repository name not known to registry"
            ),
            Code.REGISTRY_REFUSES,
            "has no registry.example/team/small:1",
        ),
        (
            "no matching manifest for linux/amd64 in the manifest list entries",
            Code.IMAGE_FOREIGN,
            "is for other machines, and not for the one on which docker runs",
        ),
        (
            (
                "Error: choosing an image from manifest list docker://registry.example/team/small:1: no image found "
                'in manifest list for architecture amd64, variant "", OS linux'
            ),
            Code.IMAGE_FOREIGN,
            "is for other machines",
        ),
        (
            (
                "Error response from daemon: pull access denied for team/small, repository does not exist or may "
                "require 'docker login': denied: requested access to the resource is denied"
            ),
            Code.REGISTRY_REFUSES,
            "does not let you do this",
        ),
        (
            (
                'Error response from daemon: Get "https://registry.example/v2/": dial tcp 192.0.2.1:443: connect: '
                "connection refused"
            ),
            Code.REGISTRY_UNREACHABLE,
            "does not answer",
        ),
        (
            (
                "failed to register layer: Error processing tar file(exit status 1): write /usr/lib/libx.so: no space "
                "left on device"
            ),
            Code.DISK_FULL,
            "The disk on which docker keeps its images is full",
        ),
        (
            'Error response from daemon: Get "https://registry.example/v2/team/small/blobs/sha256:0": unexpected EOF',
            Code.REGISTRY_FAILED,
            "was lost midway",
        ),
    ],
)
def test_why_an_image_is_not_had(words: str, code: Code, said: str) -> None:
    found = _why_not(Named("docker"), REFERENCE, words)  # type: ignore[arg-type]
    assert found.code is code
    assert said in found.message


def test_the_default_tag_is_told() -> None:
    found = _why_not(Named("docker"), parse_registry_reference("r.example/a:latest"), "manifest unknown")  # type: ignore[arg-type]
    assert "It was asked for since no tag was named." in found.message


class Named:
    def __init__(self, name: str) -> None:
        self.name = name


@pytest.mark.parametrize(
    ("changes", "machine", "said"),
    [
        ({}, "linux/amd64", None),
        (
            {"slipway.version": ""},
            "linux/amd64",
            "is no service that Slipway made: it lacks the label slipway.v",
        ),
        ({"slipway.bundle.digest": "sha256:0"}, "linux/amd64", r"it lacks the label slipway.bundle.digest\."),
        (
            {"slipway.version": "", "slipway.bundle.digest": ""},
            "linux/amd64",
            "the labels slipway.version and s",
        ),
        ({}, "linux/arm64", "is for linux/arm64, and not for the one on which docker runs"),
        ({}, "windows/amd64", "is for windows/amd64"),
    ],
)
def test_an_image_is_of_slipway_and_for_this_machine(
    changes: dict[str, str], machine: str, said: str | None
) -> None:
    image = _Image(REFERENCE.text, "0", "", machine, 1, {**labels(), **changes})
    if said is None:
        image.check("docker", "amd64")
        return
    with pytest.raises(SlipwayProblem, match=said) as caught:
        image.check("docker", "amd64")
    assert caught.value.code is Code.IMAGE_FOREIGN


@pytest.mark.parametrize(
    ("asked", "known"),
    [
        ("registry.example/team/small:1", "registry.example/team/small"),
        ("docker.io/team/small:1", "team/small"),  # as Docker shortens it
        ("docker.io/team/small:1", "docker.io/team/small"),
        ("docker.io/small:1", "small"),
        ("docker.io/small:1", "docker.io/library/small"),
        ("index.docker.io/team/small:1", "team/small"),
    ],
)
def test_the_digest_is_that_of_the_name_that_was_asked_for(asked: str, known: str) -> None:
    reference = parse_registry_reference(asked)
    others = [f"other.example/team/small@sha256:{'0' * 64}", f"team/smaller@sha256:{'0' * 64}"]
    found = _by_digest(reference, [*others, f"{known}@sha256:{'1' * 64}"])
    assert found == f"{reference.name}@sha256:{'1' * 64}"
    assert _by_digest(reference, others) == reference.text


def test_nothing_that_an_image_says_gets_to_a_terminal(
    fetched: Fetched, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    escape = "\x1b]0;owned\x07"
    python = {**fetched.manifest["python"], "version": f"3.11{escape}"}
    odd = with_facts(fetched, manifest={**fetched.manifest, "python": python}, reference="r.example/a:1")

    class Facts:
        @staticmethod
        def call(*_: str) -> Completed:
            config = {"Labels": {**labels(), VERSION: f"0.1{escape}"}}
            facts = {"Id": "0", "Os": f"plan9{escape}", "Architecture": "amd64", "Size": 1, "Config": config}
            return Completed(0, json.dumps([facts]), "")

        @staticmethod
        def require(done: Completed, _what: str) -> Completed:
            return done

    image = _Image.inspect(Facts, REFERENCE)  # type: ignore[arg-type]
    with pytest.raises(SlipwayProblem) as caught:
        image.check("docker", "amd64")
    assert caught.value.message.isprintable()
    monkeypatch.setattr("jupyterlab_slipway.commandline.output.colors", lambda _: True)
    pull._tell(with_facts(odd, version=image.labels[VERSION]), Output(as_json=False))
    assert "\x1b" not in capsys.readouterr().out


# -- which deployment


@pytest.fixture
def records(tmp_path: Path) -> Records:
    return Records(Home(tmp_path / "home"))


@pytest.fixture
def fetched(bundle: Path) -> Fetched:
    return Fetched(
        reference="registry.example/team/small@sha256:" + "1" * 64,
        repository="registry.example/team/small",
        image="0",
        size=1,
        bundle=bundle,
        manifest=read_manifest(bundle),
        deployment="small",
        version="0.1.0",
    )


def with_facts(fetched: Fetched, **changes: Any) -> Fetched:
    return Fetched(**{**vars(fetched), **changes})


def test_it_has_the_name_that_it_had(records: Records, fetched: Fetched) -> None:
    assert pulled_name(records, fetched, None) == ("small", True)
    assert pulled_name(records, fetched, "mine") == ("mine", True)
    for deployment in (None, "No Name!", "../../x"):
        assert pulled_name(records, with_facts(fetched, deployment=deployment), None) == ("small-model", True)
    with pytest.raises(SlipwayProblem) as caught:
        pulled_name(records, fetched, "Mine!")
    assert caught.value.code is Code.NAME_INVALID


def test_a_deployment_of_another_notebook_is_left_alone(records: Records, fetched: Fetched) -> None:
    records.create("small", "Large model", Path("/work/Large model.ipynb"), "process", 8901, 0.0)
    for given in (None, "small"):
        with pytest.raises(SlipwayProblem, match="belongs to another notebook") as caught:
            pulled_name(records, fetched, given)
        assert caught.value.code is Code.NAME_TAKEN
    records.create("mine", "Small model", Path("/work/Small model.ipynb"), "process", 8902, 0.0)
    assert pulled_name(records, fetched, "mine") == ("mine", False)
    records.create("again", "Its old name", place(fetched), "docker", 8903, 0.0)
    assert pulled_name(records, fetched, "again") == ("again", False)


def test_what_a_title_says_is_one_line(fetched: Fetched) -> None:
    odd = with_facts(fetched, manifest={**fetched.manifest, "title": "a\n\x1b[31mb" + "x" * 500})
    assert title(odd).isprintable()
    assert len(title(odd)) < 200


def test_the_commit_is_what_the_bundle_says_of_it(fetched: Fetched) -> None:
    def of(**notebook: Any) -> Any:
        entry = {**fetched.manifest["notebook"], **notebook}
        return source(with_facts(fetched, manifest={**fetched.manifest, "notebook": entry}))

    assert of() is None
    assert of(revision="1a2b; rm") is None
    assert of(revision=7) is None
    told = {
        "repository": "https://u:secret@git.example/a.git",
        "ref": "v1",
        "path": "a/b.ipynb",
        "dirty": False,
    }
    found = of(revision="1" * 40, **told)
    assert "secret" not in found["repository"]
    assert {**found, "repository": None} == {**told, "revision": "1" * 40, "repository": None}
    assert of(revision="1" * 40) == {
        "repository": None,
        "revision": "1" * 40,
        "ref": None,
        "path": "Small model.ipynb",
        "dirty": True,
    }


def test_what_s2i_says_of_the_commit_counts_where_the_bundle_says_nothing(fetched: Fetched) -> None:
    prefix = "io.openshift.s2i.build."
    told = {
        f"{prefix}commit.id": "ab" * 20,
        f"{prefix}commit.ref": "main",
        f"{prefix}source-location": "https://u:secret@git.example/a.git",
    }
    image = with_facts(fetched, deployment=None, labels=told)
    assert source(image) == {
        "repository": "https://git.example/a.git",
        "revision": "ab" * 20,
        "ref": "main",
        "path": "Small model.ipynb",
        "dirty": False,
    }
    local = source(
        with_facts(image, labels={f"{prefix}commit.id": "ab" * 20, f"{prefix}source-location": "/a"})
    )
    assert local is not None
    assert (local["repository"], local["ref"]) == (None, None)
    for wrong in ("", "ab" * 19, "AB" * 20, "ab" * 20 + "\n"):
        assert source(with_facts(image, labels={**told, f"{prefix}commit.id": wrong})) is None
    assert source(with_facts(image, deployment="small")) is None, "its base image may be what s2i made"
    entry = {**fetched.manifest["notebook"], "revision": "1" * 40}
    both = source(with_facts(image, manifest={**fetched.manifest, "notebook": entry}))
    assert both is not None
    assert both["revision"] == "1" * 40


class Engine:
    name = "docker"

    def __init__(self) -> None:
        self.adopted: list[tuple[int, str]] = []
        self.problem: SlipwayProblem | None = None

    def adopt(self, plan: Plan, image: str) -> None:
        if self.problem is not None:
            raise self.problem
        self.adopted.append((plan.release, image))


def test_a_release_is_there_as_a_whole_or_not_at_all(
    records: Records, fetched: Fetched, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyterlab_slipway.deployments.beginning.launch", lambda *_: None)
    records.create("small", title(fetched), place(fetched), "docker", 8901, 0.0)
    engine = Engine()
    engine.problem = SlipwayProblem(Code.ENGINE_SILENT, "It is silent.")
    with pytest.raises(SlipwayProblem):
        adopt(
            records, engine, "small", with_facts(fetched, bundle=write_bundle(fetched.bundle.with_name("b")))
        )  # type: ignore[arg-type]
    assert records.releases("small") == []
    assert list((records.home.deployment("small") / "releases").iterdir()) == []
    engine.problem = None
    files = adopt(records, engine, "small", fetched)  # type: ignore[arg-type]
    assert engine.adopted == [(1, "0")]
    assert read_manifest(files.bundle)["title"] == "Small model"
    assert files.record["pulled"] == fetched.reference
    assert files.view()["pulled"] == fetched.reference
    assert files.notebook.read_bytes() == FILES["notebook.ipynb"]
    assert not fetched.bundle.exists(), "it was taken"

"""The bill of materials: valid CycloneDX, complete, and the same for the same lock."""

from __future__ import annotations

import hashlib
import json
import time
from pathlib import Path
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from jupyterlab_slipway.builder.installed import Environment, read_environment
from jupyterlab_slipway.builder.lock import only
from jupyterlab_slipway.builder.requirements import Pin
from jupyterlab_slipway.builder.sbom import sbom
from slipway_runtime.bundle import PythonIdentity

PYTHON: PythonIdentity = {
    "version": "3.6.15",
    "implementation": "cpython",
    "platform": "linux",
    "machine": "x86_64",
}
TERMS = "Permission is granted\n  to whoever asks."
METADATA = {
    "hull": """License-Expression: Apache-2.0 OR MIT
License: ignored
Requires-Dist: Rope_Work >=1
Requires-Dist: sail[storm]
Requires-Dist: backport; python_version < "3.7"
Requires-Dist: too-new; python_version >= "3.7"
Requires-Dist: tests; extra == "test"
Requires-Dist: elsewhere""",
    "rope-work": "License: BSD-3-Clause",
    "sail": """License: Sailor's licence
Requires-Dist: canvas; extra == "storm"
Requires-Dist: silk; extra == "race" """,
    "canvas": f"""License: {TERMS.replace(chr(10), chr(10) + "        ")}
Classifier: License :: OSI Approved :: MIT License
Classifier: License :: Public Domain""",
    "backport": f"License: {TERMS.replace(chr(10), chr(10) + '        ')}",
    "silk": "License: UNKNOWN",
    "too-new": "",
    "tests": "",
    "cloudpickle": "License: BSD-3-Clause",
}
PINS: list[Pin] = [("hull", "==1.0"), ("dropped", "==1.0")]


def digest_of(name: str, number: int) -> str:
    return hashlib.sha256(f"{name}{number}".encode()).hexdigest()


LOCK = "".join(
    f"{name}==1.0 \\\n    --hash=sha256:{digest_of(name, 1)} \\\n    --hash=sha256:{digest_of(name, 2)}\n"
    for name in METADATA
)


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    for name, fields in METADATA.items():
        directory = (
            tmp_path / "lib" / "python3.6" / "site-packages" / f"{name.replace('-', '_')}-1.0.dist-info"
        )
        directory.mkdir(parents=True)
        text = f"Metadata-Version: 2.4\nName: {name}\nVersion: 1.0\n{fields.strip()}\n\nA description.\n"
        (directory / "METADATA").write_text(text, encoding="utf-8")
    return read_environment(tmp_path / "bin" / "python")


def make(
    environment: Environment, lock: str = LOCK, title: str = "Boat: ä “2nd”", pins: list[Pin] = PINS
) -> tuple[dict[str, Any], bytes]:
    text = sbom(lock, environment, PYTHON, title=title, notebook_sha256="ab" * 32, pins=pins)
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text.decode()) is None
    document: dict[str, Any] = json.loads(text)
    return document, text


def by_name(document: dict[str, Any]) -> dict[str, Any]:
    return {component["name"]: component for component in document["components"]}


def needs(document: dict[str, Any]) -> dict[str, list[str]]:
    """By names, without the ways in which they are referred to."""
    names = {component["bom-ref"]: component["name"] for component in document["components"]}
    return {
        names.get(entry["ref"], entry["ref"]): [names[ref] for ref in entry.get("dependsOn", [])]
        for entry in document["dependencies"]
    }


def test_the_validator_would_find_a_fault(environment: Environment) -> None:
    document, _ = make(environment)
    document["components"][0]["hashes"] = [{"alg": "SHA-256", "content": "no digest"}]
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(document)) is not None


def test_every_package_of_the_lock_is_in_it_with_what_identifies_it(environment: Environment) -> None:
    document, _ = make(environment)
    components = by_name(document)
    assert components.keys() == {*METADATA, "cpython"}
    rope = components["rope-work"]
    assert rope["type"] == "library"
    assert rope["version"] == "1.0"
    assert rope["purl"] == rope["bom-ref"] == "pkg:pypi/rope-work@1.0"
    assert sorted(entry["content"] for entry in rope["hashes"]) == sorted(
        digest_of("rope-work", number) for number in (1, 2)
    )
    assert {entry["alg"] for entry in rope["hashes"]} == {"SHA-256"}


def test_the_model_and_its_python(environment: Environment) -> None:
    document, _ = make(environment)
    model = document["metadata"]["component"]
    assert (model["type"], model["name"]) == ("machine-learning-model", "Boat: ä “2nd”")
    assert model["version"] == "ab" * 32
    python = by_name(document)["cpython"]
    assert (python["type"], python["version"]) == ("platform", "3.6.15")
    assert python["cpe"] == "cpe:2.3:a:python:python:3.6.15:*:*:*:*:*:*:*"
    assert {entry["name"]: entry["value"] for entry in python["properties"]} == {
        "slipway:platform": "linux",
        "slipway:machine": "x86_64",
    }


def test_licences_are_what_the_packages_declare(environment: Environment) -> None:
    document, _ = make(environment)
    licences = {name: component.get("licenses") for name, component in by_name(document).items()}

    def declared(**words: Any) -> dict[str, Any]:
        return {"license": {"acknowledgement": "declared", **words}}

    assert licences["hull"] == [{"acknowledgement": "declared", "expression": "Apache-2.0 OR MIT"}]
    assert licences["rope-work"] == [declared(id="BSD-3-Clause")]
    assert licences["sail"] == [declared(name="Sailor's licence")]
    assert licences["canvas"] == [declared(name="MIT License"), declared(name="Public Domain")]
    (terms,) = licences["backport"]
    assert terms["license"]["name"] == "the terms of backport"
    assert terms["license"]["text"]["content"].split() == TERMS.split()
    assert licences["silk"] is None, "UNKNOWN says nothing"
    assert licences["too-new"] is None


def test_dependencies_follow_the_markers_and_extras(environment: Environment) -> None:
    document, _ = make(environment)
    found = needs(document)
    assert found["hull"] == ["backport", "rope-work", "sail"]
    assert found["sail"] == ["canvas"], "hull asks for its extra storm; nobody for race"
    assert found["rope-work"] == []
    roots = ["cpython", "cloudpickle", "hull", "silk", "tests", "too-new"]
    assert found["model"] == roots, "the requirements, and what nobody else asks for"
    document, _ = make(environment, pins=[("Hull[test]", "==1.0")])
    assert "tests" in needs(document)["hull"]
    assert "tests" not in needs(document)["model"]


def test_a_smaller_lock_of_the_same_environment(environment: Environment) -> None:
    lock = only(LOCK, {"sail", "canvas", "cloudpickle"})
    document, _ = make(environment, lock, pins=[("hull", "==1.0")])
    assert by_name(document).keys() == {"canvas", "cloudpickle", "cpython", "sail"}
    assert "hull" not in needs(document)
    assert needs(document)["model"] == ["cpython", "canvas", "cloudpickle", "sail"]


def test_no_packages_at_all(environment: Environment) -> None:
    document, _ = make(environment, "", pins=[])
    assert by_name(document).keys() == {"cpython"}
    assert needs(document)["model"] == ["cpython"]


def test_the_same_bytes_for_the_same_lock_at_another_time(environment: Environment) -> None:
    document, text = make(environment)
    time.sleep(1.1)  # another second, where a time stamp would show
    assert make(environment)[1] == text
    assert "timestamp" not in document["metadata"]
    others = (make(environment, only(LOCK, {"sail"}))[0], make(environment, title="Another")[0])
    assert len({found["serialNumber"] for found in (document, *others)}) == 3

"""The bill of materials of a bundle, in CycloneDX 1.6: the model, its Python, and every package of its lock.

It says the same for the same notebook and lock: it has no time stamp, and what else is random in such a
document is derived from what it says. The format: https://cyclonedx.org/docs/1.6/json/
"""

from __future__ import annotations

import importlib.metadata
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.hash.factories import HashTypeFactory
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import AttachedText, Property
from cyclonedx.model.bom import Bom
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.dependency import Dependency
from cyclonedx.model.license import License, LicenseAcknowledgement
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from slipway_runtime.bundle import PythonIdentity

from .installed import Distribution, Environment, applies
from .lock import locked_hashes, locked_versions
from .requirements import Pin, name_of
from .resolve import CAPTURE_PACKAGE

MODEL_REF = "model"
_MAKER = "jupyterlab-slipway"
_LICENCE = "License :: "
_DECLARED = LicenseAcknowledgement.DECLARED


def sbom(
    lock: str,
    environment: Environment,
    python: PythonIdentity,
    *,
    title: str,
    notebook_sha256: str,
    pins: list[Pin],
    indexes: Mapping[str, str] | None = None,
) -> bytes:
    """One JSON document, as UTF-8.

    Args:
        lock: what the service gets.
        environment: where all of that is installed; it may hold more.
        python: the service's interpreter.
        title: names the model; `notebook_sha256`, the digest of the saved notebook, is its version.
        pins: the notebook's requirements. The model depends on them as far as they are in the lock, on what
            reads it, and on whatever no other package of the lock asks for.
        indexes: URLs by packages that come from there: not the packages that are known by these names.
    """
    packages = _packages(lock, environment, indexes or {})
    interpreter = _interpreter(python)
    needs = _needs(packages, environment.distributions, python, pins)
    asked_for = {name for names in needs.values() for name in names}
    asked_first = {CAPTURE_PACKAGE, *(name_of(pin) for pin in pins)}
    roots = asked_first & packages.keys() | packages.keys() - asked_for

    def refs(names: Collection[str]) -> list[BomRef]:
        return [packages[name].bom_ref for name in names]

    bom = Bom(
        components=[interpreter, *packages.values()],
        dependencies=[
            _dependency(BomRef(MODEL_REF), [interpreter.bom_ref, *refs(roots)]),
            _dependency(interpreter.bom_ref, []),
            *(_dependency(component.bom_ref, refs(needs[name])) for name, component in packages.items()),
        ],
    )
    bom.metadata.component = Component(
        type=ComponentType.MACHINE_LEARNING_MODEL, bom_ref=MODEL_REF, name=title, version=notebook_sha256
    )
    # Without a version: another version of Slipway writes the same bytes as long as it does the same.
    bom.metadata.tools.components.add(
        Component(
            type=ComponentType.APPLICATION, bom_ref=_MAKER, name=_MAKER, licenses=[_licence("BSD-3-Clause")]
        )
    )
    return _text(bom)


def _text(bom: Bom) -> bytes:
    """The document, with what the library draws at random or takes from the clock left out or derived."""
    document = json.loads(JsonV1Dot6(bom).output_as_string())
    del document["metadata"]["timestamp"], document["serialNumber"]
    said = json.dumps(document, sort_keys=True)
    document["serialNumber"] = uuid5(NAMESPACE_URL, said).urn
    return (json.dumps(document, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode(
        "utf-8", "backslashreplace"
    )


def _dependency(ref: BomRef, needs: list[BomRef]) -> Dependency:
    return Dependency(ref, dependencies=[Dependency(needed) for needed in needs])


def _packages(lock: str, environment: Environment, indexes: Mapping[str, str]) -> dict[str, Component]:
    hashes = locked_hashes(lock)
    factory = HashTypeFactory()
    components = {}
    for name, version in locked_versions(lock).items():
        elsewhere = {"repository_url": indexes[name]} if name in indexes else None
        purl = PackageURL("pypi", name=name, version=version, qualifiers=elsewhere)
        components[name] = Component(
            type=ComponentType.LIBRARY,
            bom_ref=purl.to_string(),
            name=name,
            version=version,
            purl=purl,
            hashes=[factory.from_composite_str(digest) for digest in hashes[name]],
            licenses=list(_licences(environment.site_packages, name, version)),
        )
    return components


def _interpreter(python: PythonIdentity) -> Component:
    """The interpreter, also under the name by which vulnerabilities of it are published (CPE)."""
    purl = PackageURL("generic", name=python["implementation"], version=python["version"])
    known = python["implementation"] == "cpython"
    return Component(
        type=ComponentType.PLATFORM,
        bom_ref=purl.to_string(),
        name=python["implementation"],
        version=python["version"],
        purl=purl,
        cpe=f"cpe:2.3:a:python:python:{python['version']}:*:*:*:*:*:*:*" if known else None,
        licenses=[_licence("PSF-2.0")] if known else [],
        properties=[
            Property(name="slipway:platform", value=python["platform"]),
            Property(name="slipway:machine", value=python["machine"]),
        ],
    )


def _licence(words: str) -> License:
    return LicenseFactory().make_from_string(words, license_acknowledgement=_DECLARED)


def _licences(site_packages: Path, name: str, version: str) -> Iterator[License]:
    """What the package's own metadata declare, the most exact field first.

    An SPDX expression; else a few words; else the classifiers; else a text of several lines, as it is.
    Fields: https://packaging.python.org/en/latest/specifications/core-metadata/
    """
    found = next(
        iter(importlib.metadata.distributions(name=name, path=[str(site_packages)])),
        None,
    )
    if found is None or found.version != version:
        return
    metadata = found.metadata
    fields = (metadata.get_all("License-Expression"), metadata.get_all("License"))
    words = next((field[0].strip() for field in fields if field), "")
    classified = [
        entry.removeprefix(_LICENCE).rpartition(" :: ")[2]
        for entry in metadata.get_all("Classifier") or []
        if entry.startswith(_LICENCE)
    ]
    if words and "\n" not in words and words.upper() != "UNKNOWN":
        yield _licence(words)
    elif classified:
        for entry in classified:
            yield LicenseFactory().make_with_name(entry, acknowledgement=_DECLARED)
    elif "\n" in words:
        yield LicenseFactory().make_with_name(
            f"the terms of {name}", text=AttachedText(content=words), acknowledgement=_DECLARED
        )


def _needs(
    packages: Collection[str],
    distributions: Mapping[str, Distribution],
    python: PythonIdentity,
    pins: list[Pin],
) -> Mapping[str, set[str]]:
    """For each package those of the lock that it asks for, with the extras that are asked of it."""
    markers = _markers(python)
    needs: dict[str, set[str]] = defaultdict(set)
    open_: list[tuple[str, frozenset[str]]] = [(name, frozenset()) for name in packages]
    open_ += [(name_of(pin), frozenset(Requirement("".join(pin)).extras)) for pin in pins]
    done: set[tuple[str, frozenset[str]]] = set()
    while open_:
        name, extras = step = open_.pop()
        if step in done or name not in packages or name not in distributions:
            continue
        done.add(step)
        for requirement in distributions[name].requires:
            needed = canonicalize_name(requirement.name)
            if needed in packages and needed != name and applies(requirement, extras, markers):
                needs[name].add(needed)
                open_.append((needed, frozenset(requirement.extras)))
    return needs


def _markers(python: PythonIdentity) -> dict[str, str]:
    """The markers of PEP 508 for another interpreter on this machine; none of a release of the kernel."""
    version, implementation = python["version"], python["implementation"]
    return {
        **{name: str(value) for name, value in default_environment().items()},
        "implementation_name": implementation,
        "implementation_version": version,
        "platform_machine": python["machine"],
        "platform_python_implementation": {"cpython": "CPython", "pypy": "PyPy"}.get(
            implementation, implementation
        ),
        "platform_release": "",
        "platform_version": "",
        "python_full_version": version,
        "python_version": ".".join(version.split(".")[:2]),
        "sys_platform": python["platform"],
    }

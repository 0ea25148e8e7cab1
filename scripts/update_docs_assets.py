"""Renews Swagger UI, which the docs page of a service shows its routes with.

    python scripts/update_docs_assets.py               takes the newest version from npm
    python scripts/update_docs_assets.py 5.35.0        takes this one
    python scripts/update_docs_assets.py --check       exits with 1 where a file is not as it came

The files stay as npm has them. `source.json` beside them says which package that is, and their SHA-256.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

PACKAGE = "swagger-ui-dist"
TARGET = (
    Path(__file__)
    .resolve()
    .parents[1]
    .joinpath("server_ext", "runtime", "slipway_runtime", "front", "docs_page", "swagger-ui")
)
SOURCE = "source.json"
FILES = ("swagger-ui-bundle.js", "swagger-ui-bundle.js.LICENSE.txt", "swagger-ui.css", "LICENSE", "NOTICE")


class AssetError(Exception):
    """The text says what is wrong with the package, or with the files."""


def download(version: str) -> tuple[str, dict[str, bytes]]:
    """(version, content of each of FILES) of the package that npm gives for `version`, a version or a tag."""
    with tempfile.TemporaryDirectory() as scratch:
        packed = subprocess.run(
            ["npm", "pack", "--json", "--pack-destination", scratch, f"{PACKAGE}@{version}"],
            capture_output=True,
            text=True,
            check=False,
        )
        if packed.returncode != 0:
            raise AssetError(f"npm does not give {PACKAGE}@{version}:\n{packed.stderr.strip()}")
        (archive,) = Path(scratch).glob("*.tgz")
        contents = {}
        with tarfile.open(archive) as found:
            for name in FILES:
                try:
                    member = found.extractfile(f"package/{name}")
                except KeyError:
                    member = None
                if member is None:
                    raise AssetError(f"{archive.name} has no {name}: see what this version has in its place.")
                contents[name] = member.read()
        return json.loads(packed.stdout)[0]["version"], contents


def digests(contents: dict[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(content).hexdigest() for name, content in contents.items()}


def write(version: str, contents: dict[str, bytes]) -> None:
    TARGET.mkdir(exist_ok=True)
    for name, content in contents.items():
        (TARGET / name).write_bytes(content)
    source = {"package": PACKAGE, "version": version, "sha256": digests(contents)}
    (TARGET / SOURCE).write_text(json.dumps(source, indent=2) + "\n", encoding="utf-8")


def check() -> None:
    """Raises AssetError unless every file is there as it came, and no other."""
    try:
        source = json.loads((TARGET / SOURCE).read_bytes())
        found = digests({path.name: path.read_bytes() for path in TARGET.iterdir() if path.name != SOURCE})
    except (OSError, ValueError) as error:
        raise AssetError(f"The files of {PACKAGE} cannot be read: {error}.") from None
    wrong = sorted({name for name, _ in found.items() ^ source["sha256"].items()})
    if wrong:
        raise AssetError(
            f"{', '.join(wrong)}: not as {PACKAGE} {source['version']} has it. Run "
            f"`python scripts/update_docs_assets.py {source['version']}`."
        )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("version", nargs="?", default="latest", help="version or tag (default: %(default)s)")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail if a file is not as it came"
    )
    options = parser.parse_args(arguments)
    try:
        if options.check:
            check()
        else:
            version, contents = download(options.version)
            write(version, contents)
            print(f"{PACKAGE} {version}")
    except AssetError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())

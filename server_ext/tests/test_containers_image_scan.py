"""No secret value leaves in an image: all of it is searched, in the forms in which values are written."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sys
import tarfile
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jupyterlab_slipway.engines.containers.image_scan import _CHUNK, base64_forms, scan_image
from jupyterlab_slipway.engines.containers.tool import Tool
from jupyterlab_slipway.problems import SlipwayProblem

SECRET = "pa&ss/wörd+1=9"


class Saving(Tool):
    """Its `save` writes a given file."""

    def __init__(self, path: Path, code: int = 0) -> None:
        super().__init__("docker")
        self.path = path
        self.code = code

    def argv(self, *words: str) -> list[str]:
        assert words == ("save", "slipway/x:1")
        program = (
            "import shutil, sys; shutil.copyfileobj(open(sys.argv[1], 'rb'), sys.stdout.buffer); "
            "sys.stdout.flush(); print('no space', file=sys.stderr); sys.exit(int(sys.argv[2]))"
        )
        return [sys.executable, "-c", program, str(self.path), str(self.code)]


def tar(files: dict[str, bytes], links: dict[str, str] | None = None) -> bytes:
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w") as archive:
        for name, content in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(content)
            archive.addfile(info, io.BytesIO(content))
        for name, to in (links or {}).items():
            info = tarfile.TarInfo(name)
            info.type, info.linkname = tarfile.SYMTYPE, to
            archive.addfile(info)
    return target.getvalue()


def image(tmp_path: Path, *layers: bytes, config: object = None) -> Saving:
    files = {"config.json": json.dumps(config or {"history": []}).encode()}
    names = [f"{number:064x}/layer.tar" for number in range(len(layers))]
    files.update(zip(names, layers, strict=True))
    files["manifest.json"] = json.dumps([{"Config": "config.json", "Layers": names}]).encode()
    path = tmp_path / "image.tar"
    path.write_bytes(tar(files))
    return Saving(path)


def problem(tool: Tool, *literals: str) -> SlipwayProblem:
    with pytest.raises(SlipwayProblem) as caught:
        scan_image(tool, "slipway/x:1", literals or (SECRET,))
    return caught.value


def test_an_image_without_them_passes(tmp_path: Path) -> None:
    scan_image(image(tmp_path, tar({"a": b"x" * 3000}), tar({})), "slipway/x:1", [SECRET])


def test_nothing_is_read_where_there_are_none(tmp_path: Path) -> None:
    scan_image(Saving(tmp_path / "missing", 1), "slipway/x:1", [])


@pytest.mark.parametrize(
    ("content", "form"),
    [
        (SECRET.encode(), "as it is"),
        (quote(SECRET).encode(), "URL-encoded"),
        (quote(SECRET, safe="").encode(), "URL-encoded"),
        (base64.b64encode(b"user:" + SECRET.encode()), "Base64-encoded"),
        (base64.urlsafe_b64encode(b"x" + SECRET.encode() + b"yz"), "Base64-encoded"),
        (json.dumps(SECRET).encode(), "in JSON"),
        (SECRET.replace("&", "\\u0026").encode(), "in JSON"),
        (f"short     {SECRET}".encode("utf-32-le"), "in wide characters"),
        (b"x" * (_CHUNK - 3) + SECRET.encode(), "as it is"),
    ],
)
@pytest.mark.parametrize("compress", [bytes, gzip.compress])
def test_forms_are_found_and_the_place_is_told(
    tmp_path: Path, content: bytes, form: str, compress: object
) -> None:
    layer = tar({"opt/clean": b"x", "opt/slipway/bundle/model.bin": b"head " + content + b" tail"})
    found = problem(image(tmp_path, tar({"a": b"b"}), compress(layer)))  # type: ignore[operator]
    assert found.code == "SLP559"
    assert form in found.message
    assert "layer 2 of 2, file opt/slipway/bundle/model.bin" in found.message
    assert SECRET not in found.message


def test_configuration_and_history_are_searched(tmp_path: Path) -> None:
    tool = image(tmp_path, tar({}), config={"history": [{"created_by": f"RUN pip install x={SECRET}"}]})
    assert "configuration or history" in problem(tool).message


def test_names_of_files_and_links_are_searched_and_not_repeated(tmp_path: Path) -> None:
    found = problem(image(tmp_path, tar({"opt/abcdefgh\n.txt": b""})), "abcdefgh")
    assert "file opt/***?.txt" in found.message
    assert "SLP559" in problem(image(tmp_path, tar({}, {"opt/link": "/x/abcdefgh"})), "abcdefgh").code


@pytest.mark.parametrize("cut", [700, 5000])
def test_an_engine_that_fails_is_no_clean_image(tmp_path: Path, cut: int) -> None:
    tool = image(tmp_path, tar({"a": b"x" * 20_000}))
    tool.path.write_bytes(tool.path.read_bytes()[:cut])
    assert problem(tool).code == "SLP556"
    tool.code = 1
    assert "no space" in problem(tool).message


def test_what_is_too_short_to_tell_apart_is_left(tmp_path: Path) -> None:
    scan_image(image(tmp_path, tar({"a": b"abc"})), "slipway/x:1", ["abc"])


@given(st.binary(min_size=6, max_size=40), st.binary(max_size=20), st.binary(max_size=20))
def test_base64_is_found_wherever_it_stands(raw: bytes, before: bytes, after: bytes) -> None:
    encoded = base64.b64encode(before + raw + after)
    assert any(form in encoded for form in base64_forms(raw))
    assert all(len(form) >= 6 for form in base64_forms(raw))

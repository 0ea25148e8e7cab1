"""The docs page: whole, from the service alone, and as it came."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urljoin

import pytest
from jupyterlab_slipway.engines import front as front_engine
from slipway_runtime.front import docs_files
from slipway_runtime.front.docs_files import PATHS, docs_answer
from slipway_runtime.front.problem import Answer

ROOT = Path(__file__).parents[2]
ASSETS = Path(docs_files.__file__).with_name("docs_page")


def get(path: str) -> Answer:
    answer = docs_answer(path)
    assert answer is not None
    return answer


def test_the_page_is_whole() -> None:
    page = get("/docs")
    assert (page.status, page.content_type) == (200, "text/html; charset=utf-8")
    linked = re.findall(r'(?:src|href)="(docs/[^"]+)"', page.body.decode())
    paths = {urljoin("http://host/docs", link).removeprefix("http://host") for link in linked}
    assert paths == PATHS - {"/docs", "/docs/"}
    for path in paths:
        kind = {".js": "text/javascript", ".css": "text/css"}[Path(path).suffix]
        assert get(path).content_type == f"{kind}; charset=utf-8"
        assert len(get(path).body) > 500


def test_nothing_is_inline_or_from_elsewhere() -> None:
    page = get("/docs").body.decode()
    assert not re.search(r"<script(?![^>]* src=)|<style|\sstyle=|\son[a-z]+=|https?:", page)
    for path in PATHS - {"/docs/"}:
        headers = dict(get(path).headers)
        policy = dict(part.split(" ", 1) for part in headers["content-security-policy"].split("; "))
        assert policy["default-src"] == "'self'"
        assert "unsafe" not in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
    for own in ("docs.js", "docs.css"):
        assert "http" not in (ASSETS / own).read_text(encoding="utf-8")


def test_other_paths_are_none_of_its_business() -> None:
    for path in ("/", "/docs/../app.py", "/docs/swagger-ui/source.json", "/docsx", "/docs/docs.js/"):
        assert docs_answer(path) is None
    redirect = get("/docs/")
    assert (redirect.status, redirect.headers) == (308, [("location", "../docs")])


def test_a_file_is_not_sent_twice() -> None:
    page = get("/docs")
    tag = dict(page.headers)["etag"]
    again = docs_answer("/docs", f'"other", {tag}')
    assert again is not None
    assert (again.status, again.body) == (304, b"")
    assert dict(again.headers)["etag"] == tag
    assert docs_answer("/docs", '"other"') == page


def test_swagger_ui_is_as_it_came() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "update_docs_assets.py"), "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.skipif(not (ROOT / "server_ext" / "runtime").is_dir(), reason="not a checkout")
def test_the_front_s_environment_is_made_again_where_a_file_of_the_page_changed() -> None:
    found = set(front_engine._source_files())
    assert {path for path in ASSETS.rglob("*") if path.is_file()} <= found
    assert not any("__pycache__" in path.parts for path in found)

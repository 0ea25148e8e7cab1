"""The page at `/docs` and its files: Swagger UI (`docs_page/swagger-ui`) and a script of ours that starts it.

They hold nothing of the model, and so need no token. What is shown comes from `/openapi.json`, which does.
"""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path
from urllib.parse import quote

from .problem import Answer

PAGE = "/docs"
_DIRECTORY = Path(__file__).with_name("docs_page")
_FILES = {
    PAGE: ("index.html", "text/html; charset=utf-8"),
    f"{PAGE}/docs.css": ("docs.css", "text/css; charset=utf-8"),
    f"{PAGE}/docs.js": ("docs.js", "text/javascript; charset=utf-8"),
    f"{PAGE}/swagger-ui/swagger-ui.css": ("swagger-ui/swagger-ui.css", "text/css; charset=utf-8"),
    f"{PAGE}/swagger-ui/swagger-ui-bundle.js": (
        "swagger-ui/swagger-ui-bundle.js",
        "text/javascript; charset=utf-8",
    ),
}
PATHS = frozenset({*_FILES, f"{PAGE}/"})
"""All that `docs_answer` answers."""

_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data:",  # the arrows in Swagger UI's style sheet
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
    ]
)
_HEADERS = [
    ("content-security-policy", _POLICY),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
]


def page_address(url: str, token: str = "") -> str:
    """Where the page of the service at `url` is. It takes `token` from the fragment, which no server sees."""
    return f"{url}{PAGE}#token={quote(token, safe='')}" if token else f"{url}{PAGE}"


def docs_answer(path: str, if_none_match: str = "") -> Answer | None:
    """What GET `path` gets; None where `path` is none of `PATHS`.

    `if_none_match` is the header of that name: 304 where the client has the file already. Raises OSError
    where the installation is damaged.
    """
    if path == f"{PAGE}/":  # the page's links are relative, so that a proxy may put a path before it
        return Answer(308, b"", "text/plain", [("location", "../docs")])
    if path not in _FILES:
        return None
    name, content_type = _FILES[path]
    body, tag = _read(name)
    headers = [*_HEADERS, ("cache-control", "no-cache"), ("etag", tag)]
    if tag in if_none_match:
        return Answer(304, b"", content_type, headers)
    return Answer(200, body, content_type, headers)


@functools.cache
def _read(name: str) -> tuple[bytes, str]:
    """A file's content and its entity tag; read once."""
    content = (_DIRECTORY / name).read_bytes()
    return content, f'"{hashlib.sha256(content).hexdigest()[:32]}"'

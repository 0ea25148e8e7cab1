"""Imported first by processes that come and go: leaves out what others would import for nothing.

jsonschema, which nbformat needs, compiles a grammar of IRIs on import where `rfc3987_syntax` is installed.
That takes a second, and checking a notebook never asks for it.
"""

from __future__ import annotations

import sys

sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]

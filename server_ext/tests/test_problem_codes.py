"""Codes are stable and documented: what a user searches for has to be found."""

from __future__ import annotations

import re
from pathlib import Path

from jupyterlab_slipway.problems import Code

TABLE = Path(__file__).parents[2] / "docs" / "problems.md"


def test_every_code_has_exactly_one_row() -> None:
    rows = re.findall(r"^\| (SLP\d{3}) \|", TABLE.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert sorted(rows) == sorted(set(rows))
    codes = {code.value for code in Code}
    assert codes <= set(rows)
    # What only the lint finds stands in the same table.
    assert {row for row in rows if row >= "SLP500"} <= codes

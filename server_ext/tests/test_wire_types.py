"""`src/deployments/wire.ts` says what `wire.py` says."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

needs_front_end_packages = pytest.mark.skipif(
    shutil.which("node") is None
    or not (ROOT / "node_modules" / "json-schema-to-typescript").is_dir()
    or not (ROOT / "node_modules" / "prettier").is_dir(),
    reason="the front-end packages are not installed",
)


def check(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = ROOT / "scripts" / "generate_wire_types.py"
    return subprocess.run(
        [sys.executable, str(script), "--check", *arguments],
        cwd=ROOT,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


@needs_front_end_packages
def test_the_committed_file_is_what_the_generator_writes() -> None:
    done = check()
    assert done.returncode == 0, done.stderr


@needs_front_end_packages
def test_a_file_that_differs_is_named(tmp_path: Path) -> None:
    stale = tmp_path / "wire.ts"
    stale.write_text("export type Phase = 'check';\n", encoding="utf-8")
    done = check("--target", str(stale))
    assert done.returncode == 1
    assert "wire.ts is not what" in done.stderr
    assert stale.read_text(encoding="utf-8") == "export type Phase = 'check';\n"

"""`make demo` after its set-up: the first thing a newcomer runs."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

DEMO = Path(__file__).parents[2] / "scripts" / "demo.py"


@pytest.mark.real
@pytest.mark.timeout(120)
def test_demo_repairs_the_package_when_there_is_no_key_and_no_config(tmp_path: Path) -> None:
    environment = {"PATH": os.defpath, "HOME": str(tmp_path), "TMPDIR": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, str(DEMO)],
        cwd=tmp_path,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in done.stdout.splitlines() if line.startswith(("-  ", "+  "))] == [
        "-    reached = [tier for tier in tiers if quantity > tier.from_quantity]",
        "+    reached = [tier for tier in tiers if quantity >= tier.from_quantity]",
    ]
    assert "18 passed" in done.stdout

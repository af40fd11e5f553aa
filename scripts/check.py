"""Runs every check that reads the code and reports all of them, not only the first that fails.

Owns the list of checks. The two slow ones (types, imports) start first and run beside the others.
"""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
SLOW_CHECKS = {
    "types": [str(BIN / "pyright"), "--warnings"],
    "imports": [str(BIN / "lint-imports")],
}
QUICK_CHECKS = {
    "style": [str(BIN / "ruff"), "check", "--quiet"],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet"],
    "sizes": [sys.executable, "scripts/check_budgets.py"],
    "schema": [sys.executable, "-m", "journeyman.protocol.schema", "--check"],
    "security": [sys.executable, "scripts/security_table.py", "--check"],
}


def main() -> int:
    """Run the checks; print a line for each and the output of those that failed."""
    started = {name: start(command) for name, command in SLOW_CHECKS.items()}
    failed = 0
    for name, command in QUICK_CHECKS.items():
        failed += report(name, start(command))
    for name, process in started.items():
        failed += report(name, process)
    return 1 if failed else 0


def start(command: list[str]) -> subprocess.Popen[str]:
    """Start one check with both its streams in one pipe."""
    return subprocess.Popen(
        command,
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def report(name: str, process: subprocess.Popen[str]) -> bool:
    """Wait for a check, print its verdict, and return whether it failed."""
    since = time.monotonic()
    output, _ = process.communicate()
    verdict = "failed" if process.returncode else "ok"
    print(f"check: {name:8} {verdict} (waited {time.monotonic() - since:.1f} s)", flush=True)
    if process.returncode:
        print(output.rstrip(), flush=True)
    return process.returncode != 0


if __name__ == "__main__":
    sys.exit(main())

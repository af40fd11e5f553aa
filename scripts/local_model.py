"""Runs the tests that drive the real local model, in an environment of their own under `.cache`.

Apart from `make test`, since it downloads 130 MB.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".cache" / "local"
LOCK = ROOT / "requirements" / "local.lock"
TESTS = ["tests/models/test_llamacpp.py", "tests/models/test_local.py"]


def main() -> int:
    """Install the model where it is not yet, run the tests; return the exit code."""
    python = PLACE / "bin" / "python"
    installed = PLACE / "installed.lock"
    if not installed.exists() or installed.read_text() != LOCK.read_text():
        venv.create(PLACE, with_pip=True, clear=True)
        flags = ["--no-deps", "--require-hashes", "--only-binary", ":all:", "--quiet"]
        command = [str(python), "-m", "pip", "install", *flags, "-r", str(LOCK)]
        if subprocess.run(command, check=False).returncode:
            return 1
        installed.write_text(LOCK.read_text())
    environment = {**os.environ, "JOURNEYMAN_LLAMACPP_PYTHON": str(python)}
    command = [sys.executable, "-m", "pytest", "-q", *TESTS]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

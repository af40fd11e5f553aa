"""Runs the tests that drive the real local model, in an environment of their own under `.cache`.

Apart from `make test`, since it downloads 130 MB; set up as a user does it: the extra `local`, then `jm models pull`.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PLACE = ROOT / ".cache" / "local"
HOME = PLACE / "home"
REQUIREMENTS = ROOT / "requirements"
LOCKS = [REQUIREMENTS / "run.lock", REQUIREMENTS / "local.lock"]
TESTS = [f"tests/models/test_{name}.py" for name in ("llamacpp", "local", "local_lines")]


def main() -> int:
    """Install the model where it is not yet, run the tests; return the exit code."""
    python, installed = PLACE / "bin" / "python", PLACE / "installed.lock"
    wanted = "".join(lock.read_text() for lock in LOCKS)
    if not installed.exists() or installed.read_text() != wanted:
        venv.create(PLACE, with_pip=True, clear=True)
        pip = [str(python), "-m", "pip", "install", "--quiet"]
        locked = ["--require-hashes", "--only-binary", ":all:", *(f"-r{lock}" for lock in LOCKS)]
        ours = ["--no-deps", "--no-build-isolation", "-e", f"{ROOT}[local]"]
        for arguments in (locked, ours):
            if subprocess.run([*pip, *arguments], check=False).returncode:
                return 1
        installed.write_text(wanted)
    at_home = {**os.environ, "JOURNEYMAN_HOME": str(HOME)}
    pulled = subprocess.run([PLACE / "bin" / "jm", "models", "pull"], env=at_home, check=False)
    if pulled.returncode:
        return 1
    weights = next((HOME / "models").glob("*.gguf"))
    environment = {
        **os.environ,
        "JOURNEYMAN_LLAMACPP_PYTHON": str(python),
        "JOURNEYMAN_LLAMACPP_WEIGHTS": str(weights),
    }
    command = [sys.executable, "-m", "pytest", "-q", *TESTS]
    return subprocess.run(command, cwd=ROOT, env=environment, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())

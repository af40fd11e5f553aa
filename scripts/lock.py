"""Writes requirements/*.lock from pyproject.toml: every version pinned, every file by its hash.

Leaves installing to setup.py. The files name no package index, so that a mirror can serve them;
docs/adr/0002-lock-files.md says why they are not a uv.lock.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
COMMON = [
    "--generate-hashes",
    "--universal",
    "--python-version=3.11",
    "--no-emit-index-url",
    "--no-emit-find-links",
    "--no-annotate",
    "--no-header",
    "--quiet",
]
OURS = ["pyproject.toml", "--group=pyproject.toml:build"]
RUN, DEV = "requirements/run.lock", "requirements/dev.lock"
# What tests run beside the product; the override leaves out a program that one of them would bring along.
PARTS = ["requirements/parts.in", "--override=requirements/parts.override"]
LOCAL = ["requirements/local.in", "--no-deps"]


def main() -> int:
    """Compile the lock files; arguments go to uv (`--upgrade`, `-P name`). Return the exit code."""
    uv = shutil.which("uv")
    if not uv:
        print("lock: uv is needed: pip install uv", file=sys.stderr)
        return 1
    compile_command = [uv, "pip", "compile", *COMMON, *sys.argv[1:]]
    # Settings of this machine (extra indexes, local wheels) must not reach a committed file.
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("PIP_", "UV_"))}
    for arguments in (
        [*OURS, "--extra=dev", "-o", DEV],
        [*OURS, "-c", DEV, "-o", RUN],
        [*PARTS, "-o", "requirements/parts.lock"],
        [*LOCAL, "-o", "requirements/local.lock"],
    ):
        done = subprocess.run(
            [*compile_command, *arguments], cwd=ROOT, env=environment, check=False
        )
        if done.returncode:
            return done.returncode
    return 0


if __name__ == "__main__":
    sys.exit(main())

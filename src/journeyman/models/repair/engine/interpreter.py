"""Which Python runs the tests: the project's own, else one on PATH that has what they import."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

_PROBE = """
import importlib.util, sys
if sys.version_info < (3, 10): sys.exit(3)
missing = 0
for name in sys.argv[1:]:
    try: missing += importlib.util.find_spec(name) is None
    except Exception: missing += 1
sys.stdout.write(str(missing))
"""


def choose_python(root: Path, modules: list[str]) -> str | None:
    """The first interpreter that has all `modules`, else the one that lacks the fewest.

    None when there is no Python from 3.10 on.
    """
    best: tuple[int, str] | None = None
    for python in _interpreters(root):
        missing = _missing(python, root, modules)
        if missing == 0:
            return python
        if missing is not None and (best is None or missing < best[0]):
            best = (missing, python)
    return best[1] if best else None


def _interpreters(root: Path) -> list[str]:
    found = [str(root / folder / "bin" / "python") for folder in (".venv", "venv", "env")]
    found.append(sys.executable)
    for folder in os.get_exec_path():
        found += [str(Path(folder) / name) for name in ("python3", "python")]
    present = [path for path in dict.fromkeys(found) if os.access(path, os.X_OK)]
    return present[:12]


def _missing(python: str, root: Path, modules: list[str]) -> int | None:
    try:
        done = subprocess.run(
            [python, "-c", _PROBE, *modules],
            cwd=root, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    return int(done.stdout) if done.returncode == 0 and done.stdout.isdigit() else None

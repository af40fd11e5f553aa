"""Where the program begins: refuses a system it cannot confine commands on, before anything is imported that is not there."""

from __future__ import annotations

import sys

_WINDOWS = (
    "error: Journeyman does not run on Windows itself, where it cannot confine commands: install WSL2"
    " (`wsl --install`) and run it there\n"
)


def main() -> None:
    """Run the program with the process's arguments, and exit."""
    if sys.platform == "win32":
        sys.stderr.write(_WINDOWS)
        sys.exit(1)
    from journeyman.cli.main import main as run

    run()

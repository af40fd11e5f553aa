"""Where the program begins: refuses a system it cannot confine commands on, before anything is imported that is not there.

Under the name `apply_patch`, and with the reference's flag for it, the program is that one.
"""

from __future__ import annotations

import sys

_PATCH_NAMES = ("apply_patch", "applypatch")
_AS_APPLY_PATCH = "--codex-run-as-apply-patch"
_WINDOWS = (
    "error: Journeyman does not run on Windows itself, where it cannot confine commands: install WSL2"
    " (`wsl --install`) and run it there\n"
)


def main() -> None:
    """Run the program with the process's arguments, and exit."""
    if sys.platform == "win32":
        sys.stderr.write(_WINDOWS)
        sys.exit(1)
    as_flag = sys.argv[1:2] == [_AS_APPLY_PATCH]
    if as_flag or sys.argv[0].rpartition("/")[2] in _PATCH_NAMES:
        from journeyman.tools.apply_patch.program import main as apply_patch

        del sys.argv[1 : 1 + as_flag]
        sys.exit(apply_patch())
    from journeyman.cli.main import main as run

    run()

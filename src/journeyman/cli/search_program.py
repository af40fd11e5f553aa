"""Finds ripgrep: the one installed beside this Python, else the one on PATH."""

from __future__ import annotations

import sys
from pathlib import Path

from journeyman.sandbox.programs import program_in


def find_ripgrep(path: str) -> str | None:
    """The program's path; None where there is none."""
    return program_in(f"{Path(sys.executable).parent}:{path}", "rg")

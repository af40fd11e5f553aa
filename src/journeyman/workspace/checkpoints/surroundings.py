"""What every project of a process shares when checkpoints are taken."""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.clock import Clock
from journeyman.sandbox.api import Launcher
from journeyman.workspace.checkpoints.records import Limits


class Surroundings(msgspec.Struct, frozen=True, kw_only=True):
    """The launcher that runs git, the PATH where git is, and `home`, the folder of our state."""

    launcher: Launcher
    home: Path
    path: str
    clock: Clock
    limits: Limits = Limits()

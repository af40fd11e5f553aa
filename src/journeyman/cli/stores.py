"""The store of this process: its own home, and the reference program's, whose threads are read and listed."""

from __future__ import annotations

from pathlib import Path

from journeyman.cli.process import Process
from journeyman.store.threads import RolloutStore

_FOREIGN_HOME = "CODEX_HOME"


def rollout_store(process: Process) -> RolloutStore:
    """The threads that this process can go on with."""
    said = process.environment.get(_FOREIGN_HOME)
    user_home = process.environment.get("HOME")
    if said:
        foreign = process.directory / said
    elif user_home:
        foreign = process.directory / user_home / ".codex"
    else:
        return RolloutStore(process.home)
    is_own = Path(foreign).resolve() == process.home.resolve()
    return RolloutStore(process.home, [] if is_own else [foreign])

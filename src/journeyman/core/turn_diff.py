"""All file changes of one turn as one diff, however often a file was touched."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from journeyman.core.journal import Journal
from journeyman.protocol.events import TurnDiffUpdatedNotification
from journeyman.tools.apply_patch.diff import git_diff
from journeyman.tools.apply_patch.plan import FileChange

_NEW_FILE = 0o100644


class TurnDiff:
    """Keeps each file's content before the turn and now."""

    def __init__(self) -> None:
        """Nothing changed yet."""
        self._before: dict[str, bytes | None] = {}
        self._now: dict[str, bytes | None] = {}

    def add(self, changes: Sequence[tuple[str, bytes | None, bytes | None]]) -> None:
        """Take changes: absolute path, old content, new content; None where there is no file."""
        for path, before, now in changes:
            self._before.setdefault(path, before)
            self._now[path] = now

    def text(self, root: str) -> str:
        """The git-style diff of everything that differs, paths relative to `root` where below it."""
        return git_diff(
            [
                _change(path, self._before[path], now, root)
                for path, now in self._now.items()
                if self._before[path] != now
            ]
        )

    def told(self, journal: Journal, root: str) -> TurnDiffUpdatedNotification:
        """The text for clients."""
        return TurnDiffUpdatedNotification(
            thread_id=journal.thread_id, turn_id=journal.turn_id, diff=self.text(root)
        )


def _change(path: str, before: bytes | None, now: bytes | None, root: str) -> FileChange:
    below = path.startswith(root.rstrip("/") + "/")
    return FileChange(
        kind="add" if before is None else "delete" if now is None else "update",
        path=os.path.relpath(path, root) if below else path,
        location=Path(path),
        old=before,
        new=now,
        mode=_NEW_FILE,
    )

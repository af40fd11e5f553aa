"""What clients said of where the repositories of threads stand, in place of what the rollouts recorded.

`thread_metadata.jsonl` has one line for each change; the last word on each member counts. A rollout is not
touched by it: it may be another program's, and its time says when the thread itself changed.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from journeyman.clock import Clock, rfc3339
from journeyman.protocol.threads import GitInfo, Thread
from journeyman.store.side_file import SideFile

_FILE = "thread_metadata.jsonl"


class _Note(msgspec.Struct, frozen=True):
    """One line; a member that is null was cleared, one that is not there was left alone."""

    id: str
    git_info: dict[str, str | None]
    updated_at: str = ""


class GitNotes:
    """The notes on one home's threads; the file is read again where it has changed."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._file = SideFile(home / _FILE, _Note)
        self._notes: dict[str, dict[str, str | None]] = {}

    def add(self, thread_id: str, changes: Mapping[str, str | None], clock: Clock) -> None:
        """Say these members of `GitInfo` anew; raises `StoreError` where that cannot be written."""
        self._file.append(_Note(thread_id, dict(changes), rfc3339(clock.now())))

    def applied(self, thread: Thread) -> Thread:
        """The thread with what was said of it."""
        entries = self._file.read_if_changed()
        if entries is not None:
            self._notes = {}
            for entry in entries:
                self._notes.setdefault(entry.id, {}).update(entry.git_info)
        note = self._notes.get(thread.id)
        if note is None:
            return thread
        known = {name: note[name] for name in GitInfo.__struct_fields__ if name in note}
        info = msgspec.structs.replace(thread.git_info or GitInfo(), **known)
        return msgspec.structs.replace(thread, git_info=None if info == GitInfo() else info)

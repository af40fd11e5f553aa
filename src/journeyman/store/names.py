"""The names that users gave threads: one line for each name given, the last one of a thread counts.

`session_index.jsonl` is the reference's file of the same shape, so that each program shows the other's names.
"""

from __future__ import annotations

from pathlib import Path

import msgspec

from journeyman.clock import Clock, rfc3339
from journeyman.store.errors import StoreError
from journeyman.store.side_file import SideFile

_FILE = "session_index.jsonl"
MAX_NAME_CHARS = 200


class _Named(msgspec.Struct, frozen=True):
    """One line."""

    id: str
    thread_name: str
    updated_at: str = ""


class ThreadNames:
    """The names of one home's threads; the file is read again where it has changed."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._file = SideFile(home / _FILE, _Named)
        self._names: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """The name of every thread that has one; lines that cannot be read are passed over."""
        entries = self._file.read_if_changed()
        if entries is not None:
            self._names = _last_names(entries)
        return self._names

    def find(self, name: str) -> str | None:
        """The thread that got this name last and still has it."""
        named = [thread_id for thread_id, given in self.all().items() if given == name]
        return named[-1] if named else None

    def set(self, thread_id: str, name: str, clock: Clock) -> str:
        """Name a thread; returns the name as it was kept, without blanks around it.

        Raises:
            StoreError: the name is empty, too long or not one line, or it cannot be written.
        """
        name = name.strip()
        if not name:
            raise StoreError("thread name must not be empty")
        if len(name) > MAX_NAME_CHARS or not name.isprintable():
            raise StoreError(f"a thread's name is one line of at most {MAX_NAME_CHARS} characters")
        self._file.append(_Named(thread_id, name, rfc3339(clock.now())))
        return name


def _last_names(entries: list[_Named]) -> dict[str, str]:
    names: dict[str, str] = {}
    for entry in entries:
        names.pop(entry.id, None)  # the newest name stands last
        names[entry.id] = entry.thread_name
    return names

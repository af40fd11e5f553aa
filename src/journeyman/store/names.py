"""The names that users gave threads: one line for each name given, the last one of a thread counts.

`session_index.jsonl` is the reference's file of the same shape, so that each program shows the other's names.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from journeyman.clock import Clock, rfc3339
from journeyman.store.errors import StoreError, cannot

_FILE = "session_index.jsonl"
MAX_NAME_CHARS = 200


class _Named(msgspec.Struct, frozen=True):
    """One line."""

    id: str
    thread_name: str
    updated_at: str = ""


_decoder = msgspec.json.Decoder(_Named)


class ThreadNames:
    """The names of one home's threads; the file is read again where it has changed."""

    def __init__(self, home: Path) -> None:
        """Nothing is read yet."""
        self._path = home / _FILE
        self._stamp: tuple[int, int] | None = None
        self._names: dict[str, str] = {}

    def all(self) -> dict[str, str]:
        """The name of every thread that has one; lines that cannot be read are passed over."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp != self._stamp:
                self._names = _read(self._path.read_bytes())
                self._stamp = stamp
        except OSError:
            self._names, self._stamp = {}, None
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
        line = msgspec.json.encode(_Named(thread_id, name, rfc3339(clock.now()))) + b"\n"
        try:
            fd = os.open(self._path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
            try:
                end = os.fstat(fd).st_size
                # A line that its writer left torn must not take this one with it.
                is_torn = end > 0 and os.pread(fd, 1, end - 1) != b"\n"
                os.write(fd, b"\n" + line if is_torn else line)
            finally:
                os.close(fd)
        except OSError as error:
            raise cannot("write", self._path, error) from error
        return name


def _read(content: bytes) -> dict[str, str]:
    names: dict[str, str] = {}
    for line in content.splitlines():
        try:
            entry = _decoder.decode(line)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        names.pop(entry.id, None)  # the newest name stands last
        names[entry.id] = entry.thread_name
    return names

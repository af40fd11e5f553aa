"""A file beside the rollouts with one JSON line for each thing said of a thread: appended to, read where it changed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from journeyman.store.errors import cannot

EntryT = TypeVar("EntryT", bound=msgspec.Struct)


class SideFile(Generic[EntryT]):
    """The lines of one file, each an entry of one type; it need not exist."""

    def __init__(self, path: Path, entry: type[EntryT]) -> None:
        """Nothing is read yet."""
        self._path = path
        self._decoder = msgspec.json.Decoder(entry)
        self._stamp: tuple[int, int] | None = (0, 0)

    def read_if_changed(self) -> list[EntryT] | None:
        """All entries in order; None where nothing changed since the last look. Lines that cannot be read are passed over."""
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size)
            if stamp == self._stamp:
                return None
            content = self._path.read_bytes()
        except OSError:
            stamp, content = None, b""
        self._stamp = stamp
        return self._entries(content)

    def append(self, entry: EntryT) -> None:
        """Write one more; raises `StoreError`."""
        line = msgspec.json.encode(entry) + b"\n"
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

    def _entries(self, content: bytes) -> list[EntryT]:
        entries: list[EntryT] = []
        for line in content.splitlines():
            try:
                entries.append(self._decoder.decode(line))
            except (msgspec.DecodeError, UnicodeDecodeError):
                continue
        return entries

"""What is too large for the lines of a rollout: files beside it, each named by the SHA-256 of its content.

A file takes its name when it is whole, before a line refers to it, and is on the disk itself when the turn ends.
Threads that need the same hold links to one file, so that deleting a thread takes along what no other needs.
"""

from __future__ import annotations

import os
import re
from itertools import count
from pathlib import Path
from typing import BinaryIO

from journeyman.store.errors import cannot
from journeyman.store.lines import BlobRef

# How a file is called; a name from elsewhere must not lead into another folder.
HASH = re.compile("[0-9a-f]{64}")
# What a file's name ends in that is not whole yet.
PART = ".part"


class Blobs:
    """The blobs of one rollout, as its writer sees them."""

    def __init__(self, folder: Path) -> None:
        """Keep them in `folder`, which is made with the first."""
        self._folder = folder
        self._numbers = count()
        self._unsynced: list[Path] = []

    def put(self, data: bytes) -> BlobRef:
        """Keep these bytes, once however often they come; raises `StoreError`."""
        ref = BlobRef(sha256=new_digest(data).hexdigest(), bytes=len(data))
        target = self._folder / ref.sha256
        try:
            if not (target.exists() and target.stat().st_size == ref.bytes):
                part, file = self.begin()
                with file:
                    file.write(data)
                self.name(part, ref)
        except OSError as error:
            raise cannot("write", target, error) from error
        return ref

    def begin(self) -> tuple[Path, BinaryIO]:
        """A new file without a name of its own yet; raises `OSError`."""
        self._folder.mkdir(mode=0o700, exist_ok=True)
        part = self._folder / f"{os.getpid()}-{next(self._numbers)}{PART}"
        return part, os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")

    def name(self, part: Path, ref: BlobRef) -> None:
        """Give a whole file its name; raises `OSError`."""
        target = self._folder / ref.sha256
        part.rename(target)
        self._unsynced.append(target)

    def sync(self) -> None:
        """Wait until all is on the disk itself; raises `OSError`."""
        if not self._unsynced:
            return
        for path in (*self._unsynced, self._folder):
            fd = os.open(path, os.O_RDONLY)
            try:
                os.fsync(fd)
            finally:
                os.close(fd)
        self._unsynced.clear()

    def clear_leftovers(self) -> None:
        """Remove what a writer that died had begun; only for who writes the thread."""
        for part in self._folder.glob(f"*{PART}"):
            part.unlink(missing_ok=True)


def new_digest(data: bytes = b""):
    """SHA-256 of these bytes, and of what is added to it."""
    from hashlib import sha256  # noqa: PLC0415 -- loads OpenSSL, which the start of a run need not wait for

    return sha256(data)

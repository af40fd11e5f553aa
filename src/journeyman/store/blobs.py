"""What is too large for the lines of a rollout: files beside it, each named by the SHA-256 of its content.

A file takes its name when it is whole, before a line refers to it, and is on the disk itself when the turn ends.
Threads that need the same hold links to one file, so that deleting a thread takes along what no other needs.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import BinaryIO

from journeyman.store.errors import cannot
from journeyman.store.lines import BlobRef, OutputRef

# What ends a flood is what says how it went.
_TAIL_BYTES = 512 << 10
# No flood takes more of what is left on the disk than one part of so many.
_SHARE_OF_FREE = 10
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
                self._write(data, ref)
        except OSError as error:
            raise cannot("write", target, error) from error
        return ref

    def _write(self, data: bytes, ref: BlobRef) -> None:
        part, file = self.begin()
        try:
            with file:
                file.write(data)
            self.name(part, ref)
        except OSError:
            part.unlink(missing_ok=True)
            raise

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

    def free_bytes(self) -> int:
        """How much the disk still takes; raises `OSError`."""
        return shutil.disk_usage(self._folder.parent).free

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


class GrowingBlob:
    """A blob that is written while its bytes come: all of them up to a limit, of more the start and the end."""

    def __init__(self, blobs: Blobs, limit_bytes: int) -> None:
        """Nothing is written yet."""
        self._blobs = blobs
        self._limit = limit_bytes
        self._part: Path | None = None
        self._file: BinaryIO | None = None
        self._digest = new_digest()
        self._written = 0
        self._total = 0
        self._tail = bytearray()
        self._is_over = False
        self.problem: str | None = None

    def write(self, data: bytes) -> None:
        """Take more; what goes wrong ends the keeping, not the command, and is told in `problem`."""
        if self._is_over:
            return
        try:
            if self._file is None:
                self._limit = min(self._limit, self._blobs.free_bytes() // _SHARE_OF_FREE)
                self._part, self._file = self._blobs.begin()
            self._total += len(data)
            room = max(0, self._limit - self._written)
            self._write(self._file, data[:room])
        except OSError as error:
            self._give_up(error)
            return
        self._tail += data[room:]
        if len(self._tail) > 2 * _TAIL_BYTES:  # trimmed now and then, so that each byte moves once
            del self._tail[:-_TAIL_BYTES]

    def finish(self) -> OutputRef | None:
        """The blob under its name; None where it could not be kept."""
        self._is_over = True
        if self._file is None or self._part is None:
            return None
        try:
            self._write_end(self._file)
            self._file.close()
            ref = OutputRef(
                sha256=self._digest.hexdigest(), bytes=self._written, total_bytes=self._total
            )
            self._blobs.name(self._part, ref)
        except OSError as error:
            self._give_up(error)
            return None
        return ref

    def discard(self) -> None:
        """Keep nothing of it."""
        self._is_over = True
        self._tail.clear()
        if self._file is None or self._part is None:
            return
        # Closing writes what is still in memory, which fails on a full disk.
        with suppress(OSError):
            self._file.close()
        self._part.unlink(missing_ok=True)
        self._file = None

    def _write_end(self, file: BinaryIO) -> None:
        left_out = self._total - self._written - min(len(self._tail), _TAIL_BYTES)
        if left_out > 0:
            self._write(file, f"\n…{left_out} bytes were not kept…\n".encode())
        # Of a character that was cut in two, the rest would be no text.
        tail = bytes(self._tail[-_TAIL_BYTES:])
        self._write(file, tail.lstrip(bytes(range(0x80, 0xC0))) if left_out > 0 else tail)

    def _write(self, file: BinaryIO, data: bytes) -> None:
        file.write(data)
        self._digest.update(data)
        self._written += len(data)

    def _give_up(self, error: OSError) -> None:
        self.problem = error.strerror or str(error)
        self.discard()


def new_digest(data: bytes = b""):
    """SHA-256 of these bytes, and of what is added to it."""
    from hashlib import sha256  # noqa: PLC0415 -- loads OpenSSL, which the start of a run need not wait for

    return sha256(data)

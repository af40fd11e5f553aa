"""Writing one thread's rollout: append, then acknowledge.

A line is on its way to the disk in one write before `append` returns, whole or not at all. One writer per
thread: the file is locked for as long as it is open, and the kernel gives the lock up with the process.
Reading is store.replay's.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from journeyman.clock import Clock, rfc3339
from journeyman.store import seal
from journeyman.store.blobs import Blobs, GrowingBlob
from journeyman.store.errors import StoreError, ThreadBusyError, ThreadNotFoundError, cannot
from journeyman.store.excerpt import excerpt
from journeyman.store.files import SESSIONS, blobs_of, thread_id_of
from journeyman.store.lines import ITEM_KINDS, SessionMeta

# The events at which a turn is over and must be on the disk itself.
_DURABLE_EVENTS = frozenset({"task_complete", "turn_aborted"})
# Nearly every item is smaller; a file for each costs more than the bytes in the line.
_MOST_LINE_BYTES = 64 << 10
_encoder = msgspec.json.Encoder()


class Rollout:
    """The open rollout of one thread; `path` is None where nothing is kept."""

    def __init__(self, path: Path | None, fd: int | None, clock: Clock) -> None:
        """Use `create`, `open` or `ephemeral`."""
        self.path = path
        self._fd = fd
        self._clock = clock
        self._blobs = None if path is None else Blobs(blobs_of(path))

    @classmethod
    def create(cls, home: Path, meta: SessionMeta, clock: Clock) -> Rollout:
        """Begin a new thread's file under `home`, its first line written.

        Raises:
            StoreError: the file cannot be made or written.
        """
        day, time_of_day = meta.timestamp[:10], meta.timestamp[11:19].replace(":", "-")
        folder = home / SESSIONS / day.replace("-", "/")
        path = folder / f"rollout-{day}T{time_of_day}-{meta.id}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise cannot("create", path, error) from error
        rollout = cls(path, fd, clock)
        try:
            _lock(fd, meta.id)
            rollout.append("session_meta", meta)
        except StoreError:
            rollout.discard()
            raise
        return rollout

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Rollout:
        """Go on writing an existing file; a line its last writer left torn is closed off.

        Raises:
            ThreadBusyError: another process writes it.
            StoreError: it cannot be opened or written.
        """
        try:
            fd = os.open(path, os.O_RDWR | os.O_APPEND)
        except OSError as error:
            raise cannot("open", path, error) from error
        rollout = cls(path, fd, clock)
        try:
            _lock(fd, thread_id_of(path))
            if os.fstat(fd).st_nlink == 0:
                raise ThreadNotFoundError(f"no rollout found for thread id {thread_id_of(path)}")
            size = os.fstat(fd).st_size
            if size and os.pread(fd, 1, size - 1) != b"\n":
                rollout._write(path, fd, b"\n")
            Blobs(blobs_of(path)).clear_leftovers()
        except StoreError:
            rollout.close()
            raise
        return rollout

    @classmethod
    def ephemeral(cls, clock: Clock) -> Rollout:
        """A rollout that keeps nothing."""
        return cls(None, None, clock)

    def append(self, kind: str, payload: msgspec.Struct | Mapping[str, Any]) -> None:
        """Write one line of this kind; the end of a turn is sealed, and waits for the disk.

        Raises:
            StoreError: it could not be written whole; nothing of it is kept.
        """
        if self._fd is None or self.path is None:
            if self.path is not None:
                raise StoreError(f"{self.path} is closed")
            return
        self._write_line(self.path, self._fd, kind, payload)
        if (
            kind == "event_msg"
            and isinstance(payload, Mapping)
            and payload.get("type") in _DURABLE_EVENTS
        ):
            try:
                sealed = seal.next_seal(self._fd, self.path)
                self._write_line(self.path, self._fd, seal.KIND, sealed)
                if self._blobs is not None:
                    self._blobs.sync()
                os.fsync(self._fd)
            except OSError as error:
                raise cannot("write", self.path, error) from error

    def _write_line(
        self, path: Path, fd: int, kind: str, payload: msgspec.Struct | Mapping[str, Any]
    ) -> None:
        line = {"timestamp": rfc3339(self._clock.now()), "type": kind, "payload": payload}
        encoded = _encoder.encode(line)
        if len(encoded) > _MOST_LINE_BYTES and kind in ITEM_KINDS and isinstance(payload, Mapping):
            encoded = _encoder.encode({**line, "payload": self._with_blob(payload)})
        self._write(path, fd, encoded + b"\n")

    def _with_blob(self, payload: Mapping[str, Any]) -> Mapping[str, Any]:
        """The payload of an item's line with an excerpt of the item, and where the whole is."""
        if self._blobs is None:
            return payload
        item = payload["item"]
        ref = self._blobs.put(_encoder.encode(item))
        return {**payload, "item": excerpt(item), "blob": ref}

    def grow_blob(self, limit_bytes: int) -> GrowingBlob | None:
        """A blob for bytes that come bit by bit, of about `limit_bytes` at most; None where nothing is kept."""
        return None if self._blobs is None else GrowingBlob(self._blobs, limit_bytes)

    def append_lines(self, lines: bytes) -> None:
        """Write whole lines as they stand in another rollout; raises `StoreError`."""
        if self._fd is not None and self.path is not None:
            self._write(self.path, self._fd, lines)

    def close(self) -> None:
        """Give the file and its lock up; idempotent."""
        if self._fd is not None:
            # Closing is not enough: a process that was just forked has the descriptor, and so the lock.
            fcntl.flock(self._fd, fcntl.LOCK_UN)
            os.close(self._fd)
            self._fd = None

    def discard(self) -> None:
        """Remove the file of a thread that did not come to be, with all beside it; raises `OSError`."""
        self.close()
        if self.path is not None:
            shutil.rmtree(blobs_of(self.path), ignore_errors=True)
            self.path.unlink(missing_ok=True)

    @staticmethod
    def _write(path: Path, fd: int, data: bytes) -> None:
        try:
            written = os.write(fd, data)
        except OSError as error:
            raise cannot("write", path, error) from error
        if written == len(data):
            return
        # The disk took a part: take it back, so that no reader sees half a line.
        try:
            os.ftruncate(fd, os.fstat(fd).st_size - written)
        except OSError as error:
            raise cannot("write", path, error) from error
        raise StoreError(f"cannot write {path}: the disk is full: free some space")


def _lock(fd: int, thread_id: str) -> None:
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        message = (
            f"thread {thread_id} already has an active writer: close the program that has it open"
        )
        raise ThreadBusyError(message) from error

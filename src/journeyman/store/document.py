"""One JSON value of the user's in a file of its own, changed as a whole; the file need not exist.

A change is written beside it and put in its place, under a lock that all processes of the home share: whoever is
killed when, a reader finds the value before a change or after it. A file that cannot be read is not written over.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from journeyman.store.errors import StoreError, cannot

ValueT = TypeVar("ValueT", bound=msgspec.Struct)
ResultT = TypeVar("ResultT")


class Document(Generic[ValueT]):
    """The value in one file."""

    def __init__(self, path: Path, empty: ValueT) -> None:
        """Nothing is read yet; `empty` is the value of a file that is not there."""
        self._path = path
        self._empty = empty
        self._decoder = msgspec.json.Decoder(type(empty))
        self._stamp: tuple[int, int, int] | None = None
        self._value = empty

    def read(self) -> ValueT:
        """The value, read again where the file changed.

        Raises:
            StoreError: it cannot be read; the text says what to do.
        """
        try:
            status = self._path.stat()
            stamp = (status.st_mtime_ns, status.st_size, status.st_ino)
            if stamp != self._stamp:
                self._value = self._decoder.decode(self._path.read_bytes())
                self._stamp = stamp
        except FileNotFoundError:
            self._stamp, self._value = None, self._empty
        except OSError as error:
            raise cannot("read", self._path, error) from error
        except (msgspec.DecodeError, UnicodeDecodeError) as error:
            fix = "mend it, or move it away to begin anew"
            raise StoreError(f"cannot read {self._path}: {error}; {fix}") from error
        return self._value

    def shown(self) -> ValueT:
        """The value for a list that must not fail for it: a file that cannot be read shows nothing."""
        try:
            return self.read()
        except StoreError:
            return self._empty

    def change(self, work: Callable[[ValueT], tuple[ValueT, ResultT]]) -> ResultT:
        """Put what `work` makes of the value in its place, where that is another; returns its result.

        Raises:
            StoreError: the file cannot be read or written.
        """
        with self._locked():
            before = self.read()
            after, result = work(before)
            if after != before:
                self._write(after)
        return result

    def remove(self) -> None:
        """Forget the value; raises `StoreError`."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot("delete", self._path, error) from error

    @contextmanager
    def _locked(self) -> Generator[None]:
        folder = self._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        except OSError as error:
            raise cannot("write", self._path, error) from error
        try:
            # It goes with the descriptor, whatever ends the process.
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _write(self, value: ValueT) -> None:
        new = self._path.with_name(f".{self._path.name}.new")
        try:
            # Left behind by whoever was killed here; nobody else writes while the lock is held.
            new.unlink(missing_ok=True)
            descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            try:
                os.write(descriptor, msgspec.json.encode(value))
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            new.replace(self._path)
        except OSError as error:
            raise cannot("write", self._path, error) from error

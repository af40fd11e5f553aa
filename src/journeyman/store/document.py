"""One JSON value of the user's in a file of its own, changed as a whole; the file need not exist.

Whoever changes it at once or is killed when, a reader finds the value before a change or after it. A file that
cannot be read is not written over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from journeyman.private_file import locked_folder, write_private
from journeyman.store.errors import StoreError, cannot

ValueT = TypeVar("ValueT", bound=msgspec.Struct)
ResultT = TypeVar("ResultT")
# An id comes from a file that anybody may have written; it must not lead into another folder.
_FILE_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z_-]{0,127}")


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
        try:
            with locked_folder(self._path.parent):
                before = self.read()
                after, result = work(before)
                if after != before:
                    write_private(self._path, msgspec.json.encode(after))
        except OSError as error:
            raise cannot("write", self._path, error) from error
        return result

    def remove(self) -> None:
        """Forget the value; raises `StoreError`."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            raise cannot("delete", self._path, error) from error


class ThreadDocuments(Generic[ValueT]):
    """A value for each thread that has any, in a file of its own by the thread's id."""

    def __init__(self, folder: Path, empty: ValueT) -> None:
        """Nothing is read yet; `empty` is the value of a thread that has no file."""
        self._folder = folder
        self._empty = empty

    def at(self, thread_id: str) -> Document[ValueT]:
        """The document of a thread; raises `StoreError` where the id cannot name a file."""
        if not _FILE_NAME.fullmatch(thread_id):
            raise StoreError(f"nothing can be kept of a thread with the id {thread_id!r}")
        return Document(self._folder / f"{thread_id}.json", self._empty)

    def shown(self, thread_id: str) -> ValueT:
        """See `Document.shown`."""
        try:
            return self.at(thread_id).shown()
        except StoreError:
            return self._empty

    def all_shown(self) -> Iterator[tuple[str, ValueT]]:
        """What is shown of each thread that has a file, by its id, in the order of the ids."""
        for file in sorted(self._folder.glob("*.json")):
            yield file.stem, self.shown(file.stem)

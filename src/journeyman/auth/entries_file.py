"""A private file of entries by name: read as a whole, written as a whole."""

from __future__ import annotations

from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.auth.private_file import write_private

EntryT = TypeVar("EntryT")

_MAX_FILE_BYTES = 16 << 20


class EntriesFile(Generic[EntryT]):
    """JSON of one kind of entry, for the user's eyes alone."""

    def __init__(self, path: Path, kind: type[EntryT], *, fix: str) -> None:
        """Nothing is read yet; `fix` says what to do about a file that cannot be understood."""
        self.path = path
        self._kind = kind
        self._fix = fix

    def read(self) -> dict[str, EntryT]:
        """All entries; none where there is no file; raises `AuthError`."""
        try:
            with self.path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES)
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise self._cannot("read", error) from error
        try:
            return msgspec.json.decode(data, type=dict[str, self._kind])
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Their text would quote the file.
            raise AuthError(
                "not the JSON that is kept there", where=str(self.path), fix=self._fix
            ) from None

    def put(self, name: str, entry: EntryT) -> None:
        """Keep the entry in place of what was kept; raises `AuthError`."""
        self._write({**self.read(), name: entry})

    def remove(self, name: str) -> bool:
        """Forget the entry; whether there was one; raises `AuthError`."""
        kept = self.read()
        if kept.pop(name, None) is None:
            return False
        self._write(kept)
        return True

    def _write(self, entries: dict[str, EntryT]) -> None:
        try:
            write_private(self.path, msgspec.json.encode(entries))
        except OSError as error:
            raise self._cannot("write", error) from error

    def _cannot(self, what: str, error: OSError) -> AuthError:
        fix = "make the folder yours and writable, with some space"
        return AuthError(f"cannot {what} it: {error.strerror}", where=str(self.path), fix=fix)

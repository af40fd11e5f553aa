"""Files that hold keys and tokens as JSON: read as a whole, written as a whole, and never quoted in an error."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

import msgspec

from journeyman.auth.errors import AuthError
from journeyman.private_file import locked_folder, write_private

ValueT = TypeVar("ValueT")
EntryT = TypeVar("EntryT")

# More is a mistake, such as a file piped in.
_MAX_FILE_BYTES = 16 << 20


class SecretFile(Generic[ValueT]):
    """One value in a file for the user's eyes alone."""

    def __init__(self, path: Path, kind: type[ValueT], *, fix: str) -> None:
        """Nothing is read yet; `fix` says what to do about a file that cannot be understood."""
        self.path = path
        self._kind = kind
        self._fix = fix

    def read(self) -> ValueT | None:
        """The value; None where there is no file; raises `AuthError`."""
        try:
            with self.path.open("rb") as file:
                data = file.read(_MAX_FILE_BYTES)
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._cannot("read", error) from error
        try:
            return msgspec.json.decode(data, type=self._kind)
        except (msgspec.DecodeError, UnicodeDecodeError):
            # Their text would quote the file.
            raise AuthError(
                "not the JSON that is kept there", where=str(self.path), fix=self._fix
            ) from None

    def write(self, value: ValueT) -> None:
        """Keep the value in place of what was kept; raises `AuthError`."""
        self.change(lambda: value)

    def change(self, make: Callable[[], ValueT]) -> None:
        """Keep what `make` returns, which no other process changes the file under; raises `AuthError`."""
        try:
            with locked_folder(self.path.parent):
                content = msgspec.json.format(msgspec.json.encode(make()), indent=2)
                write_private(self.path, content + b"\n")
        except OSError as error:
            raise self._cannot("write", error) from error

    def remove(self) -> bool:
        """Remove the file; whether there was one; raises `AuthError`."""
        try:
            self.path.unlink()
        except FileNotFoundError:
            return False
        except OSError as error:
            raise self._cannot("remove", error) from error
        return True

    def _cannot(self, what: str, error: OSError) -> AuthError:
        fix = "make the folder yours and writable, with some space"
        return AuthError(f"cannot {what} it: {error.strerror}", where=str(self.path), fix=fix)


class EntriesFile(Generic[EntryT]):
    """Entries of one kind by name, in such a file."""

    def __init__(self, path: Path, kind: type[EntryT], *, fix: str) -> None:
        """See `SecretFile`."""
        self.path = path
        self._file: SecretFile[dict[str, EntryT]] = SecretFile(path, dict[str, kind], fix=fix)

    def read(self) -> dict[str, EntryT]:
        """All entries; raises `AuthError`."""
        return self._file.read() or {}

    def put(self, name: str, entry: EntryT) -> None:
        """Keep the entry in place of what was kept; raises `AuthError`."""
        self._file.change(lambda: {**self.read(), name: entry})

    def remove(self, name: str) -> bool:
        """Forget the entry; whether there was one; raises `AuthError`."""
        if name not in self.read():
            return False
        self._file.change(lambda: {key: kept for key, kept in self.read().items() if key != name})
        return True

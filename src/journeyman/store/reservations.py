"""What is on its way in all processes of one home folder: a file for each, locked for as long as its owner lives.

Owns the files and their locks; what they say is the caller's. A file that nobody holds is of a process that was
killed, and is removed by whoever finds it.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from pathlib import Path

from journeyman.protocol.ids import new_id
from journeyman.store.errors import cannot

_GATE = "gate"
_SUFFIX = ".json"


class Reservations:
    """The reservations below one folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        """Nothing is read or made yet."""
        self._folder = folder

    @contextmanager
    def alone(self) -> Generator[bool]:
        """Whether nobody else looks and takes for as long as this lasts; raises `StoreError`."""
        path = self._folder / _GATE
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            gate = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise cannot("write", path, error) from error
        try:
            yield _is_locked(gate, fcntl.LOCK_EX)
        finally:
            _release(gate)

    def held(self) -> list[bytes]:
        """What every reservation says; to be asked alone. Raises `StoreError`."""
        try:
            return [
                said
                for path in self._folder.glob(f"*{_SUFFIX}")
                if (said := _said_by_living(path)) is not None
            ]
        except OSError as error:
            raise cannot("read", self._folder, error) from error

    def take(self, said: bytes) -> Callable[[], None]:
        """Reserve, alone; returns what gives it back. Raises `StoreError`."""
        path = self._folder / f"{new_id()}{_SUFFIX}"
        try:
            file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
            fcntl.flock(file, fcntl.LOCK_EX)
            os.write(file, said)
        except OSError as error:
            raise cannot("write", path, error) from error

        def give_back() -> None:
            with suppress(FileNotFoundError):
                path.unlink()
            _release(file)

        return give_back


def _said_by_living(path: Path) -> bytes | None:
    try:
        file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if not _is_locked(file, fcntl.LOCK_SH):
            return os.read(file, 4_096)
        path.unlink(missing_ok=True)
    finally:
        _release(file)
    return None


def _is_locked(file: int, how: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(file, how | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _release(file: int) -> None:
    # Said aloud: a child that was forked meanwhile has the file open as well.
    fcntl.flock(file, fcntl.LOCK_UN)
    os.close(file)

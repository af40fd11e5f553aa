"""Private temporary directories: what commands see as /tmp, kept from one command to the next.

One for each set of writable roots, so that projects do not meet there; nobody else may enter. All are
removed when the program ends, with those that killed programs left: no lock is held on them.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
from pathlib import Path

_NAME = "journeyman-"
_RANDOM_BYTES = 8
_PATTERN = _NAME + "[0-9a-f]" * 2 * _RANDOM_BYTES


class Scratch:
    """The private temporary directories of this process."""

    def __init__(self, parent: Path, *, mode: int = 0o700) -> None:
        """Make them below `parent`, when they are wanted."""
        self._parent = parent
        self._mode = mode
        self._made: dict[tuple[str, ...], tuple[Path, int]] = {}
        atexit.register(self.remove)

    def directory(self, roots: tuple[str, ...]) -> str:
        """The directory of commands that may write to `roots`.

        Raises:
            OSError: it cannot be made.
        """
        made = self._made.get(roots)
        if made is not None and made[0].is_dir():
            return str(made[0])
        if made is not None:
            os.close(made[1])
        path, lock = self._make()
        self._made[roots] = (path, lock)
        return str(path)

    def remove(self) -> None:
        """Remove them all, with what is in them."""
        if not self._made:
            return
        for _, lock in self._made.values():
            os.close(lock)
        self._made.clear()
        for path in self._parent.glob(_PATTERN):
            with contextlib.suppress(OSError):
                _remove_unlocked(path)

    def _make(self) -> tuple[Path, int]:
        name = _NAME + os.urandom(_RANDOM_BYTES).hex()
        # Locked before it has its name: another program that ends now takes it for left behind.
        unnamed = self._parent / f".{name}"
        unnamed.mkdir(mode=0o700)
        unnamed.chmod(self._mode)
        lock = os.open(unnamed, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        fcntl.flock(lock, fcntl.LOCK_SH)
        return unnamed.rename(self._parent / name), lock


def _remove_unlocked(path: Path) -> None:
    import shutil  # noqa: PLC0415 -- only wanted at the end, and costs the agent's start 5 ms

    lock = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(lock).st_uid == os.geteuid():
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(path)
    finally:
        os.close(lock)

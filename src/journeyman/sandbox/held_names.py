"""Holds protected names that do not exist yet: empty directories on the host while commands run.

A mount needs something to be mounted on. The kernel counts the users, by a shared lock on the directory:
the last command of the last agent removes it, and what a killed agent left is taken over by the next.
Standard library only: the zygote imports it.
"""

from __future__ import annotations

import fcntl
import os
import stat
import time
from collections.abc import Iterable

# By these a directory is known as ours: nobody else makes an empty one of this age.
_MADE_AT_NS = 1_000_000_007_000_000_007
_MODE = 0o555
# Longer than another agent takes from making one to marking it.
_NEW_NS = 1_000_000_000
# While the kernel takes the mounts down, removing what they are on blocks for about a millisecond each.
KEPT_SECONDS = 0.25


def is_held(found: os.stat_result) -> bool:
    """Whether this is a directory that an agent made to hold a name, or is making."""
    if not stat.S_ISDIR(found.st_mode) or found.st_mode & 0o222:
        return False
    is_new = time.time_ns() - found.st_ctime_ns < _NEW_NS
    return is_new or found.st_mtime_ns == _MADE_AT_NS


class HeldNames:
    """The names this process holds at the moment."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: dict[str, tuple[int, int]] = {}

    def is_wanted(self, path: str) -> bool:
        """Whether the name must be held: nothing is there, or a directory an agent made to hold it."""
        try:
            found = os.lstat(path)
        except FileNotFoundError:
            return True
        return is_held(found)

    def hold(self, paths: Iterable[str]) -> None:
        """Hold each name once more, making it where it is missing.

        Raises:
            OSError: one cannot be made (`filename` says which); none is held.
        """
        done: list[str] = []
        for path in paths:
            try:
                self._hold(path)
            except OSError as error:
                self.release(done)
                raise OSError(error.errno, error.strerror, path) from error
            done.append(path)

    def release(self, paths: Iterable[str]) -> None:
        """Let go of each name; `remove_unused` removes those that nobody holds."""
        for path in paths:
            fd, count = self._held[path]
            self._held[path] = (fd, count - 1)

    def remove_unused(self) -> None:
        """Remove the names that nobody holds, unless somebody put something there."""
        for path, (fd, count) in list(self._held.items()):
            if count > 0:
                continue
            del self._held[path]
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                os.rmdir(path)
            except OSError:
                continue  # held by another agent, or in use by the user now
            finally:
                os.close(fd)

    def _hold(self, path: str) -> None:
        if path in self._held:
            fd, count = self._held[path]
            self._held[path] = (fd, count + 1)
            return
        while True:
            try:
                os.mkdir(path, _MODE)
            except FileExistsError:
                pass
            else:
                os.utime(path, ns=(_MADE_AT_NS, _MADE_AT_NS))
                os.chmod(path, _MODE)
            try:
                fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            except FileNotFoundError:
                continue  # another agent removed it just now
            fcntl.flock(fd, fcntl.LOCK_SH)
            if _same(fd, path):
                self._held[path] = (fd, 1)
                return
            os.close(fd)


def _same(fd: int, path: str) -> bool:
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(fd), there)

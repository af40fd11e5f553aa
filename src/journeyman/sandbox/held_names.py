"""Holds protected names that do not exist yet: empty directories on the host while commands run, or small files.

A mount needs something to be mounted on. The kernel counts the users, by a shared lock on the directory:
the last command of the last agent removes it, and what a killed agent left is taken over by the next.
Standard library only: the zygote imports it.
"""

from __future__ import annotations

import contextlib
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
# What git expects to be a file, with a content that means nothing to it: a directory would stop it.
_CONTENTS = {"config": b"", "config.worktree": b"", "commondir": b".\n", "gitdir": b""}
# While the kernel takes the mounts down, removing what they are on blocks for about a millisecond each.
KEPT_SECONDS = 0.25


def is_held(found: os.stat_result) -> bool:
    """Whether this is what an agent made to hold a name, or a directory that it is making for that."""
    if found.st_mode & 0o222:
        return False
    is_new = stat.S_ISDIR(found.st_mode) and time.time_ns() - found.st_ctime_ns < _NEW_NS
    return is_new or found.st_mtime_ns == _MADE_AT_NS


class HeldNames:
    """The names this process holds at the moment."""

    def __init__(self) -> None:
        """Hold nothing."""
        self._held: dict[str, tuple[int, int]] = {}

    def is_wanted(self, path: str) -> bool:
        """Whether the name must be held: nothing is there, or what an agent made to hold it."""
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
                _remove(fd, path)
            except OSError:
                continue  # held by another agent, or in use by the user now
            finally:
                # Closing is not enough: processes forked meanwhile have the descriptor, and so the lock.
                fcntl.flock(fd, fcntl.LOCK_UN)
                os.close(fd)

    def _hold(self, path: str) -> None:
        held = self._held.get(path)
        if held is not None and _same(held[0], path):
            self._held[path] = (held[0], held[1] + 1)
            return
        fd = _make_and_lock(path)
        if held is not None:  # somebody removed it meanwhile
            os.close(held[0])
        self._held[path] = (fd, held[1] + 1 if held else 1)


def holds_file(path: str) -> bool:
    """Whether the name is held by a file, and not by a directory."""
    return os.path.basename(path) in _CONTENTS


def _make_and_lock(path: str) -> int:
    """Have something at the name, made where it is missing; returns a descriptor with our share of its lock."""
    while True:
        _make(path)
        try:
            fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except FileNotFoundError:
            continue  # another agent removed it just now
        fcntl.flock(fd, fcntl.LOCK_SH)
        if _same(fd, path):
            return fd
        os.close(fd)


def _make(path: str) -> None:
    """Make what holds the name, unless something is there."""
    if not holds_file(path):
        with contextlib.suppress(FileExistsError):
            os.mkdir(path, _MODE)
            _mark(path)
        return
    # Nobody sees it without its content: to git that would be a damaged repository. Checkpoints pass over locks.
    new = f"{path}.{os.getpid()}.lock"
    with contextlib.suppress(FileNotFoundError):
        os.unlink(new)
    fd = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        os.write(fd, _CONTENTS[os.path.basename(path)])
        os.close(fd)
        _mark(new)
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        os.unlink(new)


def _mark(path: str) -> None:
    os.utime(path, ns=(_MADE_AT_NS, _MADE_AT_NS))
    os.chmod(path, _MODE)


def _remove(fd: int, path: str) -> None:
    if not holds_file(path):
        os.rmdir(path)
    elif _same(fd, path) and os.fstat(fd).st_mtime_ns == _MADE_AT_NS:
        os.unlink(path)


def _same(fd: int, path: str) -> bool:
    try:
        there = os.lstat(path)
    except FileNotFoundError:
        return False
    return os.path.samestat(os.fstat(fd), there)

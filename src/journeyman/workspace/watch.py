"""Tells of changes below a path, by the kernel's inotify: nothing is polled, an idle watch costs nothing.

A directory's own names are watched, not what is below them; a file by the directory it is in, so that it may
be missing, or be replaced as editors do. Changes that come together are told together.
"""

from __future__ import annotations

import asyncio
import errno
import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

_IN_NONBLOCK, _IN_CLOEXEC = os.O_NONBLOCK, os.O_CLOEXEC
# From <sys/inotify.h>.
_IN_MODIFY, _IN_ATTRIB, _IN_CLOSE_WRITE = 0x2, 0x4, 0x8
_IN_MOVED_FROM, _IN_MOVED_TO, _IN_CREATE, _IN_DELETE = 0x40, 0x80, 0x100, 0x200
_CHANGES = (
    _IN_MODIFY
    | _IN_ATTRIB
    | _IN_CLOSE_WRITE
    | _IN_MOVED_FROM
    | _IN_MOVED_TO
    | _IN_CREATE
    | _IN_DELETE
)
_Q_OVERFLOW = 0x4000
_EVENT = struct.Struct("iIII")
_READ_BYTES = 65_536
# Programs write in bursts.
_SETTLE_SECONDS = 0.1
# A client is told to look again by the name of the directory itself.
_MOST_PATHS = 500


class Watch:
    """One watch on the running event loop."""

    def __init__(self, path: Path, tell: Callable[[list[str]], None]) -> None:
        """Call `tell` with the paths that changed, sorted, from now on.

        Raises:
            OSError: the directory does not exist or cannot be watched.
        """
        self._path = path
        self._name = None if path.is_dir() else os.fsencode(path.name)
        self._folder = path if self._name is None else path.parent
        self._tell = tell
        self._changed: set[str] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._fd = _open_watch(self._folder)
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._fd, self._read)

    async def close(self) -> None:
        """Tell nothing more."""
        if self._timer is not None:
            self._timer.cancel()
        if self._fd >= 0:
            self._loop.remove_reader(self._fd)
            os.close(self._fd)
            self._fd = -1

    def _read(self) -> None:
        try:
            data = os.read(self._fd, _READ_BYTES)
        except BlockingIOError:
            return
        self._changed.update(self._paths(data))
        if self._changed and self._timer is None:
            self._timer = self._loop.call_later(_SETTLE_SECONDS, self._settle)

    def _paths(self, data: bytes) -> Iterator[str]:
        for mask, name in _events(data):
            if mask & _Q_OVERFLOW:
                yield str(self._path)
            elif name and self._name in (None, name):
                yield str(self._folder / os.fsdecode(name))

    def _settle(self) -> None:
        self._timer = None
        changed, self._changed = sorted(self._changed), set()
        self._tell(changed if len(changed) <= _MOST_PATHS else [str(self._path)])


def _open_watch(folder: Path) -> int:
    import ctypes  # noqa: PLC0415 -- only who watches pays for it

    libc = ctypes.CDLL(None, use_errno=True)
    if not hasattr(libc, "inotify_init1"):
        raise OSError(errno.ENOSYS, "this system cannot watch files", str(folder))
    fd = libc.inotify_init1(_IN_NONBLOCK | _IN_CLOEXEC)
    if fd < 0 or libc.inotify_add_watch(fd, os.fsencode(folder), _CHANGES) < 0:
        code = ctypes.get_errno()
        if fd >= 0:
            os.close(fd)
        raise OSError(code, os.strerror(code), str(folder))
    return fd


def _events(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        _, mask, _, length = _EVENT.unpack_from(data, at)
        at += _EVENT.size
        yield mask, data[at : at + length].rstrip(b"\0")
        at += length

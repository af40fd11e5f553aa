"""System calls that Python has no function for, as functions. Nothing is decided here.

Every failure raises `OSError` that names the call and what it was about.
"""

from __future__ import annotations

import ctypes
import os
import struct

from journeyman.sandbox.syscalls import NUMBERS

_libc = ctypes.CDLL(None, use_errno=True)
_syscall = _libc.syscall
_syscall.restype = ctypes.c_long
_numbers = NUMBERS[os.uname().machine]

_AT_FDCWD = -100
_AT_EMPTY_PATH = 0x1000
_AT_RECURSIVE = 0x8000
_OPEN_TREE_CLONE = 1
_MOVE_MOUNT_BY_FDS = 0x04 | 0x40  # both paths are empty
_RESOLVE_NO_SYMLINKS = 0x04

MS_NOSUID, MS_NODEV, MS_NOEXEC = 2, 4, 8
MS_READ_ONLY = 1
_MS_RECURSIVE, _MS_PRIVATE = 0x4000, 0x4_0000
MOUNT_READ_ONLY, MOUNT_NOSUID, MOUNT_NODEV, MOUNT_NOEXEC = 1, 2, 4, 8

CLONE_VFORK = 0x4000

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
_CAP_AMBIENT_CLEAR_ALL = 4
_CAPABILITY_VERSION_3 = 0x2008_0522
_SECCOMP_SET_MODE_FILTER = 1


def call(name: str, *arguments: int | bytes | None, about: str = "") -> int:
    """Make one system call; integers are passed as 64 bits, bytes as a pointer to them."""
    converted = [ctypes.c_long(a) if isinstance(a, int) else ctypes.c_char_p(a) for a in arguments]
    result = int(_syscall(ctypes.c_long(_numbers[name]), *converted))
    if result < 0:
        raise _error(f"{name} {about}".strip())
    return result


def prctl(option: int, value: int = 0) -> None:
    """`prctl(2)` with one argument."""
    words = [ctypes.c_ulong(word) for word in (value, 0, 0, 0)]
    if _libc.prctl(ctypes.c_int(option), *words) < 0:
        raise _error(f"prctl {option}")


def mount(kind: str, target: str, flags: int, options: str = "") -> None:
    """`mount(2)` of a new file system of this kind."""
    words = (_path(kind), _path(target), _path(kind), ctypes.c_ulong(flags), _path(options))
    if _libc.mount(*words) < 0:
        raise _error(f"mount {target}")


def make_private(path: str) -> None:
    """Cut the mounts at and below `path` off from those they were copied from."""
    flags = ctypes.c_ulong(_MS_RECURSIVE | _MS_PRIVATE)
    if _libc.mount(None, _path(path), None, flags, None) < 0:
        raise _error(f"mount {path}")


def clone_tree(place: int, path: str) -> int:
    """A detached copy of the mounts at and below `place`, a descriptor of `path`."""
    flags = _OPEN_TREE_CLONE | _AT_RECURSIVE | _AT_EMPTY_PATH | os.O_CLOEXEC
    return call("open_tree", place, b"", flags, about=path)


def place_tree(tree: int, place: int, path: str) -> None:
    """Mount a detached copy on `place`, a descriptor of `path`; closes `tree`."""
    call("move_mount", tree, b"", place, b"", _MOVE_MOUNT_BY_FDS, about=path)
    os.close(tree)


def change_tree(tree: int, *, set_: int, clear: int = 0, recursive: bool = True) -> None:
    """Set and clear attributes (MOUNT_*) of a detached copy, by default of every mount in it."""
    words = struct.pack("QQQQ", set_, clear, 0, 0)
    flags = _AT_EMPTY_PATH | (_AT_RECURSIVE if recursive else 0)
    call("mount_setattr", tree, b"", flags, words, len(words))


def restrict_mounts(path: str, attributes: int, *, recursive: bool) -> None:
    """Add `attributes` (MOUNT_*) to the mount at `path`, and with `recursive` to all below it."""
    words = struct.pack("QQQQ", attributes, 0, 0, 0)
    flags = _AT_RECURSIVE if recursive else 0
    call("mount_setattr", _AT_FDCWD, os.fsencode(path), flags, words, len(words), about=path)


def open_path(path: str) -> int:
    """A descriptor that only names `path`; fails when any part of it is a symbolic link."""
    how = struct.pack("QQQ", os.O_PATH | os.O_CLOEXEC, 0, _RESOLVE_NO_SYMLINKS)
    return call("openat2", _AT_FDCWD, os.fsencode(path), how, len(how), about=path)


def clone_process(flags: int) -> int:
    """`fork` with flags (CLONE_* and the signal at its end): the process id, 0 in the child."""
    return call("clone", flags, 0, 0, 0, 0)


def close_range(first: int, last: int) -> None:
    """Close every descriptor from `first` to `last`."""
    call("close_range", first, last, 0)


def bound_capabilities() -> None:
    """Give up every way to get a capability by executing a program; those there are stay."""
    capability = 0
    while _libc.prctl(PR_CAPBSET_DROP, ctypes.c_ulong(capability), 0, 0, 0) == 0:
        capability += 1


def drop_capabilities() -> None:
    """Give up every capability that this process has."""
    prctl(PR_CAP_AMBIENT, _CAP_AMBIENT_CLEAR_ALL)
    call("capset", struct.pack("Ii", _CAPABILITY_VERSION_3, 0), bytes(24))


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_void_p))


def install_filter(program: bytes) -> None:
    """Put this process and its children under a seccomp program."""
    instructions = ctypes.create_string_buffer(program, len(program))
    described = _Program(len(program) // 8, ctypes.addressof(instructions))
    call("seccomp", _SECCOMP_SET_MODE_FILTER, 0, bytes(described))


def _path(text: str | None) -> ctypes.c_char_p:
    return ctypes.c_char_p(None if text is None else os.fsencode(text))


def _error(what: str) -> OSError:
    number = ctypes.get_errno()
    return OSError(number, f"{what}: {os.strerror(number)}")

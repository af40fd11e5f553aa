"""Builds the file system that a command sees, in a mount namespace of its own.

The order is the meaning: everything becomes read-only, private directories and overlays cover what others
own, copies of what is shown or writable are put on top, and last what is protected or masked inside them.
What does not depend on the command is done before there is one. Paths are looked up without following links, so that a command that runs beside cannot
turn a mount elsewhere.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Generator, Iterable
from contextlib import contextmanager, suppress
from typing import NamedTuple

from journeyman.sandbox.namespaces.request import View
from journeyman.sandbox.namespaces.zygote import kernel
from journeyman.sandbox.proc_files import writable_by_root

_DEVICES = ("null", "zero", "full", "random", "urandom", "tty")
_DEVICE_LINKS = (
    ("fd", "/proc/self/fd"),
    ("stdin", "/proc/self/fd/0"),
    ("stdout", "/proc/self/fd/1"),
    ("stderr", "/proc/self/fd/2"),
    ("ptmx", "pts/ptmx"),
)
# Places to mount on.
TEMPORARY = "/tmp"  # noqa: S108 -- made private here
SHARED_MEMORY = "/dev/shm"  # noqa: S108 -- made private here
# Landlock lets nobody use message queues that are mounted nowhere.
_MESSAGE_QUEUES = "/dev/mqueue"
# Two empty, unreadable things: what masks are copies of.
_BLANK_DIRECTORY = "/dev/blank"
_BLANK_FILE = "/dev/blank-file"
# How mountinfo writes what would break its lines.
_ESCAPED = re.compile(rb"\\([0-7]{3})")
_SEALED = kernel.MOUNT_READ_ONLY | kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV


class Prepared(NamedTuple):
    """A mount namespace before its command is known; descriptors only name what they are of."""

    mounts: list[str]  # where the host has some
    blank_directory: int
    blank_file: int


def prepare_view() -> Prepared:
    """Make everything read-only, with devices and processes of its own.

    No later mount or unmount of the host comes through, and none of ours goes out.
    """
    kernel.make_private("/")
    mounts = _mount_points()
    kernel.restrict_mounts("/", kernel.MOUNT_READ_ONLY | kernel.MOUNT_NOSUID, recursive=True)
    _make_devices()
    _mount_proc()
    return Prepared(mounts, _sealed(_BLANK_DIRECTORY), _sealed(_BLANK_FILE))


def build_view(view: View, prepared: Prepared) -> None:
    """Turn a prepared mount namespace into `view`; raises `OSError` when anything fails."""
    writable = {path: _writable_tree(path) for path in view["writable"]}
    temporary = _writable_tree(view["temporary"]) if view["temporary"] else None
    shown = {path: _copy(path) for path in view["shown"]}
    is_directory = {path: os.path.isdir(path) for path in shown}
    for path in view["hidden"]:
        _hide(path, view, temporary)
    for path in view["overlaid"]:
        _overlay(path, prepared.mounts)
    for path, tree in shown.items():
        _make_target(path, is_directory=is_directory[path])
        _place(tree, path)
    for path, tree in writable.items():
        _make_target(path, is_directory=True)
        _place(tree, path)
    for path in view["pinned"]:
        _cover_by_itself(path, 0)
    for path in view["protected"]:
        _cover_by_itself(path, _SEALED)
    for path in view["masked"]:
        _mask(path, prepared)


def _copy(path: str) -> int:
    with _named(path) as place:
        return kernel.clone_tree(place, path)


def _place(tree: int, path: str) -> None:
    with _named(path) as place:
        kernel.place_tree(tree, place, path)


def _cover_by_itself(path: str, attributes: int) -> None:
    """Make a mount of what is at `path`, with attributes of its own."""
    with _named(path) as place:
        tree = kernel.clone_tree(place, path)
        if attributes:
            kernel.change_tree(tree, set_=attributes)
        kernel.place_tree(tree, place, path)


@contextmanager
def _named(path: str) -> Generator[int]:
    place = kernel.open_path(path)
    try:
        yield place
    finally:
        os.close(place)


def _writable_tree(path: str) -> int:
    """A copy of what is at `path`, writable again where the host has it so."""
    tree = _copy(path)
    plain = kernel.MOUNT_NOSUID | kernel.MOUNT_NODEV
    try:
        kernel.change_tree(tree, set_=plain, clear=kernel.MOUNT_READ_ONLY, recursive=True)
    except PermissionError:
        # Something below is read-only on the host, and the kernel keeps it so: all below stays so then.
        kernel.change_tree(tree, set_=plain, clear=0, recursive=True)
        kernel.change_tree(tree, set_=plain, clear=kernel.MOUNT_READ_ONLY, recursive=False)
    return tree


def _make_devices() -> None:
    devices = {name: _copy(f"/dev/{name}") for name in _DEVICES}
    flags = kernel.MS_NOSUID | kernel.MS_NOEXEC
    kernel.mount("tmpfs", "/dev", flags, "mode=755,size=64k,nr_inodes=64")
    for name, tree in devices.items():
        _touch(f"/dev/{name}")
        _place(tree, f"/dev/{name}")
    for name, target in _DEVICE_LINKS:
        os.symlink(target, f"/dev/{name}")
    os.mkdir(_BLANK_DIRECTORY, 0)
    _touch(_BLANK_FILE, 0)
    os.mkdir("/dev/pts")
    os.mkdir(SHARED_MEMORY)
    kernel.mount("devpts", "/dev/pts", flags, "newinstance,ptmxmode=0666,mode=620")
    flags = kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("tmpfs", SHARED_MEMORY, flags, "mode=1777,size=50%")
    os.mkdir(_MESSAGE_QUEUES)
    with suppress(OSError):  # a kernel may have none
        kernel.mount("mqueue", _MESSAGE_QUEUES, flags | kernel.MS_NOEXEC)
    kernel.restrict_mounts("/dev", kernel.MOUNT_READ_ONLY, recursive=False)


def _hide(path: str, view: View, temporary: int | None) -> None:
    if path == TEMPORARY and temporary is not None:
        _place(temporary, path)
        return
    options = f"mode=1777,size={view['temporary_bytes']}"
    kernel.mount("tmpfs", path, kernel.MS_NOSUID | kernel.MS_NODEV, options)


def _overlay(path: str, mounts: Iterable[str]) -> None:
    """Cover `path` by an overlay of itself: sockets in it become other inodes, where nobody listens."""
    below = [mount for mount in mounts if mount.startswith(path + "/")]
    # What is below these comes with them.
    topmost = [m for m in below if not any(m.startswith(other + "/") for other in below)]
    inner = {mount: tree for mount in topmost if (tree := _try_copy(mount)) is not None}
    # Without an upper directory there must be two lower ones.
    lower = path.replace("\\", "\\\\").replace(":", "\\:").replace(",", "\\,")
    flags = kernel.MS_READ_ONLY | kernel.MS_NOSUID | kernel.MS_NODEV
    kernel.mount("overlay", path, flags, f"lowerdir={lower}:{_BLANK_DIRECTORY}")
    for mount, tree in inner.items():
        _place(tree, mount)


def _try_copy(path: str) -> int | None:
    try:
        return _copy(path)
    except OSError:
        return None  # such as another user's FUSE; it stays covered


def _mount_points() -> list[str]:
    with open("/proc/self/mountinfo", "rb", buffering=0) as file:
        lines = file.readall().splitlines()
    return [os.fsdecode(_ESCAPED.sub(_unescape, line.split(b" ", 5)[4])) for line in lines]


def _unescape(found: re.Match[bytes]) -> bytes:
    return bytes((int(found[1], 8),))


def _mask(path: str, prepared: Prepared) -> None:
    try:
        place = kernel.open_path(path)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return  # removed meanwhile, or out of reach anyway
    try:
        is_directory = stat.S_ISDIR(os.fstat(place).st_mode)
        blank = prepared.blank_directory if is_directory else prepared.blank_file
        kernel.place_tree(kernel.clone_tree(blank, path), place, path)
    finally:
        os.close(place)


def _sealed(path: str) -> int:
    """Make a mount of `path` that gives no way to change or execute anything; it, and so every copy."""
    _cover_by_itself(path, _SEALED | kernel.MOUNT_NOEXEC)
    return kernel.open_path(path)


def _mount_proc() -> None:
    flags = kernel.MS_NOSUID | kernel.MS_NODEV | kernel.MS_NOEXEC
    kernel.mount("proc", "/proc", flags)
    for path in writable_by_root():
        _cover_by_itself(path, _SEALED | kernel.MOUNT_NOEXEC)


def _make_target(path: str, *, is_directory: bool) -> None:
    if os.path.lexists(path):
        return
    os.makedirs(path if is_directory else os.path.dirname(path), exist_ok=True)
    if not is_directory:
        _touch(path)


def _touch(path: str, mode: int = 0o666) -> None:
    os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_CLOEXEC, mode))
